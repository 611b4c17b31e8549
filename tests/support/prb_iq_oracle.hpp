// SPDX-License-Identifier: Apache-2.0
// What the bytes of one fronthaul PRB mean, bit by bit and with integers.
#pragma once

#include "core/slot_iq.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace airan::test {

/// A component is `number / 2^full_scale_log2`.
struct PrbIq {
  std::array<std::int64_t, 24> numbers{}; ///< I and Q of RE 0, I and Q of RE 1, ...
  std::int32_t full_scale_log2 = 0;
};

/// Big-endian numbers of any width (O-RAN CUS-plane 8.3.3.15: IQ without compression), or block
/// floating point (Annex A.1): mantissa * 2^exponent on the scale of 16-bit numbers, exponent in
/// the low half of the byte before the mantissas.
PrbIq prb_iq(std::span<const std::byte> bytes, const IqFormat& format);

} // namespace airan::test
