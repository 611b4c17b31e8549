// SPDX-License-Identifier: Apache-2.0
// A fixed stretch of memory from which soft-bit buffers are taken and to which they return.
#pragma once

#include "runtime/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace airan {

/// First-fit over one allocation made at plan time; take() and give_back() never allocate.
class SoftBitPool {
public:
  /// Bytes [offset, offset + size) of the pool.
  struct Block {
    std::size_t offset = 0;
    std::size_t size = 0;
  };

  SoftBitPool(std::size_t n_bytes, std::int32_t max_blocks);

  /// Empty when no free stretch is long enough.
  std::optional<Block> take(std::size_t n_bytes);
  void give_back(const Block& block);

  std::int8_t* address(const Block& block) const {
    return reinterpret_cast<std::int8_t*>(memory_.data() + block.offset);
  }
  std::size_t size() const { return memory_.size(); }
  std::size_t free_bytes() const;

private:
  HostBuffer memory_;
  std::vector<Block> free_; ///< ascending offsets, never adjacent; capacity is reserved
};

} // namespace airan
