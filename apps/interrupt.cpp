// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM end a run in good order.
#include "apps/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace airan::apps {
namespace {

std::atomic<bool> is_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set in a signal handler");

void on_signal(int signal) {
  is_interrupted.store(true, std::memory_order_relaxed);
  std::signal(signal, SIG_DFL);
}

} // namespace

void install_interrupt_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
  return is_interrupted.load(std::memory_order_relaxed);
}

} // namespace airan::apps
