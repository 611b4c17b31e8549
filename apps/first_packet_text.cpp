// SPDX-License-Identifier: Apache-2.0
// The first packet of a stream in words.
#include "apps/first_packet_text.hpp"

#include <fmt/format.h>

#include <string_view>

namespace airan::apps {
namespace {

std::string mac_text(const MacAddress& mac) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac[0], mac[1], mac[2], mac[3],
                     mac[4], mac[5]);
}

std::string format_text(const IqFormat& format) {
  switch (format.number) {
  case IqNumber::bfp:
    return fmt::format("bfp {}", format.width);
  case IqNumber::int16:
    return "none 16";
  case IqNumber::int8:
    return "none 8";
  default:
    return fmt::format("none {}", format.width);
  }
}

std::string_view kind_text(io::oran::StreamKind kind) {
  switch (kind) {
  case io::oran::StreamKind::pusch:
    return "PUSCH";
  case io::oran::StreamKind::prach:
    return "PRACH";
  case io::oran::StreamKind::srs:
    return "SRS";
  }
  return {};
}

std::string expected_eaxc_text(std::span<const ExpectedStream> expected) {
  std::string text;
  for (const ExpectedStream& cell : expected) {
    text += fmt::format("{}cell {}:", text.empty() ? "" : "; ", cell.cell_id);
    for (const std::int32_t eaxc : cell.packets.eaxc)
      text += fmt::format(" {}", eaxc);
  }
  return text;
}

/// What the reason means for the configuration.
std::string advice(const io::FirstPacket& packet, std::span<const ExpectedStream> expected) {
  const CompressionSettings& compression =
      expected[static_cast<std::size_t>(packet.cell)].packets.compression;
  switch (*packet.dropped) {
  case io::DropReason::unknown_eaxc:
    return fmt::format("no cell names this eAxC ({})", expected_eaxc_text(expected));
  case io::DropReason::bad_compression:
  case io::DropReason::iq_truncated:
  case io::DropReason::trailing_bytes:
  case io::DropReason::short_section:
    return fmt::format("does not fit the expected compression ({})", compression_text(compression));
  case io::DropReason::prb_out_of_range:
    return "names PRBs that the radio unit does not have (source.ru_prb, default cell.n_prb)";
  case io::DropReason::wrong_mac:
    return "source.dst_mac asks for another destination";
  case io::DropReason::wrong_vlan:
    return "source.vlan asks for another VLAN";
  case io::DropReason::bad_slot:
    return "names a slot that the cell's numerology does not have";
  case io::DropReason::no_context:
    return "is of a slot that is not granted (source.first_sfn, source.grants)";
  default:
    return "";
  }
}

} // namespace

std::string compression_text(const CompressionSettings& compression) {
  return fmt::format(
      "{} {}, {} header", compression.method == CompressionMethod::bfp ? "bfp" : "none",
      compression.width, compression.header == CompressionHeader::fixed ? "static" : "dynamic");
}

std::string first_packet_text(const io::FirstPacket& packet,
                              std::span<const ExpectedStream> expected) {
  std::string text = fmt::format("{}: first packet from {} to {}, {}",
                                 packet.eaxc ? fmt::format("eAxC {}", *packet.eaxc) : "eAxC unread",
                                 mac_text(packet.source), mac_text(packet.destination),
                                 packet.vlan ? fmt::format("VLAN {}", *packet.vlan) : "untagged");
  if (packet.dropped) {
    text += fmt::format(", dropped: {}", io::name_of(*packet.dropped));
    const std::string more = advice(packet, expected);
    return more.empty() ? text : text + ", " + more;
  }
  text += fmt::format(", {}, SFN mod 256 {} slot {} symbol {}", format_text(packet.format),
                      packet.frame, packet.slot, packet.symbol);
  if (packet.offset_ns)
    text += fmt::format(", {:.0f} us after its symbol began (ta4)",
                        static_cast<double>(*packet.offset_ns) * 1e-3);
  const ExpectedStream& cell = expected[static_cast<std::size_t>(packet.cell)];
  return text + fmt::format(": {} port {} of cell {}, as expected", kind_text(packet.kind),
                            packet.port, cell.cell_id);
}

std::string first_datagram_text(const io::FirstDatagram& datagram, std::int32_t cell_id) {
  std::string text = fmt::format("cell {} port {}: first datagram from {}, {} bytes", cell_id,
                                 datagram.port, datagram.sender, datagram.n_bytes);
  if (datagram.dropped)
    return text + fmt::format(", dropped: {} (source.framing)", io::name_of(*datagram.dropped));
  text += fmt::format(", {} samples", datagram.n_samples);
  if (datagram.position)
    text += fmt::format(", timestamp {}", *datagram.position);
  return text;
}

} // namespace airan::apps
