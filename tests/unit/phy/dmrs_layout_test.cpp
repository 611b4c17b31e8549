// SPDX-License-Identifier: Apache-2.0
// The place, the ports and the seeds of the DM-RS against the tables and formulas of TS 38.211.
#include "phy/check_grants.hpp"
#include "phy/dmrs_layout.hpp"
#include "tests/support/sequence_oracle.hpp"
#include "tests/unit/phy/grant_samples.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>

namespace airan {
namespace {

CheckedGrant check(const PuschGrant& grant,
                   const CellSettings& cell = sample_cell(),
                   std::int32_t slot_number = 4) {
  SlotGrants slot = slot_of({grant});
  slot.slot = slot_number;
  const auto checked = check_grants(slot, cell);
  if (!checked) {
    ADD_FAILURE() << checked.error().message;
    return {};
  }
  return (*checked)[0];
}

TEST(DmrsLayout, HasThePortsOfTables6_4_1_1_3_1And2) {
  // port, CDM group, delta, w_f(0), w_f(1), w_t(0), w_t(1), copied row by row.
  constexpr std::int32_t type1[8][7] = {
      {0, 0, 0, 1, 1, 1, 1},  {1, 0, 0, 1, -1, 1, 1},  {2, 1, 1, 1, 1, 1, 1},
      {3, 1, 1, 1, -1, 1, 1}, {4, 0, 0, 1, 1, 1, -1},  {5, 0, 0, 1, -1, 1, -1},
      {6, 1, 1, 1, 1, 1, -1}, {7, 1, 1, 1, -1, 1, -1},
  };
  constexpr std::int32_t type2[12][7] = {
      {0, 0, 0, 1, 1, 1, 1},   {1, 0, 0, 1, -1, 1, 1},  {2, 1, 2, 1, 1, 1, 1},
      {3, 1, 2, 1, -1, 1, 1},  {4, 2, 4, 1, 1, 1, 1},   {5, 2, 4, 1, -1, 1, 1},
      {6, 0, 0, 1, 1, 1, -1},  {7, 0, 0, 1, -1, 1, -1}, {8, 1, 2, 1, 1, 1, -1},
      {9, 1, 2, 1, -1, 1, -1}, {10, 2, 4, 1, 1, 1, -1}, {11, 2, 4, 1, -1, 1, -1},
  };
  const auto expect_row = [](DmrsType type, const std::int32_t(&row)[7]) {
    const DmrsLayer layer = dmrs_layer(type, row[0]);
    EXPECT_EQ(layer.port, row[0]);
    EXPECT_EQ(layer.cdm_group, row[1]) << row[0];
    EXPECT_EQ(layer.delta, row[2]) << row[0];
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(layer.w_f[i], row[3 + i]) << row[0];
      EXPECT_EQ(layer.w_t[i], row[5 + i]) << row[0];
    }
  };
  for (const auto& row : type1)
    expect_row(DmrsType::type1, row);
  for (const auto& row : type2)
    expect_row(DmrsType::type2, row);
}

TEST(DmrsLayout, KeepsDataOffTheCdmGroupsWithoutData) {
  EXPECT_EQ(dmrs_symbol_data_mask(DmrsType::type1, 1), 0b101010101010);
  EXPECT_EQ(dmrs_symbol_data_mask(DmrsType::type1, 2), 0);
  EXPECT_EQ(dmrs_symbol_data_mask(DmrsType::type2, 1), 0b111100111100);
  EXPECT_EQ(dmrs_symbol_data_mask(DmrsType::type2, 2), 0b110000110000);
  EXPECT_EQ(dmrs_symbol_data_mask(DmrsType::type2, 3), 0);
  PuschGrant g = sample_grant();
  g.start_symbol_index = 1;
  g.nr_of_symbols = 12;
  g.num_dmrs_cdm_groups_no_data = 1;
  const CheckedGrant c = check(g);
  EXPECT_EQ(c.data_mask[0], 0);
  EXPECT_EQ(c.data_mask[1], 0xFFF);
  EXPECT_EQ(c.data_mask[2], 0b101010101010);
  EXPECT_EQ(c.data_mask[12], 0xFFF);
  EXPECT_EQ(c.data_mask[13], 0);
  EXPECT_EQ(c.n_data_res, 24 * (10 * 12 + 2 * 6));
}

TEST(DmrsLayout, RaisesTheDmrsByTheNumberOfGroupsWithoutData) {
  PuschGrant g = sample_grant();
  g.dmrs_config_type = 1;
  for (std::int32_t n = 1; n <= 3; ++n) {
    g.num_dmrs_cdm_groups_no_data = n;
    // 0, 3 and 4.77 dB of TS 38.214 table 6.2.2-1, which rounds 10 log10(n).
    EXPECT_NEAR(20 * std::log10(check(g).dmrs.amplitude),
                (std::array{0.0, 3.0, 4.77})[static_cast<std::size_t>(n - 1)], 0.011);
  }
}

TEST(DmrsLayout, TakesNeighbouringBitsAsADoubleSymbol) {
  PuschGrant g = sample_grant();
  g.ul_dmrs_symb_pos = 3084; // 2, 3, 10, 11
  g.nr_of_layers = 4;
  g.dmrs_ports = 0b11110000;
  const CheckedGrant c = check(g);
  ASSERT_EQ(c.dmrs.nodes.size(), 2);
  EXPECT_EQ(c.dmrs.nodes[1].first_symbol, 10);
  EXPECT_EQ(c.dmrs.nodes[1].n_symbols, 2);
  ASSERT_EQ(c.dmrs.symbols.size(), 4);
  for (std::int32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(c.dmrs.symbols[i].symbol, (std::array{2, 3, 10, 11})[static_cast<std::size_t>(i)]);
    EXPECT_EQ(c.dmrs.symbols[i].l_prime, i % 2);
    EXPECT_EQ(c.dmrs.symbols[i].node, i / 2);
  }
  ASSERT_EQ(c.dmrs.layers.size(), 4);
  EXPECT_EQ(c.dmrs.layers[0].port, 4);
  EXPECT_EQ(c.dmrs.layers[3].port, 7);
}

TEST(DmrsLayout, KeepsNeighboursOnBothSidesOfAHopApart) {
  // Mapping type A with two positions in each hop: 2, 6 and 7, 11 (table 6.4.1.1.3-6).
  PuschGrant g = sample_grant();
  g.intra_slot_frequency_hopping = 1;
  g.pusch_second_hop_prb = 0;
  g.ul_dmrs_symb_pos = 1 << 2 | 1 << 6 | 1 << 7 | 1 << 11;
  const CheckedGrant c = check(g);
  ASSERT_EQ(c.dmrs.nodes.size(), 4);
  for (const DmrsNode& node : c.dmrs.nodes)
    EXPECT_EQ(node.n_symbols, 1);
  EXPECT_EQ(c.dmrs.nodes[1].hop, 0);
  EXPECT_EQ(c.dmrs.nodes[2].hop, 1);
}

TEST(DmrsLayout, SeedsTheGoldSequenceOfEachSymbol) {
  // (2^17 (14 n_s + l + 1)(2 N_ID + 1) + 2 N_ID + n_SCID) mod 2^31 with n_s = 19 at its largest.
  PuschGrant g = sample_grant();
  g.ul_dmrs_scrambling_id = 65535;
  g.scid = 1;
  for (const std::int32_t slot : {0, 4, 19}) {
    const CheckedGrant c = check(g, sample_cell(), slot);
    for (const DmrsSymbol& s : c.dmrs.symbols) {
      const auto symbol_in_frame = static_cast<std::uint64_t>(14 * slot + s.symbol);
      const std::uint64_t c_init = 131072 * (symbol_in_frame + 1) * 131071 + 131070 + 1;
      EXPECT_EQ(s.c_init, static_cast<std::uint32_t>(c_init % 2147483648U)) << slot;
    }
  }
  // The cell's identity where none is given; twelve symbols with the extended prefix.
  CellSettings cell = sample_cell();
  cell.id = 500;
  cell.numerology = 2;
  cell.cyclic_prefix = CyclicPrefix::extended;
  PuschGrant extended = sample_grant();
  extended.nr_of_symbols = 12;
  EXPECT_EQ(check(extended, cell, 3).dmrs.symbols[0].c_init,
            static_cast<std::uint32_t>(131072ULL * (12 * 3 + 2 + 1) * 1001 + 1000) % 2147483648U);
}

PuschGrant precoded_grant(std::int32_t n_prb) {
  PuschGrant g = sample_grant();
  g.transform_precoding = 1;
  g.rb_start = 0;
  g.rb_size = n_prb;
  g.pusch_identity = 987;
  return g;
}

TEST(DmrsLayout, TakesGroupAndSequenceFromTheIdentityOrAsFixed) {
  PuschGrant g = precoded_grant(24);
  EXPECT_EQ(check(g).dmrs.symbols[0].papr_group, 987 % 30);
  EXPECT_EQ(check(g).dmrs.symbols[0].papr_sequence, 0);
  g.low_papr_group_number = 9;
  g.low_papr_sequence_number = 1;
  EXPECT_EQ(check(g).dmrs.symbols[0].papr_group, 9);
  EXPECT_EQ(check(g).dmrs.symbols[0].papr_sequence, 1);
  g.pusch_identity.reset();
  g.low_papr_group_number.reset();
  EXPECT_EQ(check(g).dmrs.symbols[0].papr_group, 1); // cell id 1
}

TEST(DmrsLayout, HopsGroupsByTheSumOfEightGoldBits) {
  PuschGrant g = precoded_grant(6);
  g.group_or_sequence_hopping = 1;
  g.ul_dmrs_symb_pos = 3084; // the second symbol of a pair takes the group of the first
  for (const std::int32_t slot : {0, 7, 19}) {
    const CheckedGrant c = check(g, sample_cell(), slot);
    const auto bits = oracle::gold_bits(987 / 30, 8 * 14 * 20);
    for (const DmrsSymbol& s : c.dmrs.symbols) {
      const std::int32_t first = c.dmrs.nodes[s.node].first_symbol;
      std::int32_t f_gh = 0;
      for (std::int32_t m = 0; m < 8; ++m)
        f_gh += bits[static_cast<std::size_t>(8 * (14 * slot + first) + m)] << m;
      EXPECT_EQ(s.papr_group, (f_gh % 30 + 987) % 30) << slot << ' ' << s.symbol;
      EXPECT_EQ(s.papr_sequence, 0);
    }
  }
}

TEST(DmrsLayout, HopsSequencesFromTwelvePrbOn) {
  PuschGrant g = precoded_grant(12);
  g.group_or_sequence_hopping = 2;
  g.ul_dmrs_symb_pos = 1 << 1 | 1 << 4 | 1 << 7 | 1 << 10;
  const auto bits = oracle::gold_bits(987, 14 * 20);
  std::int32_t n_ones = 0;
  for (std::int32_t slot = 0; slot < 20; ++slot)
    for (const DmrsSymbol& s : check(g, sample_cell(), slot).dmrs.symbols) {
      EXPECT_EQ(s.papr_sequence, bits[static_cast<std::size_t>(14 * slot + s.symbol)]);
      EXPECT_EQ(s.papr_group, 987 % 30);
      n_ones += s.papr_sequence;
    }
  EXPECT_GT(n_ones, 0);
  g.rb_size = 10; // M = 60 < 72
  for (std::int32_t slot = 0; slot < 20; ++slot)
    for (const DmrsSymbol& s : check(g, sample_cell(), slot).dmrs.symbols)
      EXPECT_EQ(s.papr_sequence, 0);
}

} // namespace
} // namespace airan
