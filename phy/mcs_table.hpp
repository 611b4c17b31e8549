// SPDX-License-Identifier: Apache-2.0
// MCS tables of TS 38.214 5.1.3.1-1..3 and 6.1.4.1-1..2 in FAPI's order.
#pragma once

#include "core/modulation.hpp"

#include <cstdint>
#include <optional>

namespace airan {

struct McsEntry {
  Modulation modulation = Modulation::qpsk;
  double code_rate =
      0; ///< R x 1024; 0: reserved (a retransmission keeps its first transmission's size)
};

/// `table` 0: 64QAM, 1: 256QAM, 2: 64QAM low rate, 3: 64QAM for transform precoding (6.1.4.1-1),
/// 4: 64QAM low rate for transform precoding (6.1.4.1-2). In tables 3 and 4 the lowest indices are
/// q = 1 (pi/2-BPSK) as tp-pi2BPSK configures, or q = 2: `pi2_bpsk` says which. Empty outside the
/// table.
enum class TpPi2Bpsk : std::uint8_t { off, on };
std::optional<McsEntry> mcs_entry(std::int32_t table, std::int32_t index, TpPi2Bpsk pi2_bpsk);

} // namespace airan
