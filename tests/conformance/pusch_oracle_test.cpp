// SPDX-License-Identifier: Apache-2.0
// The PUSCH oracle against the transmit grids of another implementation, and the transmitter
// against the oracle where no vector covers it: time and frequency allocations, DM-RS, hopping,
// users.
#include "io/files/grants_reader.hpp"
#include "tests/conformance/pusch_oracle_case.hpp"
#include "tests/support/hdf5_file.hpp"

#include <filesystem>

namespace airan::conformance {
namespace {

std::vector<std::string> sionna_vectors() {
  std::vector<std::string> names;
  const std::filesystem::path folder = std::string(AIRAN_SOURCE_DIR) + "/testvectors/sionna";
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".h5")
      names.push_back((folder / entry.path().stem()).string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(PuschOracle, ReproducesTheTransmitGridsOfSionna) {
  std::int32_t n_reproduced = 0;
  for (const std::string& name : sionna_vectors()) {
    SCOPED_TRACE(name);
    const test::Hdf5File file(name + ".h5");
    CellSettings cell;
    cell.numerology = static_cast<std::int32_t>(file.integer_attribute("numerology").value());
    cell.n_prb = static_cast<std::int32_t>(file.integer_attribute("n_prb").value());
    auto reader =
        io::GrantsReader::open({name + ".grants.jsonl", cell.id, cell.numerology, {}, {}});
    ASSERT_TRUE(reader);
    const auto line = reader->next();
    ASSERT_TRUE(line);
    const SlotGrants& grants = (*line)->grants;
    oracle::pusch::Transmission sent{
        grants.pusch.at(0), cell, grants.slot, file.bytes("payload"), {}};
    if (file.text_attribute("precoding") == "codebook")
      sent.codebook = oracle::pusch::Codebook{
          static_cast<std::int32_t>(file.integer_attribute("n_antenna_ports").value()),
          static_cast<std::int32_t>(file.integer_attribute("tpmi").value())};
    // The files are float32: 6e-8 of each value.
    const double error =
        relative_error(file.complex_values("grid"), oracle::pusch::transmit(sent, tables()));
    EXPECT_LT(error, 3e-7);
    n_reproduced += error < 3e-7 ? 1 : 0;
  }
  EXPECT_EQ(n_reproduced, 63);
}

/// Sum of a conj(b) over the subcarriers of a symbol.
oracle::pusch::Cplx correlation(const std::vector<oracle::pusch::Cplx>& a,
                                const std::vector<oracle::pusch::Cplx>& b) {
  oracle::pusch::Cplx sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k)
    sum += a[k] * std::conj(b[k]);
  return sum;
}

TEST(PuschOracle, HasTheDmrsAndThePowersOfAerialsDftSOfdmSlot) {
  const std::string name = std::string(AIRAN_SOURCE_DIR) + "/testvectors/aerial_model/TVnr_7289";
  CellSettings cell;
  auto reader = io::GrantsReader::open({name + ".grants.jsonl", cell.id, cell.numerology, {}, {}});
  ASSERT_TRUE(reader);
  const auto line = reader->next();
  ASSERT_TRUE(line);
  const PuschGrant& grant = (*line)->grants.pusch.at(0);
  const std::vector<std::uint8_t> any_payload(static_cast<std::size_t>(grant.tb_size.value()),
                                              0x5A);
  const auto sent =
      oracle::pusch::transmit({grant, cell, (*line)->grants.slot, any_payload, {}}, tables());

  const auto values = test::Hdf5File(name + ".h5").complex_values("grid"); // port 0 first
  const auto received_symbol = [&](std::size_t l) {
    std::vector<oracle::pusch::Cplx> symbol;
    for (std::size_t k = 0; k < 3276; ++k)
      symbol.emplace_back(values.at(l * 3276 + k).re, values.at(l * 3276 + k).im);
    return symbol;
  };
  const auto dmrs = received_symbol(2);
  const double dmrs_power = correlation(dmrs, dmrs).real();
  const double matched = std::norm(correlation(dmrs, sent[0][2])) /
                         (dmrs_power * correlation(sent[0][2], sent[0][2]).real());
  // SINR 39.8 dB per RE: noise takes 1e-4 of the power in the allocation and 9 times as much in the
  // 273 PRBs; its part of the correlation is 180 times smaller.
  EXPECT_GT(matched, 1 - 2e-3);
  // The DM-RS on half of the subcarriers has twice the power of data: equal energy per symbol. With
  // the noise above the sums over 360 REs of unit power differ by at most 1 %.
  const auto data = received_symbol(5);
  EXPECT_NEAR(correlation(data, data).real() / dmrs_power, 1, 0.01);
  EXPECT_NEAR(correlation(sent[0][5], sent[0][5]).real(),
              correlation(sent[0][2], sent[0][2]).real(), 1e-6);
}

struct Carrier {
  std::int32_t numerology = 0;
  CyclicPrefix prefix = CyclicPrefix::normal;
};

TEST(PuschTransmitter, EqualsTheOracleInEveryNumerologyPrefixAndSlot) {
  const std::vector<Carrier> carriers{{0, CyclicPrefix::normal},
                                      {1, CyclicPrefix::normal},
                                      {2, CyclicPrefix::normal},
                                      {2, CyclicPrefix::extended},
                                      {3, CyclicPrefix::normal}};
  for (const Carrier& carrier : carriers) {
    CellSettings cell = small_cell();
    cell.numerology = carrier.numerology;
    cell.cyclic_prefix = carrier.prefix;
    const std::int32_t last = n_slots_per_frame(carrier.numerology) - 1;
    for (const std::int32_t slot : {0, 1, last / 2, last - 1, last})
      for (std::int32_t variant = 0; variant < 4; ++variant) {
        PuschGrant grant = small_grant();
        grant.nr_of_symbols = cell.n_symbols();
        grant.ul_dmrs_symb_pos = symbols({2, cell.n_symbols() - 3});
        grant.transform_precoding = variant == 0 ? 0 : 1;
        grant.group_or_sequence_hopping = variant == 0 ? 0 : variant - 1;
        grant.rb_size = variant == 3 ? 12 : 2;
        expect_same_grids({cell, slot, {{grant, {}}}});
      }
  }
}

TEST(PuschTransmitter, EqualsTheOracleForEveryStartAndLength) {
  for (const CyclicPrefix prefix : {CyclicPrefix::normal, CyclicPrefix::extended}) {
    CellSettings cell = small_cell();
    cell.numerology = 2;
    cell.cyclic_prefix = prefix;
    for (std::int32_t start = 0; start < cell.n_symbols(); ++start)
      for (std::int32_t length = 1; start + length <= cell.n_symbols(); ++length)
        for (std::int32_t transform_precoding = 0; transform_precoding < 2; ++transform_precoding) {
          if (length == 1 && transform_precoding == 1)
            continue; // no data
          PuschGrant grant = small_grant();
          grant.start_symbol_index = start;
          grant.nr_of_symbols = length;
          grant.ul_dmrs_symb_pos = symbols({start});
          grant.transform_precoding = transform_precoding;
          grant.num_dmrs_cdm_groups_no_data = transform_precoding == 0 ? 1 : 2;
          expect_same_grids({cell, (start + length) % 40, {{grant, {}}}});
        }
  }
}

/// DM-RS positions relative to the start, TS 38.211 tables 6.4.1.1.3-3 and -4.
struct Positions {
  std::int32_t start = 0;
  std::int32_t length = 14;
  std::vector<std::int32_t> dmrs;
};

TEST(PuschTransmitter, EqualsTheOracleForAllAdditionalDmrsPositions) {
  const std::vector<Positions> all{
      {0, 14, {2}},
      {0, 14, {3}},
      {0, 14, {2, 11}},
      {0, 14, {3, 11}},
      {0, 14, {2, 7, 11}},
      {0, 14, {3, 7, 11}},
      {0, 14, {2, 5, 8, 11}},
      {0, 10, {2, 9}},
      {0, 10, {2, 6, 9}},
      {0, 8, {2, 7}},
      {0, 12, {2, 5, 8, 11}},
      {0, 4, {2}},
      {1, 13, {0, 10}},
      {2, 12, {0, 5, 10}},
      {3, 11, {0, 3, 6, 9}},
      {4, 10, {0, 8}},
      {5, 9, {0, 3, 6}},
      {6, 8, {0, 6}},
      {7, 7, {0, 4}},
      {8, 5, {0, 4}},
      {9, 5, {0, 4}},
      {10, 4, {0}},
      {11, 3, {0}},
      {12, 2, {0}},
      {0, 14, {2, 3}},
      {0, 14, {3, 4}},
      {0, 14, {2, 3, 10, 11}},
      {0, 14, {3, 4, 10, 11}},
      {0, 12, {2, 3, 8, 9}},
      {1, 13, {0, 1, 9, 10}},
      {2, 11, {0, 1, 7, 8}},
      {5, 9, {0, 1, 5, 6}},
      {7, 7, {0, 1}},
      {9, 5, {0, 1}},
  };
  for (const Positions& positions : all)
    for (std::int32_t variant = 0; variant < 4; ++variant) {
      PuschGrant grant = small_grant();
      grant.start_symbol_index = positions.start;
      grant.nr_of_symbols = positions.length;
      grant.ul_dmrs_symb_pos = symbols(positions.dmrs) << positions.start;
      grant.dmrs_config_type = variant == 1 ? 1 : 0;
      grant.num_dmrs_cdm_groups_no_data = variant == 2 ? 1 : 2;
      grant.transform_precoding = variant == 3 ? 1 : 0;
      grant.group_or_sequence_hopping = variant == 3 ? 1 : 0;
      expect_same_grids({small_cell(), 13, {{grant, {}}}});
    }
}

/// Ports of a DM-RS configuration.
struct PortSet {
  std::int32_t type = 0;
  std::int32_t n_symbols = 1;
  std::vector<std::int32_t> ports;
};

std::vector<PortSet> all_port_sets() {
  std::vector<PortSet> sets;
  for (std::int32_t type = 0; type < 2; ++type)
    for (std::int32_t n_symbols = 1; n_symbols < 3; ++n_symbols)
      for (std::int32_t port = 0; port < (type == 0 ? 4 : 6) * n_symbols; ++port)
        sets.push_back({type, n_symbols, {port}});
  const std::vector<std::vector<std::int32_t>> single_1{{0, 1},    {0, 2},    {1, 3},
                                                        {0, 1, 2}, {1, 2, 3}, {0, 1, 2, 3}};
  const std::vector<std::vector<std::int32_t>> double_1{
      {0, 4}, {4, 5}, {2, 6}, {0, 1, 4}, {5, 6, 7}, {4, 5, 6, 7}, {0, 2, 4, 6}};
  const std::vector<std::vector<std::int32_t>> single_2{
      {2, 3}, {4, 5}, {0, 2, 4}, {3, 4, 5}, {2, 3, 4, 5}};
  const std::vector<std::vector<std::int32_t>> double_2{{6, 7},     {5, 11},        {8, 9, 10},
                                                        {6, 8, 10}, {4, 5, 10, 11}, {8, 9, 10, 11}};
  for (const auto& ports : single_1)
    sets.push_back({0, 1, ports});
  for (const auto& ports : double_1)
    sets.push_back({0, 2, ports});
  for (const auto& ports : single_2)
    sets.push_back({1, 1, ports});
  for (const auto& ports : double_2)
    sets.push_back({1, 2, ports});
  return sets;
}

TEST(PuschTransmitter, EqualsTheOracleForEveryDmrsPortAndNumberOfLayers) {
  std::int32_t scid = 0;
  for (const PortSet& set : all_port_sets()) {
    const std::int32_t n_groups = set.type == 0 ? 2 : 3;
    std::int32_t least_groups = 1; // the groups of its own ports carry no data
    for (const std::int32_t port : set.ports)
      least_groups = std::max(least_groups, port / 2 % n_groups + 1);
    for (std::int32_t groups = least_groups; groups <= n_groups; ++groups) {
      PuschGrant grant = small_grant();
      grant.dmrs_config_type = set.type;
      grant.ul_dmrs_symb_pos = set.n_symbols == 1 ? symbols({2, 7, 11}) : symbols({2, 3, 10, 11});
      grant.dmrs_ports = symbols(set.ports);
      grant.nr_of_layers = static_cast<std::int32_t>(set.ports.size());
      grant.num_dmrs_cdm_groups_no_data = groups;
      grant.scid = scid;
      grant.ul_dmrs_scrambling_id = scid == 0 ? 65535 : 0;
      scid = 1 - scid;
      expect_same_grids({small_cell(), 7, {{grant, {}}}});
    }
  }
}

TEST(PuschTransmitter, EqualsTheOracleWhereverTheGridAndTheBandwidthPartBegin) {
  struct Place {
    std::int32_t first_prb, bwp_start, bwp_size, rb_start, rb_size;
  };
  const std::vector<Place> places{{0, 0, 24, 0, 1},   {0, 0, 24, 23, 1},    {0, 5, 10, 0, 3},
                                  {0, 7, 17, 14, 3},  {11, 11, 24, 0, 4},   {11, 20, 8, 5, 2},
                                  {40, 41, 22, 2, 6}, {251, 251, 24, 23, 1}};
  for (const Place& place : places)
    for (std::int32_t variant = 0; variant < 4; ++variant) {
      CellSettings cell = small_cell();
      cell.first_prb = place.first_prb;
      PuschGrant grant = small_grant();
      grant.bwp_start = place.bwp_start;
      grant.bwp_size = place.bwp_size;
      grant.rb_start = place.rb_start;
      grant.rb_size = place.rb_size;
      grant.dmrs_config_type = variant == 1 ? 1 : 0;
      grant.transform_precoding = variant == 2 ? 1 : 0;
      if (variant == 3 && place.bwp_start == place.first_prb) {
        grant.bwp_start.reset(); // their default is the cell's grid
        grant.bwp_size.reset();
        grant.data_scrambling_id.reset(); // and that of the identities is the cell's
        grant.ul_dmrs_scrambling_id.reset();
      }
      expect_same_grids({cell, 19, {{grant, {}}}});
    }
}

TEST(PuschTransmitter, EqualsTheOracleWithFrequencyHoppingInTheSlot) {
  // DM-RS relative to the start of each hop, TS 38.211 table 6.4.1.1.3-6. With mapping type B and
  // hops of five symbols the last symbol of the first hop and the first one of the second carry
  // DM-RS: neighbours, but not a double-symbol DM-RS.
  struct HoppingCase {
    std::int32_t start, length;
    std::vector<std::int32_t> first, second;
  };
  const std::vector<HoppingCase> cases{
      {0, 14, {2}, {0}},       {0, 14, {2, 6}, {0, 4}}, {0, 14, {3}, {0, 4}},
      {0, 12, {2}, {0, 4}},    {0, 10, {2}, {0, 4}},    {0, 14, {0, 4}, {0, 4}},
      {2, 11, {0, 4}, {0, 4}}, {1, 10, {0, 4}, {0, 4}}, {3, 10, {0, 4}, {0, 4}},
      {4, 7, {0}, {0}},        {4, 4, {0}, {0}},        {9, 5, {0}, {0}},
      {10, 3, {0}, {0}},       {12, 2, {0}, {0}},       {6, 8, {0}, {0}}};
  for (const HoppingCase& hopping : cases)
    for (std::int32_t variant = 0; variant < 5; ++variant) {
      PuschGrant grant = small_grant();
      grant.start_symbol_index = hopping.start;
      grant.nr_of_symbols = hopping.length;
      grant.ul_dmrs_symb_pos = symbols(hopping.first) << hopping.start |
                               symbols(hopping.second) << (hopping.start + hopping.length / 2);
      grant.intra_slot_frequency_hopping = 1;
      grant.bwp_start = 2;
      grant.bwp_size = 20;
      grant.rb_start = variant == 4 ? 8 : 5;
      grant.rb_size = variant == 4 ? 12 : 3;
      grant.pusch_second_hop_prb = variant % 2 == 0 ? 0 : 17;
      grant.transform_precoding = variant >= 2 ? 1 : 0;
      if (hopping.length <= 3)
        grant.num_dmrs_cdm_groups_no_data = variant >= 2 ? 2 : 1;
      if (hopping.length <= 2 && variant >= 2)
        continue; // no data
      grant.group_or_sequence_hopping = variant == 3 ? 1 : variant == 4 ? 2 : 0;
      grant.dmrs_config_type = variant == 1 ? 1 : 0;
      expect_same_grids({small_cell(), 14, {{grant, {}}}});
    }
}

TEST(PuschTransmitter, EqualsTheOracleForTwoUsersOnTheSameResourceBlocks) {
  for (std::int32_t variant = 0; variant < 4; ++variant) {
    PuschGrant a = small_grant();
    PuschGrant b = small_grant();
    a.rb_size = b.rb_size = 4;
    b.rnti = 99;
    b.data_scrambling_id = 5;
    b.mcs_index = 12;
    a.dmrs_ports = symbols({0});
    b.dmrs_ports = symbols({2});
    if (variant == 1) { // one CDM group, two and one layers
      a.dmrs_ports = symbols({0, 2});
      a.nr_of_layers = 2;
      b.dmrs_ports = symbols({1});
    } else if (variant == 2) { // type 2, three groups, allocations that overlap in part
      a.dmrs_config_type = b.dmrs_config_type = 1;
      a.num_dmrs_cdm_groups_no_data = b.num_dmrs_cdm_groups_no_data = 3;
      b.dmrs_ports = symbols({3, 4, 5});
      b.nr_of_layers = 3;
      b.rb_start = 5;
    } else if (variant == 3) { // double symbols, different sequences
      a.ul_dmrs_symb_pos = b.ul_dmrs_symb_pos = symbols({2, 3});
      b.dmrs_ports = symbols({6, 7});
      b.nr_of_layers = 2;
      b.ul_dmrs_scrambling_id = 17;
      b.scid = 1;
    }
    expect_same_grids({small_cell(), 6, {{a, {}}, {b, {}}}});
  }
}

} // namespace
} // namespace airan::conformance
