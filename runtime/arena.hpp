// SPDX-License-Identifier: Apache-2.0
// Memory of one batch: taken piece by piece, given back all at once.
#pragma once

#include "core/assert.hpp"
#include "core/tensor_ref.hpp"
#include "runtime/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace airan {

/// A bump allocator over one host allocation. take() never allocates; reset() does only when a
/// batch needs more than any before, which a plan for the worst case avoids.
class Arena {
public:
  explicit Arena(std::size_t n_bytes) : memory_(n_bytes) {}

  /// Forgets everything taken and makes room for n_bytes.
  void reset(std::size_t n_bytes) {
    if (n_bytes > memory_.size())
      memory_ = HostBuffer(n_bytes);
    used_ = 0;
  }

  /// A contiguous tensor with undefined contents.
  template <class T, std::size_t Rank>
  TensorRef<T, Rank> take(const typename View<T, Rank>::Extents& extents) {
    const std::size_t n = bytes<T, Rank>(extents);
    AIRAN_ASSERT(used_ + n <= memory_.size(), "need " + std::to_string(used_ + n) + " of " +
                                                  std::to_string(memory_.size()) + " bytes");
    T* address = reinterpret_cast<T*>(memory_.data() + used_);
    used_ += n;
    return {View<T, Rank>(address, extents), MemorySpace::host};
  }

  /// What take() of such a tensor uses.
  template <class T, std::size_t Rank>
  static std::size_t bytes(const typename View<T, Rank>::Extents& extents) {
    std::size_t n = sizeof(T);
    for (const auto e : extents)
      n *= static_cast<std::size_t>(e);
    return (n + HostBuffer::alignment - 1) / HostBuffer::alignment * HostBuffer::alignment;
  }

private:
  HostBuffer memory_;
  std::size_t used_ = 0;
};

} // namespace airan
