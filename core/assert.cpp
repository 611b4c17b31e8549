// SPDX-License-Identifier: Apache-2.0
#include "core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace airan::detail {

void assertion_failed(std::string_view expression,
                      std::string_view file,
                      int line,
                      std::string_view message) {
  std::fprintf(stderr, "%.*s:%d: assertion '%.*s' failed: %.*s\n", static_cast<int>(file.size()),
               file.data(), line, static_cast<int>(expression.size()), expression.data(),
               static_cast<int>(message.size()), message.data());
  std::abort();
}

} // namespace airan::detail
