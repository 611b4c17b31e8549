// SPDX-License-Identifier: Apache-2.0
// Words of a list in one text.
#pragma once

#include <string>
#include <string_view>

namespace airan::io {

/// The texts of a range, divided by `separator`.
template <class Texts>
std::string join(const Texts& texts, std::string_view separator) {
  std::string joined;
  for (bool first = true; const auto& text : texts) {
    if (!first)
      joined += separator;
    joined += text;
    first = false;
  }
  return joined;
}

} // namespace airan::io
