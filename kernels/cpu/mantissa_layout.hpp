// SPDX-License-Identifier: Apache-2.0
// How the packed mantissas of a PRB lie in its bytes, for shuffles.
#pragma once

#include "core/numerology.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace airan::cpu {

inline constexpr std::int32_t group_size = 8; ///< mantissas that begin and end with a whole byte
inline constexpr std::int32_t groups_per_prb = 2 * subcarriers_per_prb / group_size;
inline constexpr std::int32_t load_bytes = 16; ///< read at once; a group of the widest mantissas

/// Where the mantissas of a group lie in its bytes. A mantissa of at most 16 bits spans three bytes
/// at most; they become the top three of a 32-bit lane.
struct GroupLayout {
  alignas(4 * group_size) std::array<std::uint8_t, 4 * group_size> bytes{};  ///< [lane, byte]
  alignas(4 * group_size) std::array<std::uint32_t, group_size> first_bit{}; ///< of the top byte
};

constexpr GroupLayout make_group_layout(std::int32_t width) {
  GroupLayout layout;
  for (std::int32_t lane = 0; lane < group_size; ++lane) {
    const std::int32_t bit = lane * width;
    for (std::int32_t i = 0; i < 4; ++i) // lanes are little endian: the first byte is the top one
      layout.bytes[static_cast<std::size_t>(4 * lane + 3 - i)] =
          static_cast<std::uint8_t>(std::min(bit / 8 + i, load_bytes - 1));
    layout.first_bit[static_cast<std::size_t>(lane)] = static_cast<std::uint32_t>(bit % 8);
  }
  return layout;
}

/// [width - 1]
inline constexpr std::array<GroupLayout, 16> group_layouts = [] {
  std::array<GroupLayout, 16> layouts;
  for (std::int32_t width = 1; width <= 16; ++width)
    layouts[static_cast<std::size_t>(width - 1)] = make_group_layout(width);
  return layouts;
}();

} // namespace airan::cpu
