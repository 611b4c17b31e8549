// SPDX-License-Identifier: Apache-2.0
// Replicas of DM-RS: TS 38.211 6.4.1.1.3 without amplitude and precoding.
#include "phy/sync_replica.hpp"

#include "kernels/primitives/dmrs_sequence.hpp"

#include <algorithm>

namespace airan {
namespace {

DmrsReplica make_replica(const CheckedGrant& grant, const DmrsSymbol& symbol, std::int32_t layer) {
  const Dmrs& dmrs = grant.dmrs;
  const DmrsLayer& port = dmrs.layers[layer];
  DmrsReplica replica;
  replica.symbol = symbol.symbol;
  replica.hop = dmrs.nodes[symbol.node].hop;
  replica.prbs = grant.hop_of_symbol(symbol.symbol).prbs;
  const std::int32_t per_prb = dmrs.pilots_per_prb();
  replica.pilots.resize(static_cast<std::size_t>(replica.prbs.count * per_prb));
  dmrs_sequence(grant, symbol, replica.pilots);
  for (std::int32_t n = 0; n < replica.prbs.count * per_prb; ++n) {
    const std::int32_t prb = replica.prbs.first + n / per_prb;
    replica.subcarriers.push_back(prb * subcarriers_per_prb +
                                  dmrs.pilot_subcarrier(n % per_prb, port.delta));
    const std::int32_t sign = port.w_f[static_cast<std::size_t>(n % 2)] *
                              port.w_t[static_cast<std::size_t>(symbol.l_prime)];
    replica.pilots[static_cast<std::size_t>(n)] *= static_cast<float>(sign);
  }
  return replica;
}

} // namespace

SlotReplica make_slot_replica(std::int32_t slot,
                              std::span<const CheckedGrant> grants,
                              std::int32_t max_replicas) {
  SlotReplica out;
  out.slot = slot;
  std::vector<const CheckedGrant*> widest_first;
  for (const CheckedGrant& grant : grants)
    widest_first.push_back(&grant);
  std::stable_sort(widest_first.begin(), widest_first.end(),
                   [](const auto* a, const auto* b) { return a->n_prb() > b->n_prb(); });
  std::int32_t layer_number = 0;
  for (const CheckedGrant* grant : widest_first) {
    if (out.layers.empty()) {
      out.first_symbol = grant->first_symbol;
      out.n_symbols = grant->n_symbols;
    }
    for (std::int32_t layer = 0; layer < grant->dmrs.layers.size(); ++layer, ++layer_number) {
      for (const DmrsSymbol& symbol : grant->dmrs.symbols) {
        if (std::ssize(out.layers) >= max_replicas)
          return out;
        out.layers.push_back(make_replica(*grant, symbol, layer));
        const DmrsReplica& replica = out.layers.back();
        out.layers.back().layer = layer_number;
        out.key.insert(out.key.end(),
                       {static_cast<std::int64_t>(grant->waveform), symbol.symbol, symbol.c_init,
                        symbol.papr_group, symbol.papr_sequence, grant->dmrs.layers[layer].port,
                        static_cast<std::int64_t>(grant->dmrs.type), replica.prbs.first,
                        replica.prbs.count});
      }
    }
  }
  return out;
}

} // namespace airan
