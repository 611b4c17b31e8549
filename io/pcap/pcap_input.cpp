// SPDX-License-Identifier: Apache-2.0
// Copying the records of a capture into a bounded pool of buffers.
#include "io/pcap/pcap_input.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace airan::io {
namespace {

constexpr std::size_t cache_line_bytes = 64;

std::size_t bytes_of_buffer(const PcapInput::Buffers& b) {
  const auto n = static_cast<std::size_t>(std::max(b.frame_bytes, 1)); // frames may be empty
  return (n + cache_line_bytes - 1) / cache_line_bytes * cache_line_bytes;
}

} // namespace

PcapInput::PcapInput(CaptureReader reader, PacketBlock memory, const Buffers& buffers)
    : reader_(std::move(reader)), memory_(std::move(memory)),
      buffer_bytes_(bytes_of_buffer(buffers)) {
  const auto n = static_cast<std::size_t>(buffers.n_buffers);
  free_.reserve(n);
  for (std::size_t i = n; i > 0; --i)
    free_.push_back(memory_.bytes().data() + (i - 1) * buffer_bytes_);
}

Result<PcapInput>
PcapInput::open(const std::string& path, const Buffers& buffers, PacketAllocator allocator) {
  auto reader = CaptureReader::open(path);
  if (!reader)
    return tl::unexpected(reader.error());
  auto memory = PacketBlock::allocate(
      bytes_of_buffer(buffers) * static_cast<std::size_t>(buffers.n_buffers), std::move(allocator));
  if (!memory)
    return tl::unexpected(memory.error());
  return PcapInput(std::move(*reader), std::move(*memory), buffers);
}

std::span<const RxPacket> PcapInput::burst() {
  std::size_t n = 0;
  while (n < packets_.size() && !free_.empty() && !has_ended_) {
    const auto record = reader_.next();
    if (!record || !*record) {
      has_ended_ = true;
      if (!record)
        trouble_ = record.error().message;
      break;
    }
    const std::span<const std::byte> frame = (*record)->bytes;
    if (frame.size() > buffer_bytes_) { // the file has changed since it was examined
      ++counters_.too_long;
      continue;
    }
    std::byte* buffer = free_.back();
    free_.pop_back();
    std::memcpy(buffer, frame.data(), frame.size());
    packets_[n++] = {
        .bytes = {buffer, frame.size()}, .time_ns = (*record)->time_ns, .handle = buffer};
  }
  return {packets_.data(), n};
}

void PcapInput::release(std::span<const PacketHandle> packets) {
  for (const PacketHandle packet : packets)
    free_.push_back(static_cast<std::byte*>(packet));
}

} // namespace airan::io
