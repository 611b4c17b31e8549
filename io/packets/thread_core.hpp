// SPDX-License-Identifier: Apache-2.0
// Ties a thread to a core.
#pragma once

#include <cstdint>
#include <optional>
#include <pthread.h>
#include <sched.h>

namespace airan::io {

/// Ties the calling thread to a core; without one it runs wherever the system puts it. A core that
/// the process may not use changes nothing: it was checked when the configuration was.
inline void pin_this_thread(std::optional<std::int32_t> core) {
  if (!core)
    return;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(*core), &cores);
  ::pthread_setaffinity_np(::pthread_self(), sizeof(cores), &cores);
}

} // namespace airan::io
