// SPDX-License-Identifier: Apache-2.0
// A reference to a tensor that carries its memory space: it passes anywhere and indexes nowhere.
#pragma once

#include "core/assert.hpp"
#include "core/view.hpp"

#include <string>

namespace airan {

enum class MemorySpace : std::uint8_t { host, device };

template <class T, std::size_t Rank>
class TensorRef {
public:
  constexpr TensorRef() = default;
  constexpr TensorRef(View<T, Rank> view, MemorySpace space) : view_(view), space_(space) {}

  template <class U>
  requires(std::is_same_v<const U, T> &&
           !std::is_same_v<U, T>) constexpr TensorRef(const TensorRef<U, Rank>& o)
      : view_(o.unchecked()), space_(o.space()) {}

  /// The view, for code that runs in `wanted`; asserts that the tensor lies there.
  View<T, Rank> in(MemorySpace wanted) const {
    AIRAN_ASSERT(wanted == space_, std::string("the tensor lies in the other memory space"));
    return view_;
  }
  View<T, Rank> on_host() const { return in(MemorySpace::host); }

  constexpr MemorySpace space() const { return space_; }
  constexpr const typename View<T, Rank>::Extents& extents() const { return view_.extents(); }
  constexpr std::int32_t extent(std::size_t axis) const { return view_.extent(axis); }
  constexpr bool empty() const { return view_.empty(); }
  /// For code that only forwards the address (copies between spaces).
  constexpr View<T, Rank> unchecked() const { return view_; }
  /// The part at `index` of the slowest axis.
  constexpr TensorRef<T, Rank - 1> operator[](std::int32_t index) const requires(Rank > 1) {
    return {view_[index], space_};
  }

private:
  View<T, Rank> view_;
  MemorySpace space_ = MemorySpace::host;
};

} // namespace airan
