// SPDX-License-Identifier: Apache-2.0
#include "tests/support/prb_iq_oracle.hpp"

namespace airan::test {
namespace {

/// Bit `position` of a string of bytes, the first is the top bit of byte 0.
std::int64_t bit(std::span<const std::byte> bytes, std::size_t position) {
  const auto byte = static_cast<std::uint32_t>(bytes[position / 8]);
  return (byte >> (7 - position % 8)) & 1;
}

/// Two's complement: the first of `width` bits counts -2^(width - 1).
std::int64_t
two_complement(std::span<const std::byte> bytes, std::size_t position, std::size_t width) {
  std::int64_t number = -bit(bytes, position);
  for (std::size_t i = 1; i < width; ++i)
    number = 2 * number + bit(bytes, position + i);
  return number;
}

} // namespace

PrbIq prb_iq(std::span<const std::byte> bytes, const IqFormat& format) {
  PrbIq iq;
  std::size_t width = format.width;
  std::int64_t factor = 1;
  switch (format.number) {
  case IqNumber::int8:
  case IqNumber::int16:
  case IqNumber::int32:
    width = 8 * static_cast<std::size_t>(component_bytes(format.number));
    break;
  case IqNumber::bfp:
    for (std::int32_t exponent = std::to_integer<std::int32_t>(bytes[0]) % 16; exponent > 0;
         --exponent)
      factor *= 2;
    bytes = bytes.subspan(1);
    break;
  default:
    break;
  }
  iq.full_scale_log2 = format.number == IqNumber::bfp ? 15 : static_cast<std::int32_t>(width) - 1;
  for (std::size_t i = 0; i < iq.numbers.size(); ++i)
    iq.numbers[i] = two_complement(bytes, i * width, width) * factor;
  return iq;
}

} // namespace airan::test
