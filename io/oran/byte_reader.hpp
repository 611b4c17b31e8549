// SPDX-License-Identifier: Apache-2.0
// Reads bytes from front to back and never beyond the end.
#pragma once

#include "core/assert.hpp"

#include <cstddef>
#include <span>

namespace airan::io::oran {

class ByteReader {
public:
  explicit constexpr ByteReader(std::span<const std::byte> bytes) : left_(bytes) {}

  constexpr std::span<const std::byte> left() const { return left_; }
  constexpr std::size_t n_left() const { return left_.size(); }
  constexpr bool holds(std::size_t n) const { return n <= left_.size(); }

  /// The next N bytes; to be asked for only where holds(N).
  template <std::size_t N>
  constexpr std::span<const std::byte, N> take() {
    return take(N).template first<N>();
  }
  constexpr std::span<const std::byte> take(std::size_t n) {
    AIRAN_ASSERT(holds(n), "more bytes are taken than there are");
    const std::span<const std::byte> taken = left_.first(n);
    left_ = left_.subspan(n);
    return taken;
  }

private:
  std::span<const std::byte> left_;
};

} // namespace airan::io::oran
