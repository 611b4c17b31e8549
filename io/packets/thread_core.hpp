// SPDX-License-Identifier: Apache-2.0
// Ties a thread to a core.
#pragma once

#include <cstdint>
#include <optional>
#include <pthread.h>
#include <sched.h>

namespace airan::io {

/// Whether the process may use the core.
inline bool may_use_core(std::int32_t core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  return ::sched_getaffinity(0, sizeof(cores), &cores) == 0 && core >= 0 && core < CPU_SETSIZE &&
         CPU_ISSET(static_cast<std::size_t>(core), &cores);
}

/// Ties the calling thread to a core that it may use; without one it runs wherever the system puts
/// it.
inline void pin_this_thread(std::optional<std::int32_t> core) {
  if (!core)
    return;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(*core), &cores);
  ::pthread_setaffinity_np(::pthread_self(), sizeof(cores), &cores);
}

} // namespace airan::io
