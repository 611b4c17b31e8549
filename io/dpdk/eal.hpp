// SPDX-License-Identifier: Apache-2.0
// DPDK's environment: one for the process, made when it is first needed.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace airan::io::dpdk {

struct EalSettings {
  /// What the user adds (source.eal).
  std::vector<std::string> arguments;
  /// A device of a bus, as DPDK names it; empty: only virtual devices are used. Without arguments
  /// of the user, virtual devices get memory without hugepages and no bus is touched, and a device
  /// of a bus is the only one that is.
  std::string bus_device;
  /// Memory of its own that DPDK needs for the packet buffers (not their bytes).
  std::size_t memory_bytes = 0;
};

/// Starts DPDK, or finds it started. The calling thread stays on the cores it may use; nothing is
/// printed. A process can start it once: later calls need the same arguments, and devices of a bus
/// must have been asked for then.
Result<void> start_eal(const EalSettings& settings);

/// What DPDK has logged since the call before, lines joined by "; ", at most three; empty when
/// nothing. For the sentence of an error.
std::string take_log();

} // namespace airan::io::dpdk
