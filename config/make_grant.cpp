// SPDX-License-Identifier: Apache-2.0
// From a user of the section `transmitter` to a grant as the grants file holds it.
#include "config/made_signals.hpp"

#include <cmath>

namespace airan::config {
namespace {

std::int32_t bit_mask(const std::vector<std::int32_t>& bits) {
  std::int32_t mask = 0;
  for (const std::int32_t bit : bits)
    mask |= 1 << bit;
  return mask;
}

} // namespace

PuschGrant make_grant(const User& user, std::int32_t transmission, std::int32_t harq_process) {
  const auto n_versions = static_cast<std::int32_t>(user.rv_sequence.size());
  PuschGrant out;
  out.rnti = user.rnti;
  out.bwp_start = user.bwp_start;
  out.bwp_size = user.bwp_size;
  out.rb_start = user.rb_start;
  out.rb_size = user.rb_size;
  out.start_symbol_index = user.start_symbol_index;
  out.nr_of_symbols = user.nr_of_symbols;
  out.nr_of_layers = user.nr_of_layers;
  out.mcs_index = user.mcs_index;
  if (transmission > 0 && user.retransmission_mcs_index)
    out.mcs_index = user.retransmission_mcs_index;
  if (out.mcs_index)
    out.mcs_table = static_cast<std::int32_t>(user.mcs_table);
  if (user.modulation)
    out.qam_mod_order = bits_per_symbol(*user.modulation);
  if (user.code_rate_1024)
    out.target_code_rate = static_cast<std::int32_t>(std::lround(*user.code_rate_1024 * 10));
  out.transform_precoding = user.transform_precoding ? 1 : 0;
  out.data_scrambling_id = user.data_scrambling_id;
  out.ul_dmrs_scrambling_id = user.ul_dmrs_scrambling_id;
  out.pusch_identity = user.pusch_identity;
  out.group_or_sequence_hopping = static_cast<std::int32_t>(user.group_or_sequence_hopping);
  out.low_papr_group_number = user.low_papr_group_number;
  out.low_papr_sequence_number = user.low_papr_sequence_number;
  out.dmrs_ports = bit_mask(user.dmrs_ports);
  out.ul_dmrs_symb_pos = bit_mask(user.dmrs_symbols);
  out.dmrs_config_type = user.dmrs_config_type == DmrsConfigType::type1 ? 0 : 1;
  out.num_dmrs_cdm_groups_no_data = user.num_dmrs_cdm_groups_no_data;
  out.scid = user.scid;
  out.rv_index = user.rv_sequence[static_cast<std::size_t>(transmission % n_versions)];
  out.harq_process_id = harq_process;
  out.new_data_indicator = transmission == 0 ? 1 : 0;
  out.tb_size = user.tb_size;
  out.tb_size_lbrm_bytes = user.tb_size_lbrm_bytes;
  out.ldpc_base_graph = user.ldpc_base_graph;
  out.intra_slot_frequency_hopping = user.second_hop_prb ? 1 : 0;
  out.pusch_second_hop_prb = user.second_hop_prb.value_or(0);
  if (user.ptrs)
    out.ptrs = PtrsGrant{user.ptrs->port_index, user.ptrs->dmrs_port, user.ptrs->re_offset,
                         user.ptrs->time_density, user.ptrs->freq_density};
  return out;
}

} // namespace airan::config
