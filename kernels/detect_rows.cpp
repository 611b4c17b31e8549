// SPDX-License-Identifier: Apache-2.0
// The rows of Detect, fastest first.
#include "kernels/cpu/detect_ref.hpp"
#include "kernels/cpu/detect_simd.hpp"
#include "kernels/detect.hpp"

#include <array>

namespace airan {

std::span<const Row<Detect>> detect_rows() {
  static constexpr std::array<Row<Detect>, 2> rows{{
      {"cpu:simd", "lmmse", MemorySpace::host, detect_simd_reason_to_decline, make_detect_simd},
      {"cpu:ref", "lmmse", MemorySpace::host, detect_ref_reason_to_decline, make_detect_ref},
  }};
  return rows;
}

} // namespace airan
