// SPDX-License-Identifier: Apache-2.0
// The first granted slot for each pair of frameId and slot: tells which slot a first packet is of.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace airan::io {

/// frameId carries the SFN modulo 256 only; the first packet of a stream is taken for the first
/// granted slot with equal SFN mod 256 and slot in the frame (`first_sfn: auto`).
class FirstSlots {
public:
  explicit FirstSlots(std::int32_t numerology)
      : slots_per_frame_(std::int32_t{10} << numerology),
        counts_(static_cast<std::size_t>(256 * slots_per_frame_), none) {}

  /// Notes slot number `count`, unless an earlier one is noted already. Call in ascending order.
  void note(std::int64_t count) {
    std::int64_t& first = counts_[index(frame_of(count), slot_of(count))];
    first = first == none ? count : first;
  }
  std::optional<std::int64_t> find(std::int32_t frame, std::int32_t slot) const {
    const std::int64_t first = counts_[index(frame, slot)];
    return first == none ? std::nullopt : std::optional(first);
  }

private:
  static constexpr std::int64_t none = INT64_MIN;
  std::int32_t slot_of(std::int64_t count) const {
    const std::int64_t n = slots_per_frame_;
    return static_cast<std::int32_t>(((count % n) + n) % n);
  }
  std::int32_t frame_of(std::int64_t count) const {
    return static_cast<std::int32_t>(((count - slot_of(count)) / slots_per_frame_) & 0xFF);
  }
  std::size_t index(std::int32_t frame, std::int32_t slot) const {
    return static_cast<std::size_t>(frame * slots_per_frame_ + slot);
  }

  std::int32_t slots_per_frame_;
  std::vector<std::int64_t> counts_; ///< [frame, slot]
};

} // namespace airan::io
