// SPDX-License-Identifier: Apache-2.0
// Grants are completed and validated once, on entry; what follows relies on it.
#pragma once

#include "core/cell_settings.hpp"
#include "core/checked_grant.hpp"
#include "core/pusch_grant.hpp"
#include "core/result.hpp"

#include <vector>

namespace airan {

/// More grants in one slot are refused, so that a broken file cannot stall the program.
inline constexpr std::int32_t max_grants_per_slot = 1024;

/// Fills in what the grants leave out and validates each grant against the cell and the standard,
/// and the grants of the slot against each other (PRBs outside the carrier, a tb_size that is not
/// what TS 38.214 6.1.4.2 gives, DM-RS ports that overlap on shared REs, users that share REs with
/// different DM-RS symbols, type or CDM groups). A reserved MCS of a retransmission takes the given
/// tb_size. The error is one sentence that names the slot, the grant's rnti, the value, the limit
/// and what to do; it is of kind `file`. PT-RS is refused: this version does not support it.
Result<std::vector<CheckedGrant>> check_grants(const SlotGrants& grants, const CellSettings& cell);

} // namespace airan
