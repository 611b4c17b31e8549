// SPDX-License-Identifier: Apache-2.0
// Where the bytes of packets lie: memory that apps may provide, so that a device can read it.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <functional>
#include <span>

namespace airan::io {

/// How packet memory is had and given back. A build with a GPU hands over functions that pin it.
struct PacketAllocator {
  /// `n_bytes` (whole pages), aligned to a page; null when there is no memory.
  std::function<std::byte*(std::size_t n_bytes)> allocate;
  std::function<void(std::byte* memory, std::size_t n_bytes)> free;
};

/// Pages of the operating system.
PacketAllocator page_allocator();

/// One stretch of packet memory.
class PacketBlock {
public:
  /// Rounded up to whole pages.
  static Result<PacketBlock> allocate(std::size_t n_bytes, PacketAllocator allocator);
  ~PacketBlock();
  PacketBlock(PacketBlock&& o) noexcept;
  PacketBlock& operator=(PacketBlock&& o) noexcept;

  std::span<std::byte> bytes() const { return bytes_; }
  static std::size_t page_bytes();

private:
  PacketBlock(std::span<std::byte> bytes, PacketAllocator allocator);
  std::span<std::byte> bytes_;
  PacketAllocator allocator_;
};

} // namespace airan::io
