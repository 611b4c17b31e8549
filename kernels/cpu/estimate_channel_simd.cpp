// SPDX-License-Identifier: Apache-2.0
// The inner loops of "smooth" with Highway, one set per instruction set, chosen at run time.
#include "kernels/cpu/estimate_channel_simd.hpp"

#include "kernels/cpu/smooth_estimator.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/estimate_channel_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace airan::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

struct Pair {
  V re;
  V im;
};

HWY_INLINE Pair load(Split x, std::int64_t n) {
  const D d;
  return {hn::LoadU(d, x.re + n), hn::LoadU(d, x.im + n)};
}
HWY_INLINE void store(Pair v, Split x, std::int64_t n) {
  const D d;
  hn::StoreU(v.re, d, x.re + n);
  hn::StoreU(v.im, d, x.im + n);
}
HWY_INLINE Pair product(Pair a, Pair b) {
  return {hn::NegMulAdd(a.im, b.im, hn::Mul(a.re, b.re)),
          hn::MulAdd(a.im, b.re, hn::Mul(a.re, b.im))};
}
HWY_INLINE Pair product_conj(Pair a, Pair b) { // a conj(b)
  return {hn::MulAdd(a.im, b.im, hn::Mul(a.re, b.re)),
          hn::NegMulAdd(a.re, b.im, hn::Mul(a.im, b.re))};
}
HWY_INLINE Pair broadcast(cf32 v) {
  const D d;
  return {hn::Set(d, v.re), hn::Set(d, v.im)};
}
HWY_INLINE cf32 value(Split x, std::int64_t n) {
  return {x.re[n], x.im[n]};
}
HWY_INLINE void put(Split x, std::int64_t n, cf32 v) {
  x.re[n] = v.re;
  x.im[n] = v.im;
}
HWY_INLINE float cover(bool alternating, std::int32_t n) {
  return alternating && n % 2 == 1 ? -1.0F : 1.0F;
}
HWY_INLINE std::int32_t lanes() {
  return static_cast<std::int32_t>(hn::Lanes(D()));
}

void take_comb2(const cf32* in, std::int32_t count, Split out) {
  const D d;
  const std::int32_t step = lanes();
  std::int32_t n = 0;
  for (; n + step < count; n += step) { // keeps clear of the last, odd subcarrier
    V re;
    V im;
    V skip_re;
    V skip_im;
    hn::LoadInterleaved4(d, reinterpret_cast<const float*>(in + 2 * n), re, im, skip_re, skip_im);
    store({re, im}, out, n);
  }
  for (; n < count; ++n)
    put(out, n, in[2 * n]);
}

void add_conj_product(std::int32_t count, cf32 scale, Split y, Split r, Split z) {
  const Pair s = broadcast(scale);
  const std::int32_t step = lanes();
  std::int32_t n = 0;
  for (; n + step <= count; n += step) {
    const Pair p = product(s, product_conj(load(y, n), load(r, n)));
    const Pair old = load(z, n);
    store({hn::Add(old.re, p.re), hn::Add(old.im, p.im)}, z, n);
  }
  for (; n < count; ++n)
    put(z, n, value(z, n) + scale * (value(y, n) * conj(value(r, n))));
}

void subtract_product(std::int32_t count, cf32 scale, bool alternating, Split r, Split h, Split y) {
  const D d;
  const Pair s = broadcast(scale);
  const V sign = alternating ? hn::OddEven(hn::Set(d, -1.0F), hn::Set(d, 1.0F)) : hn::Set(d, 1.0F);
  const std::int32_t step = lanes();
  std::int32_t n = 0;
  for (; step > 1 && n + step <= count; n += step) { // a vector of one lane has no odd lane
    const Pair p = product(s, product(load(r, n), load(h, n)));
    const Pair old = load(y, n);
    store({hn::NegMulAdd(sign, p.re, old.re), hn::NegMulAdd(sign, p.im, old.im)}, y, n);
  }
  for (; n < count; ++n)
    put(y, n, value(y, n) - scale * (value(r, n) * value(h, n)) * cover(alternating, n));
}

void multiply(std::int32_t count, Split w, Split x) {
  const std::int32_t step = lanes();
  std::int32_t n = 0;
  for (; n + step <= count; n += step)
    store(product(load(x, n), load(w, n)), x, n);
  for (; n < count; ++n)
    put(x, n, value(x, n) * value(w, n));
}

cf64 correlate(std::int32_t count, Split a, Split b) {
  const D d;
  const std::int32_t step = lanes();
  Pair sum{hn::Zero(d), hn::Zero(d)};
  std::int32_t n = 0;
  for (; n + step <= count; n += step) {
    const Pair x = load(a, n);
    const Pair y = load(b, n);
    sum.re = hn::MulAdd(x.re, y.re, hn::MulAdd(x.im, y.im, sum.re));
    sum.im = hn::MulAdd(x.im, y.re, hn::NegMulAdd(x.re, y.im, sum.im));
  }
  cf64 total{static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum.re))),
             static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum.im)))};
  for (; n < count; ++n) {
    const cf32 p = value(a, n) * conj(value(b, n));
    total += {static_cast<double>(p.re), static_cast<double>(p.im)};
  }
  return total;
}

// One vector of modes at a time stays in registers; inputs are broadcast.
void project(const DelayBasis& basis, std::int32_t rank, bool alternating, Split x, Split g) {
  const D d;
  const std::int32_t step = lanes();
  const std::int32_t padded = basis.padded_rank;
  const float odd = alternating ? -1.0F : 1.0F;
  for (std::int32_t m = 0; m < rank; m += step) {
    const float* u_re = basis.u_re.data() + m;
    const float* u_im = basis.u_im.data() + m;
    Pair even_sum{hn::Zero(d), hn::Zero(d)};
    Pair odd_sum{hn::Zero(d), hn::Zero(d)};
    const auto add = [&](std::int32_t i, float sign, Pair& sum) HWY_ATTR {
      const V re = hn::LoadU(d, u_re + i * padded);
      const V im = hn::LoadU(d, u_im + i * padded);
      const V x_re = hn::Set(d, sign * x.re[i]);
      const V x_im = hn::Set(d, sign * x.im[i]);
      sum.re = hn::MulAdd(re, x_re, hn::MulAdd(im, x_im, sum.re));
      sum.im = hn::MulAdd(re, x_im, hn::NegMulAdd(im, x_re, sum.im));
    };
    std::int32_t i = 0;
    for (; i + 2 <= basis.n_inputs; i += 2) {
      add(i, 1.0F, even_sum);
      add(i + 1, odd, odd_sum);
    }
    if (i < basis.n_inputs)
      add(i, 1.0F, even_sum);
    store({hn::Add(even_sum.re, odd_sum.re), hn::Add(even_sum.im, odd_sum.im)}, g, m);
  }
}

void expand(const DelayBasis& basis,
            std::int32_t rank,
            std::int32_t first,
            std::int32_t count,
            Split g,
            Split out) {
  const D d;
  const std::int32_t step = lanes();
  const std::int64_t stride = basis.n_outputs;
  std::int32_t k = 0;
  const auto one = [&](std::int32_t at) HWY_ATTR {
    const float* v_re = basis.v_re.data() + first + at;
    const float* v_im = basis.v_im.data() + first + at;
    Pair sum{hn::Zero(d), hn::Zero(d)};
    for (std::int32_t m = 0; m < rank; ++m) {
      const V re = hn::LoadU(d, v_re + m * stride);
      const V im = hn::LoadU(d, v_im + m * stride);
      const V g_re = hn::Set(d, g.re[m]);
      const V g_im = hn::Set(d, g.im[m]);
      sum.re = hn::NegMulAdd(im, g_im, hn::MulAdd(re, g_re, sum.re));
      sum.im = hn::MulAdd(im, g_re, hn::MulAdd(re, g_im, sum.im));
    }
    store(sum, out, at);
  };
  for (; k + step <= count; k += step)
    one(k);
  if (k < count && count >= step) { // the last vector overlaps the one before
    one(count - step);
    return;
  }
  for (; k < count; ++k) {
    cf32 sum;
    for (std::int32_t m = 0; m < rank; ++m)
      sum += cf32{basis.v_re[static_cast<std::size_t>(m * stride + first + k)],
                  basis.v_im[static_cast<std::size_t>(m * stride + first + k)]} *
             value(g, m);
    put(out, k, sum);
  }
}

void write_rotated(std::int32_t count, Split w, Split x, cf32* h) {
  const D d;
  const std::int32_t step = lanes();
  std::int32_t k = 0;
  for (; k + step <= count; k += step) {
    const Pair p = product(load(w, k), load(x, k));
    hn::StoreInterleaved2(p.re, p.im, d, reinterpret_cast<float*>(h + k));
  }
  for (; k < count; ++k)
    h[k] = value(w, k) * value(x, k);
}

SmoothKernels get_kernels() {
  return {take_comb2, add_conj_product, subtract_product, multiply,
          correlate,  project,          expand,           write_rotated};
}

} // namespace airan::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace airan {
HWY_EXPORT(get_kernels);

std::string estimate_channel_simd_reason_to_decline(const PlanLimits& limits) {
  if (limits.n_ports > 16)
    return "more than 16 ports";
  return smooth_reason_to_decline(limits);
}
std::unique_ptr<EstimateChannel> make_estimate_channel_simd(const PlanLimits& limits) {
  return std::make_unique<SmoothEstimator>(limits, HWY_DYNAMIC_DISPATCH(get_kernels)());
}
} // namespace airan
#endif
