// SPDX-License-Identifier: Apache-2.0
// Frames and captures for tests.
#pragma once

#include "io/pcap/capture_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace airan::test {

struct TimedFrame {
  std::vector<std::byte> bytes;
  std::int64_t time_ns = 0;

  friend bool operator==(const TimedFrame&, const TimedFrame&) = default;
};

/// A frame of an Ethernet header (EtherType of eCPRI) and bytes that depend on `number` and their
/// place.
std::vector<std::byte> make_frame(std::int32_t number, std::size_t n_bytes);

/// Frames of different lengths (60 to 1,500 bytes), 1,001 ns apart, with times that microseconds
/// cannot express.
std::vector<TimedFrame> make_frames(std::int32_t n_frames);

void write_capture(const std::string& path,
                   const std::vector<TimedFrame>& frames,
                   io::LinkType link_type = io::LinkType::ethernet);

/// pcapng as draft-ietf-opsawg-pcapng describes it: section header, one interface with times in
/// nanoseconds (if_tsresol 9), an enhanced packet block for each frame.
void write_pcapng(const std::string& path, const std::vector<TimedFrame>& frames);

} // namespace airan::test
