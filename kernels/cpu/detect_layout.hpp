// SPDX-License-Identifier: Apache-2.0
// Where the data REs of a grant lie in its codeword: TS 38.211 6.3.1.3, 6.3.1.6, 6.3.1.7.
#pragma once

#include "core/channel_estimate.hpp"
#include "core/checked_grant.hpp"

#include <array>
#include <bit>
#include <cstdint>

namespace airan {

/// Data REs (of one layer) are counted symbol by symbol, subcarriers increasing; RE r carries the
/// codeword symbols r * n_layers + layer.
class DetectLayout {
public:
  DetectLayout() = default;
  explicit DetectLayout(const CheckedGrant& grant) {
    for (std::int32_t s = 0; s < max_symbols_per_slot; ++s)
      first_re_[s + 1] = first_re_[s] + data_res_per_prb(grant, s) * grant.n_prb();
  }

  static std::uint16_t mask(const CheckedGrant& grant, std::int32_t symbol) {
    const bool inside =
        symbol >= grant.first_symbol && symbol < grant.first_symbol + grant.n_symbols;
    return inside ? grant.data_mask[static_cast<std::size_t>(symbol)] & 0xFFFU : 0U;
  }
  static std::int32_t data_res_per_prb(const CheckedGrant& grant, std::int32_t symbol) {
    return std::popcount(mask(grant, symbol));
  }
  /// The first data RE of `prb` (of the grid) in `symbol`.
  std::int32_t first_re(const CheckedGrant& grant, std::int32_t symbol, std::int32_t prb) const {
    return first_re_[symbol] +
           data_res_per_prb(grant, symbol) * (prb - grant.hop_of_symbol(symbol).prbs.first);
  }
  std::int32_t first_re(std::int32_t symbol) const { return first_re_[symbol]; }
  /// Data REs of one layer in the slot.
  std::int32_t n_res() const { return first_re_[max_symbols_per_slot]; }

private:
  std::array<std::int32_t, max_symbols_per_slot + 1> first_re_{};
};

/// The rows of `segment.layers` that belong to one grant of the group, in the order of its layers.
inline InlineVector<std::int32_t, max_layers_per_user>
rows_of_grant(const DetectionGroup& group, const Segment& segment, std::int32_t grant) {
  InlineVector<std::int32_t, max_layers_per_user> rows;
  for (std::int32_t want = 0; want < max_layers_per_user; ++want)
    for (std::int32_t row = 0; row < segment.layers.size(); ++row) {
      const GroupLayer& layer = group.layers[segment.layers[row]];
      if (layer.grant == grant && layer.layer == want)
        rows.push_back(row);
    }
  return rows;
}

} // namespace airan
