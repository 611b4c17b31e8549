// SPDX-License-Identifier: Apache-2.0
// Where a grant's DM-RS lies and what seeds it: TS 38.211 6.4.1.1.
#pragma once

#include "core/checked_grant.hpp"
#include "phy/grant_context.hpp"

#include <cstdint>

namespace airan {

/// Row of TS 38.211 table 6.4.1.1.3-1 (type 1) or -2 (type 2) of port 1000 + `port`.
DmrsLayer dmrs_layer(DmrsType type, std::int32_t port);

/// Bit k: subcarrier k of a PRB carries data in a DM-RS symbol.
std::uint16_t dmrs_symbol_data_mask(DmrsType type, std::int32_t n_cdm_groups_without_data);

/// Fills in `dmrs` and `data_mask` of a grant whose waveform, hops and layers are known.
Result<void> lay_out_dmrs(const GrantContext& context, CheckedGrant& checked);

} // namespace airan
