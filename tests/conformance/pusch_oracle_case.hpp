// SPDX-License-Identifier: Apache-2.0
// One slot sent by the transmitter under test and by the PUSCH oracle, and how far they differ.
#pragma once

#include "core/cell_settings.hpp"
#include "core/pusch_grant.hpp"
#include "phy/check_grants.hpp"
#include "simulation/pusch_transmitter.hpp"
#include "tests/support/pusch_oracle/transmitter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace airan::conformance {

/// float32 arithmetic against double: a DFT of up to 3240 points loses a few 1e-7.
inline constexpr double max_relative_error = 1e-6;

struct SentUser {
  PuschGrant grant;
  std::optional<oracle::pusch::Codebook> codebook;
};

struct SentSlot {
  CellSettings cell;
  std::int32_t slot = 0;
  std::vector<SentUser> users;
};

inline const oracle::pusch::Tables& tables() {
  return oracle::pusch::standard_tables();
}

/// What a failure prints.
inline std::string describe(const SentSlot& sent) {
  const CellSettings& cell = sent.cell;
  std::string text = "numerology " + std::to_string(cell.numerology) +
                     (cell.cyclic_prefix == CyclicPrefix::extended ? " extended" : "") +
                     ", first_prb " + std::to_string(cell.first_prb) + ", slot " +
                     std::to_string(sent.slot);
  const auto field = [&](const char* name, std::int64_t value) {
    text += std::string(", ") + name + " " + std::to_string(value);
  };
  for (const SentUser& user : sent.users) {
    const PuschGrant& g = user.grant;
    text += "\n  user";
    field("rb_start", g.rb_start);
    field("rb_size", g.rb_size);
    field("start", g.start_symbol_index);
    field("length", g.nr_of_symbols);
    field("layers", g.nr_of_layers);
    field("mcs_table", g.mcs_table.value_or(-1));
    field("mcs_index", g.mcs_index.value_or(-1));
    field("transform_precoding", g.transform_precoding);
    field("dmrs_symb_pos", g.ul_dmrs_symb_pos);
    field("dmrs_type", g.dmrs_config_type);
    field("dmrs_ports", g.dmrs_ports);
    field("cdm_groups", g.num_dmrs_cdm_groups_no_data);
    field("scid", g.scid);
    field("hopping", g.group_or_sequence_hopping);
    field("identity", g.pusch_identity.value_or(-1));
    field("u", g.low_papr_group_number.value_or(-1));
    field("rv", g.rv_index);
    field("tb_size", g.tb_size.value_or(-1));
    field("lbrm", g.tb_size_lbrm_bytes.value_or(-1));
    field("base_graph", g.ldpc_base_graph.value_or(-1));
    field("second_hop", g.intra_slot_frequency_hopping != 0 ? g.pusch_second_hop_prb : -1);
    if (user.codebook)
      field("tpmi", user.codebook->tpmi);
  }
  return text;
}

inline std::int32_t n_antenna_ports(const SentUser& user) {
  return user.codebook ? user.codebook->n_antenna_ports : user.grant.nr_of_layers;
}

/// The grid of the transmitter under test, [antenna port][symbol][subcarrier], the users added up.
inline std::vector<cf32> production_grid(const SentSlot& sent,
                                         const std::vector<CheckedGrant>& checked,
                                         const std::vector<std::vector<std::uint8_t>>& payloads,
                                         std::int32_t n_ports) {
  std::vector<cf32> grid(
      static_cast<std::size_t>(n_ports * sent.cell.n_symbols() * sent.cell.n_subcarriers()));
  for (const CheckedGrant& grant : checked) {
    const auto i = static_cast<std::size_t>(grant.index);
    std::vector<cf32> precoder;
    if (const auto& codebook = sent.users[i].codebook) {
      auto w = simulation::codebook_matrix({codebook->n_antenna_ports, codebook->tpmi},
                                           grant.n_layers, grant.waveform);
      EXPECT_TRUE(w) << w.error().message;
      precoder = w.value_or(std::vector<cf32>{});
    }
    const std::int32_t n_user_ports = n_antenna_ports(sent.users[i]);
    simulation::transmit_pusch(
        {&grant, payloads[i], precoder},
        {grid.data(), {n_user_ports, sent.cell.n_symbols(), sent.cell.n_subcarriers()}});
  }
  return grid;
}

/// The same of the oracle.
inline oracle::pusch::Grid oracle_grid(const SentSlot& sent,
                                       const std::vector<std::vector<std::uint8_t>>& payloads,
                                       std::int32_t n_ports) {
  auto sum = oracle::pusch::empty_grid(n_ports, sent.cell);
  for (std::size_t i = 0; i < sent.users.size(); ++i) {
    const auto grid = oracle::pusch::transmit(
        {sent.users[i].grant, sent.cell, sent.slot, payloads[i], sent.users[i].codebook}, tables());
    for (std::size_t p = 0; p < grid.size(); ++p)
      for (std::size_t l = 0; l < grid[p].size(); ++l)
        for (std::size_t k = 0; k < grid[p][l].size(); ++k)
          sum[p][l][k] += grid[p][l][k];
  }
  return sum;
}

/// Norm of the difference over norm of the reference; `values` in the order of the grid.
inline double relative_error(const std::vector<cf32>& values,
                             const oracle::pusch::Grid& reference) {
  double error = 0;
  double power = 0;
  std::size_t i = 0;
  for (const auto& port : reference)
    for (const auto& symbol : port)
      for (const auto& re : symbol) {
        const oracle::pusch::Cplx value(values.at(i).re, values.at(i).im);
        error += std::norm(value - re);
        power += std::norm(re);
        ++i;
      }
  EXPECT_EQ(i, values.size());
  return std::sqrt(error / power);
}

/// Keeps count in the test's properties (--gtest_output=xml:FILE).
inline void record(double error) {
  struct Tally {
    std::int32_t n_slots = 0;
    double largest = 0;
  };
  static std::map<std::string, Tally> tallies;
  Tally& tally = tallies[testing::UnitTest::GetInstance()->current_test_info()->name()];
  ++tally.n_slots;
  tally.largest = std::max(tally.largest, error);
  testing::Test::RecordProperty("slots_compared", tally.n_slots);
  testing::Test::RecordProperty("largest_relative_error_e_9", std::to_string(tally.largest * 1e9));
}

/// Sends the slot both ways and expects the same transport block sizes and the same grids.
inline void expect_same_grids(const SentSlot& sent) {
  SCOPED_TRACE(describe(sent));
  SlotGrants grants;
  grants.slot = sent.slot;
  std::vector<std::vector<std::uint8_t>> payloads;
  std::mt19937 random(1);
  std::int32_t n_ports = 0;
  for (const SentUser& user : sent.users) {
    grants.pusch.push_back(user.grant);
    n_ports = std::max(n_ports, n_antenna_ports(user));
    payloads.emplace_back(
        static_cast<std::size_t>(oracle::pusch::transport_block_bits(user.grant, tables()) / 8));
    for (std::uint8_t& byte : payloads.back())
      byte = static_cast<std::uint8_t>(random() >> 11);
  }
  const auto checked = check_grants(grants, sent.cell);
  ASSERT_TRUE(checked) << checked.error().message;
  ASSERT_EQ(checked->size(), sent.users.size());
  for (const CheckedGrant& grant : *checked)
    ASSERT_EQ(grant.codeword.tb_bits,
              8 * std::ssize(payloads[static_cast<std::size_t>(grant.index)]));
  const double error = relative_error(production_grid(sent, *checked, payloads, n_ports),
                                      oracle_grid(sent, payloads, n_ports));
  EXPECT_LT(error, max_relative_error);
  record(error);
}

/// A cell and a user to start from: QPSK on two PRBs, DM-RS type 1 in symbol 2.
inline CellSettings small_cell() {
  CellSettings cell;
  cell.id = 301;
  cell.n_prb = 24;
  cell.rx_ports = 4;
  return cell;
}
inline PuschGrant small_grant() {
  PuschGrant grant;
  grant.rnti = 0x4A31;
  grant.rb_start = 3;
  grant.rb_size = 2;
  grant.nr_of_symbols = 14;
  grant.nr_of_layers = 1;
  grant.mcs_table = 0;
  grant.mcs_index = 7;
  grant.data_scrambling_id = 771;
  grant.ul_dmrs_scrambling_id = 40123;
  grant.dmrs_ports = 1;
  grant.ul_dmrs_symb_pos = 1 << 2;
  return grant;
}

/// Bits of ul_dmrs_symb_pos.
inline std::int32_t symbols(const std::vector<std::int32_t>& list) {
  std::int32_t bits = 0;
  for (const std::int32_t symbol : list)
    bits |= 1 << symbol;
  return bits;
}

} // namespace airan::conformance
