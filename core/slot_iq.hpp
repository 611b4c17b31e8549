// SPDX-License-Identifier: Apache-2.0
// The IQ of one slot as it arrived: addresses and number formats, nothing converted yet.
#pragma once

#include "core/slot_id.hpp"
#include "core/view.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

namespace airan {

enum class IqNumber : std::uint8_t {
  int8,
  int16,
  int32,
  float32,
  float64,
  bfp, ///< block floating point, one exponent per PRB (O-RAN CUS-plane Annex A.1)
};
enum class ByteOrder : std::uint8_t { little, big };

/// Integer full scale is 1.0: value / 2^(bits - 1).
struct IqFormat {
  IqNumber number = IqNumber::int16;
  ByteOrder byte_order = ByteOrder::little;
  std::uint8_t width = 16; ///< mantissa bits of bfp

  friend constexpr bool operator==(const IqFormat&, const IqFormat&) = default;
};

/// Bytes of one component (I or Q) of a format other than bfp.
constexpr std::int32_t component_bytes(IqNumber n) {
  switch (n) {
  case IqNumber::int8:
    return 1;
  case IqNumber::int16:
    return 2;
  case IqNumber::int32:
  case IqNumber::float32:
    return 4;
  case IqNumber::float64:
    return 8;
  case IqNumber::bfp:
    break;
  }
  return 0;
}

/// Samples [first, first + count) of a slot; may be negative in the margin before the slot.
struct SampleRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Time domain, `[port, sample]`: sample n of port p begins at
/// `bytes + (n + margin) * sample_stride + p * port_stride`, n = -margin .. n_samples + margin - 1.
struct TimeDomainIq {
  std::span<const std::byte> bytes;
  IqFormat format;
  std::int32_t n_ports = 0;
  std::int64_t n_samples = 0;     ///< of the slot, without margins
  std::int64_t margin = 0;        ///< samples before and after the slot (a cyclic prefix)
  std::int64_t sample_stride = 0; ///< bytes
  std::int64_t port_stride = 0;   ///< bytes
  /// What is missing, on all ports (gaps of the recording, before its start, after its end);
  /// ascending.
  std::span<const SampleRange> missing;
};

/// Frequency domain (split 7.2x, grid recordings): the address of each PRB's 12 REs, null where
/// nothing arrived (that is the arrival bitmap). With bfp the exponent byte comes first.
struct FrequencyDomainIq {
  View<const std::byte* const, 3> prbs; ///< [port, symbol, prb]
  IqFormat format;
};

struct SlotIq {
  SlotId id;
  std::int64_t closed_ns = 0; ///< steady clock when the slot was complete
  std::variant<TimeDomainIq, FrequencyDomainIq> iq;
};

} // namespace airan
