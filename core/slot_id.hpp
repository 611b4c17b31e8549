// SPDX-License-Identifier: Apache-2.0
// Which slot of which cell something belongs to.
#pragma once

#include "core/numerology.hpp"

#include <cstdint>

namespace airan {

/// Every type of the slot path belongs to one cell and slot. `count` is the number of slots since
/// slot 0 of the SFN cycle in which the run began; it does not wrap, sfn and slot follow from it.
struct SlotId {
  std::int32_t cell = 0;
  std::int32_t sfn = 0;   ///< system frame number, 0..1023
  std::int32_t slot = 0;  ///< slot in the frame, 0 .. 10 * 2^numerology - 1
  std::int64_t count = 0; ///< does not wrap

  friend constexpr bool operator==(const SlotId&, const SlotId&) = default;
};

/// The id of slot number `count` of a cell.
constexpr SlotId slot_id_at(std::int32_t cell, std::int64_t count, std::int32_t numerology) {
  const std::int64_t per_frame = n_slots_per_frame(numerology);
  return {cell, static_cast<std::int32_t>((count / per_frame) % n_sfn),
          static_cast<std::int32_t>(count % per_frame), count};
}
/// Slots from slot 0 of SFN 0 to (sfn, slot), without SFN cycles.
constexpr std::int64_t
slot_count_in_cycle(std::int32_t sfn, std::int32_t slot, std::int32_t numerology) {
  return std::int64_t{sfn} * n_slots_per_frame(numerology) + slot;
}

} // namespace airan
