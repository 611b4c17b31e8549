// SPDX-License-Identifier: Apache-2.0
// What check_grants makes of good grants: defaults, coordinates, sizes, hops.
#include "phy/check_grants.hpp"
#include "tests/unit/phy/grant_samples.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <vector>

namespace airan {
namespace {

CheckedGrant check(const PuschGrant& grant, const CellSettings& cell = sample_cell()) {
  const auto checked = check_grants(slot_of({grant}), cell);
  if (!checked) {
    ADD_FAILURE() << checked.error().message;
    return {};
  }
  return (*checked)[0];
}

TEST(CheckGrants, FillsInWhatIsLeftOut) {
  const CheckedGrant g = check(sample_grant());
  EXPECT_EQ(g.rnti, 17);
  EXPECT_EQ(g.harq_id, 0);
  EXPECT_TRUE(g.is_new_data);
  EXPECT_EQ(g.waveform, Waveform::cp_ofdm);
  EXPECT_EQ(g.modulation, Modulation::qam16);
  EXPECT_EQ(g.hops.size(), 1);
  EXPECT_EQ(g.hops[0].prbs, (PrbRange{10, 24}));
  EXPECT_EQ(g.n_data_res, 24 * 144);
  EXPECT_EQ(g.codeword.codeword_bits, 13824);
  // TS 38.104 G-FR1-A4-11: 24 PRB, 16QAM 658/1024, 12 data symbols.
  EXPECT_EQ(g.codeword.tb_bits, 8968);
  EXPECT_EQ(g.codeword.n_code_blocks, 2);
  // Identities default to the cell's.
  EXPECT_EQ(g.scrambling_c_init, 17U * 32768 + 1);
}

TEST(CheckGrants, CountsPrbsFromTheBandwidthPartAndTheGridFromTheCarrier) {
  CellSettings cell = sample_cell();
  cell.first_prb = 100;
  PuschGrant grant = sample_grant();
  // Without bwp_start the bandwidth part begins with the carrier.
  EXPECT_EQ(check(grant, cell).hops[0].prbs, (PrbRange{10, 24}));
  EXPECT_EQ(check(grant, cell).grid_first_prb, 100);
  grant.bwp_start = 103;
  grant.bwp_size = 40;
  EXPECT_EQ(check(grant, cell).hops[0].prbs, (PrbRange{13, 24}));
  grant.bwp_start = 95;
  EXPECT_EQ(check(grant, cell).hops[0].prbs, (PrbRange{5, 24}));
}

/// rb_size, layers, table, index, order, rate, symbols, DM-RS positions, type, groups, ports ->
/// bytes
struct RealGrant {
  std::int32_t rb_size, layers, table, index, order, rate, n_symbols, dmrs, type, groups, ports;
  std::int64_t tb_bytes;
};

// From grants of signals made by NVIDIA Aerial's reference model, OCUDU's MATLAB model and Sionna.
constexpr RealGrant real_grants[] = {
    {8, 1, 0, 0, 2, 1200, 14, 2052, 0, 2, 1, 34},
    {8, 1, 0, 27, 6, 9100, 14, 2052, 0, 2, 1, 768},
    {11, 1, 1, 1, 2, 1930, 14, 4, 0, 2, 1, 80},
    {51, 1, 1, 10, 4, 6580, 8, 4, 0, 2, 1, 1377},
    {24, 1, 0, 0, 2, 1200, 14, 2052, 0, 2, 1, 101},
    {25, 1, 0, 4, 2, 3080, 14, 2052, 0, 2, 1, 269},
    {52, 1, 0, 10, 4, 3400, 14, 2052, 0, 2, 1, 1249},
    {52, 1, 0, 20, 6, 5670, 14, 2052, 0, 2, 1, 3138},
    {52, 1, 1, 27, 8, 9480, 14, 2052, 0, 2, 1, 6913},
    {24, 1, 2, 0, 2, 300, 14, 2052, 0, 2, 1, 26},
    {17, 1, 0, 16, 4, 6580, 14, 2052, 0, 2, 1, 784},
    {24, 1, 0, 10, 4, 3400, 14, 4, 0, 2, 1, 624},
    {24, 1, 0, 10, 4, 3400, 14, 2180, 0, 2, 1, 528},
    {24, 1, 0, 2, 2, 1930, 14, 2052, 0, 2, 1, 165},
    {52, 1, 0, 16, 4, 6580, 14, 2052, 0, 2, 1, 2433},
    {24, 2, 0, 10, 4, 3400, 14, 2052, 0, 2, 3, 1153},
    {24, 3, 0, 10, 4, 3400, 14, 2052, 0, 2, 7, 1729},
    {40, 1, 0, 14, 4, 5530, 14, 2052, 0, 1, 1, 1697},
    {40, 1, 0, 14, 4, 5530, 14, 2052, 0, 2, 1, 1569},
    {40, 1, 0, 14, 4, 5530, 14, 2052, 1, 1, 1, 1697},
    {40, 1, 0, 14, 4, 5530, 14, 2052, 1, 3, 1, 1569},
    {40, 1, 0, 14, 4, 5530, 14, 3084, 0, 1, 1, 1569},
    {40, 1, 0, 14, 4, 5530, 14, 3084, 0, 2, 1, 1281},
    {40, 1, 0, 14, 4, 5530, 14, 3084, 1, 2, 1, 1473},
    {40, 1, 0, 14, 4, 5530, 14, 3084, 1, 3, 1, 1281},
    {40, 2, 0, 14, 4, 5530, 14, 2052, 0, 1, 3, 3393},
    {40, 2, 0, 14, 4, 5530, 14, 2052, 1, 1, 3, 3393},
    {40, 2, 0, 14, 4, 5530, 14, 2052, 1, 2, 3, 3265},
    {40, 2, 0, 14, 4, 5530, 14, 2052, 1, 3, 3, 3138},
    {40, 2, 0, 14, 4, 5530, 14, 3084, 0, 2, 3, 2562},
    {40, 2, 0, 14, 4, 5530, 14, 3084, 1, 1, 3, 3265},
    {40, 2, 0, 14, 4, 5530, 14, 3084, 1, 2, 3, 2946},
    {40, 4, 0, 14, 4, 5530, 14, 2052, 0, 2, 15, 6273},
    {40, 4, 0, 14, 4, 5530, 14, 2052, 1, 2, 15, 6528},
    {40, 4, 0, 14, 4, 5530, 14, 2052, 1, 3, 15, 6273},
    {40, 4, 0, 14, 4, 5530, 14, 3084, 1, 2, 15, 5889},
    {40, 4, 0, 14, 4, 5530, 14, 3084, 1, 3, 15, 5122},
    {273, 1, 0, 14, 4, 5530, 14, 2052, 0, 1, 1, 11525},
    {273, 1, 0, 14, 4, 5530, 14, 2052, 1, 1, 1, 11525},
    {273, 1, 0, 14, 4, 5530, 14, 2052, 1, 2, 1, 11272},
    {273, 1, 0, 14, 4, 5530, 14, 2052, 1, 3, 1, 10497},
    {273, 1, 0, 14, 4, 5530, 14, 3084, 0, 2, 1, 8961},
    {273, 1, 0, 14, 4, 5530, 14, 3084, 1, 1, 1, 11272},
    {273, 1, 0, 14, 4, 5530, 14, 3084, 1, 2, 1, 9987},
    {273, 2, 0, 14, 4, 5530, 14, 2052, 0, 1, 3, 23053},
    {273, 2, 0, 14, 4, 5530, 14, 2052, 0, 2, 3, 20997},
    {273, 2, 0, 14, 4, 5530, 14, 2052, 1, 1, 3, 23053},
    {273, 2, 0, 14, 4, 5530, 14, 2052, 1, 3, 3, 20997},
    {273, 2, 0, 14, 4, 5530, 14, 3084, 0, 1, 3, 20997},
    {273, 2, 0, 14, 4, 5530, 14, 3084, 0, 2, 3, 17925},
    {273, 2, 0, 14, 4, 5530, 14, 3084, 1, 2, 3, 19985},
    {273, 2, 0, 14, 4, 5530, 14, 3084, 1, 3, 3, 17925},
    {273, 4, 0, 14, 4, 5530, 14, 2052, 0, 2, 15, 41997},
    {273, 4, 0, 14, 4, 5530, 14, 2052, 1, 3, 15, 41997},
    {273, 4, 0, 14, 4, 5530, 14, 3084, 0, 2, 15, 35872},
    {273, 4, 0, 14, 4, 5530, 14, 3084, 1, 2, 15, 39973},
};

TEST(CheckGrants, ComputesTheSizesThatOtherImplementationsSent) {
  for (const RealGrant& r : real_grants) {
    CellSettings cell = sample_cell();
    cell.n_prb = 273;
    PuschGrant g = sample_grant();
    g.rb_start = 0;
    g.rb_size = r.rb_size;
    g.nr_of_layers = r.layers;
    g.mcs_table = r.table;
    g.mcs_index = r.index;
    g.qam_mod_order = r.order;
    g.target_code_rate = r.rate;
    g.nr_of_symbols = r.n_symbols;
    g.ul_dmrs_symb_pos = r.dmrs;
    g.dmrs_config_type = r.type;
    g.num_dmrs_cdm_groups_no_data = r.groups;
    g.dmrs_ports = r.ports;
    EXPECT_EQ(check(g, cell).tb_bytes(), r.tb_bytes);
    g.tb_size = r.tb_bytes;
    check(g, cell);
    g.mcs_index.reset(); // order and rate alone say the same
    g.mcs_table.reset();
    EXPECT_EQ(check(g, cell).tb_bytes(), r.tb_bytes);
  }
}

TEST(CheckGrants, HopsAfterHalfOfTheSymbolsRoundedDown) {
  PuschGrant g = sample_grant();
  g.start_symbol_index = 1;
  g.nr_of_symbols = 13;
  g.intra_slot_frequency_hopping = 1;
  g.pusch_second_hop_prb = 20;
  const CheckedGrant c = check(g);
  ASSERT_EQ(c.hops.size(), 2);
  EXPECT_EQ(c.hops[0].prbs, (PrbRange{10, 24}));
  EXPECT_EQ(c.hops[0].first_symbol, 1);
  EXPECT_EQ(c.hops[0].n_symbols, 6);
  EXPECT_EQ(c.hops[1].prbs, (PrbRange{20, 24}));
  EXPECT_EQ(c.hops[1].first_symbol, 7);
  EXPECT_EQ(c.hops[1].n_symbols, 7);
  ASSERT_EQ(c.dmrs.nodes.size(), 2);
  EXPECT_EQ(c.dmrs.nodes[0].hop, 0);
  EXPECT_EQ(c.dmrs.nodes[1].hop, 1);
}

TEST(CheckGrants, TakesTheSizeOfTheFirstTransmissionForAReservedMcs) {
  PuschGrant g = sample_grant();
  g.mcs_index = 30; // 16QAM, reserved
  g.new_data_indicator = 0;
  g.rv_index = 2;
  g.tb_size = 1121;
  g.ldpc_base_graph = 1;
  const CheckedGrant c = check(g);
  EXPECT_EQ(c.modulation, Modulation::qam16);
  EXPECT_EQ(c.tb_bytes(), 1121);
  EXPECT_EQ(c.codeword.rv, 2);
  EXPECT_EQ(c.codeword.base_graph, LdpcBaseGraph::bg1);
  EXPECT_FALSE(c.is_new_data);
  // The rate of the first transmission says it too.
  g.ldpc_base_graph.reset();
  g.target_code_rate = 6580;
  EXPECT_EQ(check(g).codeword.base_graph, LdpcBaseGraph::bg1);
  // Up to 292 bits it is base graph 2 at any rate.
  g.target_code_rate.reset();
  g.tb_size = 36;
  EXPECT_EQ(check(g).codeword.base_graph, LdpcBaseGraph::bg2);
}

TEST(CheckGrants, ReadsTheLowestIndicesOfTheTransformPrecodingTablesByTheOrder) {
  PuschGrant g = sample_grant();
  g.transform_precoding = 1;
  g.mcs_table = 3;
  g.mcs_index = 1;
  EXPECT_EQ(check(g).modulation, Modulation::qpsk);
  const auto qpsk_bits = check(g).codeword.tb_bits;
  g.qam_mod_order = 1;
  g.target_code_rate = 3140;
  EXPECT_EQ(check(g).modulation, Modulation::pi2_bpsk);
  // q halves the rate and doubles the order: the same size either way.
  EXPECT_EQ(check(g).codeword.tb_bits, qpsk_bits);
  g.qam_mod_order = 2;
  g.target_code_rate = 1570;
  EXPECT_EQ(check(g).codeword.tb_bits, qpsk_bits);
}

TEST(CheckGrants, LimitsTheCircularBuffer) {
  PuschGrant g = sample_grant();
  g.tb_size_lbrm_bytes = 1121;
  // N_ref = floor(8968 * 3 / (2 * 2 blocks)) = 6726.
  EXPECT_EQ(check(g).codeword.circular_bits, 6726);
}

TEST(CheckGrants, TakesTwelveSymbolsWithTheExtendedPrefix) {
  CellSettings cell = sample_cell();
  cell.numerology = 2;
  cell.cyclic_prefix = CyclicPrefix::extended;
  PuschGrant g = sample_grant();
  g.cyclic_prefix = 1;
  g.subcarrier_spacing = 2;
  g.nr_of_symbols = 12;
  g.ul_dmrs_symb_pos = (1 << 2) | (1 << 9);
  EXPECT_EQ(check(g, cell).n_data_res, 24 * 120);
  g.nr_of_symbols = 14;
  EXPECT_FALSE(check_grants(slot_of({g}), cell));
}

TEST(CheckGrants, LetsUsersShareReOnPortsOfTheirOwn) {
  PuschGrant a = sample_grant();
  PuschGrant b = sample_grant();
  b.rnti = 18;
  b.dmrs_ports = 2;
  b.rb_start = 20;
  PuschGrant c = sample_grant(); // elsewhere, with other DM-RS
  c.rnti = 19;
  c.rb_start = 0;
  c.rb_size = 10;
  c.dmrs_config_type = 1;
  c.ul_dmrs_symb_pos = 1 << 3;
  const auto checked = check_grants(slot_of({a, b, c}), sample_cell());
  ASSERT_TRUE(checked) << checked.error().message;
  for (std::int32_t i = 0; i < 3; ++i)
    EXPECT_EQ((*checked)[static_cast<std::size_t>(i)].index, i);
}

TEST(CheckGrants, LooksAtSharedSymbolsOnlyWhenItComparesDmrs) {
  // b joins a's PRBs in symbol 7; a's first DM-RS lies before.
  PuschGrant a = sample_grant();
  PuschGrant b = sample_grant();
  b.rnti = 18;
  b.dmrs_ports = 2;
  b.start_symbol_index = 7;
  b.nr_of_symbols = 7;
  b.ul_dmrs_symb_pos = 1 << 11;
  const auto checked = check_grants(slot_of({a, b}), sample_cell());
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST(CheckGrants, AcceptsASlotWithoutGrants) {
  const auto checked = check_grants(slot_of({}), sample_cell());
  ASSERT_TRUE(checked);
  EXPECT_TRUE(checked->empty());
}

} // namespace
} // namespace airan
