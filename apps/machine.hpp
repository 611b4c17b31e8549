// SPDX-License-Identifier: Apache-2.0
// What the program runs on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace airan::apps {

struct Machine {
  std::string cpu_model;    ///< as the kernel names it
  std::int32_t n_cores = 1; ///< hardware threads that this process may use
  /// Instruction sets that the SIMD rows choose from here, best first; Highway's names.
  std::vector<std::string> simd_targets;
};

Machine this_machine();

} // namespace airan::apps
