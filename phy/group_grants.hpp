// SPDX-License-Identifier: Apache-2.0
// Which grants must be detected together.
#pragma once

#include "core/channel_estimate.hpp"

#include <span>
#include <vector>

namespace airan {

/// The detection groups of one slot, with the storage their spans refer to.
struct GrantGroups {
  std::vector<DetectionGroup> groups;
  std::vector<const CheckedGrant*> grant_pointers;
  std::vector<Segment> segments;
};

/// Maximal sets of grants connected by shared REs (same symbol and PRB), each cut into segments
/// with the same users. Groups are ordered by their first grant. Reuses the storage of `out`.
void group_grants(const SlotId& id, std::span<const CheckedGrant> grants, GrantGroups& out);

} // namespace airan
