// SPDX-License-Identifier: Apache-2.0
// Modulation schemes of TS 38.211 5.1 and the fixed scale of soft bits.
#pragma once

#include "core/host_device.hpp"

#include <cstdint>

namespace airan {

/// The value is the modulation order Q_m, bits per symbol.
enum class Modulation : std::uint8_t { pi2_bpsk = 1, qpsk = 2, qam16 = 4, qam64 = 6, qam256 = 8 };

AIRAN_HD constexpr std::int32_t bits_per_symbol(Modulation m) {
  return static_cast<std::int32_t>(m);
}

/// int8 LLRs and soft bits: value = round(llr_steps_per_nat * ln(P(bit = 0) / P(bit = 1))),
/// saturated to +-llr_max. One scale in every backend, detector and HARQ sum; 0 is an erasure.
inline constexpr float llr_steps_per_nat = 8.0F;
inline constexpr std::int32_t llr_max = 127;

} // namespace airan
