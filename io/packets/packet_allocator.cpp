// SPDX-License-Identifier: Apache-2.0
// Packet memory from the operating system.
#include "io/packets/packet_allocator.hpp"

#include <fmt/format.h>

#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace airan::io {

PacketAllocator page_allocator() {
  return {.allocate = [](std::size_t n_bytes) -> std::byte* {
            void* memory = ::mmap(nullptr, n_bytes, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            return memory == MAP_FAILED ? nullptr : static_cast<std::byte*>(memory);
          },
          .free = [](std::byte* memory, std::size_t n_bytes) { ::munmap(memory, n_bytes); }};
}

std::size_t PacketBlock::page_bytes() {
  return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

PacketBlock::PacketBlock(std::span<std::byte> bytes, PacketAllocator allocator)
    : bytes_(bytes), allocator_(std::move(allocator)) {}

Result<PacketBlock> PacketBlock::allocate(std::size_t n_bytes, PacketAllocator allocator) {
  const std::size_t page = page_bytes();
  const std::size_t rounded = (n_bytes + page - 1) / page * page;
  std::byte* memory = allocator.allocate(rounded);
  if (memory == nullptr)
    return configuration_error(fmt::format(
        "there are no {} MB of memory for packets: lower source.queue_ms", rounded / 1'000'000));
  return PacketBlock({memory, rounded}, std::move(allocator));
}

PacketBlock::~PacketBlock() {
  if (!bytes_.empty())
    allocator_.free(bytes_.data(), bytes_.size());
}
PacketBlock::PacketBlock(PacketBlock&& o) noexcept
    : bytes_(std::exchange(o.bytes_, {})), allocator_(std::move(o.allocator_)) {}
PacketBlock& PacketBlock::operator=(PacketBlock&& o) noexcept {
  std::swap(bytes_, o.bytes_);
  std::swap(allocator_, o.allocator_);
  return *this;
}

} // namespace airan::io
