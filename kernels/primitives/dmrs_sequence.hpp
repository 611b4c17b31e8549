// SPDX-License-Identifier: Apache-2.0
// DM-RS sequences of PUSCH, TS 38.211 6.4.1.1.1: Gold-based (CP-OFDM) and low-PAPR (DFT-s-OFDM).
#pragma once

#include "core/checked_grant.hpp"
#include "core/complex.hpp"

#include <span>

namespace airan {

/// The base sequence of one DM-RS symbol of a grant, before cover codes and amplitude, one value
/// for each pilot RE of a CDM group from the lowest PRB of the hop upwards; unit power. [pilot],
/// hop.prbs.count * pilots_per_prb values. CP-OFDM: 6.4.1.1.1.1, counted from common resource block
/// 0; DFT-s-OFDM: 6.4.1.1.1.2.
void dmrs_sequence(const CheckedGrant& grant, const DmrsSymbol& symbol, std::span<cf32> pilots);

/// r_{u,v}(n) of TS 38.211 5.2.2 (low-PAPR type 1, alpha = 0), length M_ZC = out.size(), a multiple
/// of 6 from 6 on.
void low_papr_sequence(std::int32_t u, std::int32_t v, std::span<cf32> out);

} // namespace airan
