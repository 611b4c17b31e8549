// SPDX-License-Identifier: Apache-2.0
// What every message about foreign bytes must be.
#pragma once

#include "core/assert.hpp"
#include "core/printable.hpp"

#include <string>

namespace airan::fuzz {

/// One line of UTF-8 without control characters, of a length that people read.
inline void require_plain_sentence(const std::string& message) {
  constexpr std::size_t longest = 1000;
  AIRAN_ASSERT(!message.empty() && message.size() <= longest,
               "a message of " + std::to_string(message.size()) + " bytes");
  AIRAN_ASSERT(printable(message, longest) == message, message);
}

} // namespace airan::fuzz
