// SPDX-License-Identifier: Apache-2.0
// The table-driven CRC against long division, on lengths around its byte and eight-byte steps.
#include "kernels/primitives/crc.hpp"
#include "tests/support/crc_oracle.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace airan {
namespace {

constexpr CrcKind kinds[] = {CrcKind::crc24a, CrcKind::crc24b, CrcKind::crc16};

std::vector<std::uint8_t> unpack(const std::vector<std::uint8_t>& bytes, std::int64_t n_bits) {
  std::vector<std::uint8_t> bits;
  for (std::int64_t i = 0; i < n_bits; ++i)
    bits.push_back(bytes[static_cast<std::size_t>(i / 8)] >> (7 - i % 8) & 1);
  return bits;
}

std::uint32_t
oracle_crc(CrcKind kind, const std::vector<std::uint8_t>& bytes, std::int64_t n_bits) {
  std::uint32_t value = 0;
  for (const std::uint8_t p : oracle::crc_parity(kind, unpack(bytes, n_bits)))
    value = value << 1 | p;
  return value;
}

TEST(Crc, MatchesLongDivisionForEveryLengthUpTo200Bits) {
  std::mt19937 random(1);
  for (const CrcKind kind : kinds)
    for (std::int64_t n_bits = 0; n_bits <= 200; ++n_bits) {
      std::vector<std::uint8_t> bytes(static_cast<std::size_t>((n_bits + 7) / 8));
      for (auto& b : bytes)
        b = static_cast<std::uint8_t>(random());
      EXPECT_EQ(crc(kind, bytes, n_bits), oracle_crc(kind, bytes, n_bits)) << n_bits;
    }
}

TEST(Crc, MatchesLongDivisionForALongBlock) {
  std::mt19937 random(2);
  std::vector<std::uint8_t> bytes(1056);
  for (auto& b : bytes)
    b = static_cast<std::uint8_t>(random());
  for (const CrcKind kind : kinds)
    for (const std::int64_t n_bits : {8448, 8447, 8440, 8424, 8399})
      EXPECT_EQ(crc(kind, bytes, n_bits), oracle_crc(kind, bytes, n_bits)) << n_bits;
}

TEST(Crc, IsZeroWhenTheParityIsAppended) {
  std::mt19937 random(3);
  for (const CrcKind kind : kinds) {
    std::vector<std::uint8_t> bytes(77);
    for (auto& b : bytes)
      b = static_cast<std::uint8_t>(random());
    const std::uint32_t parity = crc(kind, bytes, 77 * 8);
    for (std::int32_t shift = crc_bits(kind) - 8; shift >= 0; shift -= 8)
      bytes.push_back(static_cast<std::uint8_t>(parity >> shift));
    EXPECT_EQ(crc(kind, bytes, static_cast<std::int64_t>(bytes.size()) * 8), 0U);
  }
}

TEST(Crc, SeesEverySingleBitError) {
  std::vector<std::uint8_t> bytes(40, 0x5A);
  for (const CrcKind kind : kinds) {
    const std::uint32_t good = crc(kind, bytes, 320);
    for (std::size_t i = 0; i < 320; ++i) {
      bytes[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
      EXPECT_NE(crc(kind, bytes, 320), good) << i;
      bytes[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
    }
  }
}

TEST(Crc, IgnoresTheBitsBehindTheBlock) {
  const std::vector<std::uint8_t> a = {0x12, 0x34, 0x50};
  const std::vector<std::uint8_t> b = {0x12, 0x34, 0x5F};
  for (const CrcKind kind : kinds)
    EXPECT_EQ(crc(kind, a, 20), crc(kind, b, 20));
}

TEST(Crc, OfNoKindIsZero) {
  const std::vector<std::uint8_t> bytes = {0xFF};
  EXPECT_EQ(crc(CrcKind::none, bytes, 8), 0U);
}

} // namespace
} // namespace airan
