// SPDX-License-Identifier: Apache-2.0
// The IQ of one slot as it arrived: addresses and number formats, nothing converted yet.
#pragma once

#include "core/slot_id.hpp"

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
  packed, ///< `width` bits, PRB by PRB, packed with the top bit first (O-RAN without compression)
  bfp,    ///< block floating point, one exponent per PRB (O-RAN CUS-plane Annex A.1)
};
enum class ByteOrder : std::uint8_t { little, big };

/// Integer full scale is 1.0: value / 2^(bits - 1).
struct IqFormat {
  IqNumber number = IqNumber::int16;
  ByteOrder byte_order = ByteOrder::little;
  std::uint8_t width = 16; ///< bits of a component of packed and of a mantissa of bfp, 1..16

  friend constexpr bool operator==(const IqFormat&, const IqFormat&) = default;
};

/// Bytes of one component (I or Q); 0 for packed and bfp, whose components are no whole bytes.
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
  case IqNumber::packed:
  case IqNumber::bfp:
    break;
  }
  return 0;
}

/// Bytes of one PRB: 24 components, with bfp after a byte that holds the exponent.
constexpr std::int32_t prb_bytes(const IqFormat& format) {
  switch (format.number) {
  case IqNumber::packed:
    return 3 * format.width;
  case IqNumber::bfp:
    return 1 + 3 * format.width;
  default:
    return 24 * component_bytes(format.number);
  }
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
  /// What is missing, on all ports alike (gaps of the recording, before its start, after its end);
  /// ascending.
  std::span<const SampleRange> missing;
  /// [port], instead of `missing` where ports differ (streams that arrive port by port).
  std::span<const std::span<const SampleRange>> missing_on_port = {};

  /// Where in `bytes` sample n of a port begins.
  constexpr std::int64_t byte_of(std::int32_t port, std::int64_t n) const {
    return (n + margin) * sample_stride + port * port_stride;
  }
  constexpr std::span<const SampleRange> missing_of(std::int32_t port) const {
    return missing_on_port.empty() ? missing : missing_on_port[static_cast<std::size_t>(port)];
  }
};

/// Neighbouring PRBs of one port and symbol whose IQ lies side by side: PRB first_prb + i begins at
/// `bytes + i * prb_bytes(format)`.
struct PrbRun {
  const std::byte* bytes = nullptr;
  std::uint16_t port = 0;
  std::uint16_t symbol = 0;
  std::uint16_t first_prb = 0;
  std::uint16_t n_prb = 0;
  IqFormat format;
};

/// Frequency domain (split 7.2x, grid recordings): where the IQ lies, as it arrived. Each PRB of
/// `[port, symbol, prb]` is in one run at most, so runs can be unpacked in any order and side by
/// side; a PRB that is in none is missing.
struct FrequencyDomainIq {
  std::span<const PrbRun> runs;
};

struct SlotIq {
  SlotId id;
  std::int64_t closed_ns = 0; ///< steady clock when the slot was complete
  std::variant<TimeDomainIq, FrequencyDomainIq> iq;
};

} // namespace airan
