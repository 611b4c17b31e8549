// SPDX-License-Identifier: Apache-2.0
// The modulation, the transport block size and the codeword of a grant.
#pragma once

#include "core/checked_grant.hpp"
#include "phy/grant_context.hpp"

namespace airan {

/// Fills in `modulation`, `n_data_res` and `codeword` of a grant whose DM-RS is laid out:
/// TS 38.214 6.1.4.1 and 6.1.4.2.
Result<void> lay_out_codeword(const GrantContext& context, CheckedGrant& checked);

} // namespace airan
