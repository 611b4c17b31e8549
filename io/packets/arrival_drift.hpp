// SPDX-License-Identifier: Apache-2.0
// How arrival times drift away from what the first packet promised.
#pragma once

#include <algorithm>
#include <cstdint>

namespace airan::io {

/// Follows the earliest packets: their lateness against a fixed reference changes when the clocks
/// of sender and receiver run differently, or when one is set. Queues only ever add to it, so the
/// least of a second tells; the least but one, since a flipped bit in a slot number looks like a
/// packet that came too early.
class ArrivalDrift {
public:
  /// Notes the first packet of a slot: it came `late_ns` after its reference.
  void note(std::int64_t late_ns, std::int64_t now_ns) {
    if (n_ >= min_packets && now_ns - begin_ns_ >= period_ns) {
      last_ns_ = second_ns_;
      has_last_ = true;
      n_ = 0;
    }
    if (n_ == 0) {
      begin_ns_ = now_ns;
      least_ns_ = second_ns_ = INT64_MAX;
    }
    ++n_;
    second_ns_ = std::min(second_ns_, std::max(least_ns_, late_ns));
    least_ns_ = std::min(least_ns_, late_ns);
  }
  /// By how much the earliest packets are late now; 0 while too few have come.
  std::int64_t ns() const { return has_last_ ? std::min(last_ns_, second_ns_) : 0; }

private:
  static constexpr std::int64_t period_ns = 1'000'000'000;
  static constexpr std::int32_t min_packets = 8; ///< of a period

  std::int32_t n_ = 0; ///< packets of this period
  std::int64_t begin_ns_ = 0;
  std::int64_t least_ns_ = INT64_MAX;
  std::int64_t second_ns_ = INT64_MAX;
  bool has_last_ = false;
  std::int64_t last_ns_ = 0; ///< of the period before
};

} // namespace airan::io
