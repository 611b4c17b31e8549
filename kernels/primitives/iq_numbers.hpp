// SPDX-License-Identifier: Apache-2.0
// Wire number formats of IQ, one value or one PRB at a time.
#pragma once

#include "core/complex.hpp"
#include "core/host_device.hpp"
#include "core/numerology.hpp"
#include "core/slot_iq.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace airan {

/// The unsigned integer of n_bytes (1..8) at `bytes`.
AIRAN_HD constexpr std::uint64_t
load_integer(const std::byte* bytes, std::int32_t n_bytes, ByteOrder order) {
  std::uint64_t value = 0;
  for (std::int32_t i = 0; i < n_bytes; ++i) {
    const std::int32_t at = order == ByteOrder::big ? i : n_bytes - 1 - i;
    value = (value << 8) | static_cast<std::uint64_t>(bytes[at]);
  }
  return value;
}

/// One component (I or Q) of a format with whole bytes; integers over their full scale.
AIRAN_HD constexpr float iq_component(const std::byte* bytes, const IqFormat& format) {
  const std::uint64_t bits = load_integer(bytes, component_bytes(format.number), format.byte_order);
  switch (format.number) {
  case IqNumber::int8:
    return static_cast<float>(static_cast<std::int8_t>(bits)) / 128.0F;
  case IqNumber::int16:
    return static_cast<float>(static_cast<std::int16_t>(bits)) / 32768.0F;
  case IqNumber::int32:
    return static_cast<float>(static_cast<std::int32_t>(bits)) / 2147483648.0F;
  case IqNumber::float32:
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  case IqNumber::float64:
    return static_cast<float>(std::bit_cast<double>(bits));
  case IqNumber::packed:
  case IqNumber::bfp:
    break;
  }
  return 0;
}

/// 24 two's complement numbers of `width` bits (1..16), packed with the top bit first, as I and Q
/// of 12 REs, times `scale`.
AIRAN_HD constexpr void
unpack_bits(const std::byte* next, std::int32_t width, float scale, cf32* res) {
  std::uint32_t bits = 0; // the low n_bits are not used yet
  std::int32_t n_bits = 0;
  const auto number = [&] {
    while (n_bits < width) {
      bits = (bits << 8) | static_cast<std::uint32_t>(*next++);
      n_bits += 8;
    }
    n_bits -= width;
    const std::uint32_t low = (bits >> n_bits) & ((1U << width) - 1U);
    const std::int32_t sign = static_cast<std::int32_t>(1U << (width - 1));
    return static_cast<float>((static_cast<std::int32_t>(low) ^ sign) - sign);
  };
  for (std::int32_t k = 0; k < subcarriers_per_prb; ++k) {
    const float i = number() * scale;
    const float q = number() * scale;
    res[k] = {i, q};
  }
}

/// One PRB without compression: numbers of `width` bits, whose full scale is 1.0.
AIRAN_HD constexpr void unpack_packed_prb(const std::byte* bytes, std::int32_t width, cf32* res) {
  unpack_bits(bytes, width, 1.0F / static_cast<float>(1 << (width - 1)), res);
}

/// One PRB in block floating point, O-RAN CUS-plane Annex A.1: udCompParam (the exponent in its low
/// four bits), then the mantissas of 1..16 bits. A component is mantissa * 2^exponent of a 16-bit
/// number, whose full scale is 1.0; it may exceed it and does not saturate.
AIRAN_HD constexpr void unpack_bfp_prb(const std::byte* bytes, std::int32_t width, cf32* res) {
  const auto exponent = static_cast<std::int32_t>(bytes[0] & std::byte{0x0F});
  unpack_bits(bytes + 1, width, static_cast<float>(1 << exponent) / 32768.0F, res);
}

} // namespace airan
