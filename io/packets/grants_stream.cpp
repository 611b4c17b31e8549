// SPDX-License-Identifier: Apache-2.0
// From the lines of a socket to numbered grants.
#include "io/packets/grants_stream.hpp"

#include "io/packets/grants_socket.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string_view>
#include <utility>

namespace airan::io {

std::optional<std::int64_t>
LiveNumbering::place(std::int32_t sfn, std::int32_t slot, std::int64_t now_ns) {
  static constexpr std::int64_t ns_per_ms = 1'000'000;
  const std::int64_t per_ms = n_slots_per_frame(numerology_) / 10;
  const std::int64_t cycle = std::int64_t{n_sfn} * n_slots_per_frame(numerology_);
  const std::int64_t in_cycle = slot_count_in_cycle(sfn, slot, numerology_);
  std::int64_t count = in_cycle;
  if (!last_count_ && start_)
    count += (*start_ - in_cycle + cycle / 2) / cycle * cycle;
  if (last_count_) {
    const std::int64_t ahead =
        (in_cycle - *last_count_ % cycle + cycle) % cycle; // 0: the same slot
    const std::int64_t behind = cycle - ahead;
    if (ahead == 0 ||
        (behind <= late_slots_ms * per_ms && now_ns - last_ns_ < max_silence_ms * ns_per_ms))
      return std::nullopt;
    count = *last_count_ + ahead;
  }
  last_count_ = count;
  last_ns_ = now_ns;
  return count;
}

namespace {

std::optional<std::int64_t> start_of(const GrantsSettings& s) {
  if (!s.first_sfn || !s.first_slot)
    return std::nullopt;
  return slot_count_in_cycle(*s.first_sfn, *s.first_slot, s.numerology) +
         slot_count_in_cycle(n_sfn, 0, s.numerology);
}

} // namespace

struct GrantsStream::State {
  GrantsSettings settings;
  GrantsSocket socket;
  LiveNumbering numbering;

  State(const GrantsSettings& s, GrantsSocket opened)
      : settings(s), socket(std::move(opened)), numbering(s.numerology, start_of(s)) {}

  std::string where() const { return fmt::format("unix:{}:{}", settings.path, socket.number()); }

  /// What a line says; null where it is empty or of another cell.
  Result<std::optional<GrantsLine>> read(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos)
      return std::nullopt;
    auto grants = parse_grants_line(line, settings.numerology, where());
    if (!grants)
      return tl::unexpected(grants.error());
    grants->line = socket.number();
    const std::int32_t cell = grants->cell.value_or(settings.cell);
    if (cell != settings.cell)
      return std::nullopt;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto count =
        numbering.place(grants->sfn, grants->slot,
                        std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
    if (!count)
      return file_error(fmt::format("{}: SFN {} slot {} came after a later slot, or again; lines "
                                    "are in time order, one per slot",
                                    where(), grants->sfn, grants->slot));
    return GrantsLine{{cell, grants->sfn, grants->slot, *count}, std::move(*grants)};
  }
};

GrantsStream::GrantsStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
GrantsStream::~GrantsStream() = default;
GrantsStream::GrantsStream(GrantsStream&&) noexcept = default;
GrantsStream& GrantsStream::operator=(GrantsStream&&) noexcept = default;

Result<GrantsStream> GrantsStream::listen(const GrantsSettings& settings) {
  auto socket = GrantsSocket::listen(settings.path);
  if (!socket)
    return tl::unexpected(socket.error());
  return GrantsStream(std::make_unique<State>(settings, *std::move(socket)));
}

Result<std::optional<GrantsLine>> GrantsStream::next() {
  for (;;) {
    switch (state_->socket.next()) {
    case GrantsSocket::Event::line:
      if (auto line = state_->read(state_->socket.line()); !line || *line)
        return line;
      break;
    case GrantsSocket::Event::too_long:
      return file_error(fmt::format("{}: the line is longer than {} bytes", state_->where(),
                                    max_grants_line_bytes));
    case GrantsSocket::Event::ended:
    case GrantsSocket::Event::woken:
      return std::nullopt;
    }
  }
}

std::optional<std::int64_t> GrantsStream::start_count() const {
  return start_of(state_->settings);
}

void GrantsStream::wake() {
  state_->socket.wake();
}

} // namespace airan::io
