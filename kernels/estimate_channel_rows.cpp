// SPDX-License-Identifier: Apache-2.0
// The rows of EstimateChannel, fastest first.
#include "kernels/cpu/estimate_channel_ref.hpp"
#include "kernels/cpu/estimate_channel_simd.hpp"
#include "kernels/cpu/smooth_estimator.hpp"

namespace airan {

std::span<const Row<EstimateChannel>> estimate_channel_rows() {
  static constexpr Row<EstimateChannel> rows[] = {
      {"cpu:simd", "smooth", MemorySpace::host, estimate_channel_simd_reason_to_decline,
       make_estimate_channel_simd},
      {"cpu:ref", "smooth", MemorySpace::host, smooth_reason_to_decline, make_estimate_channel_ref},
  };
  return rows;
}

} // namespace airan
