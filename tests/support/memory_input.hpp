// SPDX-License-Identifier: Apache-2.0
// Frames in memory as a packet input.
#pragma once

#include "io/packets/packet_input.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace airan::io {

struct FrameInMemory {
  std::vector<std::byte> bytes;
  std::int64_t time_ns = 0;
};

/// Hands out frames in bursts, as fast as they are asked for, from `n_buffers` imagined buffers. A
/// packet that is released has its bytes overwritten: whoever still reads it sees that.
class MemoryInput final : public PacketInput {
public:
  explicit MemoryInput(std::vector<FrameInMemory> frames, std::int64_t n_buffers = 1'000'000)
      : frames_(std::move(frames)), n_buffers_(n_buffers) {}
  ~MemoryInput() override {
    if (on_destruction_)
      on_destruction_(n_out_);
  }
  /// Is told how many packets were never released.
  void on_destruction(std::function<void(std::int64_t)> tell) { on_destruction_ = std::move(tell); }

  std::span<const RxPacket> burst() override {
    std::size_t n = 0;
    for (; n < packets_.size() && next_ < frames_.size() && n_out_ < n_buffers_; ++n, ++n_out_) {
      FrameInMemory& frame = frames_[next_++];
      packets_[n] = {frame.bytes, frame.time_ns, &frame};
    }
    return {packets_.data(), n};
  }
  void release(std::span<const PacketHandle> packets) override {
    for (const PacketHandle packet : packets) {
      auto& bytes = static_cast<FrameInMemory*>(packet)->bytes;
      std::fill(bytes.begin(), bytes.end(), std::byte{0xEE});
      --n_out_;
    }
  }
  bool has_ended() const override { return next_ == frames_.size(); }
  std::int64_t n_free() const override { return n_buffers_ - n_out_; }
  DeviceCounters counters() const override { return {}; }
  std::string trouble() const override { return {}; }

private:
  std::vector<FrameInMemory> frames_;
  std::int64_t n_buffers_;
  std::size_t next_ = 0;
  std::int64_t n_out_ = 0;
  std::array<RxPacket, 64> packets_{};
  std::function<void(std::int64_t)> on_destruction_;
};

} // namespace airan::io
