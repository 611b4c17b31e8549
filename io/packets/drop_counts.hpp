// SPDX-License-Identifier: Apache-2.0
// How many packets arrived, were of use, and were dropped for which reason.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>

namespace airan::io {

/// received == accepted + the sum of `dropped`, in every copy. `Reason` is an enum of N reasons.
template <class Reason, std::size_t N>
struct DropCounts {
  std::int64_t received = 0;
  std::int64_t accepted = 0;
  std::array<std::int64_t, N> dropped{}; ///< by Reason

  /// Counts one packet: dropped for a reason, or accepted.
  void count(const std::optional<Reason>& reason) {
    ++received;
    if (reason)
      ++dropped[static_cast<std::size_t>(*reason)];
    else
      ++accepted;
  }
  /// Counts n packets that were dropped.
  void count_dropped(Reason reason, std::int64_t n) {
    received += n;
    dropped[static_cast<std::size_t>(reason)] += n;
  }
  std::int64_t n_dropped() const {
    return std::accumulate(dropped.begin(), dropped.end(), std::int64_t{0});
  }
  std::int64_t of(Reason reason) const { return dropped[static_cast<std::size_t>(reason)]; }
};

} // namespace airan::io
