// SPDX-License-Identifier: Apache-2.0
#include "core/printable.hpp"

#include <cstdint>

namespace airan {
namespace {

/// Bytes of the character that `text` begins with; 0 when it is no UTF-8. RFC 3629, section 4:
/// neither overlong forms, nor surrogates, nor anything beyond U+10FFFF.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80)
    return 1;
  const std::size_t n = first < 0xC2   ? 0
                        : first < 0xE0 ? 2
                        : first < 0xF0 ? 3
                        : first < 0xF5 ? 4
                                       : 0;
  if (n == 0 || text.size() < n)
    return 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  const bool is_overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool is_surrogate = first == 0xED && byte(1) >= 0xA0;
  const bool is_beyond = first == 0xF4 && byte(1) >= 0x90;
  return is_overlong || is_surrogate || is_beyond ? 0 : n;
}

/// C0, DEL and C1 (U+0080 to U+009F: terminals obey some of them).
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  return first < 0x20 || first == 0x7F ||
         (first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0);
}

} // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string out;
  while (!text.empty()) {
    const std::size_t n = character_bytes(text);
    const bool is_shown = n > 0 && !is_control(text.substr(0, n));
    if (out.size() + (is_shown ? n : 1) > max_bytes)
      return out + "...";
    if (is_shown)
      out += text.substr(0, n);
    else
      out += '?';
    text.remove_prefix(n > 0 ? n : 1);
  }
  return out;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t n = character_bytes(text);
    if (n == 0)
      return false;
    text.remove_prefix(n);
  }
  return true;
}

} // namespace airan
