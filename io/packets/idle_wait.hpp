// SPDX-License-Identifier: Apache-2.0
// How a thread waits that polls: at first not at all, then in longer and longer sleeps.
#pragma once

#include <chrono>
#include <cstdint>
#include <thread>

namespace airan::io {

/// A sleep costs some microseconds of a core and ends up to some tens of microseconds late. Polling
/// goes on without sleep for a moment, for packets of the same symbol; then with sleeps of a
/// fraction of a symbol; after 100 ms without anything once per millisecond, which keeps an idle
/// thread at a few percent of a core. The queues of devices cover far more than that.
class IdleWait {
public:
  /// Something arrived.
  void reset() { n_empty_ = 0; }
  /// Nothing arrived: waits a while.
  void wait() {
    const auto now = std::chrono::steady_clock::now();
    if (n_empty_++ == 0)
      idle_since_ = now;
    if (n_empty_ < n_polls)
      return;
    const bool is_long = now - idle_since_ > std::chrono::milliseconds(100);
    std::this_thread::sleep_for(std::chrono::microseconds(is_long ? 1000 : 20));
  }

private:
  static constexpr std::int32_t n_polls = 16;
  std::int32_t n_empty_ = 0;
  std::chrono::steady_clock::time_point idle_since_;
};

} // namespace airan::io
