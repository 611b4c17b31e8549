// SPDX-License-Identifier: Apache-2.0
#include "kernels/primitives/crc.hpp"

#include "core/assert.hpp"

#include <array>
#include <string>

namespace airan {
namespace {

/// Generator polynomials of TS 38.212 5.1 without their top term.
constexpr std::uint32_t polynomial(CrcKind kind) {
  switch (kind) {
  case CrcKind::crc24a:
    return 0x864CFB;
  case CrcKind::crc24b:
    return 0x800063;
  case CrcKind::crc16:
    return 0x1021;
  case CrcKind::none:
    break;
  }
  return 0;
}

/// Remainders are kept in the top bits of a 32-bit register. table[k][b]: the remainder that byte b
/// leaves when k more zero bytes follow it, so that eight bytes are one step.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables(CrcKind kind) {
  const std::uint32_t poly = polynomial(kind) << (32 - crc_bits(kind));
  Tables t{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t r = b << 24;
    for (int i = 0; i < 8; ++i)
      r = (r << 1) ^ ((r & 0x80000000U) ? poly : 0U);
    t[0][b] = r;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t b = 0; b < 256; ++b)
      t[k][b] = (t[k - 1][b] << 8) ^ t[0][t[k - 1][b] >> 24];
  return t;
}

constexpr Tables tables_24a = make_tables(CrcKind::crc24a);
constexpr Tables tables_24b = make_tables(CrcKind::crc24b);
constexpr Tables tables_16 = make_tables(CrcKind::crc16);

} // namespace

std::uint32_t crc(CrcKind kind, std::span<const std::uint8_t> bytes, std::int64_t n_bits) {
  if (kind == CrcKind::none)
    return 0;
  AIRAN_ASSERT(n_bits >= 0 && n_bits <= static_cast<std::int64_t>(bytes.size()) * 8,
               "n_bits=" + std::to_string(n_bits) + " n_bytes=" + std::to_string(bytes.size()));
  const Tables& t = kind == CrcKind::crc24a   ? tables_24a
                    : kind == CrcKind::crc24b ? tables_24b
                                              : tables_16;
  const std::uint8_t* p = bytes.data();
  std::int64_t n = n_bits / 8;
  std::uint32_t r = 0;
  for (; n >= 8; n -= 8, p += 8) {
    r = t[7][p[0] ^ (r >> 24)] ^ t[6][p[1] ^ ((r >> 16) & 0xFFU)] ^
        t[5][p[2] ^ ((r >> 8) & 0xFFU)] ^ t[4][p[3] ^ (r & 0xFFU)] ^ t[3][p[4]] ^ t[2][p[5]] ^
        t[1][p[6]] ^ t[0][p[7]];
  }
  for (; n > 0; --n, ++p)
    r = (r << 8) ^ t[0][(r >> 24) ^ *p];
  const std::uint32_t poly = polynomial(kind) << (32 - crc_bits(kind));
  for (std::int64_t i = 0; i < n_bits % 8; ++i) {
    const std::uint32_t bit = (static_cast<std::uint32_t>(*p) >> (7 - i)) & 1U;
    const std::uint32_t feedback = (r >> 31) ^ bit;
    r = (r << 1) ^ (feedback ? poly : 0U);
  }
  return r >> (32 - crc_bits(kind));
}

} // namespace airan
