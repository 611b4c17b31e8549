// SPDX-License-Identifier: Apache-2.0
// Runs an operation and notes how long it took: the timing of stages, kept out of the algorithms.
#pragma once

#include "core/results.hpp"
#include "runtime/queue.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace airan {

/// Nanoseconds of the steady clock.
inline std::int64_t steady_now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class StageClock {
public:
  explicit StageClock(Queue& queue) : queue_(queue) {}

  template <class Op, class Args>
  void run(Stage stage, Op& operation, const Args& args) {
    const std::int64_t begin = steady_now_ns();
    operation.run(args, queue_);
    ns_[static_cast<std::size_t>(stage)] += steady_now_ns() - begin;
  }
  const std::array<std::int64_t, n_stages>& stage_ns() const { return ns_; }

private:
  Queue& queue_;
  std::array<std::int64_t, n_stages> ns_{};
};

} // namespace airan
