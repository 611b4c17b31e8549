// SPDX-License-Identifier: Apache-2.0
// The table of grant fields: SCF 222.10, PUSCH PDU, in snake_case.
#include "io/files/grants_fields.hpp"

#include <array>

namespace airan::io {
namespace {

constexpr std::int64_t u8 = 255;
constexpr std::int64_t u16 = 65535;
constexpr std::int64_t u31 = 2147483647;

using P = PuschGrant;
constexpr bool required = true;

constexpr GrantField<PuschGrant> pusch_table[] = {
    {"rnti", &P::rnti, 0, u16, required},
    {"bwp_start", &P::bwp_start, 0, u16},
    {"bwp_size", &P::bwp_size, 0, u16},
    {"subcarrier_spacing", &P::subcarrier_spacing, 0, u8},
    {"cyclic_prefix", &P::cyclic_prefix, 0, 1},
    {"mcs_table", &P::mcs_table, 0, u8},
    {"mcs_index", &P::mcs_index, 0, u8},
    {"qam_mod_order", &P::qam_mod_order, 0, u8},
    {"target_code_rate", &P::target_code_rate, 0, u16},
    {"transform_precoding", &P::transform_precoding, 0, 1},
    {"data_scrambling_id", &P::data_scrambling_id, 0, u16},
    {"nr_of_layers", &P::nr_of_layers, 0, u8, required},
    {"ul_dmrs_symb_pos", &P::ul_dmrs_symb_pos, 0, u16, required},
    {"dmrs_config_type", &P::dmrs_config_type, 0, 1},
    {"ul_dmrs_scrambling_id", &P::ul_dmrs_scrambling_id, 0, u16},
    {"pusch_identity", &P::pusch_identity, 0, u16},
    {"scid", &P::scid, 0, 1},
    {"num_dmrs_cdm_groups_no_data", &P::num_dmrs_cdm_groups_no_data, 0, u8},
    {"dmrs_ports", &P::dmrs_ports, 0, u16, required},
    {"group_or_sequence_hopping", &P::group_or_sequence_hopping, 0, 2},
    {"low_papr_group_number", &P::low_papr_group_number, 0, u8},
    {"low_papr_sequence_number", &P::low_papr_sequence_number, 0, u16},
    {"rb_start", &P::rb_start, 0, u16, required},
    {"rb_size", &P::rb_size, 0, u16, required},
    {"start_symbol_index", &P::start_symbol_index, 0, u8, required},
    {"nr_of_symbols", &P::nr_of_symbols, 0, u8, required},
    {"intra_slot_frequency_hopping", &P::intra_slot_frequency_hopping, 0, 1},
    {"pusch_second_hop_prb", &P::pusch_second_hop_prb, 0, u16},
    {"rv_index", &P::rv_index, 0, u8},
    {"harq_process_id", &P::harq_process_id, 0, u8},
    {"new_data_indicator", &P::new_data_indicator, 0, 1},
    {"tb_size", &P::tb_size, 0, u31},
    {"tb_size_lbrm_bytes", &P::tb_size_lbrm_bytes, 0, u31},
    {"ldpc_base_graph", &P::ldpc_base_graph, 1, 2},
};

using T = PtrsGrant;
constexpr GrantField<PtrsGrant> ptrs_table[] = {
    {"port_index", &T::port_index, 0, u16, required},
    {"dmrs_port", &T::dmrs_port, 0, u8, required},
    {"re_offset", &T::re_offset, 0, u8, required},
    {"time_density", &T::time_density, 0, u8, required},
    {"freq_density", &T::freq_density, 0, u8, required},
};

constexpr IgnoredField ignored_table[] = {
    {"handle", std::nullopt},
    {"pdu_bitmap", std::nullopt},
    {"tx_direct_current_location", std::nullopt},
    {"resource_alloc", 1},
    {"vrb_to_prb_mapping", 0},
    {"uplink_frequency_shift_7p5khz", 0},
    {"num_cb", 0},
};

} // namespace

std::span<const GrantField<PuschGrant>> pusch_fields() {
  return pusch_table;
}
std::span<const GrantField<PtrsGrant>> ptrs_fields() {
  return ptrs_table;
}
std::span<const IgnoredField> ignored_pusch_fields() {
  return ignored_table;
}

} // namespace airan::io
