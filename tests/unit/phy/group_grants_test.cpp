// SPDX-License-Identifier: Apache-2.0
// Detection groups and segments of grants that touch, overlap or hop.
#include "phy/group_grants.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace airan {
namespace {

CheckedGrant
user(PrbRange prbs, std::int32_t first_symbol, std::int32_t n_symbols, std::int32_t n_layers = 1) {
  CheckedGrant g;
  g.n_layers = n_layers;
  g.first_symbol = first_symbol;
  g.n_symbols = n_symbols;
  g.hops.push_back({prbs, first_symbol, n_symbols});
  g.dmrs.nodes.push_back({first_symbol, 1, 0});
  return g;
}

GrantGroups group(const std::vector<CheckedGrant>& grants) {
  GrantGroups out;
  group_grants(SlotId{1, 2, 3, 43}, grants, out);
  return out;
}

/// Every RE of every grant lies in exactly one segment of its group, with exactly the layers of the
/// grants that hold it.
void expect_exact_cover(const GrantGroups& groups) {
  for (const DetectionGroup& g : groups.groups)
    for (std::int32_t symbol = 0; symbol < 14; ++symbol)
      for (std::int32_t prb = 0; prb < max_prb; ++prb) {
        std::vector<std::int32_t> expected;
        for (std::int32_t i = 0; i < g.layers.size(); ++i) {
          const CheckedGrant& grant = *g.grants[static_cast<std::size_t>(g.layers[i].grant)];
          const bool in_time =
              symbol >= grant.first_symbol && symbol < grant.first_symbol + grant.n_symbols;
          const PrbRange prbs = grant.hop_of_symbol(symbol).prbs;
          if (in_time && prb >= prbs.first && prb < prbs.end())
            expected.push_back(i);
        }
        std::vector<std::int32_t> found;
        std::int32_t n_segments = 0;
        for (const Segment& s : g.segments)
          if (symbol >= s.first_symbol && symbol < s.first_symbol + s.n_symbols &&
              prb >= s.prbs.first && prb < s.prbs.end()) {
            ++n_segments;
            found.assign(s.layers.begin(), s.layers.end());
          }
        ASSERT_EQ(n_segments, expected.empty() ? 0 : 1) << symbol << ' ' << prb;
        ASSERT_EQ(found, expected) << symbol << ' ' << prb;
      }
}

TEST(GroupGrants, GivesOneUserOneGroupWithOneSegment) {
  const std::vector grants = {user({5, 20}, 2, 10, 2)};
  const auto groups = group(grants);
  ASSERT_EQ(groups.groups.size(), 1U);
  const DetectionGroup& g = groups.groups[0];
  EXPECT_EQ(g.id.count, 43);
  EXPECT_EQ(g.prbs, (PrbRange{5, 20}));
  EXPECT_EQ(g.layers.size(), 2);
  ASSERT_EQ(g.segments.size(), 1U);
  EXPECT_EQ(g.segments[0].prbs, (PrbRange{5, 20}));
  EXPECT_EQ(g.segments[0].first_symbol, 2);
  EXPECT_EQ(g.segments[0].n_symbols, 10);
  expect_exact_cover(groups);
}

TEST(GroupGrants, KeepsUsersApartThatOnlyTouch) {
  const std::vector grants = {user({0, 10}, 0, 14), user({10, 10}, 0, 14), user({0, 0}, 0, 14)};
  EXPECT_EQ(group(grants).groups.size(), 3U);
  const std::vector in_time = {user({0, 10}, 0, 7), user({0, 10}, 7, 7)};
  EXPECT_EQ(group(in_time).groups.size(), 2U);
}

TEST(GroupGrants, CutsPartlySharedUsersIntoSegments) {
  const std::vector grants = {user({0, 20}, 0, 14, 2), user({10, 20}, 0, 14)};
  const auto groups = group(grants);
  ASSERT_EQ(groups.groups.size(), 1U);
  EXPECT_EQ(groups.groups[0].segments.size(), 3U);
  EXPECT_EQ(groups.groups[0].layers.size(), 3);
  EXPECT_EQ(groups.groups[0].prbs, (PrbRange{0, 30}));
  expect_exact_cover(groups);
}

TEST(GroupGrants, ConnectsUsersThroughAThird) {
  // 0 and 2 share nothing, but both share with 3; 1 stands alone.
  const std::vector grants = {user({0, 10}, 0, 14), user({100, 5}, 0, 14), user({20, 10}, 0, 14),
                              user({5, 20}, 4, 6)};
  const auto groups = group(grants);
  ASSERT_EQ(groups.groups.size(), 2U);
  ASSERT_EQ(groups.groups[0].grants.size(), 3U);
  EXPECT_EQ(groups.groups[0].grants[0], &grants[0]);
  EXPECT_EQ(groups.groups[0].grants[1], &grants[2]);
  EXPECT_EQ(groups.groups[0].grants[2], &grants[3]);
  EXPECT_EQ(groups.groups[1].grants[0], &grants[1]);
  expect_exact_cover(groups);
}

TEST(GroupGrants, FollowsFrequencyHops) {
  CheckedGrant hopping = user({0, 4}, 0, 14);
  hopping.hops.clear();
  hopping.hops.push_back({{0, 4}, 0, 7});
  hopping.hops.push_back({{40, 4}, 7, 7});
  hopping.dmrs.nodes.push_back({9, 1, 1});
  // Shares PRBs 40..43 with the second hop only.
  const std::vector grants = {hopping, user({40, 8}, 0, 14), user({2, 2}, 7, 7)};
  const auto groups = group(grants);
  ASSERT_EQ(groups.groups.size(), 2U);
  EXPECT_EQ(groups.groups[0].grants.size(), 2U);
  EXPECT_EQ(groups.groups[0].prbs, (PrbRange{0, 48}));
  EXPECT_EQ(groups.groups[0].n_time_nodes, 2);
  expect_exact_cover(groups);
}

TEST(GroupGrants, DoesNotAllocateWithinItsReservation) {
  // Many edges in time and frequency, all connected.
  std::vector<CheckedGrant> grants;
  for (std::int32_t i = 0; i < 6; ++i)
    grants.push_back(user({3 * i, 40 - i}, i, 14 - 2 * i));
  GrantGroups out;
  out.reserve(6);
  const auto* const segments = out.segments.data();
  const auto* const groups = out.groups.data();
  group_grants(SlotId{}, grants, out);
  EXPECT_EQ(out.segments.data(), segments);
  EXPECT_EQ(out.groups.data(), groups);
  EXPECT_GT(out.segments.size(), 30U);
  expect_exact_cover(out);
}

TEST(GroupGrants, ReusesItsStorage) {
  const std::vector grants = {user({0, 20}, 0, 14, 2), user({10, 20}, 0, 14), user({50, 1}, 0, 1)};
  GrantGroups out;
  group_grants(SlotId{}, grants, out);
  const auto* const segments = out.segments.data();
  group_grants(SlotId{}, std::span(grants).subspan(1), out);
  EXPECT_EQ(out.segments.data(), segments);
  EXPECT_EQ(out.groups.size(), 2U);
  expect_exact_cover(out);
  group_grants(SlotId{}, {}, out);
  EXPECT_TRUE(out.groups.empty());
}

} // namespace
} // namespace airan
