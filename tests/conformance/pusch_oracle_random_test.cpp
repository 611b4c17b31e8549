// SPDX-License-Identifier: Apache-2.0
// The transmitter against the PUSCH oracle on random combinations of everything a grant can say.
#include "tests/conformance/pusch_oracle_case.hpp"

namespace airan::conformance {
namespace {

/// Draws grants that the standard allows.
class GrantSource {
public:
  explicit GrantSource(std::uint32_t seed) : random_(seed) {}

  SentSlot next() {
    SentSlot sent;
    draw_cell(sent);
    SentUser user;
    PuschGrant& grant = user.grant;
    grant.rnti = pick(0, 65535);
    grant.transform_precoding = pick(0, 1);
    draw_prbs(sent.cell, grant);
    draw_identities(grant);
    draw_symbols(sent.cell, grant);
    draw_ports(user);
    draw_coding(grant);
    sent.users.push_back(user);
    return sent;
  }

private:
  std::int32_t pick(std::int32_t first, std::int32_t last) {
    return first +
           static_cast<std::int32_t>(random_() % static_cast<std::uint32_t>(last - first + 1));
  }
  template <class T>
  T one_of(const std::vector<T>& values) {
    return values[random_() % values.size()];
  }

  void draw_cell(SentSlot& sent) {
    sent.cell.id = pick(0, 1007);
    sent.cell.numerology = pick(0, 3);
    if (sent.cell.numerology == 2 && pick(0, 1) == 1)
      sent.cell.cyclic_prefix = CyclicPrefix::extended;
    sent.cell.n_prb = pick(18, 40);
    sent.cell.first_prb = pick(0, 200);
    sent.cell.rx_ports = 4;
    sent.slot = pick(0, n_slots_per_frame(sent.cell.numerology) - 1);
  }

  void draw_prbs(const CellSettings& cell, PuschGrant& grant) {
    const std::int32_t offset = pick(0, 2);
    grant.bwp_start = cell.first_prb + offset;
    grant.bwp_size = cell.n_prb - offset - pick(0, 2);
    grant.rb_size = grant.transform_precoding == 1
                        ? one_of<std::int32_t>({1, 2, 3, 4, 5, 6, 8, 9, 10, 12})
                        : pick(1, 12);
    grant.rb_start = pick(0, *grant.bwp_size - grant.rb_size);
    grant.intra_slot_frequency_hopping = pick(0, 2) == 0 ? 1 : 0;
    if (grant.intra_slot_frequency_hopping == 1)
      grant.pusch_second_hop_prb = pick(0, *grant.bwp_size - grant.rb_size);
  }

  void draw_identities(PuschGrant& grant) {
    if (pick(0, 1) == 1)
      grant.data_scrambling_id = pick(0, 1023);
    if (pick(0, 1) == 1)
      grant.ul_dmrs_scrambling_id = pick(0, 65535);
    if (pick(0, 1) == 1)
      grant.pusch_identity = pick(0, 1007);
    grant.scid = grant.transform_precoding == 1 ? 0 : pick(0, 1);
    if (grant.transform_precoding == 1)
      grant.group_or_sequence_hopping = pick(0, 2);
    if (pick(0, 2) == 0) {
      grant.low_papr_group_number = pick(0, 29);
      grant.low_papr_sequence_number = grant.rb_size >= 12 ? pick(0, 1) : 0;
    }
  }

  /// DM-RS in the first symbol (mapping type B) or the third (type A), and perhaps in another that
  /// leaves a gap; the same in both hops.
  void draw_symbols(const CellSettings& cell, PuschGrant& grant) {
    const bool hopping = grant.intra_slot_frequency_hopping == 1;
    const bool double_symbol = !hopping && pick(0, 2) == 0;
    const std::int32_t least = hopping ? 4 : double_symbol ? 3 : 2;
    grant.start_symbol_index = pick(0, cell.n_symbols() - least);
    grant.nr_of_symbols = pick(least, cell.n_symbols() - grant.start_symbol_index);
    const std::int32_t pattern = double_symbol ? 3 : 1;
    const auto add = [&](std::int32_t first, std::int32_t length) {
      grant.ul_dmrs_symb_pos |= pattern << first;
      if (length >= 6 && pick(0, 1) == 1)
        grant.ul_dmrs_symb_pos |= pattern << (first + length - (double_symbol ? 2 : 1));
    };
    if (hopping) {
      const std::int32_t half = grant.nr_of_symbols / 2;
      add(grant.start_symbol_index, half);
      add(grant.start_symbol_index + half, grant.nr_of_symbols - half);
    } else if (grant.nr_of_symbols >= 8) {
      add(grant.start_symbol_index + 2, grant.nr_of_symbols - 2);
    } else {
      add(grant.start_symbol_index, grant.nr_of_symbols);
    }
    double_symbol_ = double_symbol;
  }

  void draw_ports(SentUser& user) {
    PuschGrant& grant = user.grant;
    grant.dmrs_config_type = grant.transform_precoding == 1 ? 0 : pick(0, 1);
    const std::int32_t n_groups = grant.dmrs_config_type == 0 ? 2 : 3;
    grant.num_dmrs_cdm_groups_no_data = grant.transform_precoding == 1 ? 2 : pick(1, n_groups);
    const std::int32_t n_ports = 2 * n_groups * (double_symbol_ ? 2 : 1);
    std::vector<std::int32_t> usable; // in the groups without data
    for (std::int32_t port = 0; port < n_ports; ++port)
      if (port / 2 % n_groups < grant.num_dmrs_cdm_groups_no_data)
        usable.push_back(port);
    std::shuffle(usable.begin(), usable.end(), random_);
    grant.nr_of_layers =
        grant.transform_precoding == 1
            ? 1
            : std::min<std::int32_t>(pick(1, 4), static_cast<std::int32_t>(usable.size()));
    for (std::int32_t layer = 0; layer < grant.nr_of_layers; ++layer)
      grant.dmrs_ports |= 1 << usable[static_cast<std::size_t>(layer)];
    if (pick(0, 1) == 0)
      return;
    oracle::pusch::Codebook codebook;
    codebook.n_antenna_ports = grant.nr_of_layers <= 2 && pick(0, 1) == 0 ? 2 : 4;
    do
      codebook.tpmi = pick(0, 27);
    while (oracle::pusch::precoding_matrix(codebook.n_antenna_ports, grant.nr_of_layers,
                                           codebook.tpmi, grant.transform_precoding)
               .empty());
    user.codebook = codebook;
  }

  void draw_coding(PuschGrant& grant) {
    grant.mcs_table = grant.transform_precoding == 1 ? pick(0, 4) : pick(0, 2);
    do
      grant.mcs_index = pick(0, 28);
    while (!tables().mcs.contains({*grant.mcs_table, *grant.mcs_index}));
    if (tables().mcs.at({*grant.mcs_table, *grant.mcs_index}).modulation_order == 1 &&
        pick(0, 1) == 1)
      grant.qam_mod_order = 1;
    grant.rv_index = pick(0, 3);
    grant.new_data_indicator = pick(0, 1);
    grant.harq_process_id = pick(0, 15);
    const std::int64_t bytes = oracle::pusch::transport_block_bits(grant, tables()) / 8;
    if (bytes >= 20 && pick(0, 2) == 0) // a smaller buffer could hold less than the block
      grant.tb_size_lbrm_bytes = bytes * pick(16, 40) / 10;
  }

  std::mt19937 random_;
  bool double_symbol_ = false;
};

TEST(PuschTransmitter, EqualsTheOracleOnRandomCombinations) {
  GrantSource source(20);
  for (std::int32_t i = 0; i < 1000; ++i)
    expect_same_grids(source.next());
}

} // namespace
} // namespace airan::conformance
