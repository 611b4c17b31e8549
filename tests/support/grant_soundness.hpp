// SPDX-License-Identifier: Apache-2.0
// What the operations of the receiver take for granted about checked grants and their groups.
#pragma once

#include "core/cell_settings.hpp"
#include "core/checked_grant.hpp"
#include "phy/group_grants.hpp"

#include <span>
#include <string>
#include <vector>

namespace airan::test {

/// What does not hold, one clause each with its values; empty: the receiver may rely on them.
/// `grants` is what check_grants accepted for one slot of `cell`, `groups` what group_grants made
/// of it.
std::vector<std::string> unsound_parts(std::span<const CheckedGrant> grants,
                                       const GrantGroups& groups,
                                       const CellSettings& cell);

} // namespace airan::test
