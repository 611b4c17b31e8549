// SPDX-License-Identifier: Apache-2.0
// Packet buffers of DPDK in memory that airan provides.
#pragma once

#include "core/result.hpp"
#include "io/dpdk/dpdk_calls.hpp"
#include "io/packets/packet_allocator.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace airan::io::dpdk {

/// A pool of packet buffers. The bytes of packets lie in memory of the allocator, which a GPU or a
/// network card may read; DPDK keeps only its descriptions of them. All packets must be back before
/// it is destroyed.
class PacketMemory {
public:
  /// DPDK has been started. Buffers take frames of up to `frame_bytes`.
  static Result<std::unique_ptr<PacketMemory>>
  create(std::int32_t n_packets, std::int32_t frame_bytes, PacketAllocator allocator);
  /// In DPDK's own memory: for devices that need physical addresses.
  static Result<std::unique_ptr<PacketMemory>> create_in_hugepages(std::int32_t n_packets,
                                                                   std::int32_t frame_bytes);
  ~PacketMemory();
  PacketMemory(const PacketMemory&) = delete;
  PacketMemory& operator=(const PacketMemory&) = delete;

  Pool* pool() const { return pool_; }
  std::int64_t n_free() const { return dpdk::n_free(pool_); }
  /// Empty when it is DPDK's own.
  std::span<std::byte> bytes() const;

  /// Memory that DPDK needs to describe so many packets.
  static std::size_t eal_bytes(std::int32_t n_packets);

private:
  PacketMemory() = default;
  std::optional<PacketBlock> block_;
  bool is_registered_ = false;
  Pool* pool_ = nullptr;
};

} // namespace airan::io::dpdk
