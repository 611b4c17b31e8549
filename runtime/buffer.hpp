// SPDX-License-Identifier: Apache-2.0
// Memory that lies in one space, allocated at plan time.
#pragma once

#include "core/tensor_ref.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace airan {

/// Bytes in host memory, aligned to 128 (two cache lines, any SIMD vector), zeroed.
class HostBuffer {
public:
  HostBuffer() = default;
  explicit HostBuffer(std::size_t n_bytes);

  std::byte* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  static constexpr std::size_t alignment = 128;

private:
  struct Free {
    void operator()(std::byte* p) const { ::operator delete (p, std::align_val_t{alignment}); }
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_ = 0;
};

/// An owning host tensor, contiguous, zeroed. Rows (the last axis) are not padded.
template <class T, std::size_t Rank>
class HostTensor {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  HostTensor() = default;
  explicit HostTensor(typename View<T, Rank>::Extents extents)
      : buffer_(sizeof(T) * count(extents)), view_(reinterpret_cast<T*>(buffer_.data()), extents) {}

  View<T, Rank> view() const { return view_; }
  TensorRef<T, Rank> ref() const { return {view_, MemorySpace::host}; }
  T* data() const { return view_.data(); }
  std::int64_t size() const { return view_.size(); }

private:
  static std::size_t count(const typename View<T, Rank>::Extents& extents) {
    std::size_t n = 1;
    for (const auto e : extents)
      n *= static_cast<std::size_t>(e);
    return n;
  }
  HostBuffer buffer_;
  View<T, Rank> view_;
};

} // namespace airan
