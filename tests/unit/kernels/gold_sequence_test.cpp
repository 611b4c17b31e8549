// SPDX-License-Identifier: Apache-2.0
// The 28-bits-at-once Gold generator against its definition.
#include "kernels/primitives/gold_sequence.hpp"
#include "tests/support/sequence_oracle.hpp"

#include <gtest/gtest.h>

namespace airan {
namespace {

constexpr std::uint32_t seeds[] = {0, 1, 0x12345678, 0x7FFFFFFF, 557057};

TEST(GoldSequence, MatchesItsDefinitionBitByBit) {
  for (const std::uint32_t seed : seeds) {
    const auto expected = oracle::gold_bits(seed, 500);
    GoldSequence c(seed);
    for (std::size_t n = 0; n < expected.size(); ++n)
      ASSERT_EQ(c.next_bit(), expected[n]) << seed << ' ' << n;
  }
}

TEST(GoldSequence, MatchesItsDefinition32BitsAtATime) {
  for (const std::uint32_t seed : seeds) {
    const auto expected = oracle::gold_bits(seed, 3200);
    GoldSequence c(seed);
    for (std::size_t n = 0; n < expected.size(); n += 32) {
      const std::uint32_t word = c.next32();
      for (std::size_t k = 0; k < 32; ++k)
        ASSERT_EQ(word >> k & 1, expected[n + k]) << seed << ' ' << n + k;
    }
  }
}

TEST(GoldSequence, StartsAndSkipsAnywhere) {
  const auto expected = oracle::gold_bits(99, 2000);
  for (const std::int64_t first : {0, 1, 27, 28, 29, 31, 32, 56, 777}) {
    GoldSequence direct(99, first);
    GoldSequence skipped(99);
    skipped.skip(first);
    for (std::size_t k = 0; k < 40; ++k) {
      const std::uint32_t bit = expected[static_cast<std::size_t>(first) + k];
      ASSERT_EQ(direct.next_bit(), bit) << first;
      ASSERT_EQ(skipped.next_bit(), bit) << first;
    }
  }
}

} // namespace
} // namespace airan
