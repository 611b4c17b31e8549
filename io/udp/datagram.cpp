// SPDX-License-Identifier: Apache-2.0
// Layouts of VITA-49 (VRT) and CHDR packets.
#include "io/udp/datagram.hpp"

#include <cmath>

namespace airan::io {
namespace {

using Bytes = std::span<const std::byte>;

/// Unsigned integers of N bytes at the start of `bytes`, which must hold them.
template <std::size_t N>
constexpr std::uint64_t big_endian(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < N; ++i)
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}
template <std::size_t N>
constexpr std::uint64_t little_endian(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = N; i-- > 0;)
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}
constexpr bool bit(std::uint64_t word, int n) {
  return (word >> n & 1) != 0;
}
constexpr std::uint32_t field(std::uint64_t word, int lowest, int n_bits) {
  return static_cast<std::uint32_t>(word >> lowest & ((std::uint64_t{1} << n_bits) - 1));
}

std::optional<UdpDropReason> take_iq(Bytes payload, Datagram& datagram) {
  if (payload.empty())
    return UdpDropReason::short_datagram;
  if (payload.size() % iq_sample_bytes != 0)
    return UdpDropReason::bad_length;
  datagram.iq = payload;
  return std::nullopt;
}

// VITA-49.2 table 5.1.1.1-1: packet types.
constexpr std::uint32_t vrt_signal_data = 0, vrt_signal_data_with_stream_id = 1;
constexpr std::uint32_t vrt_first_context = 4, vrt_last_command = 7;
// Codes of the fractional timestamp (TSF).
constexpr std::uint32_t tsf_none = 0, tsf_sample_count = 1, tsf_real_time = 2;
constexpr std::uint64_t picoseconds_per_second = 1'000'000'000'000;

/// The position that the timestamp gives; empty where it is no fraction of a second. `tsi` holds
/// whole seconds, 0 without.
std::optional<std::uint64_t>
vrt_position(std::uint32_t tsf_code, std::uint64_t tsf, std::uint64_t tsi, double rate_hz) {
  const std::uint64_t whole = tsi * static_cast<std::uint64_t>(rate_hz);
  if (tsf_code == tsf_sample_count)
    return whole + tsf;
  if (tsf_code == tsf_real_time) {
    if (tsf >= picoseconds_per_second)
      return std::nullopt;
    // Below 5e8 samples per second: exact to 1e-7 of a sample before rounding.
    return whole +
           static_cast<std::uint64_t>(std::llround(static_cast<double>(tsf) * rate_hz /
                                                   static_cast<double>(picoseconds_per_second)));
  }
  return tsf; // free-running: unrelated to the seconds
}

/// Lengths of the parts of a signal data packet, in words of 32 bits.
struct VrtLayout {
  std::size_t stream_id, class_id, tsi, tsf, trailer;

  explicit VrtLayout(std::uint64_t header)
      : stream_id(field(header, 28, 4) == vrt_signal_data_with_stream_id ? 1 : 0),
        class_id(bit(header, 27) ? 2 : 0), tsi(field(header, 22, 2) != 0 ? 1 : 0),
        tsf(field(header, 20, 2) != tsf_none ? 2 : 0), trailer(bit(header, 26) ? 1 : 0) {}
  std::size_t tsi_at() const { return 1 + stream_id + class_id; }
  std::size_t tsf_at() const { return tsi_at() + tsi; }
  std::size_t payload_at() const { return tsf_at() + tsf; }
};

/// VITA-49.2 5.1.6: an indicator (bits 19..8) counts where its enable bit, 12 higher, is set.
bool vrt_indicator(std::uint64_t trailer, int indicator_bit) {
  return bit(trailer, indicator_bit) && bit(trailer, indicator_bit + 12);
}

std::optional<UdpDropReason>
parse_vrt(Bytes bytes, const DatagramRules& rules, Datagram& datagram) {
  if (bytes.size() < 4)
    return UdpDropReason::short_datagram;
  const std::uint64_t header = big_endian<4>(bytes);
  const std::uint32_t type = field(header, 28, 4);
  if (bytes.size() != 4 * std::size_t{field(header, 0, 16)})
    return UdpDropReason::bad_length;
  if (type >= vrt_first_context && type <= vrt_last_command) {
    datagram.has_iq = false;
    return std::nullopt;
  }
  const bool is_spectral = bit(header, 24);
  if ((type != vrt_signal_data && type != vrt_signal_data_with_stream_id) || is_spectral)
    return UdpDropReason::unsupported_type;

  const VrtLayout words(header);
  const std::size_t n_words = bytes.size() / 4;
  if (n_words < words.payload_at() + words.trailer)
    return UdpDropReason::short_datagram;
  datagram.sequence = DatagramSequence{static_cast<std::uint16_t>(field(header, 16, 4)), 4};
  if (words.tsf != 0) {
    const std::uint64_t tsi = words.tsi != 0 ? big_endian<4>(bytes.subspan(4 * words.tsi_at())) : 0;
    datagram.position =
        vrt_position(field(header, 20, 2), big_endian<8>(bytes.subspan(4 * words.tsf_at())), tsi,
                     rules.sample_rate_hz);
    if (!datagram.position)
      return UdpDropReason::bad_timestamp;
  }
  if (words.trailer != 0) {
    const std::uint64_t trailer = big_endian<4>(bytes.last(4));
    datagram.has_sender_gap = vrt_indicator(trailer, 12);
    datagram.is_overrange = vrt_indicator(trailer, 13);
  }
  const std::size_t n_payload = n_words - words.payload_at() - words.trailer;
  return take_iq(bytes.subspan(4 * words.payload_at(), 4 * n_payload), datagram);
}

// RFNoC specification, table "CHDR packet types".
constexpr std::uint32_t chdr_data = 6, chdr_data_with_timestamp = 7;

std::optional<UdpDropReason>
parse_chdr(Bytes bytes, const DatagramRules& rules, Datagram& datagram) {
  const auto word = static_cast<std::size_t>(rules.chdr_word_bytes);
  if (bytes.size() < 8)
    return UdpDropReason::short_datagram;
  const std::uint64_t header = little_endian<8>(bytes);
  const std::uint32_t type = field(header, 53, 3);
  const std::size_t length = field(header, 16, 16);
  // The last word is sent whole.
  if (length > bytes.size() || bytes.size() - length >= word)
    return UdpDropReason::bad_length;
  if (type != chdr_data && type != chdr_data_with_timestamp)
    return UdpDropReason::unsupported_type;
  // The timestamp follows the header: in the next word, or in the first one where both fit.
  const bool has_timestamp = type == chdr_data_with_timestamp;
  const std::size_t n_first = has_timestamp && word == 8 ? 2 : 1;
  const std::size_t payload_at = (n_first + field(header, 48, 5)) * word;
  if (length < payload_at)
    return UdpDropReason::short_datagram;
  datagram.sequence = DatagramSequence{static_cast<std::uint16_t>(field(header, 32, 16)), 16};
  if (has_timestamp)
    datagram.position = little_endian<8>(bytes.subspan(8));
  return take_iq(bytes.first(length).subspan(payload_at), datagram);
}

} // namespace

std::optional<UdpDropReason>
parse_datagram(std::span<const std::byte> bytes, const DatagramRules& rules, Datagram& datagram) {
  datagram = {};
  switch (rules.framing) {
  case UdpFraming::vita49:
    return parse_vrt(bytes, rules, datagram);
  case UdpFraming::chdr:
    return parse_chdr(bytes, rules, datagram);
  case UdpFraming::raw:
    break;
  }
  return take_iq(bytes, datagram);
}

} // namespace airan::io
