// SPDX-License-Identifier: Apache-2.0
// What the eCPRI sequence numbers tell of packets that never came.
#pragma once

#include "io/oran/message.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace airan::io {

/// What a sequence number changes.
struct SequenceChange {
  std::int32_t gaps = 0;     ///< numbers that were skipped; -1: one that was thought lost came
  bool out_of_order = false; ///< older than one that came before, and not a repeat
};

/// The numbers of one stream: eight bits, ascending by one. A number up to 127 ahead of the next
/// one skips those between; the others are old: they never move what is expected.
class SequenceWindow {
public:
  SequenceChange note(std::uint8_t number);

private:
  std::uint64_t bit(std::uint8_t number) const { return std::uint64_t{1} << (number % 64); }

  std::array<std::uint64_t, 4> is_missing_{}; ///< bit per number: skipped, and not come since
  std::uint8_t next_ = 0;
  bool has_begun_ = false;
};

/// Follows the sequence numbers per eAxC and plane; each has its own. For one thread. Allocates
/// nothing after construction: of more than `max_streams` streams the last ones are not followed.
class SequenceTracker {
public:
  static constexpr std::int32_t max_streams = 512;

  SequenceTracker();
  /// Notes a packet before it is judged otherwise: numbers count packets, not their use.
  SequenceChange note(std::uint16_t eaxc, oran::Plane plane, std::uint8_t number);

private:
  std::vector<std::uint16_t> index_; ///< [plane, eaxc]: 1 + place in streams_; 0: none yet
  std::vector<SequenceWindow> streams_;
};

} // namespace airan::io
