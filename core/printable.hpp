// SPDX-License-Identifier: Apache-2.0
// Foreign text in messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace airan {

/// `text` as it may stand in a message of one line: bytes that are no UTF-8 and control characters
/// become '?'. What goes beyond `max_bytes` is cut off between two characters; "..." tells so.
std::string printable(std::string_view text, std::size_t max_bytes);

/// Whether `text` is UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

} // namespace airan
