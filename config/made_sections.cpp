// SPDX-License-Identifier: Apache-2.0
// Field tables of what makes signals: transmitter, channel, suite.
#include "config/sections.hpp"
#include "core/cell_settings.hpp"

namespace airan::config {
namespace {

constexpr Name<McsTable> mcs_tables[] = {{McsTable::qam64, "qam64"},
                                         {McsTable::qam256, "qam256"},
                                         {McsTable::qam64_low_se, "qam64_low_se"},
                                         {McsTable::tp_qam64, "tp_qam64"},
                                         {McsTable::tp_qam64_low_se, "tp_qam64_low_se"}};
constexpr Name<Modulation> modulations[] = {{Modulation::pi2_bpsk, "pi2_bpsk"},
                                            {Modulation::qpsk, "qpsk"},
                                            {Modulation::qam16, "qam16"},
                                            {Modulation::qam64, "qam64"},
                                            {Modulation::qam256, "qam256"}};
constexpr Name<Hopping> hoppings[] = {
    {Hopping::none, "none"}, {Hopping::group, "group"}, {Hopping::sequence, "sequence"}};
constexpr Name<DmrsConfigType> dmrs_types[] = {{DmrsConfigType::type1, "type1"},
                                               {DmrsConfigType::type2, "type2"}};
constexpr Name<ChannelModel> channel_models[] = {
    {ChannelModel::none, "none"},       {ChannelModel::awgn, "awgn"},
    {ChannelModel::tdl_a, "tdl-a"},     {ChannelModel::tdl_b, "tdl-b"},
    {ChannelModel::tdl_c, "tdl-c"},     {ChannelModel::tdl_d, "tdl-d"},
    {ChannelModel::tdl_e, "tdl-e"},     {ChannelModel::tdla30, "tdla30"},
    {ChannelModel::tdlb100, "tdlb100"}, {ChannelModel::tdlc300, "tdlc300"}};
constexpr Name<Correlation> correlations[] = {
    {Correlation::low, "low"}, {Correlation::medium, "medium"}, {Correlation::high, "high"}};
constexpr Name<Fading> fadings[] = {{Fading::doppler, "doppler"}, {Fading::per_slot, "per_slot"}};
constexpr Name<SnrDefinition> snr_definitions[] = {
    {SnrDefinition::per_port, "per_port"}, {SnrDefinition::post_combining, "post_combining"}};
constexpr Name<IqNumber> iq_numbers[] = {{IqNumber::int8, "int8"},
                                         {IqNumber::int16, "int16"},
                                         {IqNumber::int32, "int32"},
                                         {IqNumber::float32, "float32"},
                                         {IqNumber::float64, "float64"}};
constexpr Name<ByteOrder> byte_orders[] = {{ByteOrder::little, "little"}, {ByteOrder::big, "big"}};

constexpr double max_seed = 1e15;

/// Where and how much a user sends.
void describe_allocation(FieldTable& table, User& user) {
  table.number("rnti", user.rnti, 0, 65535, "", "radio network temporary identifier").required();
  table.number("bwp_start", user.bwp_start, 0, max_prb - 1, "PRB",
               "common resource block of the bandwidth part, left out: first_prb of the cell");
  table.number("bwp_size", user.bwp_size, 1, max_prb, "PRB", "left out: n_prb of the cell");
  table.number("rb_start", user.rb_start, 0, max_prb - 1, "PRB", "counts from bwp_start")
      .required();
  table.number("rb_size", user.rb_size, 1, max_prb, "PRB", "width of the allocation").required();
  table.number("start_symbol_index", user.start_symbol_index, 0, 13, "symbols",
               "first symbol in the slot");
  table.number("nr_of_symbols", user.nr_of_symbols, 1, 14, "symbols", "length of the allocation")
      .required();
  table.number("nr_of_layers", user.nr_of_layers, 1, max_layers_per_user, "layers", "layers");
  table.number("second_hop_prb", user.second_hop_prb, 0, max_prb - 1, "PRB",
               "given: intra-slot frequency hopping, first PRB of the second hop like rb_start");
}

void describe_coding(FieldTable& table, User& user) {
  table.choice("mcs_table", user.mcs_table, mcs_tables,
               "TS 38.214 5.1.3.1-1, -2, -3, and 6.1.4.1-1, -2 for transform precoding");
  table.number("mcs_index", user.mcs_index, 0, 31, "", "left out: modulation and code_rate_1024");
  table.choice("modulation", user.modulation, modulations, "left out: from the MCS table");
  table.number("code_rate_1024", user.code_rate_1024, 1, 1024, "1/1024",
               "code rate times 1024, left out: from the MCS table");
  table.flag("transform_precoding", user.transform_precoding, "DFT-s-OFDM");
  table.number("data_scrambling_id", user.data_scrambling_id, 0, 1023, "",
               "left out: the cell identity");
  table.number("tb_size", user.tb_size, 3, 2e6, "bytes",
               "transport block without CRC, left out: by TS 38.214 6.1.4.2");
  table.number("tb_size_lbrm_bytes", user.tb_size_lbrm_bytes, 1, 2e6, "bytes",
               "limited-buffer rate matching, left out: no limit");
  table.number("ldpc_base_graph", user.ldpc_base_graph, 1, 2, "", "left out: from size and rate");
}

void describe_pilots(FieldTable& table, User& user) {
  table.numbers("dmrs_ports", user.dmrs_ports, 0, 11, "DM-RS port of each layer, less 1000");
  table
      .numbers("dmrs_symbols", user.dmrs_symbols, 0, 13,
               "DM-RS symbols of the slot, neighbours are a double-symbol DM-RS")
      .required();
  table.choice("dmrs_config_type", user.dmrs_config_type, dmrs_types, "DM-RS configuration type");
  table.number("num_dmrs_cdm_groups_no_data", user.num_dmrs_cdm_groups_no_data, 1, 3, "groups",
               "CDM groups without data, DM-RS is 0, 3, 4.77 dB above data for 1, 2, 3");
  table.number("scid", user.scid, 0, 1, "", "DM-RS sequence initialisation n_SCID");
  table.number("ul_dmrs_scrambling_id", user.ul_dmrs_scrambling_id, 0, 65535, "",
               "left out: the cell identity");
  table.number("pusch_identity", user.pusch_identity, 0, 1007, "",
               "of the low-PAPR DM-RS, left out: the cell identity");
  table.choice("group_or_sequence_hopping", user.group_or_sequence_hopping, hoppings,
               "of the low-PAPR DM-RS");
  table.number("low_papr_group_number", user.low_papr_group_number, 0, 29, "",
               "u of TS 38.211 5.2.2, left out: from pusch_identity");
  table.number("low_papr_sequence_number", user.low_papr_sequence_number, 0, 1, "",
               "v of TS 38.211 5.2.2, left out: from the clause");
  table.section("ptrs", user.ptrs, "PT-RS, left out: none");
}

/// In which slots, with which HARQ process, and through which antennas.
void describe_sending(FieldTable& table, User& user) {
  table.numbers("active_slots", user.active_slots, 0, 10239,
                "slots of each period in which the user sends, left out: all");
  table.number("period_slots", user.period_slots, 1, 10240, "slots",
               "period of active_slots, counted from the first slot that is made");
  table.numbers("rv_sequence", user.rv_sequence, 0, 3,
                "redundancy versions of the transmissions of each transport block");
  table.numbers("harq_processes", user.harq_processes, 0, 15,
                "active slots take these in turn, each runs through rv_sequence");
  table.number("retransmission_mcs_index", user.retransmission_mcs_index, 0, 31, "",
               "MCS index of retransmissions, left out: the same");
  table.section("codebook", user.codebook,
                "codebook precoding, left out: layer v on antenna port v");
  table.number("first_antenna_port", user.first_antenna_port, 0, max_rx_ports - 1, "ports",
               "channel model none: grid port of the user's first antenna port");
  table.number("power_db", user.power_db, -200, 100, "dB", "relative to unit power per layer");
  table.number("carrier_offset_hz", user.carrier_offset_hz, -1e6, 1e6, "Hz",
               "of this user, on top of the channel's, above 0: received too high");
  table.number("timing_offset_ns", user.timing_offset_ns, -1e6, 1e6, "ns",
               "of this user, on top of the channel's, above 0: late");
}

} // namespace

void describe(FieldTable& table, Codebook& codebook) {
  table.number("n_antenna_ports", codebook.n_antenna_ports, 1, 4, "ports", "1, 2 or 4").required();
  table.number("tpmi", codebook.tpmi, 0, 27, "", "index of TS 38.211 tables 6.3.1.5-1 to -7")
      .required();
}

void describe(FieldTable& table, Ptrs& ptrs) {
  table.number("port_index", ptrs.port_index, 0, 1, "", "PT-RS port");
  table.number("dmrs_port", ptrs.dmrs_port, 0, 11, "", "DM-RS port that it belongs to, less 1000");
  table.number("re_offset", ptrs.re_offset, 0, 3, "", "FAPI's value of resourceElementOffset");
  table.number("time_density", ptrs.time_density, 0, 2, "", "every 1, 2, 4 symbols for 0, 1, 2");
  table.number("freq_density", ptrs.freq_density, 0, 1, "", "every 2, 4 PRB for 0, 1");
}

void describe(FieldTable& table, User& user) {
  describe_allocation(table, user);
  describe_coding(table, user);
  describe_pilots(table, user);
  describe_sending(table, user);
}

void describe(FieldTable& table, Transmitter& transmitter) {
  table.number("n_slots", transmitter.n_slots, 1, 1e8, "slots", "how many slots are made");
  table.number("first_sfn", transmitter.first_sfn, 0, n_sfn - 1, "frames",
               "system frame number of the first slot");
  table.number("first_slot", transmitter.first_slot, 0, n_slots_per_frame(max_numerology) - 1,
               "slots", "slot in its frame of the first slot");
  table.number("payload_seed", transmitter.payload_seed, 0, max_seed, "",
               "seed of the random transport blocks");
  table.list("users", transmitter.users, 64, "who sends; keys as in the grants").required();
}

void describe(FieldTable& table, FrontEnd& front_end) {
  table.choice("format", front_end.format, iq_numbers, "number format of recorded samples");
  table.choice("byte_order", front_end.byte_order, byte_orders, "of recorded samples");
  table.number("gain_db", front_end.gain_db, -200, 200, "dB",
               "at 0 the rms of occupied slots is 15 dB below full scale");
  table.number("dc_offset_i", front_end.dc_offset_i, -1, 1, "full scale", "added to I");
  table.number("dc_offset_q", front_end.dc_offset_q, -1, 1, "full scale", "added to Q");
}

void describe(FieldTable& table, Channel& channel) {
  table.choice("model", channel.model, channel_models,
               "TS 38.901 TDL-A to -E, TS 38.104 annex G TDLA30, TDLB100, TDLC300");
  table.number("delay_spread_ns", channel.delay_spread_ns, 0, 1e5, "ns",
               "rms delay spread, with tdl-a to tdl-e");
  table.number("doppler_hz", channel.doppler_hz, 0, 1e5, "Hz", "largest Doppler shift");
  table.choice("fading", channel.fading, fadings,
               "doppler: Jakes, continuous, per_slot: fixed in a slot, drawn anew for each");
  table.choice("correlation", channel.correlation, correlations,
               "MIMO correlation of TS 38.104 annex G.2.3");
  table.number("snr_db", channel.snr_db, -100, 200, "dB", "left out: no noise");
  table.choice("snr_definition", channel.snr_definition, snr_definitions,
               "signal of all layers over noise per RE: on each receive port, or summed over them");
  table.number("carrier_offset_hz", channel.carrier_offset_hz, -1e6, 1e6, "Hz",
               "above 0: received too high");
  table.number("timing_offset_ns", channel.timing_offset_ns, -1e6, 1e6, "ns", "above 0: late");
  table.number("lead_in_us", channel.lead_in_us, 0, 1e8, "us",
               "noise alone before the first slot (recordings in the time domain)");
  table.number("seed", channel.seed, 0, max_seed, "", "of fading and noise");
  table.section("front_end", channel.front_end, "the recorder behind the channel");
}

void describe(FieldTable& table, Curve& curve) {
  table.text("name", curve.name, "name of the curve in the results").required();
  table.number("mcs_index", curve.mcs_index, 0, 31, "", "instead of every user's");
  table.choice("mcs_table", curve.mcs_table, mcs_tables, "instead of every user's");
  table.number("rx_ports", curve.rx_ports, 1, max_rx_ports, "ports", "instead of the cell's");
  table.choice("model", curve.model, channel_models, "instead of the channel's");
  table.number("ldpc_max_iterations", curve.ldpc_max_iterations, 1, 100, "iterations",
               "instead of the receiver's");
  table.number("snr_start_db", curve.snr_start_db, -100, 200, "dB", "first point").required();
  table.number("snr_stop_db", curve.snr_stop_db, -100, 200, "dB", "last point").required();
}

void describe(FieldTable& table, Suite& suite) {
  table.text("name", suite.name, "name of the suite in the results");
  table.number("snr_step_db", suite.snr_step_db, 0.001, 100, "dB", "distance of points");
  table.number("min_slots_per_point", suite.min_slots_per_point, 1, 1e9, "slots",
               "fewest slots of a point");
  table.number("max_slots_per_point", suite.max_slots_per_point, 1, 1e9, "slots",
               "most slots of a point");
  table.number("max_block_errors", suite.max_block_errors, 1, 1e9, "blocks",
               "a point ends early after this many block errors");
  table.number("stop_bler", suite.stop_bler, 0, 1, "",
               "a curve ends after a point below this BLER");
  table.number("target_bler", suite.target_bler, 1e-6, 1, "",
               "the SNR at this BLER is interpolated and reported");
  table.number("seed", suite.seed, 0, max_seed, "", "curve number c (from 0) uses seed + c");
  table.list("curves", suite.curves, 1000, "curves to measure").required();
}

} // namespace airan::config
