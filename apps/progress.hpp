// SPDX-License-Identifier: Apache-2.0
// Progress on a terminal, for what takes longer than two seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace airan::apps {

/// Writes one line to stderr and keeps it current, at most five times a second, from two seconds
/// after it was made. Writes nothing when stderr is not a terminal. The line is erased at the end.
class Progress {
public:
  /// `unit` in the plural: "slots". A total of 0 is unknown.
  Progress(std::string unit, std::int64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Cheap: may be called for every slot.
  void update(std::int64_t n_done);
  /// Erases the line; whoever prints to the terminal in between calls this first.
  void clear();

private:
  using Clock = std::chrono::steady_clock;
  std::string unit_;
  std::int64_t total_ = 0;
  bool is_terminal_ = false;
  bool is_shown_ = false;
  Clock::time_point start_;
  Clock::time_point next_;
};

} // namespace airan::apps
