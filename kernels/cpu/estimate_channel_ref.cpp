// SPDX-License-Identifier: Apache-2.0
// The inner loops of "smooth" as their definitions say, summed in double.
#include "kernels/cpu/estimate_channel_ref.hpp"

#include "kernels/cpu/smooth_estimator.hpp"

namespace airan {
namespace {

cf64 at(Split x, std::int64_t n) {
  return {static_cast<double>(x.re[n]), static_cast<double>(x.im[n])};
}
void put(Split x, std::int64_t n, cf64 v) {
  x.re[n] = static_cast<float>(v.re);
  x.im[n] = static_cast<float>(v.im);
}
cf64 wide(cf32 v) {
  return {static_cast<double>(v.re), static_cast<double>(v.im)};
}
double cover(bool alternating, std::int32_t n) {
  return alternating && n % 2 == 1 ? -1.0 : 1.0;
}

void take_comb2(const cf32* in, std::int32_t count, Split out) {
  for (std::int32_t n = 0; n < count; ++n)
    put(out, n, wide(in[2 * n]));
}
void add_conj_product(std::int32_t count, cf32 scale, Split y, Split r, Split z) {
  for (std::int32_t n = 0; n < count; ++n)
    put(z, n, at(z, n) + wide(scale) * at(y, n) * conj(at(r, n)));
}
void subtract_product(std::int32_t count, cf32 scale, bool alternating, Split r, Split h, Split y) {
  for (std::int32_t n = 0; n < count; ++n)
    put(y, n, at(y, n) - wide(scale) * at(r, n) * at(h, n) * cover(alternating, n));
}
void multiply(std::int32_t count, Split w, Split x) {
  for (std::int32_t n = 0; n < count; ++n)
    put(x, n, at(x, n) * at(w, n));
}
cf64 correlate(std::int32_t count, Split a, Split b) {
  cf64 sum;
  for (std::int32_t n = 0; n < count; ++n)
    sum += at(a, n) * conj(at(b, n));
  return sum;
}
void project(const DelayBasis& basis, std::int32_t rank, bool alternating, Split x, Split g) {
  const Split u{const_cast<float*>(basis.u_re.data()), const_cast<float*>(basis.u_im.data())};
  for (std::int32_t m = 0; m < rank; ++m) {
    cf64 sum;
    for (std::int32_t i = 0; i < basis.n_inputs; ++i)
      sum += conj(at(u, i * basis.padded_rank + m)) * at(x, i) * cover(alternating, i);
    put(g, m, sum);
  }
}
void expand(const DelayBasis& basis,
            std::int32_t rank,
            std::int32_t first,
            std::int32_t count,
            Split g,
            Split out) {
  const Split v{const_cast<float*>(basis.v_re.data()), const_cast<float*>(basis.v_im.data())};
  for (std::int32_t k = 0; k < count; ++k) {
    cf64 sum;
    for (std::int32_t m = 0; m < rank; ++m)
      sum += at(v, m * basis.n_outputs + first + k) * at(g, m);
    put(out, k, sum);
  }
}
void write_rotated(std::int32_t count, Split w, Split x, cf32* h) {
  for (std::int32_t k = 0; k < count; ++k) {
    const cf64 v = at(w, k) * at(x, k);
    h[k] = {static_cast<float>(v.re), static_cast<float>(v.im)};
  }
}

constexpr SmoothKernels reference_kernels{take_comb2, add_conj_product, subtract_product,
                                          multiply,   correlate,        project,
                                          expand,     write_rotated};

} // namespace

std::unique_ptr<EstimateChannel> make_estimate_channel_ref(const PlanLimits& limits) {
  return std::make_unique<SmoothEstimator>(limits, reference_kernels);
}

} // namespace airan
