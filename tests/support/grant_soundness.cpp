// SPDX-License-Identifier: Apache-2.0
// Written from the contracts in core/, not from the code that fulfils them.
#include "tests/support/grant_soundness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>
#include <set>
#include <utility>

namespace airan::test {
namespace {

/// Collects what does not hold.
class Findings {
public:
  explicit Findings(std::string subject) : subject_(std::move(subject)) {}

  template <class... Args>
  void require(bool holds, fmt::format_string<Args...> clause, Args&&... args) {
    if (!holds)
      texts_.push_back(subject_ + ": " + fmt::format(clause, std::forward<Args>(args)...));
  }
  std::vector<std::string> take() { return std::move(texts_); }

private:
  std::string subject_;
  std::vector<std::string> texts_;
};

void require_allocation(const CheckedGrant& g, const CellSettings& cell, Findings& f) {
  f.require(g.hops.size() >= 1, "has no PRBs");
  std::int32_t symbol = g.first_symbol;
  for (const Hop& hop : g.hops) {
    f.require(hop.prbs.first >= 0 && hop.prbs.count > 0 && hop.prbs.end() <= cell.n_prb,
              "PRBs {} to {} of {}", hop.prbs.first, hop.prbs.end(), cell.n_prb);
    f.require(hop.prbs.count == g.n_prb(), "hops of {} and {} PRB", hop.prbs.count, g.n_prb());
    f.require(hop.first_symbol == symbol && hop.n_symbols > 0, "hop of {} symbols at symbol {}",
              hop.n_symbols, hop.first_symbol);
    symbol += hop.n_symbols;
  }
  f.require(g.first_symbol >= 0 && symbol == g.first_symbol + g.n_symbols &&
                symbol <= cell.n_symbols(),
            "{} symbols at symbol {}", g.n_symbols, g.first_symbol);

  std::int32_t n_res = 0;
  for (std::int32_t l = 0; l < max_symbols_per_slot; ++l) {
    const std::uint16_t mask = g.data_mask[static_cast<std::size_t>(l)];
    const bool is_inside = l >= g.first_symbol && l < g.first_symbol + g.n_symbols;
    f.require(is_inside || mask == 0, "data outside the allocation in symbol {}", l);
    f.require(mask < 1U << subcarriers_per_prb, "data mask {} in symbol {}", mask, l);
    n_res += std::popcount(mask);
  }
  f.require(g.n_data_res == n_res * g.n_prb(), "{} data REs", g.n_data_res);
}

/// Seeds and sequences of TS 38.211 6.4.1.1.1.
void require_sequence(const CheckedGrant& g, const DmrsSymbol& s, Findings& f) {
  if (g.waveform == Waveform::cp_ofdm) {
    f.require(s.c_init < 1U << 31, "DM-RS seed {}", s.c_init);
    return;
  }
  const std::int32_t length = g.n_prb() * g.dmrs.pilots_per_prb();
  f.require(s.papr_group >= 0 && s.papr_group < 30, "low-PAPR group {}", s.papr_group);
  f.require(s.papr_sequence == 0 || (s.papr_sequence == 1 && length >= 72),
            "low-PAPR sequence {} of length {}", s.papr_sequence, length);
}

void require_dmrs(const CheckedGrant& g, Findings& f) {
  const Dmrs& d = g.dmrs;
  const std::int32_t n_groups = d.type == DmrsType::type1 ? 2 : 3;
  f.require(d.n_cdm_groups_without_data >= 1 && d.n_cdm_groups_without_data <= n_groups,
            "{} CDM groups without data", d.n_cdm_groups_without_data);
  f.require(std::abs(d.amplitude * d.amplitude - static_cast<float>(d.n_cdm_groups_without_data)) <
                1e-4F,
            "amplitude {}", d.amplitude);
  f.require(g.n_layers >= 1 && d.layers.size() == g.n_layers, "{} ports for {} layers",
            d.layers.size(), g.n_layers);
  std::int32_t last_port = -1;
  for (const DmrsLayer& layer : d.layers) {
    f.require(layer.port > last_port, "ports {} and {}", last_port, layer.port);
    f.require(layer.cdm_group >= 0 && layer.cdm_group < d.n_cdm_groups_without_data,
              "port {} in CDM group {}", layer.port, layer.cdm_group);
    f.require(d.pilot_subcarrier(d.pilots_per_prb() - 1, layer.delta) < subcarriers_per_prb,
              "offset {} of port {}", layer.delta, layer.port);
    last_port = layer.port;
  }
  std::set<std::int32_t> hops_with_dmrs;
  for (const DmrsNode& node : d.nodes) {
    f.require(node.hop >= 0 && node.hop < g.hops.size(), "DM-RS in hop {}", node.hop);
    f.require(node.n_symbols == d.nodes[0].n_symbols && node.n_symbols <= 2,
              "DM-RS of {} and {} symbols", d.nodes[0].n_symbols, node.n_symbols);
    f.require(&g.hop_of_symbol(node.first_symbol) == &g.hops[node.hop] &&
                  &g.hop_of_symbol(node.first_symbol + node.n_symbols - 1) == &g.hops[node.hop],
              "the DM-RS at symbol {} leaves hop {}", node.first_symbol, node.hop);
    hops_with_dmrs.insert(node.hop);
  }
  f.require(static_cast<std::int32_t>(hops_with_dmrs.size()) == g.hops.size(),
            "a hop without DM-RS");
  std::int32_t n_symbols = 0;
  for (const DmrsNode& node : d.nodes)
    n_symbols += node.n_symbols;
  f.require(d.symbols.size() == n_symbols, "{} DM-RS symbols", d.symbols.size());
  std::int32_t last_symbol = g.first_symbol - 1;
  for (const DmrsSymbol& s : d.symbols) {
    f.require(s.symbol > last_symbol && s.symbol < g.first_symbol + g.n_symbols,
              "DM-RS in symbol {}", s.symbol);
    last_symbol = s.symbol;
    f.require(s.node >= 0 && s.node < d.nodes.size() &&
                  d.nodes[s.node].first_symbol + s.l_prime == s.symbol,
              "DM-RS symbol {} of node {}", s.symbol, s.node);
    require_sequence(g, s, f);
    for (const DmrsLayer& layer : d.layers)
      for (std::int32_t n = 0; n < d.pilots_per_prb(); ++n)
        f.require(
            (g.data_mask[static_cast<std::size_t>(s.symbol)] >> d.pilot_subcarrier(n, layer.delta) &
             1) == 0,
            "a pilot of port {} lies on a data RE in symbol {}", layer.port, s.symbol);
  }
}

void require_codeword(const CheckedGrant& g, Findings& f) {
  const CodewordPlan& c = g.codeword;
  const std::int32_t n_last = c.n_code_blocks - 1;
  f.require(c.tb_bits >= 8 && c.tb_bits % 8 == 0, "transport block of {} bits", c.tb_bits);
  f.require(c.codeword_bits == g.n_data_res * g.n_layers * bits_per_symbol(g.modulation) &&
                c.codeword_bits > 0,
            "codeword of {} bits", c.codeword_bits);
  f.require(c.n_layers == g.n_layers && c.bits_per_symbol == bits_per_symbol(g.modulation),
            "codeword of {} layers and {} bits", c.n_layers, c.bits_per_symbol);
  f.require(c.first_bit(n_last) + c.rate_matched_bits(n_last) == c.codeword_bits,
            "code blocks end at bit {} of {}", c.first_bit(n_last) + c.rate_matched_bits(n_last),
            c.codeword_bits);
  f.require(c.e_short > 0 && c.n_short >= 0 && c.n_short <= c.n_code_blocks,
            "{} code blocks of {} bits", c.n_short, c.e_short);
  f.require(c.e_short % (c.n_layers * c.bits_per_symbol) == 0 &&
                c.e_long % (c.n_layers * c.bits_per_symbol) == 0,
            "code blocks of {} and {} bits", c.e_short, c.e_long);
  f.require(c.n_code_blocks * c.code_block_payload_bits() == c.tb_bits + crc_bits(c.tb_crc),
            "{} code blocks of {} bits", c.n_code_blocks, c.code_block_payload_bits());
  f.require(c.lifting_size >= 2 && c.lifting_size <= max_lifting_size && c.lifting_set >= 0 &&
                c.lifting_set < 8,
            "lifting size {} of set {}", c.lifting_size, c.lifting_set);
  f.require(c.code_block_bits <= max_code_block_bits && c.encoded_bits <= max_circular_buffer &&
                c.n_filler() >= 0,
            "code blocks of {} bits with {} filler bits", c.code_block_bits, c.n_filler());
  f.require(c.circular_bits <= c.encoded_bits && c.k0 >= 0 && c.k0 < c.circular_bits,
            "circular buffer of {} bits, start at {}", c.circular_bits, c.k0);
  // The filler lies inside the circular buffer and leaves room for all information.
  f.require(c.first_filler() >= 0 && c.first_filler() + c.n_filler() <= c.circular_bits &&
                c.circular_bits - c.n_filler() >= c.info_bits,
            "{} filler bits at {} of a circular buffer of {}", c.n_filler(), c.first_filler(),
            c.circular_bits);
}

void require_identity(const CheckedGrant& g, Findings& f) {
  f.require(g.rnti >= 0 && g.rnti <= 65535, "rnti {}", g.rnti);
  f.require(g.harq_id >= 0 && g.harq_id < 16, "HARQ process {}", g.harq_id);
  f.require(g.scrambling_c_init < 1U << 31, "scrambling seed {}", g.scrambling_c_init);
  f.require(g.waveform == Waveform::cp_ofdm || g.n_layers == 1, "{} layers of DFT-s-OFDM",
            g.n_layers);
}

/// The users of each RE, once from the grants and once from the groups' segments, as bits over the
/// grants' places in the slot (modulo 64: a collision can only hide a difference).
using UserMap = std::array<std::array<std::uint64_t, max_prb>, max_symbols_per_slot>;

void mark(UserMap& map,
          const PrbRange& prbs,
          std::int32_t first_symbol,
          std::int32_t n_symbols,
          std::int32_t index) {
  for (std::int32_t l = first_symbol; l < first_symbol + n_symbols; ++l)
    for (std::int32_t prb = prbs.first; prb < prbs.end(); ++prb)
      map[static_cast<std::size_t>(l)][static_cast<std::size_t>(prb)] |= std::uint64_t{1}
                                                                         << (index % 64);
}

void require_segments(const DetectionGroup& group, UserMap& map, Findings& f) {
  for (const Segment& s : group.segments) {
    f.require(s.layers.size() > 0, "a segment without layers");
    f.require(s.prbs.first >= group.prbs.first && s.prbs.end() <= group.prbs.end(),
              "segment of PRBs {} to {} in a group of {} to {}", s.prbs.first, s.prbs.end(),
              group.prbs.first, group.prbs.end());
    for (const std::int32_t layer : s.layers) {
      f.require(layer >= 0 && layer < group.layers.size(), "layer {} of a segment", layer);
      const auto grant = static_cast<std::size_t>(group.layers[layer].grant);
      mark(map, s.prbs, s.first_symbol, s.n_symbols, group.grants[grant]->index);
    }
  }
}

void require_groups(std::span<const CheckedGrant> grants, const GrantGroups& groups, Findings& f) {
  std::vector<std::int32_t> n_groups(grants.size(), 0);
  auto of_grants = std::make_unique<UserMap>();
  auto of_segments = std::make_unique<UserMap>();
  for (const DetectionGroup& group : groups.groups) {
    std::int32_t n_layers = 0;
    for (const CheckedGrant* g : group.grants) {
      ++n_groups[static_cast<std::size_t>(g->index)];
      n_layers += g->n_layers;
      f.require(g->dmrs.nodes.size() <= group.n_time_nodes, "{} time nodes", group.n_time_nodes);
    }
    f.require(group.layers.size() == n_layers && n_layers <= max_layers_per_group,
              "a group of {} layers", n_layers);
    require_segments(group, *of_segments, f);
  }
  for (const CheckedGrant& g : grants) {
    f.require(n_groups[static_cast<std::size_t>(g.index)] == 1, "grant {} is in {} groups", g.index,
              n_groups[static_cast<std::size_t>(g.index)]);
    for (const Hop& hop : g.hops)
      mark(*of_grants, hop.prbs, hop.first_symbol, hop.n_symbols, g.index);
  }
  f.require(*of_grants == *of_segments, "the segments hold other users than the grants");
}

} // namespace

std::vector<std::string> unsound_parts(std::span<const CheckedGrant> grants,
                                       const GrantGroups& groups,
                                       const CellSettings& cell) {
  std::vector<std::string> all;
  const auto add = [&all](std::vector<std::string> texts) {
    all.insert(all.end(), texts.begin(), texts.end());
  };
  std::set<std::pair<std::int32_t, std::int32_t>> processes;
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const CheckedGrant& g = grants[i];
    Findings f(fmt::format("grant {}", i));
    f.require(g.index == static_cast<std::int32_t>(i), "has index {}", g.index);
    f.require(processes.emplace(g.rnti, g.harq_id).second, "rnti {} has HARQ process {} twice",
              g.rnti, g.harq_id);
    require_identity(g, f);
    require_allocation(g, cell, f);
    require_dmrs(g, f);
    require_codeword(g, f);
    add(f.take());
  }
  // Groups are looked at only where the grants are sound: they index by them.
  if (all.empty()) {
    Findings f("the slot");
    require_groups(grants, groups, f);
    add(f.take());
  }
  return all;
}

} // namespace airan::test
