// SPDX-License-Identifier: Apache-2.0
// Captures of Ethernet frames (pcap with times in us or ns, pcapng), read through libpcap.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace airan::io {

/// A frame of a capture.
struct CaptureRecord {
  std::span<const std::byte> bytes; ///< valid until the next record is read
  std::int64_t time_ns = 0;         ///< since the UNIX epoch
};

/// Reads a capture from its beginning to its end; memory does not grow with its length.
class CaptureReader {
public:
  /// The error says what is wrong: no such file, a folder, not a regular file, empty, compressed,
  /// not a capture, or not of Ethernet frames.
  static Result<CaptureReader> open(const std::string& path);
  ~CaptureReader();
  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;

  /// The next frame; empty at the end. An error is final: the file is cut short, a frame was cut
  /// when it was captured, or a record makes no sense.
  Result<std::optional<CaptureRecord>> next();

private:
  struct State;
  explicit CaptureReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// What a capture holds.
struct CaptureFacts {
  std::int64_t n_packets = 0;
  std::int64_t n_bytes = 0;       ///< of the frames
  std::int32_t longest_frame = 0; ///< bytes
  std::int64_t first_ns = 0;      ///< time of the first packet
  std::int64_t last_ns = 0;       ///< of the last one in the file
  /// The most eCPRI packets whose frameId, subframeId and slotId agree, within a second.
  std::int64_t max_slot_packets = 0;
};

/// Reads the capture to its end, and so checks all of it. One without packets is refused.
Result<CaptureFacts> examine_capture(const std::string& path);

} // namespace airan::io
