// SPDX-License-Identifier: Apache-2.0
// From resource elements to the numbers on the fronthaul: block floating point, or packed integers.
#pragma once

#include "core/complex.hpp"
#include "core/packet_settings.hpp"
#include "core/slot_iq.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace airan::simulation {

/// How a radio unit with these settings writes its IQ: bfp, or packed. Width 16 of bfp is packed
/// where it means no compression.
IqFormat compressed_format(const CompressionSettings& compression, Bfp16 bfp16);

/// O-RAN CUS-plane Annex A.1, PRB by PRB. Full scale is 1.0.
///
/// Components are rounded to the nearest integer x of full scale 2^(b-1), half away from zero, and
/// saturate at [-2^(b-1), 2^(b-1) - 1]; NaN becomes 0. Packed: b is the width. Block floating
/// point: b is 16, the exponent of a PRB is the smallest e with every floor(x / 2^e) in the width
/// (max over max(x, -x - 1), which -2^15 does not overflow), and those floors are the mantissas:
/// 0 <= x - mantissa 2^e < 2^e.
class IqCompressor {
public:
  /// `format` is packed or bfp, of 2 .. 16 bits.
  explicit IqCompressor(const IqFormat& format);

  const IqFormat& format() const { return format_; }
  /// `res`: whole PRBs, each component times `gain` is what is compressed. Writes
  /// prb_bytes(format()) bytes for each PRB to `out`; returns how many components saturated.
  std::int64_t compress(std::span<const cf32> res, float gain, std::span<std::byte> out) const;

private:
  IqFormat format_;
};

} // namespace airan::simulation
