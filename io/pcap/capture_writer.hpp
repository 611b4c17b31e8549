// SPDX-License-Identifier: Apache-2.0
// Writing captures: classic pcap with times in nanoseconds.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>

namespace airan::io {

/// What the packets of a capture begin with; the numbers of pcap (LINKTYPE_...).
enum class LinkType : std::uint32_t {
  ethernet = 1,
  raw_ip = 101, ///< an IPv4 or IPv6 header
};

/// Streams: memory does not grow with the length of the capture.
class CaptureWriter {
public:
  static Result<CaptureWriter> create(const std::string& path,
                                      LinkType link_type = LinkType::ethernet);
  /// Appends a packet: at most 262,144 bytes, an Ethernet frame without its FCS. `time_ns` counts
  /// from the UNIX epoch and need not ascend; outside 0 .. 2^32 s the nearest time that pcap can
  /// express is written.
  Result<void> append(std::span<const std::byte> frame, std::int64_t time_ns);
  /// Flushes and closes.
  Result<void> finish();

private:
  CaptureWriter(std::ofstream file, std::string path);
  std::ofstream file_;
  std::string path_;
};

} // namespace airan::io
