// SPDX-License-Identifier: Apache-2.0
// HARQ memory: what is kept, what is replaced, what gives way when memory runs out.
#include "phy/user_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace airan {
namespace {

CheckedGrant grant_of(std::int32_t rnti, std::int32_t harq_id, bool is_new_data) {
  CheckedGrant g;
  g.rnti = rnti;
  g.harq_id = harq_id;
  g.is_new_data = is_new_data;
  g.codeword.n_code_blocks = 2;
  g.codeword.encoded_bits = 1280;
  return g;
}

/// Receives one transmission whose soft bits are all `value`.
void receive(UserState& state, const CheckedGrant& grant, std::int8_t value, bool crc_ok) {
  const auto slot = state.open({1, 0, 0, 0}, grant);
  ASSERT_TRUE(slot.has_value());
  const auto bits = slot->soft_bits.on_host();
  std::fill_n(bits.data(), bits.size(), value);
  state.commit(*slot, crc_ok);
}

TEST(UserState, HandsARetransmissionTheSumOfTheTransmissionsBefore) {
  UserState state({4, 1 << 16});
  receive(state, grant_of(7, 3, true), 11, false);
  const auto again = state.open({1, 0, 8, 8}, grant_of(7, 3, false));
  ASSERT_TRUE(again.has_value());
  ASSERT_FALSE(again->stored.empty());
  EXPECT_EQ(again->stored.on_host()(1, 1279), 11);
  EXPECT_NE(again->stored.on_host().data(), again->soft_bits.on_host().data());
}

TEST(UserState, ForgetsTheSumWhenNewDataArrives) {
  UserState state({4, 1 << 16});
  receive(state, grant_of(7, 3, true), 11, false);
  const auto fresh = state.open({1, 0, 8, 8}, grant_of(7, 3, true));
  ASSERT_TRUE(fresh.has_value());
  EXPECT_TRUE(fresh->stored.empty());
}

TEST(UserState, KeepsProcessesOfUsersAndCellsApart) {
  UserState state({8, 1 << 16});
  receive(state, grant_of(7, 3, true), 11, false);
  EXPECT_TRUE(state.open({1, 0, 0, 0}, grant_of(8, 3, false))->stored.empty());
  EXPECT_TRUE(state.open({1, 0, 0, 0}, grant_of(7, 4, false))->stored.empty());
  EXPECT_TRUE(state.open({2, 0, 0, 0}, grant_of(7, 3, false))->stored.empty());
}

TEST(UserState, TreatsARetransmissionOfAnotherSizeAsNewData) {
  UserState state({4, 1 << 16});
  receive(state, grant_of(7, 3, true), 11, false);
  CheckedGrant other = grant_of(7, 3, false);
  other.codeword.n_code_blocks = 1;
  EXPECT_TRUE(state.open({1, 0, 0, 0}, other)->stored.empty());
}

TEST(UserState, TreatsARetransmissionOfAnotherTransportBlockSizeAsNewData) {
  UserState state({4, 1 << 16});
  receive(state, grant_of(7, 3, true), 11, false);
  CheckedGrant other = grant_of(7, 3, false);
  other.codeword.tb_bits += 8; // more information bits and fewer filler bits in the same lifting
  EXPECT_TRUE(state.open({1, 0, 0, 0}, other)->stored.empty());
}

TEST(UserState, DropsTheDecodedProcessBeforeTheOlderUndecodedOne) {
  UserState state({8, 3 * 2560}); // room for three sums
  receive(state, grant_of(1, 0, true), 1, false);
  receive(state, grant_of(2, 0, true), 2, true);
  receive(state, grant_of(3, 0, true), 3, false);
  EXPECT_EQ(state.n_dropped(), 0);
  receive(state, grant_of(4, 0, true), 4,
          false); // the decoded one gives way, not counted as a loss
  EXPECT_EQ(state.n_dropped(), 0);
  receive(state, grant_of(5, 0, true), 5, false); // now the oldest undecoded one
  EXPECT_EQ(state.n_dropped(), 1);
  EXPECT_TRUE(state.open({1, 0, 0, 0}, grant_of(1, 0, false))->stored.empty());
}

TEST(UserState, RefusesAGrantThatIsLargerThanItsMemory) {
  UserState state({4, 1024});
  EXPECT_FALSE(state.open({1, 0, 0, 0}, grant_of(1, 0, true)).has_value());
  EXPECT_FALSE(state.open({1, 0, 1, 1}, grant_of(1, 0, true)).has_value());
}

TEST(UserState, StaysBoundedOverManyUsers) {
  UserState state({16, 1 << 16});
  for (std::int32_t rnti = 1; rnti < 2000; ++rnti)
    receive(state, grant_of(rnti, rnti % 16, true), 1, rnti % 3 == 0);
  EXPECT_FALSE(state.open({1, 0, 0, 0}, grant_of(1999, 1999 % 16, false))->stored.empty());
}

TEST(SoftBitPool, JoinsNeighboursSoThatTheWholePoolCanBeTakenAgain) {
  SoftBitPool pool(1024, 8);
  const auto a = pool.take(256);
  const auto b = pool.take(256);
  const auto c = pool.take(512);
  ASSERT_TRUE(a && b && c);
  EXPECT_FALSE(pool.take(1).has_value());
  pool.give_back(*a);
  pool.give_back(*c);
  EXPECT_FALSE(pool.take(1024).has_value());
  pool.give_back(*b);
  EXPECT_EQ(pool.free_bytes(), 1024U);
  EXPECT_TRUE(pool.take(1024).has_value());
}

} // namespace
} // namespace airan
