// SPDX-License-Identifier: Apache-2.0
// Assertions for programmer errors. They stay on in release builds and print the values.
#pragma once

#include <string_view>

namespace airan::detail {
/// Prints "file:line: assertion 'expression' failed: message" to stderr and aborts.
[[noreturn]] void assertion_failed(std::string_view expression,
                                   std::string_view file,
                                   int line,
                                   std::string_view message);
} // namespace airan::detail

/// AIRAN_ASSERT(condition, "message"): the message may be any std::string expression,
/// which is evaluated only when the condition is false.
#define AIRAN_ASSERT(condition, message)                                                           \
  do {                                                                                             \
    if (!(condition)) [[unlikely]]                                                                 \
      ::airan::detail::assertion_failed(#condition, __FILE__, __LINE__, (message));                \
  } while (false)
