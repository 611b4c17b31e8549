// SPDX-License-Identifier: Apache-2.0
// One line of what airan says about an input: a name and a value with its unit.
#pragma once

#include <string>

namespace airan::io {

struct Fact {
  std::string name;
  std::string value;
};

} // namespace airan::io
