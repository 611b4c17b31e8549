// SPDX-License-Identifier: Apache-2.0
// One line on the terminal.
#include "apps/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace airan::apps {
namespace {

constexpr std::chrono::seconds quiet_time{2};
constexpr std::chrono::milliseconds update_interval{200};

} // namespace

Progress::Progress(std::string unit, std::int64_t total)
    : unit_(std::move(unit)), total_(total), is_terminal_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()), next_(start_ + quiet_time) {}

Progress::~Progress() {
  clear();
}

void Progress::update(std::int64_t n_done) {
  if (!is_terminal_)
    return;
  const auto now = Clock::now();
  if (now < next_)
    return;
  next_ = now + update_interval;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double per_second = static_cast<double>(n_done) / seconds;
  std::string line = fmt::format("{} {}, {:.1f} per second", n_done, unit_, per_second);
  if (total_ > 0 && n_done > 0) {
    const double left_s =
        static_cast<double>(std::max<std::int64_t>(total_ - n_done, 0)) / per_second;
    line = fmt::format("{} of {} {}, {:.1f} per second, {:.0f} s left", n_done, total_, unit_,
                       per_second, left_s);
  }
  std::fputs(("\r\x1b[K" + line).c_str(), stderr);
  std::fflush(stderr);
  is_shown_ = true;
}

void Progress::clear() {
  if (!is_shown_)
    return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  is_shown_ = false;
}

} // namespace airan::apps
