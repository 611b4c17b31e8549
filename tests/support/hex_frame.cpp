// SPDX-License-Identifier: Apache-2.0
// Fronthaul frames in hexadecimal, written from the layout and without the builder.
#include "tests/support/hex_frame.hpp"

#include <cctype>
#include <cstdio>
#include <stdexcept>

namespace airan::tests {

std::vector<std::byte> from_hex(std::string_view digits) {
  std::string plain;
  for (const char c : digits)
    if (std::isspace(static_cast<unsigned char>(c)) == 0)
      plain += c;
  if (plain.size() % 2 != 0)
    throw std::invalid_argument("an odd number of hexadecimal digits: " + plain);
  std::vector<std::byte> bytes(plain.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(std::stoi(plain.substr(2 * i, 2), nullptr, 16));
  return bytes;
}

namespace {
std::string hex(unsigned value, int n_digits) {
  char text[16];
  std::snprintf(text, sizeof text, "%0*X", n_digits, value);
  return text;
}
} // namespace

std::string hex_pattern(std::size_t n) {
  std::string text;
  for (std::size_t i = 0; i < n; ++i)
    text += hex((7 * static_cast<unsigned>(i) + 5) % 251, 2);
  return text;
}

std::vector<std::byte> HexFrame::bytes() const {
  const std::string content = stream + application + payload;
  const std::string n = size.value_or(hex(static_cast<unsigned>(from_hex(content).size()), 4));
  return from_hex(macs + tag + ethertype + ecpri + n + content + padding);
}

std::string hex_section(unsigned id, unsigned rb, unsigned sym_inc, unsigned first, unsigned n) {
  return hex((id << 20) | (rb << 19) | (sym_inc << 18) | (first << 8) | n, 8);
}

HexFrame bfp9_frame() {
  HexFrame frame;
  frame.payload = "12 30 6A 03"; // section 0x123, PRBs 106, 107, 108
  for (int prb = 0; prb < 3; ++prb)
    frame.payload += "05" + hex_pattern(27);
  return frame;
}

} // namespace airan::tests
