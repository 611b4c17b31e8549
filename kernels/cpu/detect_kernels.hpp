// SPDX-License-Identifier: Apache-2.0
// The inner loops of Detect's "cpu:simd" row, on small blocks that stay in the first-level cache.
// Every plane holds one real number per subcarrier (or codeword symbol) and is padded to a multiple
// of `plane_padding` values; what lies in the padding is arbitrary but finite.
#pragma once

#include "core/complex.hpp"
#include "core/modulation.hpp"
#include "kernels/detect.hpp"

#include <cstdint>

namespace airan::detect_kernels {

inline constexpr std::int32_t plane_padding = 16; ///< values; the widest vector
inline constexpr std::int32_t padded(std::int32_t n) {
  return (n + plane_padding - 1) / plane_padding * plane_padding;
}

/// Splits n complex values into two planes and fills up the padding with zeros.
void split_complex(const cf32* in, std::int32_t n, float* re, float* im);

/// One block of subcarriers of one symbol. A plane of a set begins `stride` values after the last.
struct EqualiseBlock {
  std::int32_t n_layers = 0;
  std::int32_t n_ports = 0;
  std::int32_t n_nodes = 0;
  std::int32_t n = 0; ///< subcarriers, padded
  std::int32_t stride = 0;
  const float* h = nullptr;           ///< [layer, port, node, re or im, stride]
  const cf32* time_weight = nullptr;  ///< [layer, node]
  const float* y = nullptr;           ///< [port, re or im, stride]; finite, 0 where invalid
  const float* inverse_std = nullptr; ///< [port, stride]: 1/sqrt(noise power), 0 where invalid
  float* weighted_symbol = nullptr; ///< written: x * SINR of the unbiased x, [layer, re/im, stride]
  float* sinr = nullptr;            ///< written: [layer, stride]
};

/// LMMSE of all layers, unbiased. Finite whatever comes in; 0 where nothing is known.
void equalise(const EqualiseBlock& block);

/// A run of symbols in codeword order, as planes.
struct CodewordSymbols {
  const float* weighted_re = nullptr; ///< Re x * SINR
  const float* weighted_im = nullptr;
  const float* sinr = nullptr;
  std::int32_t n = 0;
  std::int64_t first = 0; ///< place of the first one in the codeword
};

/// Puts the planes of n_layers layers (2 to 4) of `n` subcarriers into codeword order:
/// out[k * n_layers + layer] = in[layer][k]. `out` has room for n_layers * padded(n) values.
void interleave_layers(const float* const* in, std::int32_t n_layers, std::int32_t n, float* out);

/// Exact max-log LLRs (TS 38.211 5.1), bits_per_symbol(m) * symbols.n values.
void demap(Modulation m, const CodewordSymbols& symbols, std::int8_t* llrs);

/// llrs[i] changes its sign where c(first_bit + i) is 1; `c` packed as gold_words does, with four
/// words to spare at the end.
void descramble(const std::uint32_t* c, std::int64_t first_bit, std::int64_t n, std::int8_t* llrs);

/// Adds the measures of the runs of 16 symbols that begin every `step` symbols (16: all of them).
void measure(Modulation m, const CodewordSymbols& symbols, std::int32_t step, DetectMetrics& sum);

/// Symbols of less SINR than this are no observation.
inline constexpr float min_measured_sinr = 1e-6F;

} // namespace airan::detect_kernels
