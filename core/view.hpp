// SPDX-License-Identifier: Apache-2.0
// A small strided view (g++ 12 has no <mdspan>), usable on host and device.
#pragma once

#include "core/host_device.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace airan {

/// View<T, Rank> a: a(i, j, ...) is an element, slowest axis first. Strides count elements; a
/// stride of 0 repeats one element along an axis (a broadcast). The view owns nothing and checks
/// nothing: indices are the caller's promise.
template <class T, std::size_t Rank>
class View {
public:
  using Extents = std::array<std::int32_t, Rank>;
  using Strides = std::array<std::int64_t, Rank>;

  constexpr View() = default;

  /// Contiguous, last axis fastest.
  AIRAN_HD constexpr View(T* data, Extents extents) : data_(data), extents_(extents) {
    std::int64_t stride = 1;
    for (std::size_t i = Rank; i-- > 0;) {
      strides_[i] = stride;
      stride *= extents[i];
    }
  }
  AIRAN_HD constexpr View(T* data, Extents extents, Strides strides)
      : data_(data), extents_(extents), strides_(strides) {}

  /// View<T> converts to View<const T>.
  template <class U>
  requires(std::is_same_v<const U, T> && !std::is_same_v<U, T>) AIRAN_HD
      constexpr View(const View<U, Rank>& o)
      : data_(o.data()), extents_(o.extents()), strides_(o.strides()) {}

  template <class... I>
  requires(sizeof...(I) == Rank) AIRAN_HD constexpr T& operator()(I... index) const {
    const std::int64_t indices[] = {static_cast<std::int64_t>(index)...};
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < Rank; ++i)
      offset += indices[i] * strides_[i];
    return data_[offset];
  }

  /// The sub-view at `index` of the slowest axis.
  AIRAN_HD constexpr View<T, Rank - 1> operator[](std::int32_t index) const requires(Rank > 1) {
    typename View<T, Rank - 1>::Extents e{};
    typename View<T, Rank - 1>::Strides s{};
    for (std::size_t i = 1; i < Rank; ++i) {
      e[i - 1] = extents_[i];
      s[i - 1] = strides_[i];
    }
    return {data_ + index * strides_[0], e, s};
  }

  /// The last axis at the given leading indices, as a span; the last stride must be 1.
  template <class... I>
  requires(sizeof...(I) + 1 == Rank) constexpr std::span<T> row(I... index) const {
    return {&(*this)(index..., 0), static_cast<std::size_t>(extents_[Rank - 1])};
  }

  AIRAN_HD constexpr T* data() const { return data_; }
  AIRAN_HD constexpr std::int32_t extent(std::size_t axis) const { return extents_[axis]; }
  AIRAN_HD constexpr std::int64_t stride(std::size_t axis) const { return strides_[axis]; }
  AIRAN_HD constexpr const Extents& extents() const { return extents_; }
  AIRAN_HD constexpr const Strides& strides() const { return strides_; }
  AIRAN_HD constexpr bool empty() const { return data_ == nullptr || size() == 0; }
  /// Number of elements that can be indexed.
  AIRAN_HD constexpr std::int64_t size() const {
    std::int64_t n = 1;
    for (std::size_t i = 0; i < Rank; ++i)
      n *= extents_[i];
    return n;
  }

private:
  T* data_ = nullptr;
  Extents extents_{};
  Strides strides_{};
};

} // namespace airan
