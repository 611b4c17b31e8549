// SPDX-License-Identifier: Apache-2.0
// Packets of a capture through libpcap alone.
#pragma once

#include "core/result.hpp"
#include "io/packets/packet_allocator.hpp"
#include "io/packets/packet_input.hpp"
#include "io/pcap/capture_file.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace airan::io {

/// The frames of a capture with their times, as fast as they are asked for. Nothing is lost: a
/// burst ends where there is no free buffer, the next one goes on there.
class PcapInput final : public PacketInput {
public:
  struct Buffers {
    std::int32_t n_buffers = 0;
    std::int32_t frame_bytes = 0; ///< longest frame; a longer one is counted (too_long)
  };
  /// The capture has been examined before.
  static Result<PcapInput>
  open(const std::string& path, const Buffers& buffers, PacketAllocator allocator);

  std::span<const RxPacket> burst() override;
  void release(std::span<const PacketHandle> packets) override;
  bool has_ended() const override { return has_ended_; }
  std::int64_t n_free() const override { return static_cast<std::int64_t>(free_.size()); }
  DeviceCounters counters() const override { return counters_; }
  std::string trouble() const override { return trouble_; }

private:
  PcapInput(CaptureReader reader, PacketBlock memory, const Buffers& buffers);

  CaptureReader reader_;
  PacketBlock memory_;
  std::size_t buffer_bytes_ = 0;
  std::vector<std::byte*> free_; ///< buffers, the last one is taken first: its cache lines are warm
  std::array<RxPacket, max_burst> packets_{};
  DeviceCounters counters_;
  std::string trouble_;
  bool has_ended_ = false;
};

} // namespace airan::io
