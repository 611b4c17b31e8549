// SPDX-License-Identifier: Apache-2.0
// Constellations of TS 38.211 5.1, unit mean power.
#pragma once

#include "core/complex.hpp"
#include "core/host_device.hpp"
#include "core/modulation.hpp"

#include <cstdint>

namespace airan {

/// Amplitude of one axis from its bits b(0), b(2), b(4), ... (the bits of the other axis are the
/// odd ones), unscaled odd integer: TS 38.211 5.1.3-5.1.6, e.g. 64QAM
/// (1-2b0)[4-(1-2b2)[2-(1-2b4)]]. `bits`: bit i of the axis in bit position i.
AIRAN_HD constexpr std::int32_t qam_axis_level(std::int32_t bits_per_axis, std::uint32_t bits) {
  std::int32_t level = 1;
  for (std::int32_t i = bits_per_axis - 1; i >= 1; --i) {
    const std::int32_t sign = (bits >> i) & 1U ? -1 : 1;
    level = (1 << (bits_per_axis - i)) - sign * level;
  }
  return (bits & 1U) ? -level : level;
}

/// 1/sqrt of the mean power of the odd-integer square constellation: 1/sqrt(2), (10), (42), (170).
AIRAN_HD constexpr float qam_scale(Modulation m) {
  switch (m) {
  case Modulation::pi2_bpsk:
  case Modulation::qpsk:
    return 0.70710678118654752F;
  case Modulation::qam16:
    return 0.31622776601683794F;
  case Modulation::qam64:
    return 0.15430334996209191F;
  case Modulation::qam256:
    return 0.076696498884737041F;
  }
  return 0.0F;
}

/// The symbol of `bits`: b(0) of the symbol in bit position 0. `index` is the symbol's place in the
/// codeword: pi/2-BPSK turns odd ones by 90 degrees (5.1.1).
AIRAN_HD constexpr cf32 modulate(Modulation m, std::uint32_t bits, std::int64_t index) {
  const float s = qam_scale(m);
  if (m == Modulation::pi2_bpsk) {
    const float a = (bits & 1U) ? -s : s;
    return (index & 1) ? cf32{-a, a} : cf32{a, a};
  }
  const std::int32_t n = bits_per_symbol(m) / 2;
  std::uint32_t i = 0;
  std::uint32_t q = 0;
  for (std::int32_t b = 0; b < n; ++b) {
    i |= ((bits >> (2 * b)) & 1U) << b;
    q |= ((bits >> (2 * b + 1)) & 1U) << b;
  }
  return {s * static_cast<float>(qam_axis_level(n, i)),
          s * static_cast<float>(qam_axis_level(n, q))};
}

} // namespace airan
