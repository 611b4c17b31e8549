// SPDX-License-Identifier: Apache-2.0
// Grants as a scheduler sends them: lines of a socket, parsed and numbered.
#pragma once

#include "core/result.hpp"
#include "io/files/grants_reader.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace airan::io {

/// Numbers the slots of live grants. As in a file, a lower (sfn, slot) than the line before is the
/// next SFN cycle; but a slot at most late_slots_ms before it is a line that came late, unless the
/// scheduler was silent long enough for the cycle to have passed.
class LiveNumbering {
public:
  static constexpr std::int64_t late_slots_ms = 1280;
  static constexpr std::int64_t max_silence_ms = 5120; ///< half an SFN cycle

  /// The first slot is numbered such that it lies nearest to slot number `start`, where the packets
  /// begin; without it, in the first SFN cycle.
  explicit LiveNumbering(std::int32_t numerology, std::optional<std::int64_t> start = std::nullopt)
      : numerology_(numerology), start_(start) {}
  /// SlotId::count of the slot, above that of the slot before; empty when the line is late.
  /// `now_ns` is a steady clock.
  std::optional<std::int64_t> place(std::int32_t sfn, std::int32_t slot, std::int64_t now_ns);

private:
  std::int32_t numerology_;
  std::optional<std::int64_t> start_;
  std::optional<std::int64_t> last_count_;
  std::int64_t last_ns_ = 0;
};

class GrantsStream {
public:
  /// `settings.path` is the socket's, which is made here.
  static Result<GrantsStream> listen(const GrantsSettings& settings);
  ~GrantsStream();
  GrantsStream(GrantsStream&&) noexcept;
  GrantsStream& operator=(GrantsStream&&) noexcept;

  /// Waits for the next line of the cell; lines of other cells are passed over. Null when the
  /// scheduler has disconnected or wake() was called. An error is about one line (no JSON, too
  /// long, late): the stream goes on after it.
  Result<std::optional<GrantsLine>> next();
  /// SlotId::count of settings.first_sfn and first_slot, where both were given: one SFN cycle on,
  /// so that grants may begin before.
  std::optional<std::int64_t> start_count() const;
  /// From any thread: next() ends its waiting, and does not wait any more.
  void wake();

private:
  struct State;
  explicit GrantsStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace airan::io
