// SPDX-License-Identifier: Apache-2.0
// Which grants must be detected together.
#pragma once

#include "core/channel_estimate.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace airan {

/// The detection groups of one slot, with the storage their spans refer to.
struct GrantGroups {
  std::vector<DetectionGroup> groups;
  std::vector<const CheckedGrant*> grant_pointers;
  std::vector<Segment> segments;
  std::vector<std::size_t> segment_ends; ///< per group, into `segments`; while they are built

  /// Room for any `n_grants` grants, so that group_grants need not allocate on the slot path.
  void reserve(std::int32_t n_grants);
};

/// Maximal sets of grants connected by shared REs (same symbol and PRB), each cut into segments
/// with the same users. Groups are ordered by their first grant, grants within a group by their
/// place in `grants`, segments by their first symbol, then PRB. Reuses the storage of `out`; a copy
/// of `out` still refers to the original.
void group_grants(const SlotId& id, std::span<const CheckedGrant> grants, GrantGroups& out);

} // namespace airan
