// SPDX-License-Identifier: Apache-2.0
// What became of the packets. Owned by the packet thread; others read copies.
#pragma once

#include "io/oran/drop_reason.hpp"
#include "io/packets/drop_counts.hpp"

#include <cstdint>

namespace airan::io {

struct PacketCounters : DropCounts<DropReason, n_drop_reasons> {
  // of the accepted ones
  std::int64_t c_plane = 0;
  std::int64_t prach = 0;
  std::int64_t srs = 0;
  std::int64_t late_kept = 0;  ///< after their window, yet used (ta4.late: warn)
  std::int64_t early_kept = 0; ///< before their window, yet used
  std::int64_t out_of_order = 0;
  std::int64_t reserved_bits = 0; ///< with reserved bits set in an exponent byte

  std::int64_t sequence_gaps = 0; ///< sequence numbers that never came; a lower bound (eight bits)
  std::int64_t missing_prbs = 0;  ///< [port, symbol, prb] expected of granted slots and not there
  std::int64_t slots_dropped = 0; ///< whole slots, because the receiver was too far behind

  /// After their window or their slot: used or not.
  std::int64_t late() const { return late_kept + of(DropReason::late); }
};

} // namespace airan::io
