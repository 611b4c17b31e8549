// SPDX-License-Identifier: Apache-2.0
// External packet memory: allocated, registered, made a pool of; and back in the other order.
#include "io/dpdk/packet_memory.hpp"

#include "core/assert.hpp"
#include "io/dpdk/eal.hpp"

#include <fmt/format.h>

#include <atomic>
#include <string>
#include <utility>

namespace airan::io::dpdk {
namespace {

std::string next_pool_name() {
  static std::atomic<int> n = 0;
  return fmt::format("airan_packets_{}", n++);
}

Result<Pool*> make_pool(PoolSettings settings) {
  const std::string name = next_pool_name();
  settings.name = name.c_str();
  take_log();
  if (Pool* pool = create_pool(settings); pool != nullptr)
    return pool;
  const int error = last_error();
  return configuration_error(
      fmt::format("DPDK has no memory for {} packet buffers ({}){}: lower source.queue_ms, or give "
                  "DPDK more memory in source.eal (-m)",
                  settings.n_packets, error_text(error), take_log()));
}

} // namespace

std::size_t PacketMemory::eal_bytes(std::int32_t n_packets) {
  // A description of a packet (256 bytes with what mempools add) and its places in two rings, the
  // larger one rounded up to a power of two.
  constexpr std::size_t per_packet = 256 + 16 + 16;
  return static_cast<std::size_t>(n_packets) * per_packet;
}

Result<std::unique_ptr<PacketMemory>>
PacketMemory::create(std::int32_t n_packets, std::int32_t frame_bytes, PacketAllocator allocator) {
  AIRAN_ASSERT(frame_bytes > 0 && static_cast<std::uint32_t>(frame_bytes) <= max_frame_bytes(),
               fmt::format("no packet buffer has {} bytes", frame_bytes));
  const auto frame = static_cast<std::uint16_t>(frame_bytes);
  const auto n = static_cast<std::size_t>(n_packets);
  auto block = PacketBlock::allocate(n * packet_stride(frame), std::move(allocator));
  if (!block)
    return tl::unexpected(block.error());
  std::unique_ptr<PacketMemory> memory(new PacketMemory);
  memory->block_.emplace(std::move(*block));
  const std::span<std::byte> bytes = memory->bytes();
  if (const int error = register_memory(bytes.data(), bytes.size(), PacketBlock::page_bytes());
      error != 0)
    return internal_error(
        fmt::format("DPDK refuses {} bytes of packet memory: {}", bytes.size(), error_text(error)));
  memory->is_registered_ = true;
  auto pool = make_pool({.name = nullptr,
                         .n_packets = static_cast<std::uint32_t>(n_packets),
                         .frame_bytes = frame,
                         .memory = bytes.data(),
                         .memory_bytes = bytes.size()});
  if (!pool)
    return tl::unexpected(pool.error());
  memory->pool_ = *pool;
  return memory;
}

Result<std::unique_ptr<PacketMemory>> PacketMemory::create_in_hugepages(std::int32_t n_packets,
                                                                        std::int32_t frame_bytes) {
  auto pool = make_pool({.name = nullptr,
                         .n_packets = static_cast<std::uint32_t>(n_packets),
                         .frame_bytes = static_cast<std::uint16_t>(frame_bytes),
                         .memory = nullptr,
                         .memory_bytes = 0});
  if (!pool)
    return tl::unexpected(pool.error());
  std::unique_ptr<PacketMemory> memory(new PacketMemory);
  memory->pool_ = *pool;
  return memory;
}

PacketMemory::~PacketMemory() {
  if (pool_ != nullptr)
    free_pool(pool_);
  if (is_registered_)
    unregister_memory(bytes().data(), bytes().size());
}

std::span<std::byte> PacketMemory::bytes() const {
  return block_ ? block_->bytes() : std::span<std::byte>();
}

} // namespace airan::io::dpdk
