// SPDX-License-Identifier: Apache-2.0
// The transmitter against the PUSCH oracle where no vector covers it: modulation and coding
// schemes, transport block sizes, rate matching, transform precoding and codebooks.
#include "tests/conformance/pusch_oracle_case.hpp"

#include <set>

namespace airan::conformance {
namespace {

TEST(PuschTransmitter, EqualsTheOracleForEveryModulationAndCodingScheme) {
  std::int32_t rv = 0;
  for (const auto& [key, entry] : tables().mcs)
    for (std::int32_t pi2_bpsk = 0; pi2_bpsk < (entry.modulation_order == 1 ? 2 : 1); ++pi2_bpsk)
      for (const std::int32_t rb_size : {1, 3}) {
        PuschGrant grant = small_grant();
        grant.mcs_table = key.first;
        grant.mcs_index = key.second;
        grant.transform_precoding = key.first >= 3 ? 1 : 0;
        if (pi2_bpsk == 1)
          grant.qam_mod_order = 1;
        grant.rb_size = rb_size;
        grant.rv_index = rv;
        rv = (rv + 1) % 4;
        expect_same_grids({small_cell(), 4, {{grant, {}}}});
      }
}

TEST(PuschTransmitter, EqualsTheOracleForRetransmissionsWithReservedSchemes) {
  const std::vector<std::int32_t> first_reserved{29, 28, 29, 28, 28};
  for (std::int32_t table = 0; table < 5; ++table)
    for (std::int32_t index = first_reserved[static_cast<std::size_t>(table)]; index < 32; ++index)
      for (std::int32_t rv = 0; rv < 4; ++rv) {
        PuschGrant grant = small_grant();
        grant.mcs_table = table;
        grant.mcs_index = index;
        if (table >= 3 && index == 28 && rv % 2 == 0) // q
          grant.qam_mod_order = 1;
        grant.transform_precoding = table >= 3 ? 1 : 0;
        grant.new_data_indicator = 0;
        grant.rv_index = rv;
        grant.tb_size = rv < 2 ? 33 : 12;
        if (rv > 0) // up to 292 bits base graph 2 is the rule
          grant.ldpc_base_graph = rv / 2 + 1;
        expect_same_grids({small_cell(), 4, {{grant, {}}}});
      }
}

TEST(PuschTransmitter, EqualsTheOracleWithTheOrderAndTheRateInPlaceOfATable) {
  for (const std::int32_t order : {1, 2, 4, 6, 8})
    for (const std::int32_t rate : {1200, 2560, 2561, 4488, 6825, 6861, 9480})
      for (const std::int32_t base_graph : {0, 1, 2}) {
        PuschGrant grant = small_grant();
        grant.mcs_table.reset();
        grant.mcs_index.reset();
        grant.qam_mod_order = order;
        grant.target_code_rate = rate;
        if (base_graph != 0) { // that of the first transmission, whose rate may have been another
          grant.ldpc_base_graph = base_graph;
          grant.new_data_indicator = 0;
        }
        grant.rb_size = 6;
        grant.transform_precoding = order == 1 ? 1 : 0;
        grant.rnti = 65535;
        grant.data_scrambling_id = 1023;
        expect_same_grids({small_cell(), 4, {{grant, {}}}});
      }
}

/// Sizes in bytes that need each lifting size, with the base graph, in turn.
std::vector<std::int64_t> sizes_of_all_lifting_sizes(std::int32_t base_graph) {
  std::set<std::int32_t> seen;
  std::vector<std::int64_t> sizes;
  for (std::int64_t bytes = 3; bytes <= 1050; ++bytes)
    if (seen.insert(oracle::pusch::segmentation_of(8 * bytes, base_graph).lifting_size).second)
      sizes.push_back(bytes);
  // With base graph 2 the smallest block, 24 bits and the CRC, needs Z = 7, and no whole number of
  // bytes needs Z = 9 or 13.
  EXPECT_EQ(seen.size(), base_graph == 1 ? 51U : 44U);
  return sizes;
}

TEST(PuschTransmitter, EqualsTheOracleForAllLiftingSizesOfBothBaseGraphs) {
  std::int32_t rv = 0;
  for (const std::int32_t base_graph : {1, 2})
    for (const std::int64_t bytes : sizes_of_all_lifting_sizes(base_graph))
      for (std::int32_t limited = 0; limited < 2; ++limited) {
        PuschGrant grant = small_grant();
        grant.new_data_indicator = 0;
        grant.mcs_index = 30; // 16QAM
        grant.rb_size = bytes < 100 ? 2 : bytes < 400 ? 6 : 18;
        grant.tb_size = bytes;
        grant.ldpc_base_graph = base_graph;
        grant.rv_index = rv;
        if (limited == 1) // the buffer ends in the middle of the parity columns
          grant.tb_size_lbrm_bytes = 2 * bytes + 7;
        rv = (rv + 1) % 4;
        expect_same_grids({small_cell(), 4, {{grant, {}}}});
      }
}

TEST(PuschTransmitter, EqualsTheOracleForSeveralCodeBlocksAndLimitedBuffers) {
  for (const std::int32_t n_layers : {1, 2, 3, 4})
    for (const std::int32_t index : {2, 11, 19, 20, 27})
      for (std::int32_t rv = 0; rv < 4; ++rv) {
        CellSettings cell = small_cell();
        cell.n_prb = 52;
        PuschGrant grant = small_grant();
        grant.mcs_table = 1;
        grant.mcs_index = index;
        grant.rb_size = 10 + 3 * rv;
        grant.nr_of_layers = n_layers;
        grant.dmrs_ports = (1 << n_layers) - 1;
        grant.rv_index = rv;
        const std::int64_t bytes = oracle::pusch::transport_block_bits(grant, tables()) / 8;
        if (rv % 2 == 1)
          grant.tb_size_lbrm_bytes = bytes + bytes / 3;
        expect_same_grids({cell, 4, {{grant, {}}}});
      }
}

TEST(PuschTransmitter, EqualsTheOracleForLowRatesInManyCodeBlocks) {
  for (const std::int32_t index : {0, 5, 8}) { // R <= 1/4: base graph 2, blocks of 3840 bits
    CellSettings cell = small_cell();
    cell.n_prb = 106;
    PuschGrant grant = small_grant();
    grant.mcs_table = 2;
    grant.mcs_index = index;
    grant.rb_start = 0;
    grant.rb_size = 106;
    grant.nr_of_layers = 4;
    grant.dmrs_ports = 15;
    expect_same_grids({cell, 4, {{grant, {}}}});
  }
}

TEST(PuschTransmitter, EqualsTheOracleForTheLargestTransportBlock) {
  CellSettings cell = small_cell();
  cell.n_prb = 273;
  PuschGrant grant = small_grant();
  grant.mcs_table = 1;
  grant.mcs_index = 27;
  grant.rb_start = 0;
  grant.rb_size = 273;
  grant.nr_of_layers = 4;
  grant.dmrs_ports = 15;
  expect_same_grids({cell, 4, {{grant, {}}}});
}

TEST(PuschTransmitter, EqualsTheOracleForAllSmallTransportBlocks) {
  // What the table of TS 38.214 5.1.3.2-1 and the formulas above it give, by 1 to 24 PRBs.
  for (std::int32_t rb_size = 1; rb_size <= 24; ++rb_size)
    for (const std::int32_t index : {0, 9, 16, 28}) {
      PuschGrant grant = small_grant();
      grant.mcs_index = index;
      grant.rb_start = 0;
      grant.rb_size = rb_size;
      grant.start_symbol_index = 2;
      grant.nr_of_symbols = 4;
      expect_same_grids({small_cell(), 4, {{grant, {}}}});
    }
}

TEST(PuschTransmitter, EqualsTheOracleForEveryWidthOfTransformPrecoding) {
  for (std::int32_t rb_size = 1; rb_size <= 270; ++rb_size) {
    std::int32_t rest = rb_size;
    for (const std::int32_t factor : {2, 3, 5})
      while (rest % factor == 0)
        rest /= factor;
    if (rest != 1)
      continue;
    for (std::int32_t variant = 0; variant < (rb_size <= 36 ? 9 : 1); ++variant) {
      CellSettings cell = small_cell();
      cell.n_prb = 273;
      PuschGrant grant = small_grant();
      grant.mcs_table = 3;
      grant.mcs_index = (rb_size + variant) % 3;
      if (grant.mcs_index != 2)
        grant.qam_mod_order = 1;
      grant.rb_size = rb_size;
      grant.transform_precoding = 1;
      grant.dmrs_ports = 1 << (rb_size + variant) % 4;
      grant.group_or_sequence_hopping = (rb_size + variant) % 3;
      grant.pusch_identity = variant < 3 ? 0 : variant < 6 ? 511 : 1007;
      grant.ul_dmrs_symb_pos = rb_size <= 36 ? symbols({2, 11}) : symbols({4});
      grant.nr_of_symbols = rb_size <= 36 ? 14 : 5;
      expect_same_grids({cell, rb_size % 20, {{grant, {}}}});
    }
  }
}

TEST(PuschTransmitter, EqualsTheOracleForEveryLowPaprGroupAndSequence) {
  for (const std::int32_t rb_size : {1, 2, 3, 4, 5, 6, 12})
    for (std::int32_t u = 0; u < 30; ++u)
      for (std::int32_t v = 0; v < (rb_size >= 12 ? 2 : 1); ++v) {
        PuschGrant grant = small_grant();
        grant.pusch_identity = 17; // does not matter
        grant.rb_size = rb_size;
        grant.transform_precoding = 1;
        grant.low_papr_group_number = u;
        grant.low_papr_sequence_number = v;
        expect_same_grids({small_cell(), 9, {{grant, {}}}});
      }
}

TEST(PuschTransmitter, EqualsTheOracleForDoubleSymbolDmrsWithTransformPrecoding) {
  for (std::int32_t hopping = 0; hopping < 3; ++hopping)
    for (std::int32_t port = 0; port < 8; ++port) {
      PuschGrant grant = small_grant();
      grant.rb_size = 12;
      grant.transform_precoding = 1;
      grant.dmrs_ports = 1 << port;
      grant.ul_dmrs_symb_pos = symbols({2, 3, 10, 11});
      grant.group_or_sequence_hopping = hopping;
      expect_same_grids({small_cell(), 3, {{grant, {}}}});
    }
}

TEST(PuschTransmitter, EqualsTheOracleForEveryPrecodingMatrix) {
  std::int32_t n_matrices = 0;
  for (std::int32_t transform_precoding = 0; transform_precoding < 2; ++transform_precoding)
    for (const std::int32_t n_ports : {1, 2, 4})
      for (std::int32_t n_layers = 1; n_layers <= n_ports; ++n_layers)
        for (std::int32_t tpmi = 0;
             !oracle::pusch::precoding_matrix(n_ports, n_layers, tpmi, transform_precoding).empty();
             ++tpmi) {
          if (transform_precoding == 1 && n_layers > 1)
            break;
          PuschGrant grant = small_grant();
          grant.transform_precoding = transform_precoding;
          grant.nr_of_layers = n_layers;
          grant.dmrs_ports = (1 << n_layers) - 1;
          expect_same_grids({small_cell(), 2, {{grant, oracle::pusch::Codebook{n_ports, tpmi}}}});
          ++n_matrices;
        }
  EXPECT_EQ(n_matrices, (1 + 6 + 3 + 28 + 22 + 7 + 5) + (1 + 6 + 28));
}

TEST(Codebook, HasNoMoreMatricesThanTheStandard) {
  for (const std::int32_t n_ports : {1, 2, 4})
    for (std::int32_t n_layers = 1; n_layers <= n_ports; ++n_layers) {
      std::int32_t tpmi = 0;
      while (!oracle::pusch::precoding_matrix(n_ports, n_layers, tpmi, 0).empty())
        ++tpmi;
      EXPECT_FALSE(simulation::codebook_matrix({n_ports, tpmi}, n_layers, Waveform::cp_ofdm));
    }
}

} // namespace
} // namespace airan::conformance
