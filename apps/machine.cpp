// SPDX-License-Identifier: Apache-2.0
// CPU model, cores and instruction sets.
#include "apps/machine.hpp"

#include <hwy/targets.h>

#include <fstream>
#include <sched.h>

namespace airan::apps {
namespace {

std::string read_cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos)
      return line.substr(colon + 2);
  }
  return "unknown";
}

} // namespace

Machine this_machine() {
  Machine machine;
  machine.cpu_model = read_cpu_model();
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
    machine.n_cores = CPU_COUNT(&allowed);
  // Highway: the lower the bit, the better the target; its two emulations are left out.
  const auto supported =
      static_cast<std::uint64_t>(hwy::SupportedTargets() & ~(HWY_SCALAR | HWY_EMU128));
  for (std::uint64_t bit = 1; bit != 0; bit <<= 1)
    if ((supported & bit) != 0)
      machine.simd_targets.emplace_back(hwy::TargetName(static_cast<std::int64_t>(bit)));
  return machine;
}

} // namespace airan::apps
