// SPDX-License-Identifier: Apache-2.0
// The pseudo-random sequence c(n) of TS 38.211 5.2.1, 32 bits at a time.
#pragma once

#include "core/host_device.hpp"

#include <cstdint>

namespace airan {

/// Length-31 Gold sequence: x1(n+31) = x1(n+3) + x1(n), x2(n+31) = x2(n+3) + x2(n+2) + x2(n+1) +
/// x2(n), c(n) = x1(n+1600) + x2(n+1600). A register holds x(n) .. x(n+30) in bits 0..30.
class GoldSequence {
public:
  /// Starts at c(first).
  AIRAN_HD explicit GoldSequence(std::uint32_t c_init, std::int64_t first = 0)
      : x1_(1), x2_(c_init & 0x7FFFFFFFU) {
    skip(1600 + first);
  }

  /// c(n) .. c(n+31) with c(n) in bit 0; advances by 32.
  AIRAN_HD std::uint32_t next32() {
    const std::uint32_t low = x1_ ^ x2_;
    // 28 new bits at once: x(n+31) needs bits up to n+3 of the 31 that are known.
    step(28);
    const std::uint32_t high = x1_ ^ x2_;
    step(4);
    return (low & 0x0FFFFFFFU) | (high << 28);
  }
  AIRAN_HD std::uint32_t next_bit() {
    const std::uint32_t bit = (x1_ ^ x2_) & 1U;
    step(1);
    return bit;
  }
  AIRAN_HD void skip(std::int64_t n) {
    for (; n >= 28; n -= 28)
      step(28);
    step(static_cast<std::int32_t>(n));
  }

private:
  /// Advances both registers by n <= 28.
  AIRAN_HD void step(std::int32_t n) {
    const std::uint64_t f1 = (x1_ ^ (x1_ >> 3)) & 0x0FFFFFFFU;
    const std::uint64_t f2 = (x2_ ^ (x2_ >> 1) ^ (x2_ >> 2) ^ (x2_ >> 3)) & 0x0FFFFFFFU;
    x1_ = static_cast<std::uint32_t>(((x1_ | (f1 << 31)) >> n) & 0x7FFFFFFFU);
    x2_ = static_cast<std::uint32_t>(((x2_ | (f2 << 31)) >> n) & 0x7FFFFFFFU);
  }

  std::uint64_t x1_;
  std::uint64_t x2_;
};

} // namespace airan
