// SPDX-License-Identifier: Apache-2.0
// Compression of one PRB after the other.
#include "simulation/iq_compressor.hpp"

#include "core/assert.hpp"
#include "core/numerology.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>

namespace airan::simulation {
namespace {

constexpr std::size_t n_components = 2 * subcarriers_per_prb;
/// I and Q of 12 REs.
using Components = std::array<std::int32_t, n_components>;

/// The nearest integer of `full_scale`; counts those that do not fit.
std::int32_t quantised(float value, float full_scale, std::int64_t& n_saturated) {
  const float scaled = std::round(value * full_scale);
  if (!(scaled >= -full_scale && scaled < full_scale)) {
    n_saturated += std::isnan(scaled) ? 0 : 1;
    if (std::isnan(scaled))
      return 0;
    return static_cast<std::int32_t>(scaled < 0 ? -full_scale : full_scale - 1);
  }
  return static_cast<std::int32_t>(scaled);
}

/// The exponent of a PRB: how many bits its largest value has too many.
std::int32_t exponent_of(const Components& x, std::int32_t width) {
  std::uint32_t magnitudes = 0; // as many bits as the largest needs, without sign
  for (const std::int32_t v : x)
    magnitudes |= static_cast<std::uint32_t>(v < 0 ? -(v + 1) : v);
  return std::max(static_cast<std::int32_t>(std::bit_width(magnitudes)) + 1 - width, 0);
}

/// The low `width` bits of each number, the top bit first.
void pack(const Components& numbers, std::int32_t width, std::byte* out) {
  std::uint32_t bits = 0; // the low n_bits are not written yet
  std::int32_t n_bits = 0;
  for (const std::int32_t v : numbers) {
    bits = (bits << width) | (static_cast<std::uint32_t>(v) & ((1U << width) - 1U));
    for (n_bits += width; n_bits >= 8; n_bits -= 8)
      *out++ = static_cast<std::byte>((bits >> (n_bits - 8)) & 0xFFU);
  }
}

} // namespace

IqFormat compressed_format(const CompressionSettings& compression, Bfp16 bfp16) {
  const bool is_packed = compression.method == CompressionMethod::none ||
                         (compression.width == 16 && bfp16 == Bfp16::plain);
  return {is_packed ? IqNumber::packed : IqNumber::bfp, ByteOrder::big,
          static_cast<std::uint8_t>(compression.width)};
}

IqCompressor::IqCompressor(const IqFormat& format) : format_(format) {
  const bool is_packed = format.number == IqNumber::packed;
  AIRAN_ASSERT((is_packed || format.number == IqNumber::bfp) && format.width >= 2 &&
                   format.width <= 16,
               "a width of " + std::to_string(format.width));
}

std::int64_t
IqCompressor::compress(std::span<const cf32> res, float gain, std::span<std::byte> out) const {
  const auto n_prb = res.size() / subcarriers_per_prb;
  const auto n_bytes = static_cast<std::size_t>(prb_bytes(format_));
  AIRAN_ASSERT(res.size() % subcarriers_per_prb == 0 && out.size() >= n_prb * n_bytes,
               std::to_string(res.size()) + " REs into " + std::to_string(out.size()) + " bytes");
  const bool is_packed = format_.number == IqNumber::packed;
  const auto full_scale = static_cast<float>(1 << (is_packed ? format_.width - 1 : 15));
  std::int64_t n_saturated = 0;
  for (std::size_t prb = 0; prb < n_prb; ++prb) {
    Components x;
    for (std::size_t k = 0; k < subcarriers_per_prb; ++k) {
      const cf32 re = res[prb * subcarriers_per_prb + k] * gain;
      x[2 * k] = quantised(re.re, full_scale, n_saturated);
      x[2 * k + 1] = quantised(re.im, full_scale, n_saturated);
    }
    std::byte* to = out.data() + prb * n_bytes;
    if (!is_packed) {
      const std::int32_t exponent = exponent_of(x, format_.width);
      *to++ = static_cast<std::byte>(exponent);
      for (std::int32_t& v : x)
        v >>= exponent;
    }
    pack(x, format_.width, to);
  }
  return n_saturated;
}

} // namespace airan::simulation
