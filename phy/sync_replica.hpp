// SPDX-License-Identifier: Apache-2.0
// What the DM-RS of a granted slot look like, for synchronisation.
#pragma once

#include "core/cell_settings.hpp"
#include "core/checked_grant.hpp"
#include "core/complex.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace airan {

/// One layer in one DM-RS symbol.
struct DmrsReplica {
  std::int32_t symbol = 0; ///< of the slot
  std::int32_t layer = 0;  ///< replicas of one layer of one grant share it
  std::int32_t hop = 0;
  PrbRange prbs;
  std::vector<std::int32_t> subcarriers; ///< of the grid, ascending
  std::vector<cf32> pilots;              ///< [pilot], unit power, with the cover code
};

/// The DM-RS of a slot: the widest grant first, layer by layer, each with all its symbols.
struct SlotReplica {
  std::int32_t slot = 0;           ///< in its frame
  std::int32_t first_symbol = 0;   ///< of the widest grant
  std::int32_t n_symbols = 0;      ///< of the widest grant
  std::vector<std::int64_t> key;   ///< equal keys: the same DM-RS
  std::vector<DmrsReplica> layers; ///< [replica]
};

/// At most max_replicas of them.
SlotReplica make_slot_replica(std::int32_t slot,
                              std::span<const CheckedGrant> grants,
                              std::int32_t max_replicas);

} // namespace airan
