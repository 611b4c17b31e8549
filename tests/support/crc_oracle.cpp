// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crc_oracle.hpp"

namespace airan::oracle {
namespace {

/// Exponents of D in the generator polynomials of 5.1, highest first.
std::vector<std::size_t> exponents(CrcKind kind) {
  switch (kind) {
  case CrcKind::crc24a:
    return {24, 23, 18, 17, 14, 11, 10, 7, 6, 5, 4, 3, 1, 0};
  case CrcKind::crc24b:
    return {24, 23, 6, 5, 1, 0};
  case CrcKind::crc16:
    return {16, 12, 5, 0};
  case CrcKind::none:
    break;
  }
  return {0};
}

} // namespace

std::vector<std::uint8_t> crc_parity(CrcKind kind, const std::vector<std::uint8_t>& bits) {
  const auto powers = exponents(kind);
  const std::size_t length = powers[0];
  std::vector<std::uint8_t> rest = bits;
  rest.resize(bits.size() + length, 0);
  for (std::size_t i = 0; i < bits.size(); ++i)
    if (rest[i])
      for (const std::size_t power : powers)
        rest[i + length - power] ^= 1;
  return {rest.end() - static_cast<std::ptrdiff_t>(length), rest.end()};
}

} // namespace airan::oracle
