// SPDX-License-Identifier: Apache-2.0
// The first packet of a stream in words, beside what the configuration expects.
#pragma once

#include "core/packet_settings.hpp"
#include "io/packets/first_packets.hpp"
#include "io/udp/udp_source.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace airan::apps {

/// A cell of the interface, as it is expected.
struct ExpectedStream {
  std::int32_t cell_id = 1;
  PacketSettings packets; ///< eaxc filled in
};

/// One sentence: eAxC, addresses, VLAN, number format, place in time, and what differs from what is
/// expected or why the packet was dropped.
std::string first_packet_text(const io::FirstPacket& packet,
                              std::span<const ExpectedStream> expected);

/// The same of the first datagram of a time-domain stream.
std::string first_datagram_text(const io::FirstDatagram& datagram, std::int32_t cell_id);

/// "bfp 9, static header".
std::string compression_text(const CompressionSettings& compression);

} // namespace airan::apps
