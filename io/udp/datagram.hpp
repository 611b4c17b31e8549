// SPDX-License-Identifier: Apache-2.0
// From the bytes of a UDP datagram to the samples that it carries, or to the reason why it is
// dropped.
#pragma once

#include "core/packet_settings.hpp"
#include "core/slot_iq.hpp"
#include "io/udp/udp_counters.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace airan::io {

inline constexpr std::int32_t iq_sample_bytes = 4; ///< int16 I and Q, in every framing

/// What is known of a stream beforehand.
struct DatagramRules {
  UdpFraming framing = UdpFraming::raw;
  double sample_rate_hz = 122.88e6; ///< turns seconds of a timestamp into samples; a whole number
  /// Bytes of a CHDR word (CHDR_W): 8 where the USRP streams over 1 or 10 GbE, up to 64 over
  /// 100 GbE. Header, timestamp and metadata fill whole words.
  std::int32_t chdr_word_bytes = 8;
};

/// What numbers the datagrams of a stream, ascending by 1 and wrapping.
struct DatagramSequence {
  std::uint16_t number = 0;
  std::int32_t n_bits = 4; ///< 4 (VITA-49) or 16 (CHDR)
};

/// What one datagram says. Refers to its bytes.
struct Datagram {
  bool has_iq = true; ///< otherwise context or a command of VITA-49: nothing else is set
  std::span<const std::byte> iq;
  /// Timestamp of the first sample, in samples, modulo 2^64; empty: adjacent to what came before.
  std::optional<std::uint64_t> position;
  std::optional<DatagramSequence> sequence;
  bool has_sender_gap = false; ///< VITA-49: the sample loss indicator is set
  bool is_overrange = false;   ///< VITA-49: the over-range indicator is set

  std::int64_t n_samples() const { return static_cast<std::int64_t>(iq.size()) / iq_sample_bytes; }
};

/// How the samples of a framing are written.
constexpr IqFormat iq_format_of(UdpFraming framing) {
  return {IqNumber::int16, framing == UdpFraming::vita49 ? ByteOrder::big : ByteOrder::little, 16};
}

/// Reads one datagram. A pure function: the same bytes and rules give the same answer. Empty is
/// returned when the datagram is sound, and only then `datagram` may be used. Reads nothing outside
/// `bytes`.
///
/// raw: bare I and Q. vita49: VITA-49.2 section 5, signal data packets with or without stream
/// identifier, class identifier, timestamps and trailer; where the timestamp has whole seconds and
/// a sample count or picoseconds, the position counts from second 0; a free-running count is a
/// position by itself. chdr: data packets, with or without timestamp (ticks at the sample rate), of
/// the RFNoC specification 2.2; the bytes after its length (padding) are ignored.
std::optional<UdpDropReason>
parse_datagram(std::span<const std::byte> bytes, const DatagramRules& rules, Datagram& datagram);

} // namespace airan::io
