// SPDX-License-Identifier: Apache-2.0
// Whether two grants of a slot share resource elements.
#pragma once

#include "core/checked_grant.hpp"

#include <algorithm>
#include <cstdint>

namespace airan {

constexpr bool overlaps(const PrbRange& a, const PrbRange& b) {
  return std::max(a.first, b.first) < std::min(a.end(), b.end());
}

/// Bit l: both grants have PRBs in common in symbol l of the slot.
constexpr std::uint32_t shared_symbols(const CheckedGrant& a, const CheckedGrant& b) {
  std::uint32_t symbols = 0;
  for (const Hop& x : a.hops)
    for (const Hop& y : b.hops) {
      if (!overlaps(x.prbs, y.prbs))
        continue;
      const std::int32_t first = std::max(x.first_symbol, y.first_symbol);
      const std::int32_t end = std::min(x.first_symbol + x.n_symbols, y.first_symbol + y.n_symbols);
      for (std::int32_t l = first; l < end; ++l)
        symbols |= 1U << l;
    }
  return symbols;
}

} // namespace airan
