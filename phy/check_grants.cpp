// SPDX-License-Identifier: Apache-2.0
// The ranges of the fields, the place of the allocation in the grid, and the order of the checks.
#include "phy/check_grants.hpp"

#include "phy/dmrs_layout.hpp"
#include "phy/grant_codeword.hpp"
#include "phy/grant_conflicts.hpp"
#include "phy/grant_context.hpp"

#include <bit>
#include <string_view>

namespace airan {
namespace {

struct FieldRange {
  std::string_view name;
  std::optional<std::int64_t> value;
  std::int64_t min;
  std::int64_t max;
};

/// Ranges that hold whatever the other fields say; TS 38.331 and SCF 222.10.
Result<void> check_ranges(const GrantContext& context) {
  const PuschGrant& g = context.grant;
  constexpr std::int64_t any_size = 1'000'000;
  const FieldRange ranges[] = {
      {"rnti", g.rnti, 0, 65535},
      {"subcarrier_spacing", g.subcarrier_spacing, 0, max_numerology},
      {"cyclic_prefix", g.cyclic_prefix, 0, 1},
      {"bwp_start", g.bwp_start, 0, 2473},
      {"bwp_size", g.bwp_size, 1, max_prb},
      {"rb_start", g.rb_start, 0, max_prb - 1},
      {"rb_size", g.rb_size, 1, max_prb},
      {"start_symbol_index", g.start_symbol_index, 0, context.cell.n_symbols() - 1},
      {"nr_of_symbols", g.nr_of_symbols, 1, context.cell.n_symbols()},
      {"nr_of_layers", g.nr_of_layers, 1, max_layers_per_user},
      {"mcs_table", g.mcs_table, 0, 4},
      {"mcs_index", g.mcs_index, 0, 31},
      {"target_code_rate", g.target_code_rate, 0, 10239},
      {"transform_precoding", g.transform_precoding, 0, 1},
      {"data_scrambling_id", g.data_scrambling_id, 0, 1023},
      {"ul_dmrs_scrambling_id", g.ul_dmrs_scrambling_id, 0, 65535},
      {"pusch_identity", g.pusch_identity, 0, 1007},
      {"group_or_sequence_hopping", g.group_or_sequence_hopping, 0, 2},
      {"low_papr_group_number", g.low_papr_group_number, 0, 29},
      {"low_papr_sequence_number", g.low_papr_sequence_number, 0, 1},
      {"dmrs_ports", g.dmrs_ports, 1, 4095},
      {"ul_dmrs_symb_pos", g.ul_dmrs_symb_pos, 1, (1 << context.cell.n_symbols()) - 1},
      {"dmrs_config_type", g.dmrs_config_type, 0, 1},
      {"num_dmrs_cdm_groups_no_data", g.num_dmrs_cdm_groups_no_data, 1, 3},
      {"scid", g.scid, 0, 1},
      {"rv_index", g.rv_index, 0, 3},
      {"harq_process_id", g.harq_process_id, 0, 15},
      {"new_data_indicator", g.new_data_indicator, 0, 1},
      {"tb_size", g.tb_size, 1, any_size},
      {"tb_size_lbrm_bytes", g.tb_size_lbrm_bytes, 1, any_size},
      {"ldpc_base_graph", g.ldpc_base_graph, 1, 2},
      {"intra_slot_frequency_hopping", g.intra_slot_frequency_hopping, 0, 1},
      {"pusch_second_hop_prb", g.pusch_second_hop_prb, 0, max_prb - 1},
  };
  for (const FieldRange& r : ranges)
    if (r.value && (*r.value < r.min || *r.value > r.max))
      return context.fail("{} is {}: give a value from {} to {}", r.name, *r.value, r.min, r.max);
  if (g.qam_mod_order && *g.qam_mod_order != 1 && *g.qam_mod_order != 2 && *g.qam_mod_order != 4 &&
      *g.qam_mod_order != 6 && *g.qam_mod_order != 8)
    return context.fail("qam_mod_order is {}: give 1, 2, 4, 6 or 8", *g.qam_mod_order);
  if (g.ptrs)
    return context.fail("ptrs asks for PT-RS, which is not supported by this version: leave it out "
                        "and schedule the user without PT-RS");
  return {};
}

Result<void> check_against_cell(const GrantContext& context) {
  const PuschGrant& g = context.grant;
  const CellSettings& cell = context.cell;
  if (g.subcarrier_spacing && *g.subcarrier_spacing != cell.numerology)
    return context.fail("subcarrier_spacing {} is not the cell's numerology {}: correct the grant "
                        "or cell.numerology",
                        *g.subcarrier_spacing, cell.numerology);
  const std::int32_t cyclic_prefix = cell.cyclic_prefix == CyclicPrefix::extended ? 1 : 0;
  if (g.cyclic_prefix && *g.cyclic_prefix != cyclic_prefix)
    return context.fail("cyclic_prefix {} is not the cell's, which is {}: correct the grant or "
                        "cell.cyclic_prefix",
                        *g.cyclic_prefix, cyclic_prefix);
  return {};
}

/// `first` and the number of PRBs, counted from the bandwidth part, in the grid.
Result<PrbRange>
place_prbs(const GrantContext& context, std::string_view field, std::int32_t first) {
  const PuschGrant& g = context.grant;
  const CellSettings& cell = context.cell;
  const std::int32_t bwp_start = g.bwp_start.value_or(cell.first_prb);
  const std::int32_t bwp_size = g.bwp_size.value_or(cell.n_prb);
  if (first + g.rb_size > bwp_size)
    return context.fail("{} {} and rb_size {} end at PRB {}, outside the bandwidth part of {} PRB: "
                        "grant fewer PRBs or correct bwp_size",
                        field, first, g.rb_size, first + g.rb_size, bwp_size);
  const PrbRange prbs{bwp_start + first - cell.first_prb, g.rb_size};
  if (prbs.first < 0 || prbs.end() > cell.n_prb)
    return context.fail("{} {} of the bandwidth part at {} means common resource blocks {} to {}, "
                        "outside the carrier of {} PRB from {}: grant other PRBs, or correct "
                        "bwp_start or the cell's first_prb and n_prb",
                        field, first, bwp_start, bwp_start + first,
                        bwp_start + first + g.rb_size - 1, cell.n_prb, cell.first_prb);
  return prbs;
}

/// Symbols, PRBs and hops (TS 38.214 6.3: the first hop has floor(N_symb / 2) symbols).
Result<void> place_allocation(const GrantContext& context, CheckedGrant& checked) {
  const PuschGrant& g = context.grant;
  const std::int32_t n_symbols = context.cell.n_symbols();
  if (g.start_symbol_index + g.nr_of_symbols > n_symbols)
    return context.fail("start_symbol_index {} and nr_of_symbols {} end at symbol {}, but the slot "
                        "has {}: grant fewer symbols",
                        g.start_symbol_index, g.nr_of_symbols,
                        g.start_symbol_index + g.nr_of_symbols, n_symbols);
  checked.first_symbol = g.start_symbol_index;
  checked.n_symbols = g.nr_of_symbols;
  const auto first = place_prbs(context, "rb_start", g.rb_start);
  if (!first)
    return tl::unexpected(first.error());
  if (g.intra_slot_frequency_hopping == 0) {
    checked.hops.push_back({*first, g.start_symbol_index, g.nr_of_symbols});
    return {};
  }
  if (g.nr_of_symbols < 2)
    return context.fail("intra_slot_frequency_hopping is 1, but nr_of_symbols {} cannot be shared "
                        "by two hops: give at least 2",
                        g.nr_of_symbols);
  const auto second = place_prbs(context, "pusch_second_hop_prb", g.pusch_second_hop_prb);
  if (!second)
    return tl::unexpected(second.error());
  const std::int32_t half = g.nr_of_symbols / 2;
  checked.hops.push_back({*first, g.start_symbol_index, half});
  checked.hops.push_back({*second, g.start_symbol_index + half, g.nr_of_symbols - half});
  return {};
}

/// What TS 38.211 6.3.1.4 and 6.4.1.1.3 and TS 38.214 6.2.2 ask of transform precoding.
Result<void> check_transform_precoding(const GrantContext& context) {
  const PuschGrant& g = context.grant;
  if (g.transform_precoding == 0)
    return {};
  if (g.nr_of_layers != 1)
    return context.fail("nr_of_layers {} is not possible with transform precoding: give 1",
                        g.nr_of_layers);
  std::int32_t rest = g.rb_size;
  for (const std::int32_t factor : {2, 3, 5})
    while (rest % factor == 0)
      rest /= factor;
  if (rest != 1)
    return context.fail("rb_size {} is not possible with transform precoding, which needs a number "
                        "of PRBs without prime factors above 5: grant fewer or more PRBs",
                        g.rb_size);
  if (g.dmrs_config_type != 0)
    return context.fail("dmrs_config_type {} is not possible with transform precoding: give 0",
                        g.dmrs_config_type);
  if (g.num_dmrs_cdm_groups_no_data != 2)
    return context.fail("num_dmrs_cdm_groups_no_data {} is not possible with transform precoding: "
                        "give 2",
                        g.num_dmrs_cdm_groups_no_data);
  return {};
}

Result<CheckedGrant> check_grant(const GrantContext& context) {
  const PuschGrant& g = context.grant;
  CheckedGrant checked;
  for (const auto check : {check_ranges, check_against_cell, check_transform_precoding})
    if (auto done = check(context); !done)
      return tl::unexpected(done.error());
  if (std::popcount(static_cast<std::uint32_t>(g.dmrs_ports)) != g.nr_of_layers)
    return context.fail("nr_of_layers {} does not agree with dmrs_ports {}, which names {} ports: "
                        "give one port for each layer",
                        g.nr_of_layers, g.dmrs_ports,
                        std::popcount(static_cast<std::uint32_t>(g.dmrs_ports)));

  checked.rnti = g.rnti;
  checked.harq_id = g.harq_process_id;
  checked.is_new_data = g.new_data_indicator == 1;
  checked.waveform = g.transform_precoding == 1 ? Waveform::dft_s_ofdm : Waveform::cp_ofdm;
  checked.n_layers = g.nr_of_layers;
  // TS 38.211 6.3.1.1.
  checked.scrambling_c_init =
      (static_cast<std::uint32_t>(g.rnti) << 15) +
      static_cast<std::uint32_t>(g.data_scrambling_id.value_or(context.cell.id));
  checked.grid_first_prb = context.cell.first_prb;
  for (const auto lay_out : {place_allocation, lay_out_dmrs, lay_out_codeword})
    if (auto done = lay_out(context, checked); !done)
      return tl::unexpected(done.error());
  return checked;
}

Result<void> check_slot(const SlotGrants& slot, const CellSettings& cell) {
  const std::string where = GrantContext::slot_name(slot);
  if (slot.cell && *slot.cell != cell.id)
    return file_error(fmt::format("{}: cell {} is not the cell that is received, which is {}: "
                                  "correct the grants or cell.id",
                                  where, *slot.cell, cell.id));
  if (slot.sfn < 0 || slot.sfn >= n_sfn)
    return file_error(
        fmt::format("{}: sfn is {}: give a value from 0 to {}", where, slot.sfn, n_sfn - 1));
  const std::int32_t n_slots = n_slots_per_frame(cell.numerology);
  if (slot.slot < 0 || slot.slot >= n_slots)
    return file_error(fmt::format("{}: slot is {}, but a frame of numerology {} has slots 0 to {}: "
                                  "correct the grants or cell.numerology",
                                  where, slot.slot, cell.numerology, n_slots - 1));
  // TS 38.211 table 4.2-1.
  if (cell.cyclic_prefix == CyclicPrefix::extended && cell.numerology != 2)
    return configuration_error(fmt::format("the extended cyclic prefix exists only for numerology "
                                           "2, not {}: correct cell.cyclic_prefix",
                                           cell.numerology));
  if (slot.pusch.size() > static_cast<std::size_t>(max_grants_per_slot))
    return file_error(
        fmt::format("{}: {} grants in one slot are more than {}: schedule fewer users", where,
                    slot.pusch.size(), max_grants_per_slot));
  return {};
}

} // namespace

Result<std::vector<CheckedGrant>> check_grants(const SlotGrants& grants, const CellSettings& cell) {
  if (auto done = check_slot(grants, cell); !done)
    return tl::unexpected(done.error());
  std::vector<CheckedGrant> all;
  all.reserve(grants.pusch.size());
  for (const PuschGrant& grant : grants.pusch) {
    auto checked = check_grant({grants, cell, grant});
    if (!checked)
      return tl::unexpected(checked.error());
    checked->index = static_cast<std::int32_t>(all.size());
    all.push_back(*checked);
  }
  if (auto done = check_conflicts(grants, all); !done)
    return tl::unexpected(done.error());
  return all;
}

} // namespace airan
