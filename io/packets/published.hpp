// SPDX-License-Identifier: Apache-2.0
// What one thread keeps and others may look at.
#pragma once

#include <chrono>
#include <mutex>

namespace airan::io {

/// A copy of something that its owner, one thread, changes all the time; at most some milliseconds
/// old. The owner never waits for who reads.
template <class T>
class Published {
public:
  T copy() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  // The owner
  /// Calls `update(T&)`, unless that was done a moment ago or somebody is copying right now.
  template <class Update>
  void update_if_due(Update&& update) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_)
      return;
    next_ = now + std::chrono::milliseconds(10);
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock())
      update(value_);
  }
  /// Calls `update(T&)` in any case: for the last time.
  template <class Update>
  void update_now(Update&& update) {
    const std::lock_guard lock(mutex_);
    update(value_);
  }

private:
  mutable std::mutex mutex_;
  T value_;
  std::chrono::steady_clock::time_point next_;
};

} // namespace airan::io
