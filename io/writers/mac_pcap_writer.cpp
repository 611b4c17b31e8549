// SPDX-License-Identifier: Apache-2.0
// Writing MAC PDUs: pcap record, IPv6, UDP, MAC-NR framing.
#include "io/writers/mac_pcap_writer.hpp"

#include <span>
#include <string_view>
#include <utility>

namespace airan::io {
namespace {

constexpr std::uint16_t port = 9999;
constexpr std::uint8_t next_header_udp = 17;

class BytesOut {
public:
  explicit BytesOut(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}
  void u8(std::size_t v) { bytes_.push_back(static_cast<std::uint8_t>(v & 0xFF)); }
  void u16(std::size_t v) {
    u8(v >> 8);
    u8(v);
  }
  void u32(std::size_t v) {
    u16(v >> 16);
    u16(v);
  }
  void text(std::string_view s) { bytes_.insert(bytes_.end(), s.begin(), s.end()); }

private:
  std::vector<std::uint8_t>& bytes_;
};

/// packet-mac-nr.h: fixed part (radio type, direction, RNTI type), then tags, last the payload's.
void put_mac_nr_framing(BytesOut& out, const TransportBlock& b) {
  constexpr std::size_t fdd = 1, uplink = 0, c_rnti = 3;
  constexpr std::size_t payload_tag = 1, rnti_tag = 2, harq_tag = 6, frame_slot_tag = 7;
  out.text("mac-nr");
  out.u8(fdd);
  out.u8(uplink);
  out.u8(c_rnti);
  out.u8(rnti_tag);
  out.u16(static_cast<std::size_t>(b.rnti));
  out.u8(harq_tag);
  out.u8(static_cast<std::size_t>(b.harq_id));
  out.u8(frame_slot_tag);
  out.u16(static_cast<std::size_t>(b.id.sfn));
  out.u16(static_cast<std::size_t>(b.id.slot));
  out.u8(payload_tag);
}
constexpr std::size_t framing_bytes = 20;

/// RFC 8200 8.1: one's complement sum over pseudo header (::1 to ::1) and datagram.
std::uint16_t udp_checksum(std::span<const std::uint8_t> datagram) {
  std::uint64_t sum =
      1 + 1 + next_header_udp + (datagram.size() >> 16) + (datagram.size() & 0xFFFF);
  for (std::size_t i = 0; i < datagram.size(); ++i)
    sum += i % 2 == 0 ? std::uint64_t{datagram[i]} << 8 : std::uint64_t{datagram[i]};
  while (sum >> 16 != 0)
    sum = (sum & 0xFFFF) + (sum >> 16);
  const auto complement = static_cast<std::uint16_t>(~sum & 0xFFFF);
  return complement == 0 ? 0xFFFF : complement;
}

void put_loopback(BytesOut& out) {
  for (int i = 0; i < 15; ++i)
    out.u8(0);
  out.u8(1);
}

} // namespace

MacPcapWriter::MacPcapWriter(CaptureWriter capture) : capture_(std::move(capture)) {}

Result<MacPcapWriter> MacPcapWriter::create(const std::string& path) {
  auto capture = CaptureWriter::create(path, LinkType::raw_ip);
  if (!capture)
    return tl::unexpected(capture.error());
  return MacPcapWriter(std::move(*capture));
}

Result<void> MacPcapWriter::add(const TransportBlock& block, std::int64_t slot_duration_ns) {
  if (!block.crc_ok)
    return {};
  const std::size_t udp_bytes = 8 + framing_bytes + block.payload.size();
  const bool jumbo = udp_bytes > 0xFFFF;
  packet_.clear();
  BytesOut out(packet_);
  out.u32(std::size_t{6} << 28); // version, traffic class, flow label
  out.u16(jumbo ? 0 : udp_bytes);
  out.u8(jumbo ? 0 : next_header_udp);
  out.u8(64); // hop limit
  put_loopback(out);
  put_loopback(out);
  if (jumbo) { // hop-by-hop header with the jumbo payload option
    out.u8(next_header_udp);
    out.u8(0);
    out.u8(0xC2);
    out.u8(4);
    out.u32(8 + udp_bytes);
  }
  const std::size_t udp_at = packet_.size();
  out.u16(port);
  out.u16(port);
  out.u16(jumbo ? 0 : udp_bytes);
  out.u16(0);
  put_mac_nr_framing(out, block);
  packet_.insert(packet_.end(), block.payload.begin(), block.payload.end());
  const std::uint16_t checksum = udp_checksum(std::span(packet_).subspan(udp_at));
  packet_[udp_at + 6] = static_cast<std::uint8_t>(checksum >> 8);
  packet_[udp_at + 7] = static_cast<std::uint8_t>(checksum & 0xFF);

  return capture_.append(std::as_bytes(std::span(packet_)), block.id.count * slot_duration_ns);
}

Result<void> MacPcapWriter::finish() {
  return capture_.finish();
}

} // namespace airan::io
