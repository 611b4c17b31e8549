// SPDX-License-Identifier: Apache-2.0
// Decoded MAC PDUs as a pcap that Wireshark opens.
#pragma once

#include "core/result.hpp"
#include "core/results.hpp"
#include "io/pcap/capture_writer.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace airan::io {

/// Each PDU is one UDP datagram (raw IPv6, nanosecond pcap) whose payload begins with "mac-nr" and
/// the tags of Wireshark's MAC-NR framing: enable "mac_nr_udp" under Analyze > Enabled Protocols,
/// or run `tshark -r mac.pcap --enable-heuristic mac_nr_udp`. Blocks of more than 64 KiB are IPv6
/// jumbograms (RFC 2675). The time of a packet is that of its slot, from the start of the SFN cycle
/// in which the run began.
class MacPcapWriter {
public:
  static Result<MacPcapWriter> create(const std::string& path);
  /// Writes the payload of a block with crc_ok; others are left out.
  Result<void> add(const TransportBlock& block, std::int64_t slot_duration_ns);
  Result<void> finish();

private:
  explicit MacPcapWriter(CaptureWriter capture);
  CaptureWriter capture_;
  std::vector<std::uint8_t> packet_;
};

} // namespace airan::io
