// SPDX-License-Identifier: Apache-2.0
#include "phy/grant_codeword.hpp"

#include "phy/mcs_table.hpp"
#include "phy/plan_codeword.hpp"

#include <bit>
#include <cmath>
#include <optional>

namespace airan {
namespace {

constexpr double rate_unit = 10240; ///< of target_code_rate

struct ModulationAndRate {
  Modulation modulation = Modulation::qpsk;
  double code_rate = 0;     ///< R; 0: not known
  bool is_reserved = false; ///< the size is the first transmission's
};

std::optional<Modulation> modulation_of_order(std::int32_t order) {
  for (const Modulation m : {Modulation::pi2_bpsk, Modulation::qpsk, Modulation::qam16,
                             Modulation::qam64, Modulation::qam256})
    if (bits_per_symbol(m) == order)
      return m;
  return std::nullopt;
}

/// qam_mod_order and target_code_rate alone, without an mcs_index.
Result<ModulationAndRate> explicit_mcs(const GrantContext& context) {
  const PuschGrant& g = context.grant;
  if (!g.qam_mod_order)
    return context.fail("neither mcs_index nor qam_mod_order is given: give mcs_table and "
                        "mcs_index, or qam_mod_order and target_code_rate");
  const double rate = g.target_code_rate.value_or(0) / rate_unit;
  if (rate == 0 && g.new_data_indicator == 1)
    return context.fail("neither mcs_index nor target_code_rate is given for new data: give "
                        "mcs_table and mcs_index, or qam_mod_order and target_code_rate");
  return ModulationAndRate{*modulation_of_order(*g.qam_mod_order), rate, rate == 0};
}

Result<ModulationAndRate> table_mcs(const GrantContext& context) {
  const PuschGrant& g = context.grant;
  const bool is_precoded = g.transform_precoding == 1;
  // Without mcs-Table the standard takes the 64QAM table of the waveform (6.1.4.1).
  const std::int32_t table = g.mcs_table.value_or(is_precoded ? 3 : 0);
  if (table >= 3 && !is_precoded)
    return context.fail("mcs_table {} is for transform precoding, but transform_precoding is 0: "
                        "give mcs_table 0, 1 or 2",
                        table);
  const McsEntry entry =
      mcs_entry(table, *g.mcs_index, g.qam_mod_order == 1 ? TpPi2Bpsk::on : TpPi2Bpsk::off).value();
  if (g.qam_mod_order && *g.qam_mod_order != bits_per_symbol(entry.modulation))
    return context.fail("qam_mod_order {} contradicts mcs_table {} mcs_index {}, which has order "
                        "{}: correct one of them or leave qam_mod_order out",
                        *g.qam_mod_order, table, *g.mcs_index, bits_per_symbol(entry.modulation));
  if (entry.code_rate > 0) {
    const auto rate = static_cast<std::int32_t>(std::lround(entry.code_rate * 10));
    if (g.target_code_rate && *g.target_code_rate != rate)
      return context.fail("target_code_rate {} contradicts mcs_table {} mcs_index {}, which has "
                          "{}: correct one of them or leave target_code_rate out",
                          *g.target_code_rate, table, *g.mcs_index, rate);
    return ModulationAndRate{entry.modulation, entry.code_rate / 1024, false};
  }
  if (g.new_data_indicator == 1)
    return context.fail("mcs_index {} of mcs_table {} is reserved for retransmissions, but "
                        "new_data_indicator is 1: give an mcs_index with a code rate",
                        *g.mcs_index, table);
  return ModulationAndRate{entry.modulation, g.target_code_rate.value_or(0) / rate_unit, true};
}

Result<std::int64_t> choose_tb_bits(const GrantContext& context,
                                    const ModulationAndRate& mcs,
                                    const CheckedGrant& checked,
                                    std::int32_t n_res_per_prb) {
  const PuschGrant& g = context.grant;
  if (mcs.is_reserved) {
    if (!g.tb_size)
      return context.fail("tb_size is missing: a reserved mcs_index keeps the size of the first "
                          "transmission, so give that");
    return *g.tb_size * 8;
  }
  const std::int64_t tb_bits =
      transport_block_bits(n_res_per_prb, checked.n_prb(), mcs.code_rate,
                           bits_per_symbol(mcs.modulation), checked.n_layers);
  if (g.tb_size && *g.tb_size * 8 != tb_bits)
    return context.fail("tb_size {} does not fit: {} PRB with {} data REs each, {} layers, order "
                        "{} and rate {:.1f}/1024 give {} bytes (TS 38.214 6.1.4.2); correct the "
                        "grant or leave tb_size out",
                        *g.tb_size, checked.n_prb(), n_res_per_prb, checked.n_layers,
                        bits_per_symbol(mcs.modulation), mcs.code_rate * 1024, tb_bits / 8);
  return tb_bits;
}

/// What size and rate say, or what is given where the rate is the first transmission's.
Result<LdpcBaseGraph>
choose_base_graph(const GrantContext& context, const ModulationAndRate& mcs, std::int64_t tb_bits) {
  const PuschGrant& g = context.grant;
  if (g.ldpc_base_graph) {
    const auto given = static_cast<LdpcBaseGraph>(*g.ldpc_base_graph);
    // A retransmission may come with a rate of its own; its base graph stays.
    if (g.new_data_indicator == 1 && given != base_graph_of(tb_bits, mcs.code_rate))
      return context.fail("ldpc_base_graph {} contradicts the size of {} bytes and the rate of "
                          "{:.1f}/1024 (TS 38.212 6.2.2): leave ldpc_base_graph out",
                          *g.ldpc_base_graph, tb_bits / 8, mcs.code_rate * 1024);
    return given;
  }
  if (mcs.code_rate > 0)
    return base_graph_of(tb_bits, mcs.code_rate);
  if (base_graph_of(tb_bits, 1) == LdpcBaseGraph::bg2) // so small that the rate does not matter
    return LdpcBaseGraph::bg2;
  return context.fail("the base graph of {} bytes depends on the code rate of the first "
                      "transmission: give ldpc_base_graph, or that rate as target_code_rate",
                      tb_bits / 8);
}

} // namespace

Result<void> lay_out_codeword(const GrantContext& context, CheckedGrant& checked) {
  const PuschGrant& g = context.grant;
  const auto mcs = g.mcs_index ? table_mcs(context) : explicit_mcs(context);
  if (!mcs)
    return tl::unexpected(mcs.error());
  if (mcs->modulation == Modulation::pi2_bpsk && checked.waveform == Waveform::cp_ofdm)
    return context.fail("qam_mod_order 1 (pi/2-BPSK) needs transform precoding, but "
                        "transform_precoding is 0: give 1, or a higher order");
  checked.modulation = mcs->modulation;

  std::int32_t n_res_per_prb = 0; // N'_RE, with xOverhead 0
  for (const std::uint16_t mask : checked.data_mask)
    n_res_per_prb += std::popcount(mask);
  if (n_res_per_prb == 0)
    return context.fail("nr_of_symbols {} leaves no RE for data beside the DM-RS: give more "
                        "symbols or fewer CDM groups without data",
                        g.nr_of_symbols);
  checked.n_data_res = n_res_per_prb * checked.n_prb();

  const auto tb_bits = choose_tb_bits(context, *mcs, checked, n_res_per_prb);
  if (!tb_bits)
    return tl::unexpected(tb_bits.error());
  const auto base_graph = choose_base_graph(context, *mcs, *tb_bits);
  if (!base_graph)
    return tl::unexpected(base_graph.error());

  CodewordRequest request;
  request.tb_bits = *tb_bits;
  request.code_rate = mcs->code_rate;
  request.base_graph = *base_graph;
  request.modulation = mcs->modulation;
  request.n_layers = checked.n_layers;
  request.codeword_bits = checked.n_data_res * checked.n_layers * bits_per_symbol(mcs->modulation);
  request.rv = g.rv_index;
  if (g.tb_size_lbrm_bytes)
    request.lbrm_tb_bits = *g.tb_size_lbrm_bytes * 8;
  const auto plan = plan_codeword(request);
  if (!plan)
    return context.fail("{}", plan.error().message);
  checked.codeword = *plan;
  return {};
}

} // namespace airan
