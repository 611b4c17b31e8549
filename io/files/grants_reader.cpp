// SPDX-License-Identifier: Apache-2.0
// Reading a grants file line by line and numbering its slots.
#include "io/files/grants_reader.hpp"

#include "io/files/regular_file.hpp"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <vector>

namespace airan::io {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Cuts a file into lines; holds at most one line and one block.
class LineReader {
public:
  explicit LineReader(RegularFile file) : file_(std::move(file)) {}

  /// The next line without its newline; nullopt at the end of the file or when the line is longer
  /// than `max_bytes` (then too_long() holds). Valid until the next call.
  std::optional<std::string_view> next(std::size_t max_bytes) {
    while (true) {
      const std::string_view rest = std::string_view(text_).substr(at_);
      const std::size_t newline = rest.find('\n', searched_);
      if (newline != std::string_view::npos || (ended_ && !rest.empty())) {
        const std::string_view line = rest.substr(0, newline);
        if (line.size() > max_bytes)
          return fail_long();
        at_ += std::min(line.size() + 1, rest.size());
        searched_ = 0;
        ++number_;
        return line;
      }
      if (ended_)
        return std::nullopt;
      searched_ = rest.size();
      if (rest.size() > max_bytes)
        return fail_long();
      refill();
    }
  }
  bool too_long() const { return too_long_; }
  std::int64_t number() const { return number_; } ///< of the last line, from 1
  const std::string& path() const { return file_.path(); }

private:
  static constexpr std::size_t block_bytes = 65536;

  std::optional<std::string_view> fail_long() {
    ++number_;
    too_long_ = true;
    return std::nullopt;
  }
  void refill() {
    text_.erase(0, at_);
    at_ = 0;
    const std::size_t kept = text_.size();
    text_.resize(kept + block_bytes);
    const std::size_t n =
        file_.read_at(offset_, std::as_writable_bytes(std::span(text_.data() + kept, block_bytes)));
    text_.resize(kept + n);
    offset_ += static_cast<std::int64_t>(n);
    ended_ = n < block_bytes;
  }

  RegularFile file_;
  std::string text_;
  std::size_t at_ = 0;       ///< of the line that comes next
  std::size_t searched_ = 0; ///< bytes of it without a newline
  std::int64_t offset_ = 0;
  std::int64_t number_ = 0;
  bool ended_ = false;
  bool too_long_ = false;
};

} // namespace

struct GrantsReader::State {
  GrantsSettings settings;
  LineReader lines;
  std::optional<GrantsLine> first_line; ///< read by open(), not handed out yet
  SlotId first;
  std::int64_t recording_count = 0;
  std::optional<std::int64_t> last_count;
  std::map<std::int32_t, std::int64_t> last_of_cell;

  State(const GrantsSettings& s, RegularFile file) : settings(s), lines(std::move(file)) {}

  std::int64_t cycle() const {
    return std::int64_t{n_sfn} * n_slots_per_frame(settings.numerology);
  }

  /// Where the first line lies: nearest to the recording's start, and no count below 0.
  std::int64_t place_first(std::int64_t in_cycle) {
    if (!settings.first_sfn || !settings.first_slot)
      return recording_count = in_cycle;
    const std::int64_t recording =
        slot_count_in_cycle(*settings.first_sfn, *settings.first_slot, settings.numerology);
    recording_count = recording;
    if (in_cycle - recording > cycle() / 2)
      recording_count += cycle(); // the grants begin in the cycle before
    if (recording - in_cycle > cycle() / 2)
      return in_cycle + cycle();
    return in_cycle;
  }

  /// A lower (sfn, slot) than the line before is the next SFN cycle.
  std::int64_t place(const SlotGrants& g) {
    const std::int64_t in_cycle = slot_count_in_cycle(g.sfn, g.slot, settings.numerology);
    if (!last_count)
      return place_first(in_cycle);
    const std::int64_t last_in_cycle = *last_count % cycle();
    return *last_count - last_in_cycle + in_cycle + (in_cycle < last_in_cycle ? cycle() : 0);
  }

  Result<std::optional<GrantsLine>> read() {
    while (const auto raw = lines.next(max_grants_line_bytes)) {
      std::string_view line = *raw;
      if (lines.number() == 1 && line.starts_with(byte_order_mark))
        line.remove_prefix(byte_order_mark.size());
      if (line.find_first_not_of(" \t\r") == std::string_view::npos)
        continue;
      const std::string where = fmt::format("{}:{}", lines.path(), lines.number());
      auto grants = parse_grants_line(line, settings.numerology, where);
      if (!grants)
        return tl::unexpected(grants.error());
      grants->line = lines.number();
      const std::int32_t cell = grants->cell.value_or(settings.cell);
      const std::int64_t count = place(*grants);
      const auto [known, is_new] = last_of_cell.try_emplace(cell, count);
      if (!is_new && known->second == count)
        return file_error(fmt::format("{}: SFN {} slot {} of cell {} was given by an earlier line; "
                                      "put all its users into one line",
                                      where, grants->sfn, grants->slot, cell));
      known->second = count;
      last_count = count;
      return GrantsLine{{cell, grants->sfn, grants->slot, count}, std::move(*grants)};
    }
    if (lines.too_long())
      return file_error(fmt::format("{}:{}: the line is longer than {} bytes", lines.path(),
                                    lines.number(), max_grants_line_bytes));
    return std::nullopt;
  }
};

GrantsReader::GrantsReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
GrantsReader::~GrantsReader() = default;
GrantsReader::GrantsReader(GrantsReader&&) noexcept = default;
GrantsReader& GrantsReader::operator=(GrantsReader&&) noexcept = default;

Result<GrantsReader> GrantsReader::open(const GrantsSettings& settings) {
  auto file = RegularFile::open(settings.path);
  if (!file)
    return tl::unexpected(file.error());
  auto state = std::make_unique<State>(settings, std::move(*file));
  auto first = state->read();
  if (!first)
    return tl::unexpected(first.error());
  if (!*first)
    return file_error(fmt::format("{} holds no grants: no line of it names a slot", settings.path));
  state->first = (*first)->id;
  state->first_line = std::move(*first);
  return GrantsReader(std::move(state));
}

Result<std::optional<GrantsLine>> GrantsReader::next() {
  if (state_->first_line) {
    std::optional<GrantsLine> line;
    line.swap(state_->first_line);
    return line;
  }
  return state_->read();
}
const SlotId& GrantsReader::first() const {
  return state_->first;
}
std::int64_t GrantsReader::recording_count() const {
  return state_->recording_count;
}

} // namespace airan::io
