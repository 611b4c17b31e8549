// SPDX-License-Identifier: Apache-2.0
#include "io/packets/sequence_tracker.hpp"

namespace airan::io {
namespace {
constexpr std::size_t n_eaxc = 65536;
} // namespace

SequenceChange SequenceWindow::note(std::uint8_t number) {
  if (!has_begun_) {
    has_begun_ = true;
    next_ = static_cast<std::uint8_t>(number + 1);
    return {};
  }
  const auto ahead = static_cast<std::uint8_t>(number - next_);
  if (ahead < 128) {
    for (std::uint8_t skipped = next_; skipped != number; ++skipped)
      is_missing_[skipped / 64] |= bit(skipped);
    is_missing_[number / 64] &= ~bit(number);
    next_ = static_cast<std::uint8_t>(number + 1);
    return {ahead, false};
  }
  if ((is_missing_[number / 64] & bit(number)) == 0)
    return {}; // a repeat, or from before the first packet
  is_missing_[number / 64] &= ~bit(number);
  return {-1, true};
}

SequenceTracker::SequenceTracker() : index_(2 * n_eaxc, 0) {
  streams_.reserve(max_streams);
}

SequenceChange SequenceTracker::note(std::uint16_t eaxc, oran::Plane plane, std::uint8_t number) {
  std::uint16_t& index = index_[static_cast<std::size_t>(plane) * n_eaxc + eaxc];
  if (index == 0) {
    if (streams_.size() == static_cast<std::size_t>(max_streams))
      return {};
    streams_.emplace_back();
    index = static_cast<std::uint16_t>(streams_.size());
  }
  return streams_[index - 1u].note(number);
}

} // namespace airan::io
