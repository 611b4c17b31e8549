// SPDX-License-Identifier: Apache-2.0
// A vector with room for N elements inside itself: no allocation, copyable to a device as bytes.
#pragma once

#include "core/assert.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace airan {

template <class T, std::size_t N>
class InlineVector {
public:
  constexpr InlineVector() = default;
  constexpr InlineVector(std::initializer_list<T> values) {
    for (const T& v : values)
      push_back(v);
  }

  constexpr void push_back(const T& value) {
    AIRAN_ASSERT(size_ < static_cast<std::int32_t>(N),
                 "an InlineVector of " + std::to_string(N) + " elements is full");
    items_[static_cast<std::size_t>(size_++)] = value;
  }
  constexpr void clear() { size_ = 0; }
  constexpr void resize(std::int32_t n) {
    AIRAN_ASSERT(n >= 0 && n <= static_cast<std::int32_t>(N),
                 "an InlineVector of " + std::to_string(N) + " elements is full");
    for (std::int32_t i = size_; i < n; ++i)
      items_[static_cast<std::size_t>(i)] = T{};
    size_ = n;
  }

  constexpr std::int32_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  static constexpr std::int32_t capacity() { return static_cast<std::int32_t>(N); }
  constexpr T& operator[](std::int32_t i) { return items_[static_cast<std::size_t>(i)]; }
  constexpr const T& operator[](std::int32_t i) const {
    return items_[static_cast<std::size_t>(i)];
  }
  constexpr T* begin() { return items_.data(); }
  constexpr T* end() { return items_.data() + size_; }
  constexpr const T* begin() const { return items_.data(); }
  constexpr const T* end() const { return items_.data() + size_; }
  constexpr const T& front() const { return items_[0]; }
  constexpr const T& back() const { return (*this)[size_ - 1]; }

private:
  std::array<T, N> items_{};
  std::int32_t size_ = 0;
};

} // namespace airan
