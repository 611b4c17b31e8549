// SPDX-License-Identifier: Apache-2.0
// Grants that contradict the cell, the standard, themselves or each other are answered in a
// sentence.
#include "phy/check_grants.hpp"
#include "tests/unit/phy/grant_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace airan {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string message(const SlotGrants& slot, const CellSettings& cell = sample_cell()) {
  const auto checked = check_grants(slot, cell);
  return checked ? "accepted" : checked.error().message;
}

std::string message(const std::function<void(PuschGrant&)>& change) {
  PuschGrant g = sample_grant();
  change(g);
  return message(slot_of({g}));
}

std::string message_of_two(const std::function<void(PuschGrant&, PuschGrant&)>& change) {
  PuschGrant a = sample_grant();
  PuschGrant b = sample_grant();
  b.rnti = 18;
  b.dmrs_ports = 2;
  change(a, b);
  return message(slot_of({a, b}));
}

TEST(GrantErrors, NameTheLineTheSlotTheUserTheFieldTheValueAndTheLimit) {
  PuschGrant g = sample_grant();
  g.rb_size = 0;
  SlotGrants slot = slot_of({g});
  slot.line = 7;
  const auto checked = check_grants(slot, sample_cell());
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::file);
  EXPECT_EQ(checked.error().message,
            "grants line 7, sfn 5 slot 4, rnti 17: rb_size is 0: give a value from 1 to 275");
}

TEST(GrantErrors, RefuseEveryFieldOutsideItsRange) {
  struct Case {
    const char* field;
    std::function<void(PuschGrant&)> change;
  };
  const std::vector<Case> cases = {
      {"rnti", [](auto& g) { g.rnti = 65536; }},
      {"rnti", [](auto& g) { g.rnti = -1; }},
      {"subcarrier_spacing", [](auto& g) { g.subcarrier_spacing = 4; }},
      {"subcarrier_spacing", [](auto& g) { g.subcarrier_spacing = 0; }},
      {"cyclic_prefix", [](auto& g) { g.cyclic_prefix = 1; }},
      {"bwp_start", [](auto& g) { g.bwp_start = -1; }},
      {"bwp_size", [](auto& g) { g.bwp_size = 276; }},
      {"rb_start", [](auto& g) { g.rb_start = -1; }},
      {"rb_size", [](auto& g) { g.rb_size = -3; }},
      {"start_symbol_index", [](auto& g) { g.start_symbol_index = 14; }},
      {"nr_of_symbols", [](auto& g) { g.nr_of_symbols = 15; }},
      {"nr_of_symbols", [](auto& g) { g.start_symbol_index = 1; }},
      {"nr_of_layers", [](auto& g) { g.nr_of_layers = 5; }},
      {"nr_of_layers", [](auto& g) { g.nr_of_layers = 2; }},
      {"mcs_table", [](auto& g) { g.mcs_table = 5; }},
      {"mcs_index", [](auto& g) { g.mcs_index = 32; }},
      {"qam_mod_order", [](auto& g) { g.qam_mod_order = 3; }},
      {"target_code_rate", [](auto& g) { g.target_code_rate = 10240; }},
      {"transform_precoding", [](auto& g) { g.transform_precoding = 2; }},
      {"data_scrambling_id", [](auto& g) { g.data_scrambling_id = 1024; }},
      {"ul_dmrs_scrambling_id", [](auto& g) { g.ul_dmrs_scrambling_id = 65536; }},
      {"pusch_identity", [](auto& g) { g.pusch_identity = 1008; }},
      {"group_or_sequence_hopping", [](auto& g) { g.group_or_sequence_hopping = 3; }},
      {"low_papr_group_number", [](auto& g) { g.low_papr_group_number = 30; }},
      {"low_papr_sequence_number", [](auto& g) { g.low_papr_sequence_number = 2; }},
      {"dmrs_ports", [](auto& g) { g.dmrs_ports = 0; }},
      {"dmrs_ports", [](auto& g) { g.dmrs_ports = 4096; }},
      {"ul_dmrs_symb_pos", [](auto& g) { g.ul_dmrs_symb_pos = 0; }},
      {"ul_dmrs_symb_pos", [](auto& g) { g.ul_dmrs_symb_pos = 1 << 14; }},
      {"dmrs_config_type", [](auto& g) { g.dmrs_config_type = 2; }},
      {"num_dmrs_cdm_groups_no_data", [](auto& g) { g.num_dmrs_cdm_groups_no_data = 0; }},
      {"num_dmrs_cdm_groups_no_data", [](auto& g) { g.num_dmrs_cdm_groups_no_data = 3; }},
      {"scid", [](auto& g) { g.scid = 2; }},
      {"rv_index", [](auto& g) { g.rv_index = 4; }},
      {"harq_process_id", [](auto& g) { g.harq_process_id = 16; }},
      {"new_data_indicator", [](auto& g) { g.new_data_indicator = 2; }},
      {"tb_size", [](auto& g) { g.tb_size = std::int64_t{1} << 61; }},
      {"tb_size_lbrm_bytes", [](auto& g) { g.tb_size_lbrm_bytes = 0; }},
      {"ldpc_base_graph", [](auto& g) { g.ldpc_base_graph = 3; }},
      {"intra_slot_frequency_hopping", [](auto& g) { g.intra_slot_frequency_hopping = 2; }},
      {"pusch_second_hop_prb", [](auto& g) { g.pusch_second_hop_prb = -1; }},
      {"ptrs", [](auto& g) { g.ptrs.emplace(); }},
  };
  for (const Case& c : cases)
    EXPECT_THAT(message(c.change),
                AllOf(HasSubstr("sfn 5 slot 4, rnti "), HasSubstr(c.field), Not(HasSubstr("\n"))));
}

TEST(GrantErrors, RefuseSlotsThatDoNotExist) {
  SlotGrants slot = slot_of({sample_grant()});
  slot.slot = 20;
  EXPECT_THAT(message(slot),
              HasSubstr("slot is 20, but a frame of numerology 1 has slots 0 to 19"));
  slot.slot = 0;
  slot.sfn = 1024;
  EXPECT_THAT(message(slot), HasSubstr("sfn is 1024"));
  slot.sfn = 0;
  slot.cell = 2;
  EXPECT_THAT(message(slot), HasSubstr("cell 2"));
  slot.cell = 1;
  EXPECT_EQ(message(slot), "accepted");
  slot.pusch.resize(max_grants_per_slot + 1);
  EXPECT_THAT(message(slot), HasSubstr("1025 grants"));
  CellSettings cell = sample_cell();
  cell.cyclic_prefix = CyclicPrefix::extended;
  EXPECT_THAT(message(slot_of({}), cell), HasSubstr("extended cyclic prefix"));
}

TEST(GrantErrors, RefusePrbsOutsideTheCarrierOrTheBandwidthPart) {
  EXPECT_THAT(message([](auto& g) { g.rb_start = 40; }), HasSubstr("bandwidth part of 51 PRB"));
  EXPECT_THAT(message([](auto& g) { g.bwp_size = 30; }), HasSubstr("end at PRB 34"));
  EXPECT_THAT(message([](auto& g) { g.bwp_start = 20; }), HasSubstr("carrier of 51 PRB"));
  EXPECT_THAT(message([](auto& g) {
                g.intra_slot_frequency_hopping = 1;
                g.pusch_second_hop_prb = 30;
              }),
              HasSubstr("pusch_second_hop_prb 30"));
  CellSettings cell = sample_cell();
  cell.first_prb = 20;
  PuschGrant g = sample_grant();
  g.bwp_start = 5;
  EXPECT_THAT(message(slot_of({g}), cell), HasSubstr("common resource blocks 15 to 38"));
}

TEST(GrantErrors, RefuseATransportBlockSizeThatDoesNotFit) {
  EXPECT_EQ(message([](auto& g) { g.tb_size = 1121; }), "accepted");
  EXPECT_THAT(message([](auto& g) { g.tb_size = 1120; }),
              AllOf(HasSubstr("tb_size 1120 does not fit"), HasSubstr("give 1121 bytes")));
  EXPECT_THAT(message([](auto& g) {
                g.nr_of_symbols = 1;
                g.ul_dmrs_symb_pos = 1;
              }),
              HasSubstr("nr_of_symbols 1 leaves no RE"));
  EXPECT_THAT(message([](auto& g) { g.tb_size_lbrm_bytes = 100; }),
              HasSubstr("tb_size_lbrm_bytes 100"));
}

TEST(GrantErrors, RefuseOrdersAndRatesThatContradictTheMcs) {
  EXPECT_THAT(message([](auto& g) { g.qam_mod_order = 2; }), HasSubstr("qam_mod_order 2"));
  EXPECT_THAT(message([](auto& g) { g.target_code_rate = 6581; }),
              AllOf(HasSubstr("target_code_rate 6581"), HasSubstr("6580")));
  EXPECT_THAT(message([](auto& g) { g.mcs_table = 3; }), HasSubstr("transform precoding"));
  EXPECT_THAT(message([](auto& g) { g.mcs_index.reset(); }), HasSubstr("neither mcs_index"));
  EXPECT_THAT(message([](auto& g) {
                g.mcs_index.reset();
                g.qam_mod_order = 2;
              }),
              HasSubstr("target_code_rate"));
  EXPECT_THAT(message([](auto& g) {
                g.mcs_index.reset();
                g.qam_mod_order = 1;
                g.target_code_rate = 1200;
              }),
              HasSubstr("pi/2-BPSK"));
  EXPECT_THAT(message([](auto& g) { g.ldpc_base_graph = 2; }), HasSubstr("ldpc_base_graph 2"));
}

TEST(GrantErrors, AskForWhatAReservedMcsNeeds) {
  EXPECT_THAT(message([](auto& g) { g.mcs_index = 29; }), HasSubstr("new_data_indicator is 1"));
  EXPECT_THAT(message([](auto& g) {
                g.mcs_index = 29;
                g.new_data_indicator = 0;
              }),
              HasSubstr("tb_size is missing"));
  const auto retransmission = [](PuschGrant& g) {
    g.mcs_index = 30;
    g.new_data_indicator = 0;
    g.tb_size = 1121;
  };
  EXPECT_THAT(message(retransmission), HasSubstr("give ldpc_base_graph"));
  EXPECT_THAT(message([&](auto& g) {
                retransmission(g);
                g.ldpc_base_graph = 1;
                g.tb_size = 2200; // 17624 bits with CRC are not a multiple of 3
              }),
              HasSubstr("equal code blocks"));
}

TEST(GrantErrors, RefuseWhatTransformPrecodingForbids) {
  const auto precoded = [](const std::function<void(PuschGrant&)>& change) {
    return message([&](PuschGrant& g) {
      g.transform_precoding = 1;
      g.mcs_table = 3;
      g.mcs_index = 10;
      change(g);
    });
  };
  EXPECT_EQ(precoded([](auto&) {}), "accepted");
  EXPECT_THAT(precoded([](auto& g) {
                g.nr_of_layers = 2;
                g.dmrs_ports = 3;
              }),
              HasSubstr("nr_of_layers 2"));
  EXPECT_THAT(precoded([](auto& g) { g.rb_size = 28; }), HasSubstr("rb_size 28"));
  EXPECT_THAT(precoded([](auto& g) { g.dmrs_config_type = 1; }), HasSubstr("dmrs_config_type 1"));
  EXPECT_THAT(precoded([](auto& g) { g.num_dmrs_cdm_groups_no_data = 1; }),
              HasSubstr("num_dmrs_cdm_groups_no_data 1"));
  EXPECT_THAT(precoded([](auto& g) {
                g.rb_size = 10;
                g.low_papr_sequence_number = 1;
              }),
              HasSubstr("low_papr_sequence_number 1"));
}

TEST(GrantErrors, RefuseDmrsThatTheStandardDoesNotHave) {
  EXPECT_THAT(message([](auto& g) { g.ul_dmrs_symb_pos = 7; }), HasSubstr("3 neighbouring"));
  EXPECT_THAT(message([](auto& g) { g.ul_dmrs_symb_pos = 0b100000001100; }), HasSubstr("mixes"));
  EXPECT_THAT(message([](auto& g) { g.ul_dmrs_symb_pos = 0b0101010101; }),
              HasSubstr("more than 4 DM-RS positions"));
  EXPECT_THAT(message([](auto& g) { g.nr_of_symbols = 10; }),
              HasSubstr("DM-RS in symbol 11, outside the allocation of symbols 0 to 9"));
  EXPECT_THAT(message([](auto& g) { g.intra_slot_frequency_hopping = 1, g.ul_dmrs_symb_pos = 4; }),
              HasSubstr("second hop"));
  EXPECT_THAT(message([](auto& g) { g.dmrs_ports = 1 << 4; }), HasSubstr("ports 0 to 3"));
  EXPECT_THAT(message([](auto& g) { g.dmrs_ports = 1 << 6, g.dmrs_config_type = 1; }),
              HasSubstr("ports 0 to 5"));
  EXPECT_THAT(message([](auto& g) { g.dmrs_ports = 4, g.num_dmrs_cdm_groups_no_data = 1; }),
              AllOf(HasSubstr("CDM group 1"), HasSubstr("give at least 2")));
}

TEST(GrantErrors, RefuseUsersThatCannotBeToldApart) {
  EXPECT_EQ(message_of_two([](auto&, auto&) {}), "accepted");
  EXPECT_THAT(message_of_two([](auto&, auto& b) { b.dmrs_ports = 1; }),
              AllOf(HasSubstr("rnti 17 and rnti 18"), HasSubstr("port 0")));
  EXPECT_EQ(
      message_of_two([](auto&, auto& b) { b.dmrs_ports = 1, b.rb_start = 34, b.rb_size = 5; }),
      "accepted");
  EXPECT_THAT(message_of_two([](auto&, auto& b) { b.dmrs_config_type = 1; }),
              HasSubstr("dmrs_config_type 0 and 1"));
  EXPECT_THAT(message_of_two([](auto& a, auto& b) {
                a.num_dmrs_cdm_groups_no_data = 1;
                b.num_dmrs_cdm_groups_no_data = 2;
              }),
              HasSubstr("num_dmrs_cdm_groups_no_data 1 and 2"));
  EXPECT_THAT(message_of_two([](auto&, auto& b) { b.ul_dmrs_symb_pos = 4; }),
              HasSubstr("ul_dmrs_symb_pos 2052 and 4"));
  // The other user's second symbol of a pair in the place of a single symbol.
  EXPECT_THAT(message_of_two([](auto& a, auto& b) {
                a.ul_dmrs_symb_pos = 0b1100;
                b.ul_dmrs_symb_pos = 0b1000;
                b.start_symbol_index = 3;
                b.nr_of_symbols = 11;
              }),
              HasSubstr("ul_dmrs_symb_pos 12 and 8"));
  EXPECT_THAT(message_of_two([](auto&, auto& b) { b.rnti = 17; }),
              HasSubstr("harq_process_id 0 is granted twice"));
  EXPECT_EQ(message_of_two([](auto&, auto& b) { b.rnti = 17, b.harq_process_id = 1; }), "accepted");
}

TEST(GrantErrors, RefuseMoreConnectedLayersThanAGroupHolds) {
  // One user over the whole carrier connects users of four layers that do not touch each other.
  std::vector<PuschGrant> grants;
  for (std::int32_t i = 0; i < 4; ++i) {
    PuschGrant g = sample_grant();
    g.rnti = 100 + i;
    g.rb_start = 12 * i;
    g.rb_size = 12;
    g.ul_dmrs_symb_pos = 0b1100;
    g.nr_of_layers = i == 3 ? 1 : 4;
    g.dmrs_ports = i == 3 ? 1 : 15;
    grants.push_back(g);
  }
  PuschGrant wide = sample_grant();
  wide.rb_start = 0;
  wide.rb_size = 36;
  wide.ul_dmrs_symb_pos = 0b1100;
  wide.dmrs_ports = 1 << 4;
  grants.push_back(wide);
  EXPECT_THAT(message(slot_of(grants)), HasSubstr("more than 12 layers"));
  grants[0].nr_of_layers = 3;
  grants[0].dmrs_ports = 7;
  EXPECT_EQ(message(slot_of(grants)), "accepted");
}

} // namespace
} // namespace airan
