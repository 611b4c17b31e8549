// SPDX-License-Identifier: Apache-2.0
// Transport block size from resources and rate: TS 38.214 5.1.3.2, which 6.1.4.2 refers to.
#include "core/assert.hpp"
#include "phy/plan_codeword.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace airan {
namespace {

/// TS 38.214 table 5.1.3.2-1, bits.
constexpr std::array<std::int16_t, 93> small_sizes = {
    24,   32,   40,   48,   56,   64,   72,   80,   88,   96,   104,  112,  120,  128,  136,  144,
    152,  160,  168,  176,  184,  192,  208,  224,  240,  256,  272,  288,  304,  320,  336,  352,
    368,  384,  408,  432,  456,  480,  504,  528,  552,  576,  608,  640,  672,  704,  736,  768,
    808,  848,  888,  928,  984,  1032, 1064, 1128, 1160, 1192, 1224, 1256, 1288, 1320, 1352, 1416,
    1480, 1544, 1608, 1672, 1736, 1800, 1864, 1928, 2024, 2088, 2152, 2216, 2280, 2408, 2472, 2536,
    2600, 2664, 2728, 2792, 2856, 2976, 3104, 3240, 3368, 3496, 3624, 3752, 3824};

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

/// Step 3: N_info <= 3824.
std::int64_t small_size(double n_info) {
  const std::int32_t n = std::max(3, std::ilogb(n_info) - 6);
  const auto step = std::int64_t{1} << n;
  const std::int64_t quantised = std::max<std::int64_t>(
      24, step * static_cast<std::int64_t>(n_info / static_cast<double>(step)));
  return *std::lower_bound(small_sizes.begin(), small_sizes.end(), quantised);
}

/// Step 4: N_info > 3824.
std::int64_t large_size(double n_info, double code_rate) {
  const std::int32_t n = std::ilogb(n_info - 24) - 5;
  const auto step = std::int64_t{1} << n;
  // round(): ties go to the larger integer.
  const auto steps =
      static_cast<std::int64_t>(std::floor((n_info - 24) / static_cast<double>(step) + 0.5));
  const std::int64_t with_crc = std::max<std::int64_t>(3840, step * steps) + 24;
  std::int64_t n_code_blocks = 1;
  if (code_rate <= 0.25)
    n_code_blocks = ceil_div(with_crc, 3816);
  else if (with_crc - 24 > 8424)
    n_code_blocks = ceil_div(with_crc, 8424);
  return 8 * n_code_blocks * ceil_div(with_crc, 8 * n_code_blocks) - 24;
}

} // namespace

std::int64_t transport_block_bits(std::int32_t n_res_per_prb,
                                  std::int32_t n_prb,
                                  double code_rate,
                                  std::int32_t bits_per_symbol,
                                  std::int32_t n_layers) {
  AIRAN_ASSERT(n_res_per_prb > 0 && n_prb > 0 && code_rate > 0 && bits_per_symbol > 0 &&
                   n_layers > 0,
               "n_res_per_prb=" + std::to_string(n_res_per_prb) +
                   " n_prb=" + std::to_string(n_prb) + " code_rate=" + std::to_string(code_rate));
  // N_info = N_RE R Q_m v; exact in double, because R x 2048 is an integer in every table.
  const double n_info = static_cast<double>(std::int64_t{std::min(156, n_res_per_prb)} * n_prb *
                                            bits_per_symbol * n_layers) *
                        code_rate;
  return n_info <= 3824 ? small_size(n_info) : large_size(n_info, code_rate);
}

} // namespace airan
