// SPDX-License-Identifier: Apache-2.0
// Payloads, expectations and HARQ of made slots.
#include "io/hash.hpp"
#include "runtime/buffer.hpp"
#include "simulation/slot_transmitter.hpp"
#include "tests/unit/simulation/made_grants.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace airan::simulation {
namespace {

SlotGrants slot_of(std::vector<PuschGrant> grants) {
  SlotGrants slot;
  slot.pusch = std::move(grants);
  return slot;
}

TEST(SlotTransmitter, FillsInWhatTheReceiverShouldFind) {
  SlotTransmitter transmitter(small_cell(), 1);
  SlotGrants slot = slot_of({small_grant()});
  const auto users = transmitter.prepare(slot, {});
  ASSERT_TRUE(users) << users.error().message;
  ASSERT_EQ(users->size(), 1U);
  const PuschGrant& grant = slot.pusch.front();
  EXPECT_EQ(grant.tb_size, std::ssize(users->front().payload));
  ASSERT_TRUE(grant.expect);
  EXPECT_EQ(grant.expect->payload_sha256, io::sha256_hex(users->front().payload));
  EXPECT_EQ(grant.expect->crc_ok, true);
}

TEST(SlotTransmitter, KeepsAnExpectedCrcThatWasGiven) {
  SlotTransmitter transmitter(small_cell(), 1);
  SlotGrants slot = slot_of({small_grant()});
  slot.pusch[0].expect = Expectation{false, {}};
  ASSERT_TRUE(transmitter.prepare(slot, {}));
  EXPECT_EQ(slot.pusch[0].expect->crc_ok, false);
}

TEST(SlotTransmitter, MakesTheSamePayloadsFromTheSameSeedOnly) {
  std::vector<std::vector<std::uint8_t>> payloads;
  for (const std::uint64_t seed : {7U, 7U, 8U}) {
    SlotTransmitter transmitter(small_cell(), seed);
    SlotGrants slot = slot_of({small_grant()});
    payloads.push_back(transmitter.prepare(slot, {})->front().payload);
  }
  EXPECT_EQ(payloads[0], payloads[1]);
  EXPECT_NE(payloads[0], payloads[2]);
}

TEST(SlotTransmitter, SendsTheSamePayloadAgainInARetransmission) {
  SlotTransmitter transmitter(small_cell(), 1);
  SlotGrants slot = slot_of({small_grant()});
  const auto first = transmitter.prepare(slot, {});
  PuschGrant again = small_grant();
  again.new_data_indicator = 0;
  again.rv_index = 2;
  PuschGrant other_process = small_grant();
  other_process.harq_process_id = 3;
  SlotGrants between = slot_of({other_process});
  ASSERT_TRUE(transmitter.prepare(between, {}));
  SlotGrants second_slot = slot_of({again});
  const auto second = transmitter.prepare(second_slot, {});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->front().payload, second->front().payload);
  EXPECT_EQ(second->front().grant.codeword.rv, 2);
}

TEST(SlotTransmitter, KeepsTheSizeOfTheFirstTransmissionWithAReservedMcs) {
  SlotTransmitter transmitter(small_cell(), 1);
  PuschGrant large = small_grant();
  large.rb_size = 20;
  large.mcs_index = 20;
  SlotGrants slot = slot_of({large});
  const auto first = transmitter.prepare(slot, {});
  PuschGrant again = large;
  again.new_data_indicator = 0;
  again.rv_index = 2;
  again.mcs_index = 29; // QPSK, reserved
  SlotGrants second_slot = slot_of({again});
  const auto second = transmitter.prepare(second_slot, {});
  ASSERT_TRUE(first);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(first->front().payload, second->front().payload);
  EXPECT_EQ(second_slot.pusch[0].tb_size, slot.pusch[0].tb_size);
  EXPECT_EQ(second->front().grant.codeword.base_graph, first->front().grant.codeword.base_graph);
}

TEST(SlotTransmitter, RefusesARetransmissionOfNothingOrOfAnotherSize) {
  SlotTransmitter transmitter(small_cell(), 1);
  PuschGrant again = small_grant();
  again.new_data_indicator = 0;
  SlotGrants nothing = slot_of({again});
  ASSERT_FALSE(transmitter.prepare(nothing, {}));
  SlotGrants first = slot_of({small_grant()});
  ASSERT_TRUE(transmitter.prepare(first, {}));
  again.rb_size = 12;
  SlotGrants larger = slot_of({again});
  const auto refused = transmitter.prepare(larger, {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("first transmission"), std::string::npos);
}

TEST(SlotTransmitter, SendsSeveralUsersOfASlotEachWithItsPrecoder) {
  SlotTransmitter transmitter(small_cell(), 1);
  PuschGrant second = small_grant();
  second.rnti = 18;
  second.rb_start = 14;
  SlotGrants slot = slot_of({small_grant(), second});
  const std::vector<std::optional<CodebookPrecoder>> precoders{CodebookPrecoder{2, 4},
                                                               std::nullopt};
  const auto users = transmitter.prepare(slot, precoders);
  ASSERT_TRUE(users) << users.error().message;
  ASSERT_EQ(users->size(), 2U);
  EXPECT_EQ((*users)[0].n_antenna_ports, 2);
  EXPECT_EQ((*users)[1].n_antenna_ports, 1);
  EXPECT_NE((*users)[0].payload, (*users)[1].payload);
  HostTensor<cf32, 3> grid({2, 14, small_cell().n_subcarriers()});
  for (const SlotUser& user : *users)
    transmit_user(user, grid.view());
  EXPECT_GT(norm(grid.view()(1, 5, 3 * 12)), 0);
  EXPECT_EQ(norm(grid.view()(1, 5, 14 * 12)), 0);
  EXPECT_GT(norm(grid.view()(0, 5, 14 * 12)), 0);
}

TEST(SlotTransmitter, RefusesGrantsAndPrecodersThatAreWrong) {
  SlotTransmitter transmitter(small_cell(), 1);
  PuschGrant outside = small_grant();
  outside.rb_size = 30;
  SlotGrants slot = slot_of({outside});
  EXPECT_FALSE(transmitter.prepare(slot, {}));
  slot = slot_of({small_grant()});
  const std::vector<std::optional<CodebookPrecoder>> precoders{CodebookPrecoder{2, 6}};
  EXPECT_FALSE(transmitter.prepare(slot, precoders));
  EXPECT_FALSE(slot.pusch[0].expect.has_value());
}

} // namespace
} // namespace airan::simulation
