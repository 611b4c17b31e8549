// SPDX-License-Identifier: Apache-2.0
// Spot checks of the MCS tables and the rules that hold over whole tables.
#include "phy/mcs_table.hpp"

#include <gtest/gtest.h>

namespace airan {
namespace {

TEST(McsTable, GivesTheEntriesWhereTheTablesDiffer) {
  const auto entry = [](std::int32_t table, std::int32_t index) {
    return mcs_entry(table, index, TpPi2Bpsk::off).value();
  };
  EXPECT_EQ(entry(0, 17).code_rate, 438);
  EXPECT_EQ(entry(3, 17).code_rate, 466);
  EXPECT_EQ(entry(1, 20).code_rate, 682.5);
  EXPECT_EQ(entry(1, 26).code_rate, 916.5);
  EXPECT_EQ(entry(1, 27).modulation, Modulation::qam256);
  EXPECT_EQ(entry(2, 0).code_rate, 30);
  EXPECT_EQ(entry(4, 23).code_rate, 772);
}

TEST(McsTable, HalvesTheRateWhenQIsTwo) {
  const auto bpsk = mcs_entry(3, 0, TpPi2Bpsk::on).value();
  const auto qpsk = mcs_entry(3, 0, TpPi2Bpsk::off).value();
  EXPECT_EQ(bpsk.modulation, Modulation::pi2_bpsk);
  EXPECT_EQ(bpsk.code_rate, 240);
  EXPECT_EQ(qpsk.modulation, Modulation::qpsk);
  EXPECT_EQ(qpsk.code_rate, 120);
  EXPECT_EQ(mcs_entry(4, 5, TpPi2Bpsk::off)->code_rate, 99);
  EXPECT_EQ(mcs_entry(3, 28, TpPi2Bpsk::on)->modulation, Modulation::pi2_bpsk);
}

TEST(McsTable, NeverLosesMoreThanAPerMilleOfSpectralEfficiencyWithTheIndex) {
  // Where the modulation changes the tables may step back a little (e.g. 64QAM 438 after 16QAM 658
  // in 5.1.3.1-1: 2.566 after 2.570).
  for (std::int32_t table = 0; table < 5; ++table)
    for (std::int32_t index = 1; index < 32; ++index) {
      const auto low = mcs_entry(table, index - 1, TpPi2Bpsk::off).value();
      const auto high = mcs_entry(table, index, TpPi2Bpsk::off).value();
      if (high.code_rate > 0) {
        EXPECT_GE(high.code_rate * bits_per_symbol(high.modulation),
                  0.998 * low.code_rate * bits_per_symbol(low.modulation))
            << table << ' ' << index;
      }
    }
}

TEST(McsTable, ReservesTheLastIndices) {
  const std::int32_t first_reserved[] = {29, 28, 29, 28, 28};
  for (std::int32_t table = 0; table < 5; ++table)
    for (std::int32_t index = 0; index < 32; ++index)
      EXPECT_EQ(mcs_entry(table, index, TpPi2Bpsk::off)->code_rate == 0,
                index >= first_reserved[table]);
}

TEST(McsTable, IsEmptyOutsideTheTable) {
  EXPECT_FALSE(mcs_entry(5, 0, TpPi2Bpsk::off));
  EXPECT_FALSE(mcs_entry(-1, 0, TpPi2Bpsk::off));
  EXPECT_FALSE(mcs_entry(0, 32, TpPi2Bpsk::off));
  EXPECT_FALSE(mcs_entry(0, -1, TpPi2Bpsk::off));
}

} // namespace
} // namespace airan
