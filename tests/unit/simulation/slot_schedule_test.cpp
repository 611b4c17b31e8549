// SPDX-License-Identifier: Apache-2.0
// Active slots, HARQ processes and redundancy versions of made slots.
#include "simulation/slot_schedule.hpp"

#include <gtest/gtest.h>

#include <string>

namespace airan::simulation {
namespace {

config::User user_of(std::int32_t rnti) {
  config::User user;
  user.rnti = rnti;
  user.rb_size = 10;
  user.nr_of_symbols = 14;
  user.mcs_index = 4;
  user.dmrs_symbols = {2};
  return user;
}

TEST(SlotSchedule, CountsSlotsFromTheFirstOneOverTheEndOfTheSfnCycle) {
  config::Transmitter transmitter;
  transmitter.n_slots = 3;
  transmitter.first_sfn = 1023;
  transmitter.first_slot = 18;
  transmitter.users = {user_of(1)};
  SlotSchedule schedule(transmitter, 5, 1);
  std::string slots;
  while (const auto slot = schedule.next()) {
    EXPECT_EQ(slot->grants.cell, 5);
    EXPECT_EQ(slot->grants.pusch.size(), 1U);
    slots += std::to_string(slot->grants.sfn) + ":" + std::to_string(slot->grants.slot) + " ";
  }
  EXPECT_EQ(slots, "1023:18 1023:19 0:0 ");
}

TEST(SlotSchedule, ActivatesUsersInTheirSlotsOfEachPeriod) {
  config::Transmitter transmitter;
  transmitter.n_slots = 8;
  transmitter.first_slot = 3;
  transmitter.users = {user_of(1), user_of(2)};
  transmitter.users[1].active_slots = {0, 2};
  transmitter.users[1].period_slots = 4;
  SlotSchedule schedule(transmitter, 1, 1);
  std::string users;
  while (const auto slot = schedule.next()) {
    ASSERT_EQ(slot->users.size(), slot->grants.pusch.size());
    for (std::size_t i = 0; i < slot->users.size(); ++i)
      EXPECT_EQ(slot->grants.pusch[i].rnti, slot->users[i] + 1);
    users += std::to_string(slot->users.size());
  }
  EXPECT_EQ(users, "21212121");
}

TEST(SlotSchedule, RunsEachProcessThroughTheRedundancyVersions) {
  config::Transmitter transmitter;
  transmitter.n_slots = 8;
  transmitter.users = {user_of(1)};
  transmitter.users[0].harq_processes = {4, 7};
  transmitter.users[0].rv_sequence = {0, 2, 3};
  SlotSchedule schedule(transmitter, 1, 1);
  std::string sent;
  while (const auto slot = schedule.next()) {
    const PuschGrant& g = slot->grants.pusch.front();
    sent += std::to_string(g.harq_process_id) + (g.new_data_indicator == 1 ? "n" : "r") +
            std::to_string(g.rv_index) + " ";
  }
  EXPECT_EQ(sent, "4n0 7n0 4r2 7r2 4r3 7r3 4n0 7n0 ");
}

TEST(SlotSchedule, HandsOnTheCodebooks) {
  config::Transmitter transmitter;
  transmitter.users = {user_of(1), user_of(2)};
  transmitter.users[1].codebook = config::Codebook{4, 13};
  const auto slot = SlotSchedule(transmitter, 1, 1).next();
  ASSERT_TRUE(slot);
  EXPECT_FALSE(slot->precoders[0].has_value());
  ASSERT_TRUE(slot->precoders[1].has_value());
  EXPECT_EQ(slot->precoders[1]->n_antenna_ports, 4);
  EXPECT_EQ(slot->precoders[1]->tpmi, 13);
}

} // namespace
} // namespace airan::simulation
