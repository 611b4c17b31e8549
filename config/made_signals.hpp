// SPDX-License-Identifier: Apache-2.0
// Signals that are made: the sections `transmitter`, `channel`, `radio_unit` and `suite` of a
// configuration.
#pragma once

#include "core/modulation.hpp"
#include "core/packet_settings.hpp"
#include "core/pusch_grant.hpp"
#include "core/result.hpp"
#include "core/slot_iq.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace airan::config {

enum class McsTable : std::uint8_t { qam64, qam256, qam64_low_se, tp_qam64, tp_qam64_low_se };
enum class Hopping : std::uint8_t { none, group, sequence };
enum class DmrsConfigType : std::uint8_t { type1, type2 };

/// Codebook precoding, TS 38.211 6.3.1.5.
struct Codebook {
  std::int32_t n_antenna_ports = 2;
  std::int32_t tpmi = 0;
};

struct Ptrs {
  std::int32_t port_index = 0;
  std::int32_t dmrs_port = 0;
  std::int32_t re_offset = 0;
  std::int32_t time_density = 0;
  std::int32_t freq_density = 0;
};

/// One user: what it is granted, in which slots, and how it sends.
struct User {
  std::int32_t rnti = 1;
  std::optional<std::int32_t> bwp_start;
  std::optional<std::int32_t> bwp_size;
  std::int32_t rb_start = 0;
  std::int32_t rb_size = 0;
  std::int32_t start_symbol_index = 0;
  std::int32_t nr_of_symbols = 0;
  std::int32_t nr_of_layers = 1;
  McsTable mcs_table = McsTable::qam64;
  std::optional<std::int32_t> mcs_index;
  std::optional<Modulation> modulation;
  std::optional<double> code_rate_1024; ///< rate x 1024
  bool transform_precoding = false;
  std::optional<std::int32_t> data_scrambling_id;
  std::optional<std::int32_t> ul_dmrs_scrambling_id;
  std::optional<std::int32_t> pusch_identity;
  Hopping group_or_sequence_hopping = Hopping::none;
  std::optional<std::int32_t> low_papr_group_number;
  std::optional<std::int32_t> low_papr_sequence_number;
  std::vector<std::int32_t> dmrs_ports{0};
  std::vector<std::int32_t> dmrs_symbols; ///< of the slot
  DmrsConfigType dmrs_config_type = DmrsConfigType::type1;
  std::int32_t num_dmrs_cdm_groups_no_data = 2;
  std::int32_t scid = 0;
  std::optional<std::int64_t> tb_size; ///< bytes
  std::optional<std::int64_t> tb_size_lbrm_bytes;
  std::optional<std::int32_t> ldpc_base_graph;
  std::optional<std::int32_t> second_hop_prb; ///< given: intra-slot frequency hopping
  std::optional<Ptrs> ptrs;

  /// Slots of each period in which the user sends; empty: all. The period counts from the first
  /// slot that is made.
  std::vector<std::int32_t> active_slots;
  std::int32_t period_slots = 10;
  /// Redundancy versions of the transmissions of each transport block, in order.
  std::vector<std::int32_t> rv_sequence{0};
  /// Active slots take these processes in turn, each runs through rv_sequence.
  std::vector<std::int32_t> harq_processes{0};
  /// MCS index of retransmissions (a reserved one, say); empty: the same.
  std::optional<std::int32_t> retransmission_mcs_index;

  std::optional<Codebook> codebook; ///< empty: layer v on antenna port v
  std::int32_t first_antenna_port = 0;
  double power_db = 0;
  double carrier_offset_hz = 0;
  double timing_offset_ns = 0;
  std::int32_t line = 0; ///< of the configuration, for messages
};

/// The grant of a user in one slot. `transmission` counts the transmissions of the transport block
/// from 0, `harq_process` is its process.
PuschGrant make_grant(const User& user, std::int32_t transmission, std::int32_t harq_process);

struct Transmitter {
  std::int32_t n_slots = 1;
  std::int32_t first_sfn = 0;
  std::int32_t first_slot = 0;
  std::int64_t payload_seed = 1;
  std::vector<User> users;
};

enum class ChannelModel : std::uint8_t {
  none, ///< antenna port p arrives on receive port p
  awgn,
  tdl_a,
  tdl_b,
  tdl_c,
  tdl_d,
  tdl_e,
  tdla30,
  tdlb100,
  tdlc300,
};
enum class Correlation : std::uint8_t { low, medium, high };
enum class Fading : std::uint8_t {
  doppler,  ///< Jakes, at doppler_hz, continuous over slots
  per_slot, ///< fixed within a slot and drawn anew for each
};
enum class SnrDefinition : std::uint8_t {
  per_port,       ///< signal power of all layers over noise power, per receive port and RE
  post_combining, ///< the sum of that over receive ports
};

/// The recording front end behind the channel.
struct FrontEnd {
  IqNumber format = IqNumber::int16;
  ByteOrder byte_order = ByteOrder::little;
  double gain_db = 0;     ///< rms of the occupied slots is -15 dB of full scale at 0 dB
  double dc_offset_i = 0; ///< full scale is 1
  double dc_offset_q = 0;
};

struct Channel {
  ChannelModel model = ChannelModel::awgn;
  std::optional<double> delay_spread_ns; ///< tdl_a .. tdl_e
  double doppler_hz = 0;
  Fading fading = Fading::doppler;
  Correlation correlation = Correlation::low;
  std::optional<double> snr_db; ///< empty: no noise
  SnrDefinition snr_definition = SnrDefinition::per_port;
  double carrier_offset_hz = 0;
  double timing_offset_ns = 0;
  double lead_in_us = 0; ///< noise alone before the first slot
  std::int64_t seed = 1;
  FrontEnd front_end;
  std::int32_t line = 0; ///< of the configuration, for messages
};

/// The radio unit that is emulated: how its packets look, and when they leave.
struct RadioUnit {
  CompressionSettings compression;
  Bfp16 bfp16 = Bfp16::with_exponent;
  std::vector<std::int32_t> eaxc;   ///< of receive port 0, 1, ...; empty: 0 .. rx_ports - 1
  std::optional<std::int32_t> vlan; ///< id of an 802.1Q tag; empty: none
  MacAddress dst_mac{0x02, 0, 0, 0, 0, 0x01};      ///< the distributed unit, which receives
  MacAddress src_mac{0x02, 0, 0, 0, 0, 0x02};      ///< the radio unit
  std::int32_t mtu = 1500;                         ///< bytes after the Ethernet header and VLAN tag
  std::optional<std::int32_t> max_prb_per_section; ///< empty: what the MTU allows, at most 255
  std::int32_t sections_per_message = 1;
  bool c_plane = false;
  double peak = 0.5;                  ///< largest I or Q, of full scale
  std::optional<std::int32_t> ru_prb; ///< PRBs of the radio unit; empty: n_prb of the cell
  double delay_us = 100;              ///< from the start of a symbol to its first packet
  UdpFraming framing = UdpFraming::raw;
  std::int32_t datagram_bytes = 8192; ///< IQ per UDP datagram
  std::int32_t line = 0;              ///< of the configuration, for messages
};

enum class RecordingType : std::uint8_t { sigmf, raw, grid, oran_pcap };

/// What `airan generate` writes into output.directory: NAME.sigmf-meta and so on.
struct Recording {
  std::string name = "recording";
  std::vector<RecordingType> types{RecordingType::sigmf};
};

/// One curve of `airan simulate`: what differs from the sections `transmitter` and `channel`.
struct Curve {
  std::string name;
  std::optional<std::int32_t> mcs_index;
  std::optional<McsTable> mcs_table;
  std::optional<std::int32_t> rx_ports;
  std::optional<ChannelModel> model;
  std::optional<std::int32_t> ldpc_max_iterations;
  double snr_start_db = 0;
  double snr_stop_db = 0;
  std::int32_t line = 0; ///< of the configuration, for messages
};

struct Suite {
  std::string name = "suite";
  double snr_step_db = 0.5;
  std::int64_t min_slots_per_point = 100;
  std::int64_t max_slots_per_point = 1000;
  /// A point ends early once it has seen this many block errors (and the fewest slots).
  std::int64_t max_block_errors = 100;
  double stop_bler = 1e-3;  ///< a curve ends when a point lies below
  double target_bler = 0.1; ///< the SNR that is reported
  std::int64_t seed = 1;    ///< curve number c uses seed + c
  std::vector<Curve> curves;
  std::int32_t line = 0; ///< of the configuration, for messages
};

} // namespace airan::config
