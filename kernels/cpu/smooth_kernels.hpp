// SPDX-License-Identifier: Apache-2.0
// The inner loops of the channel estimator "smooth"; a row is the estimator with one set of them.
#pragma once

#include "core/complex.hpp"
#include "kernels/cpu/delay_basis.hpp"

#include <cstdint>

namespace airan {

/// Split complex values: real and imaginary parts in arrays of their own.
struct Split {
  float* re = nullptr;
  float* im = nullptr;
  Split operator+(std::int64_t n) const { return {re + n, im + n}; }
};

/// A set of inner loops. No array needs alignment or padding.
struct SmoothKernels {
  /// out[n] = in[2n], n < count; reads no value beyond in[2 count - 2].
  void (*take_comb2)(const cf32* in, std::int32_t count, Split out);
  /// z[n] += scale y[n] conj(r[n]).
  void (*add_conj_product)(std::int32_t count, cf32 scale, Split y, Split r, Split z);
  /// y[n] -= scale (-1)^(n alternating) r[n] h[n].
  void (*subtract_product)(
      std::int32_t count, cf32 scale, bool alternating, Split r, Split h, Split y);
  /// x[n] *= w[n].
  void (*multiply)(std::int32_t count, Split w, Split x);
  /// sum of a[n] conj(b[n]).
  cf64 (*correlate)(std::int32_t count, Split a, Split b);
  /// g[m] = sum over inputs i of conj(u[i, m]) (-1)^(i alternating) x[i], m < rank; modes up to the
  /// padded rank may be written.
  void (*project)(const DelayBasis& basis, std::int32_t rank, bool alternating, Split x, Split g);
  /// out[k] = sum over modes m < rank of v[m, first + k] g[m], k < count.
  void (*expand)(const DelayBasis& basis,
                 std::int32_t rank,
                 std::int32_t first,
                 std::int32_t count,
                 Split g,
                 Split out);
  /// h[k] = w[k] x[k], interleaved.
  void (*write_rotated)(std::int32_t count, Split w, Split x, cf32* h);
};

} // namespace airan
