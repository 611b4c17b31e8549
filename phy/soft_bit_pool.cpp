// SPDX-License-Identifier: Apache-2.0
// First-fit allocation of soft-bit buffers; neighbours are joined on return.
#include "phy/soft_bit_pool.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <string>

namespace airan {

SoftBitPool::SoftBitPool(std::size_t n_bytes, std::int32_t max_blocks) : memory_(n_bytes) {
  // Between max_blocks taken blocks lie at most max_blocks + 1 free stretches.
  free_.reserve(static_cast<std::size_t>(max_blocks) + 2);
  free_.push_back({0, n_bytes});
}

std::optional<SoftBitPool::Block> SoftBitPool::take(std::size_t n_bytes) {
  const std::size_t size =
      (n_bytes + HostBuffer::alignment - 1) / HostBuffer::alignment * HostBuffer::alignment;
  const auto it =
      std::find_if(free_.begin(), free_.end(), [&](const Block& b) { return b.size >= size; });
  if (it == free_.end())
    return std::nullopt;
  const Block taken{it->offset, size};
  it->offset += size;
  it->size -= size;
  if (it->size == 0)
    free_.erase(it);
  return taken;
}

void SoftBitPool::give_back(const Block& block) {
  auto next = std::find_if(free_.begin(), free_.end(),
                           [&](const Block& b) { return b.offset > block.offset; });
  const bool joins_next = next != free_.end() && block.offset + block.size == next->offset;
  const bool joins_previous =
      next != free_.begin() && std::prev(next)->offset + std::prev(next)->size == block.offset;
  if (joins_previous && joins_next) {
    std::prev(next)->size += block.size + next->size;
    free_.erase(next);
  } else if (joins_previous) {
    std::prev(next)->size += block.size;
  } else if (joins_next) {
    next->offset = block.offset;
    next->size += block.size;
  } else {
    AIRAN_ASSERT(free_.size() < free_.capacity(),
                 "more blocks than planned: " + std::to_string(free_.capacity()));
    free_.insert(next, block);
  }
}

std::size_t SoftBitPool::free_bytes() const {
  std::size_t n = 0;
  for (const Block& b : free_)
    n += b.size;
  return n;
}

} // namespace airan
