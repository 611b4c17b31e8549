// SPDX-License-Identifier: Apache-2.0
#include "phy/dmrs_layout.hpp"

#include "kernels/primitives/gold_sequence.hpp"

#include <bit>
#include <cmath>

namespace airan {
namespace {

/// Length of a low-PAPR base sequence from which a group has two of them: 6 PRB (5.2.2).
constexpr std::int32_t min_length_of_two_sequences = 6 * subcarriers_per_prb;

/// The type, the groups without data and the ports, in ascending order.
Result<void> lay_out_ports(const GrantContext& context, CheckedGrant& checked) {
  const PuschGrant& g = context.grant;
  Dmrs& dmrs = checked.dmrs;
  dmrs.type = g.dmrs_config_type == 0 ? DmrsType::type1 : DmrsType::type2;
  const std::int32_t max_groups = dmrs.type == DmrsType::type1 ? 2 : 3;
  dmrs.n_cdm_groups_without_data = g.num_dmrs_cdm_groups_no_data;
  if (g.num_dmrs_cdm_groups_no_data > max_groups)
    return context.fail("num_dmrs_cdm_groups_no_data {} is more than the {} CDM groups of DM-RS "
                        "type {}: give 1 to {}",
                        g.num_dmrs_cdm_groups_no_data, max_groups, g.dmrs_config_type + 1,
                        max_groups);
  dmrs.amplitude = std::sqrt(static_cast<float>(dmrs.n_cdm_groups_without_data));

  bool is_double = false;
  for (const DmrsNode& node : dmrs.nodes)
    is_double = is_double || node.n_symbols == 2;
  const std::int32_t n_ports = 2 * max_groups * (is_double ? 2 : 1);
  for (std::int32_t port = 0; port < 12; ++port) {
    if ((g.dmrs_ports >> port & 1) == 0)
      continue;
    if (port >= n_ports)
      return context.fail("dmrs_ports {} names port {}, but {}-symbol DM-RS of type {} has only "
                          "ports 0 to {}: change the ports, the type or ul_dmrs_symb_pos",
                          g.dmrs_ports, port, is_double ? "double" : "single",
                          g.dmrs_config_type + 1, n_ports - 1);
    const DmrsLayer layer = dmrs_layer(dmrs.type, port);
    if (layer.cdm_group >= dmrs.n_cdm_groups_without_data)
      return context.fail(
          "port {} of dmrs_ports {} lies in CDM group {}, which carries data because "
          "num_dmrs_cdm_groups_no_data is {}: give at least {}",
          port, g.dmrs_ports, layer.cdm_group, dmrs.n_cdm_groups_without_data, layer.cdm_group + 1);
    dmrs.layers.push_back(layer);
  }
  return {};
}

/// The nodes and symbols of one hop: runs of one or two neighbouring bits of ul_dmrs_symb_pos.
Result<void> lay_out_hop(const GrantContext& context, std::int32_t hop, CheckedGrant& checked) {
  const std::int32_t positions = context.grant.ul_dmrs_symb_pos;
  const auto is_dmrs = [&](std::int32_t symbol) { return (positions >> symbol & 1) != 0; };
  const std::int32_t first = checked.hops[hop].first_symbol;
  const std::int32_t end = first + checked.hops[hop].n_symbols;
  Dmrs& dmrs = checked.dmrs;
  bool has_dmrs = false;
  for (std::int32_t symbol = first; symbol < end;) {
    if (!is_dmrs(symbol)) {
      ++symbol;
      continue;
    }
    std::int32_t length = 1;
    while (symbol + length < end && is_dmrs(symbol + length))
      ++length;
    if (length > 2)
      return context.fail("ul_dmrs_symb_pos {} has {} neighbouring DM-RS symbols from symbol {}, "
                          "but a DM-RS has one or two: clear some of the bits",
                          positions, length, symbol);
    if (dmrs.nodes.size() == dmrs.nodes.capacity())
      return context.fail("ul_dmrs_symb_pos {} has more than {} DM-RS positions: clear some of the "
                          "bits",
                          positions, dmrs.nodes.capacity());
    for (std::int32_t l = 0; l < length; ++l)
      dmrs.symbols.push_back({.symbol = symbol + l, .node = dmrs.nodes.size(), .l_prime = l});
    dmrs.nodes.push_back({.first_symbol = symbol, .n_symbols = length, .hop = hop});
    has_dmrs = true;
    symbol += length;
  }
  if (!has_dmrs)
    return context.fail(
        "ul_dmrs_symb_pos {} has no DM-RS symbol among symbols {} to {}{}: set at "
        "least one of these bits",
        positions, first, end - 1,
        checked.hops.size() == 2 ? (hop == 0 ? " of the first hop" : " of the second hop") : "");
  return {};
}

Result<void> lay_out_symbols(const GrantContext& context, CheckedGrant& checked) {
  const std::int32_t positions = context.grant.ul_dmrs_symb_pos;
  const std::int32_t end = checked.first_symbol + checked.n_symbols;
  const std::int32_t allocated = (1 << end) - (1 << checked.first_symbol);
  if ((positions & ~allocated) != 0)
    return context.fail(
        "ul_dmrs_symb_pos {} has a DM-RS in symbol {}, outside the allocation of symbols {} to {}: "
        "clear that bit or move the allocation",
        positions, std::countr_zero(static_cast<std::uint32_t>(positions & ~allocated)),
        checked.first_symbol, end - 1);
  for (std::int32_t hop = 0; hop < checked.hops.size(); ++hop)
    if (auto done = lay_out_hop(context, hop, checked); !done)
      return done;
  for (const DmrsNode& node : checked.dmrs.nodes)
    if (node.n_symbols != checked.dmrs.nodes[0].n_symbols)
      return context.fail(
          "ul_dmrs_symb_pos {} mixes single-symbol and double-symbol DM-RS: use one "
          "length in a slot",
          positions);
  return {};
}

/// c_init of 6.4.1.1.1.1:
/// (2^17 (N_symb n_s + l + 1)(2 N_ID + 1) + 2 N_ID + n_SCID) mod 2^31.
std::uint32_t gold_seed(std::int64_t symbol_in_frame, std::int64_t n_id, std::int64_t n_scid) {
  const std::int64_t c_init = (symbol_in_frame + 1) * (2 * n_id + 1) * 131072 + 2 * n_id + n_scid;
  return static_cast<std::uint32_t>(c_init & 0x7FFFFFFF);
}

/// f_gh of 6.4.1.1.1.2: sum of 2^m c(8 (N_symb n_s + l) + m) over m = 0..7, modulo 30.
std::int32_t group_hop(std::int32_t symbol_in_frame, std::int32_t n_id) {
  GoldSequence c(static_cast<std::uint32_t>(n_id / 30), std::int64_t{8} * symbol_in_frame);
  return static_cast<std::int32_t>((c.next32() & 0xFFU) % 30);
}

/// u and v of 6.4.1.1.1.2: the fixed ones (or those of the identity), except what hops.
Result<void> seed_low_papr(const GrantContext& context, CheckedGrant& checked) {
  const PuschGrant& g = context.grant;
  const std::int32_t n_id = g.pusch_identity.value_or(context.cell.id);
  const std::int32_t length = checked.n_prb() * checked.dmrs.pilots_per_prb();
  const std::int32_t u = g.low_papr_group_number.value_or(n_id % 30);
  const std::int32_t v = g.low_papr_sequence_number.value_or(0);
  if (v == 1 && length < min_length_of_two_sequences)
    return context.fail("low_papr_sequence_number 1 needs a DM-RS sequence of at least {} values, "
                        "but {} PRB give {}: give 0",
                        min_length_of_two_sequences, checked.n_prb(), length);
  for (DmrsSymbol& s : checked.dmrs.symbols) {
    // Both symbols of a double-symbol DM-RS hop with the number of the first.
    const std::int32_t symbol_in_frame =
        context.slot.slot * context.cell.n_symbols() + s.symbol - s.l_prime;
    s.papr_group = u;
    s.papr_sequence = v;
    if (g.group_or_sequence_hopping == 1) {
      s.papr_group = (group_hop(symbol_in_frame, n_id) + n_id) % 30;
      s.papr_sequence = 0; // whatever the grant says
    } else if (g.group_or_sequence_hopping == 2) {
      GoldSequence c(static_cast<std::uint32_t>(n_id), symbol_in_frame);
      s.papr_sequence =
          length >= min_length_of_two_sequences ? static_cast<std::int32_t>(c.next_bit()) : 0;
    }
  }
  return {};
}

void seed_gold(const GrantContext& context, CheckedGrant& checked) {
  const std::int32_t n_id = context.grant.ul_dmrs_scrambling_id.value_or(context.cell.id);
  for (DmrsSymbol& s : checked.dmrs.symbols)
    s.c_init = gold_seed(context.slot.slot * context.cell.n_symbols() + s.symbol, n_id,
                         context.grant.scid);
}

void fill_data_mask(CheckedGrant& checked) {
  constexpr std::uint16_t all = (1U << subcarriers_per_prb) - 1;
  for (std::int32_t l = 0; l < checked.n_symbols; ++l)
    checked.data_mask[static_cast<std::size_t>(checked.first_symbol + l)] = all;
  const std::uint16_t beside_dmrs =
      dmrs_symbol_data_mask(checked.dmrs.type, checked.dmrs.n_cdm_groups_without_data);
  for (const DmrsSymbol& s : checked.dmrs.symbols)
    checked.data_mask[static_cast<std::size_t>(s.symbol)] = beside_dmrs;
}

} // namespace

DmrsLayer dmrs_layer(DmrsType type, std::int32_t port) {
  const std::int32_t n_groups = type == DmrsType::type1 ? 2 : 3;
  DmrsLayer layer;
  layer.port = port;
  layer.cdm_group = port / 2 % n_groups;
  layer.delta = layer.cdm_group * (type == DmrsType::type1 ? 1 : 2);
  layer.w_f = {1, static_cast<std::int8_t>(port % 2 == 0 ? 1 : -1)};
  layer.w_t = {1, static_cast<std::int8_t>(port < 2 * n_groups ? 1 : -1)};
  return layer;
}

std::uint16_t dmrs_symbol_data_mask(DmrsType type, std::int32_t n_cdm_groups_without_data) {
  Dmrs dmrs;
  dmrs.type = type;
  std::uint32_t taken = 0;
  for (std::int32_t group = 0; group < n_cdm_groups_without_data; ++group)
    for (std::int32_t n = 0; n < dmrs.pilots_per_prb(); ++n)
      taken |= 1U << dmrs.pilot_subcarrier(n, group * (type == DmrsType::type1 ? 1 : 2));
  return static_cast<std::uint16_t>(~taken & 0xFFFU);
}

Result<void> lay_out_dmrs(const GrantContext& context, CheckedGrant& checked) {
  if (auto done = lay_out_symbols(context, checked); !done)
    return done;
  if (auto done = lay_out_ports(context, checked); !done)
    return done;
  fill_data_mask(checked);
  if (checked.waveform == Waveform::dft_s_ofdm)
    return seed_low_papr(context, checked);
  seed_gold(context, checked);
  return {};
}

} // namespace airan
