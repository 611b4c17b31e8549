// SPDX-License-Identifier: Apache-2.0
// What was scheduled, as it was given: the fields of the FAPI PUSCH PDU (SCF 222.10) in this
// project's JSON form. Nothing here is validated; phy's check_grants does that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace airan {

/// PT-RS as FAPI describes it (TS 38.211 6.4.1.2).
struct PtrsGrant {
  std::int32_t port_index = 0;
  std::int32_t dmrs_port = 0;
  std::int32_t re_offset = 0;
  std::int32_t time_density = 0;
  std::int32_t freq_density = 0;
};

/// What a recording's maker says the receiver should find.
struct Expectation {
  std::optional<bool> crc_ok;
  std::optional<std::string> payload_sha256; ///< hex, of the tb_size bytes
};

/// Field names and meanings: the table of grants in docs/formats.md. A missing optional takes the
/// default given there.
struct PuschGrant {
  std::int32_t rnti = 0;
  std::optional<std::int32_t> subcarrier_spacing; ///< numerology
  std::optional<std::int32_t> cyclic_prefix;      ///< 0 normal, 1 extended
  std::optional<std::int32_t> bwp_start;          ///< common resource block
  std::optional<std::int32_t> bwp_size;           ///< PRB
  std::int32_t rb_start = 0;                      ///< PRB of the bandwidth part
  std::int32_t rb_size = 0;
  std::int32_t start_symbol_index = 0;
  std::int32_t nr_of_symbols = 0;
  std::int32_t nr_of_layers = 0;
  std::optional<std::int32_t> mcs_table; ///< 0..4, FAPI's order
  std::optional<std::int32_t> mcs_index;
  std::optional<std::int32_t> qam_mod_order;
  std::optional<std::int32_t> target_code_rate; ///< rate x 1024 x 10
  std::int32_t transform_precoding = 0;         ///< 0 off, 1 on
  std::optional<std::int32_t> data_scrambling_id;
  std::optional<std::int32_t> ul_dmrs_scrambling_id;
  std::optional<std::int32_t> pusch_identity;
  std::int32_t group_or_sequence_hopping = 0; ///< 0 none, 1 group, 2 sequence
  std::optional<std::int32_t> low_papr_group_number;
  std::optional<std::int32_t> low_papr_sequence_number;
  std::int32_t dmrs_ports = 0;       ///< bit p: port 1000 + p of 38.211
  std::int32_t ul_dmrs_symb_pos = 0; ///< bit l: symbol l of the slot
  std::int32_t dmrs_config_type = 0; ///< 0 type 1, 1 type 2
  std::int32_t num_dmrs_cdm_groups_no_data = 2;
  std::int32_t scid = 0;
  std::int32_t rv_index = 0;
  std::int32_t harq_process_id = 0;
  std::int32_t new_data_indicator = 1; ///< 1: new data (a flag, not a toggle)
  std::optional<std::int64_t> tb_size; ///< bytes without CRC
  std::optional<std::int64_t> tb_size_lbrm_bytes;
  std::optional<std::int32_t> ldpc_base_graph; ///< 1 or 2
  std::int32_t intra_slot_frequency_hopping = 0;
  std::int32_t pusch_second_hop_prb = 0; ///< PRB of the bandwidth part
  std::optional<PtrsGrant> ptrs;
  std::optional<Expectation> expect;
};

/// One line of a grants file: all that was scheduled in one slot of one cell.
struct SlotGrants {
  std::optional<std::int32_t> cell; ///< left out: the only cell
  std::int32_t sfn = 0;
  std::int32_t slot = 0;
  std::vector<PuschGrant> pusch;
  std::int64_t line = 0; ///< of the file, from 1; for messages
};

} // namespace airan
