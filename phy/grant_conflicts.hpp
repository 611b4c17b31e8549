// SPDX-License-Identifier: Apache-2.0
// Whether the grants of one slot can be received together.
#pragma once

#include "core/checked_grant.hpp"
#include "core/pusch_grant.hpp"
#include "core/result.hpp"

#include <span>

namespace airan {

/// Refuses two grants of one HARQ process, and users that share resource elements without DM-RS
/// that tells them apart. `checked[i].index` points into `slot.pusch`.
Result<void> check_conflicts(const SlotGrants& slot, std::span<const CheckedGrant> checked);

} // namespace airan
