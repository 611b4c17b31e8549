// SPDX-License-Identifier: Apache-2.0
// The sections of made signals and the grants that follow from them.
#include "config/configuration.hpp"
#include "config/made_signals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace airan::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string cell = "cell: {numerology: 1, n_prb: 52, rx_ports: 2, fft_size: 1024}\n";

std::vector<std::string> complaints(const std::string& text) {
  const auto c = parse_configuration(cell + text, "made.yaml", "", Purpose::check);
  return c ? std::vector<std::string>{} : c.error().sentences;
}
std::string user(const std::string& more) {
  return "transmitter: {users: [{rnti: 7, rb_start: 1, rb_size: 10, nr_of_symbols: 12, "
         "dmrs_symbols: [2], " +
         more + "}]}\n";
}

TEST(MakeGrant, CarriesEveryFieldInTheFormOfTheGrantsFile) {
  const auto c = parse_configuration(
      cell + user("start_symbol_index: 1, mcs_table: qam256, mcs_index: 20, nr_of_layers: 2, "
                  "dmrs_ports: [0, 3], dmrs_config_type: type2, scid: 1, second_hop_prb: 30, "
                  "num_dmrs_cdm_groups_no_data: 3, rv_sequence: [0, 2, 3], tb_size_lbrm_bytes: "
                  "5000, retransmission_mcs_index: 29, data_scrambling_id: 9, "
                  "group_or_sequence_hopping: sequence, bwp_start: 2, ptrs: {time_density: 1}"),
      "made.yaml", "", Purpose::generate);
  ASSERT_TRUE(c) << c.error().sentences[0];
  const User& made = c->transmitter->users[0];
  const PuschGrant first = make_grant(made, 0, 5);
  EXPECT_EQ(first.rnti, 7);
  EXPECT_EQ(first.bwp_start, 2);
  EXPECT_EQ(first.rb_start, 1);
  EXPECT_EQ(first.start_symbol_index, 1);
  EXPECT_EQ(first.nr_of_symbols, 12);
  EXPECT_EQ(first.mcs_table, 1);
  EXPECT_EQ(first.mcs_index, 20);
  EXPECT_EQ(first.dmrs_ports, 0b1001);
  EXPECT_EQ(first.ul_dmrs_symb_pos, 1 << 2);
  EXPECT_EQ(first.dmrs_config_type, 1);
  EXPECT_EQ(first.num_dmrs_cdm_groups_no_data, 3);
  EXPECT_EQ(first.scid, 1);
  EXPECT_EQ(first.intra_slot_frequency_hopping, 1);
  EXPECT_EQ(first.pusch_second_hop_prb, 30);
  EXPECT_EQ(first.tb_size_lbrm_bytes, 5000);
  EXPECT_EQ(first.data_scrambling_id, 9);
  EXPECT_EQ(first.group_or_sequence_hopping, 2);
  EXPECT_EQ(first.harq_process_id, 5);
  EXPECT_EQ(first.rv_index, 0);
  EXPECT_EQ(first.new_data_indicator, 1);
  ASSERT_TRUE(first.ptrs);
  EXPECT_EQ(first.ptrs->time_density, 1);

  const PuschGrant third = make_grant(made, 2, 5);
  EXPECT_EQ(third.rv_index, 3);
  EXPECT_EQ(third.new_data_indicator, 0);
  EXPECT_EQ(third.mcs_index, 29);
}

TEST(MakeGrant, GivesOrderAndRateWhereThereIsNoMcs) {
  const auto c = parse_configuration(cell + user("modulation: pi2_bpsk, code_rate_1024: 251.5"),
                                     "made.yaml", "", Purpose::generate);
  ASSERT_TRUE(c) << c.error().sentences[0];
  const PuschGrant grant = make_grant(c->transmitter->users[0], 0, 0);
  EXPECT_FALSE(grant.mcs_table);
  EXPECT_EQ(grant.qam_mod_order, 1);
  EXPECT_EQ(grant.target_code_rate, 2515);
}

TEST(Transmitter, FindsUsersThatContradictThemselves) {
  EXPECT_THAT(complaints(user("nr_of_layers: 1")),
              ElementsAre(HasSubstr("user 7: give mcs_index, or both modulation")));
  EXPECT_THAT(complaints(user("mcs_index: 1, nr_of_layers: 2")),
              ElementsAre(HasSubstr("dmrs_ports lists 1 ports for 2 layers")));
  EXPECT_THAT(complaints(user("mcs_index: 1, start_symbol_index: 3")),
              ElementsAre(HasSubstr("symbols 3 .. 14 do not fit"),
                          HasSubstr("the DM-RS symbol 2 lies outside")));
  EXPECT_THAT(complaints(user("mcs_index: 1, period_slots: 4, active_slots: [4]")),
              ElementsAre(HasSubstr("the active slot 4 lies outside the period of 4 slots")));
  EXPECT_THAT(complaints(user("mcs_index: 1, codebook: {n_antenna_ports: 3, tpmi: 0}")),
              ElementsAre(HasSubstr("must be 1, 2 or 4")));
  EXPECT_THAT(complaints("transmitter: {users: [{rnti: 70000}]}\n"),
              testing::Contains(HasSubstr("transmitter.users[0].rnti: 70000 is outside")));
}

TEST(Channel, WantsADelaySpreadExactlyWhereTheProfileIsScaled) {
  EXPECT_THAT(complaints("channel: {model: tdl-c}\n"),
              ElementsAre(HasSubstr("need delay_spread_ns")));
  EXPECT_THAT(complaints("channel: {model: tdla30, delay_spread_ns: 30}\n"),
              ElementsAre(HasSubstr("goes with tdl-a to tdl-e only")));
  EXPECT_THAT(complaints("channel: {model: tdl-c, delay_spread_ns: 300}\n"), ElementsAre());
}

TEST(Suite, FindsCurvesThatCannotBeMeasured) {
  EXPECT_THAT(complaints("suite: {curves: [{name: a, snr_start_db: 3, snr_stop_db: 1}]}\n"),
              ElementsAre(HasSubstr("curve a: snr_stop_db lies below")));
  EXPECT_THAT(complaints("suite: {snr_step_db: 0.001, curves: [{name: a, snr_start_db: 0, "
                         "snr_stop_db: 10}]}\n"),
              ElementsAre(HasSubstr("more than 1000 points")));
}

} // namespace
} // namespace airan::config
