// SPDX-License-Identifier: Apache-2.0
// Tests of the bitmap of PRBs that have arrived.
#include "io/packets/arrival_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace airan::io {
namespace {

std::vector<PrbRange> add(ArrivalMap& map, std::int32_t port, std::int32_t symbol, PrbRange range) {
  std::vector<PrbRange> runs;
  map.add(port, symbol, range, [&](PrbRange run) { runs.push_back(run); });
  return runs;
}

TEST(ArrivalMap, ReturnsTheRunsThatAreNew) {
  ArrivalMap map(2, 14, 275);
  EXPECT_THAT(add(map, 1, 13, {10, 5}), testing::ElementsAre(PrbRange{10, 5}));
  EXPECT_THAT(add(map, 1, 13, {20, 50}), testing::ElementsAre(PrbRange{20, 50}));
  EXPECT_THAT(add(map, 1, 13, {0, 275}),
              testing::ElementsAre(PrbRange{0, 10}, PrbRange{15, 5}, PrbRange{70, 205}));
  EXPECT_TRUE(add(map, 1, 13, {0, 275}).empty());
  EXPECT_EQ(map.n_arrived(), 275);
  EXPECT_THAT(add(map, 0, 13, {0, 275}), testing::ElementsAre(PrbRange{0, 275}));
}

TEST(ArrivalMap, TakesNothingFromAnEmptyRange) {
  ArrivalMap map(1, 14, 64);
  EXPECT_TRUE(add(map, 0, 0, {64, 0}).empty());
  EXPECT_TRUE(add(map, 0, 0, {0, 0}).empty());
  EXPECT_TRUE(map.has_all(0, 0, {64, 0}));
  EXPECT_EQ(map.n_arrived(), 0);
}

TEST(ArrivalMapDeathTest, RefusesPrbsOutsideTheCarrier) {
  ArrivalMap map(2, 14, 51);
  EXPECT_DEATH(add(map, 0, 0, {50, 2}), "50 \\+ 2");
  EXPECT_DEATH(add(map, 2, 0, {0, 1}), "port 2");
  EXPECT_DEATH(add(map, 0, 14, {0, 1}), "symbol 14");
}

TEST(ArrivalMap, AgreesWithOneFlagPerPrb) {
  for (const std::int32_t n_prb : {1, 2, 63, 64, 65, 127, 128, 129, 273, 275}) {
    std::mt19937 random(static_cast<std::uint32_t>(n_prb));
    const auto up_to = [&](std::int32_t n) {
      return static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(n + 1));
    };
    ArrivalMap map(2, 3, n_prb);
    std::vector<bool> flags(static_cast<std::size_t>(2 * 3 * n_prb));
    for (int step = 0; step < 2000; ++step) {
      const std::int32_t port = up_to(1);
      const std::int32_t symbol = up_to(2);
      const std::int32_t first = up_to(n_prb - 1);
      const PrbRange range{first, std::min(up_to(20), n_prb - first)};
      const auto flag = [&](std::int32_t prb) {
        return flags[static_cast<std::size_t>((port * 3 + symbol) * n_prb + prb)];
      };
      bool all = true;
      std::vector<std::int32_t> absent;
      for (std::int32_t prb = first; prb < first + range.n; ++prb)
        if (!flag(prb)) {
          all = false;
          absent.push_back(prb);
        }
      ASSERT_EQ(map.has_all(port, symbol, range), all);
      if (all && range.n > 0 && step % 3 == 0) {
        map.remove(port, symbol, range);
        for (std::int32_t prb = first; prb < first + range.n; ++prb)
          flag(prb) = false;
      } else {
        std::vector<std::int32_t> added;
        std::int32_t end = -1;
        for (const PrbRange& run : add(map, port, symbol, range)) {
          ASSERT_GT(run.first, end) << "runs touch: they could be one";
          end = run.first + run.n;
          for (std::int32_t prb = run.first; prb < end; ++prb) {
            added.push_back(prb);
            flag(prb) = true;
          }
        }
        ASSERT_EQ(added, absent);
      }
      ASSERT_EQ(map.n_arrived(), std::count(flags.begin(), flags.end(), true));
    }
    map.clear();
    EXPECT_EQ(map.n_arrived(), 0);
    EXPECT_EQ(add(map, 0, 0, {0, n_prb}).size(), 1u);
  }
}

} // namespace
} // namespace airan::io
