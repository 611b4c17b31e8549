// SPDX-License-Identifier: Apache-2.0
// What is written, and where: the section `output` of a configuration.
#pragma once

#include <string>

namespace airan {

struct OutputSettings {
  std::string directory = "out";
  bool payloads = false; ///< write the bytes of decoded transport blocks too
};

} // namespace airan
