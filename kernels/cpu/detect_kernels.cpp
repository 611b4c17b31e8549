// SPDX-License-Identifier: Apache-2.0
// Highway kernels of Detect: equalise, demap, descramble, measure.
#include "kernels/cpu/detect_kernels.hpp"

#include "kernels/primitives/constellation.hpp"

#include <algorithm>
#include <array>
#include <cstring>

// Arrays of vectors need vectors of a fixed size.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/detect_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

/// Loops over layers: with a constant number of them, matrices then live in registers.
#ifndef AIRAN_UNROLL_LAYERS
#define AIRAN_UNROLL_LAYERS _Pragma("GCC unroll 4")
#endif

HWY_BEFORE_NAMESPACE();
namespace airan::detect_kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, plane_padding>;
using V = hn::Vec<D>;

/// A vector of complex numbers.
struct C {
  V re;
  V im;
};
HWY_INLINE C zero() {
  return {hn::Zero(D()), hn::Zero(D())};
}
HWY_INLINE V norm(C a) {
  return hn::MulAdd(a.re, a.re, hn::Mul(a.im, a.im));
}
/// acc + a b
HWY_INLINE C mul_add(C a, C b, C acc) {
  return {hn::NegMulAdd(a.im, b.im, hn::MulAdd(a.re, b.re, acc.re)),
          hn::MulAdd(a.im, b.re, hn::MulAdd(a.re, b.im, acc.im))};
}
/// acc + conj(a) b
HWY_INLINE C conj_mul_add(C a, C b, C acc) {
  return {hn::MulAdd(a.im, b.im, hn::MulAdd(a.re, b.re, acc.re)),
          hn::NegMulAdd(a.im, b.re, hn::MulAdd(a.re, b.im, acc.im))};
}
/// acc - a b
HWY_INLINE C mul_sub(C a, C b, C acc) {
  return {hn::MulAdd(a.im, b.im, hn::NegMulAdd(a.re, b.re, acc.re)),
          hn::NegMulAdd(a.im, b.re, hn::NegMulAdd(a.re, b.im, acc.im))};
}
/// acc - conj(a) b
HWY_INLINE C conj_mul_sub(C a, C b, C acc) {
  return {hn::NegMulAdd(a.im, b.im, hn::NegMulAdd(a.re, b.re, acc.re)),
          hn::MulAdd(a.im, b.re, hn::NegMulAdd(a.re, b.im, acc.im))};
}
HWY_INLINE C scale(C a, V s) {
  return {hn::Mul(a.re, s), hn::Mul(a.im, s)};
}

/// 1/a to about 23 bits, for positive finite a.
HWY_INLINE V reciprocal(V a) {
#if HWY_ARCH_X86
  const V r = hn::ApproximateReciprocal(a);
  return hn::Mul(r, hn::NegMulAdd(a, r, hn::Set(D(), 2.0F)));
#else
  return hn::Div(hn::Set(D(), 1.0F), a);
#endif
}

HWY_INLINE C load(const float* plane, std::int32_t stride) {
  const D d;
  return {hn::LoadU(d, plane), hn::LoadU(d, plane + stride)};
}

void SplitComplex(const cf32* in, std::int32_t n, float* re, float* im) {
  const D d;
  const auto lanes = static_cast<std::int32_t>(hn::Lanes(d));
  const auto* values = reinterpret_cast<const float*>(in);
  std::int32_t k = 0;
  for (; k + lanes <= n; k += lanes) {
#if HWY_TARGET == HWY_SCALAR
    V a;
    V b;
    hn::LoadInterleaved2(d, values + 2 * k, a, b);
#else // faster than LoadInterleaved2
    const V low = hn::LoadU(d, values + 2 * k);
    const V high = hn::LoadU(d, values + 2 * k + lanes);
    const V a = hn::ConcatEven(d, high, low);
    const V b = hn::ConcatOdd(d, high, low);
#endif
    hn::StoreU(a, d, re + k);
    hn::StoreU(b, d, im + k);
  }
  for (; k < n; ++k) {
    re[k] = in[k].re;
    im[k] = in[k].im;
  }
  for (; k < padded(n); ++k)
    re[k] = im[k] = 0.0F;
}

/// Gram matrix and matched filter of one vector of subcarriers.
template <int kMax>
struct Normal {
  C gram[kMax][kMax]; ///< below the diagonal: sum over ports of conj(h_i) h_j, i > j
  V power[kMax];      ///< its diagonal
  C z[kMax];          ///< sum over ports of conj(h_i) y
};

/// H of one port, interpolated in time and whitened. This (with the y of the same port) is the
/// only place where the noise enters; a full covariance would be whitened here.
template <int kMax>
HWY_INLINE void
load_port(const EqualiseBlock& b, int n_layers, std::int32_t port, std::int32_t k, C* h, C& y) {
  const D d;
  const V s = hn::LoadU(d, b.inverse_std + std::int64_t{port} * b.stride + k);
  y = scale(load(b.y + std::int64_t{2} * port * b.stride + k, b.stride), s);
  AIRAN_UNROLL_LAYERS
  for (int l = 0; l < n_layers; ++l) {
    const float* node = b.h + (std::int64_t{l} * b.n_ports + port) * b.n_nodes * 2 * b.stride + k;
    const cf32* w = b.time_weight + l * b.n_nodes;
    C sum = zero();
    for (std::int32_t n = 0; n < b.n_nodes; ++n, node += 2 * b.stride)
      sum = mul_add({hn::Set(d, w[n].re), hn::Set(d, w[n].im)}, load(node, b.stride), sum);
    h[l] = scale(sum, s);
  }
}

template <int kMax>
HWY_INLINE Normal<kMax> accumulate(const EqualiseBlock& b, int n_layers, std::int32_t k) {
  Normal<kMax> a;
  AIRAN_UNROLL_LAYERS
  for (int i = 0; i < n_layers; ++i) {
    a.z[i] = zero();
    a.power[i] = hn::Zero(D());
    AIRAN_UNROLL_LAYERS
    for (int j = 0; j < i; ++j)
      a.gram[i][j] = zero();
  }
  for (std::int32_t port = 0; port < b.n_ports; ++port) {
    C h[kMax];
    C y;
    load_port<kMax>(b, n_layers, port, k, h, y);
    AIRAN_UNROLL_LAYERS
    for (int i = 0; i < n_layers; ++i) {
      a.power[i] = hn::MulAdd(h[i].re, h[i].re, hn::MulAdd(h[i].im, h[i].im, a.power[i]));
      a.z[i] = conj_mul_add(h[i], y, a.z[i]);
      AIRAN_UNROLL_LAYERS
      for (int j = 0; j < i; ++j)
        a.gram[i][j] = conj_mul_add(h[i], h[j], a.gram[i][j]);
    }
  }
  return a;
}

/// Stores x * SINR and SINR; both become 0 where either is not finite.
HWY_INLINE void store(const EqualiseBlock& b, std::int32_t layer, std::int32_t k, C t, V sinr) {
  const D d;
  const V huge = hn::Set(d, 1e30F);
  const auto ok = hn::And(hn::And(hn::Gt(sinr, hn::Zero(d)), hn::Lt(sinr, huge)),
                          hn::Lt(hn::Add(hn::Abs(t.re), hn::Abs(t.im)), huge));
  float* symbol = b.weighted_symbol + std::int64_t{2} * layer * b.stride + k;
  hn::StoreU(hn::IfThenElseZero(ok, t.re), d, symbol);
  hn::StoreU(hn::IfThenElseZero(ok, t.im), d, symbol + b.stride);
  hn::StoreU(hn::IfThenElseZero(ok, sinr), d, b.sinr + std::int64_t{layer} * b.stride + k);
}

// With the whitened channel G = H^H H and z = H^H y, A = G + D:
//   x_mmse = A^-1 z, of gain b_l = 1 - D_l [A^-1]_ll;
//   SINR_l = b_l / (1 - b_l) = 1/(D_l [A^-1]_ll) - 1;   x * SINR = x_mmse / (D_l [A^-1]_ll).
// D_l = 1 + relative_load G_ll limits the SINR that is believed (to 67 dB), so that float32 can
// tell a singular channel from a good one. A = M diag(d) M^H with M unit lower triangular; a pivot
// d_l is never below D_l but for rounding.
constexpr float relative_load = 2e-7F;

template <int kMax>
HWY_INLINE void solve(const EqualiseBlock& b, int n_layers, std::int32_t k, Normal<kMax>& a) {
  const D d;
  const V one = hn::Set(d, 1.0F);
  V load[kMax];
  V inverse_pivot[kMax];
  C m[kMax][kMax] = {}; // M, below its diagonal
  AIRAN_UNROLL_LAYERS
  for (int j = 0; j < n_layers; ++j) {
    load[j] = hn::MulAdd(a.power[j], hn::Set(d, relative_load), one);
    V pivot = hn::Add(a.power[j], load[j]);
    AIRAN_UNROLL_LAYERS
    for (int c = 0; c < j; ++c) {
      pivot = hn::NegMulAdd(a.gram[j][c].re, m[j][c].re, pivot);
      pivot = hn::NegMulAdd(a.gram[j][c].im, m[j][c].im, pivot);
    }
    inverse_pivot[j] = reciprocal(hn::Max(pivot, load[j]));
    AIRAN_UNROLL_LAYERS
    for (int i = j + 1; i < n_layers; ++i) {
      C v = a.gram[i][j]; // M_ij d_j = A_ij - sum over c < j of (M_ic d_c) conj(M_jc)
      AIRAN_UNROLL_LAYERS
      for (int c = 0; c < j; ++c)
        v = conj_mul_sub(m[j][c], a.gram[i][c], v);
      a.gram[i][j] = v;
      m[i][j] = scale(v, inverse_pivot[j]);
    }
  }
  AIRAN_UNROLL_LAYERS
  for (int i = 0; i < n_layers; ++i) // z := M^-1 z
    AIRAN_UNROLL_LAYERS
  for (int c = 0; c < i; ++c)
    a.z[i] = mul_sub(m[i][c], a.z[c], a.z[i]);
  AIRAN_UNROLL_LAYERS
  for (int l = n_layers - 1; l >= 0; --l) { // z := M^-H diag(1/d) z
    a.z[l] = scale(a.z[l], inverse_pivot[l]);
    AIRAN_UNROLL_LAYERS
    for (int i = l + 1; i < n_layers; ++i)
      a.z[l] = conj_mul_sub(m[i][l], a.z[i], a.z[l]);
  }
  // gram := -M^-1, row by row: -(M^-1)_ij = M_ij - sum over j < c < i of M_ic (-M^-1)_cj
  AIRAN_UNROLL_LAYERS
  for (int j = 0; j < n_layers; ++j)
    AIRAN_UNROLL_LAYERS
  for (int i = j + 1; i < n_layers; ++i) {
    C v = m[i][j];
    AIRAN_UNROLL_LAYERS
    for (int c = j + 1; c < i; ++c)
      v = mul_sub(m[i][c], a.gram[c][j], v);
    a.gram[i][j] = v;
  }
  AIRAN_UNROLL_LAYERS
  for (int l = 0; l < n_layers; ++l) {
    V inverse_ll = inverse_pivot[l];
    AIRAN_UNROLL_LAYERS
    for (int i = l + 1; i < n_layers; ++i)
      inverse_ll = hn::MulAdd(norm(a.gram[i][l]), inverse_pivot[i], inverse_ll);
    const V gain = reciprocal(hn::Mul(load[l], inverse_ll));
    store(b, l, k, scale(a.z[l], gain), hn::Sub(gain, one));
  }
}

/// kLayers 0: any number of layers, slower.
template <int kLayers>
HWY_NOINLINE void EqualiseLayers(const EqualiseBlock& b) {
  constexpr int kMax = kLayers == 0 ? max_layers_per_group : kLayers;
  const int n_layers = kLayers == 0 ? b.n_layers : kLayers;
  for (std::int32_t k = 0; k < b.n; k += static_cast<std::int32_t>(hn::Lanes(D()))) {
    Normal<kMax> a = accumulate<kMax>(b, n_layers, k);
    if constexpr (kLayers == 1)
      store(b, 0, k, a.z[0], a.power[0]); // maximum-ratio combining: x = z/g, SINR = g
    else
      solve<kMax>(b, n_layers, k, a);
  }
}

void Equalise(const EqualiseBlock& b) {
  switch (b.n_layers) {
  case 1:
    return EqualiseLayers<1>(b);
  case 2:
    return EqualiseLayers<2>(b);
  case 3:
    return EqualiseLayers<3>(b);
  case 4:
    return EqualiseLayers<4>(b);
  default:
    return EqualiseLayers<0>(b);
  }
}

void InterleaveLayers(const float* const* in, std::int32_t n_layers, std::int32_t n, float* out) {
  const D d;
  const auto lanes = static_cast<std::int32_t>(hn::Lanes(d));
  for (std::int32_t k = 0; k < n; k += lanes) {
    const V a = hn::LoadU(d, in[0] + k);
    const V b = hn::LoadU(d, in[1] + k);
    float* to = out + std::int64_t{k} * n_layers;
    if (n_layers == 2) {
      hn::StoreInterleaved2(a, b, d, to);
    } else if (n_layers == 3) {
      hn::StoreInterleaved3(a, b, hn::LoadU(d, in[2] + k), d, to);
    } else {
      hn::StoreInterleaved4(a, b, hn::LoadU(d, in[2] + k), hn::LoadU(d, in[3] + k), d, to);
    }
  }
}

using DI = hn::RebindToSigned<D>;
using VI = hn::Vec<DI>;

HWY_INLINE VI quantise(V llr) {
  const D d;
  const V limit = hn::Set(d, static_cast<float>(llr_max));
  return hn::NearestInt(hn::Min(hn::Max(llr, hn::Neg(limit)), limit));
}

// One axis of a Gray-mapped constellation. On the lattice of odd integers u = y / scale,
//   LLR of bit 0 = f * max over k of 4 (k+1)(|u| - k), with the sign of u, k = 0 .. 2^(n-1) - 1;
// bit i+1 is bit 0 of the half lattice at 2^(n-1) - |u|, as the nested brackets of 5.1.4-5.1.6 say.
// c is u, and f the scale of the lattice, both already multiplied by 4 f.
template <int kBits>
HWY_INLINE void axis_llrs(V c, V f, VI* out) {
  const D d;
  for (int i = 0; i < kBits; ++i) {
    const int n_pieces = 1 << (kBits - 1 - i);
    const V a = hn::Abs(c);
    V best = a;
    for (int k = 1; k < n_pieces; ++k)
      best = hn::Max(best, hn::MulSub(a, hn::Set(d, static_cast<float>(k + 1)),
                                      hn::Mul(f, hn::Set(d, static_cast<float>(k * (k + 1))))));
    out[i] = quantise(hn::CopySignToAbs(best, c));
    c = hn::MulSub(f, hn::Set(d, static_cast<float>(n_pieces)), a);
  }
}

/// Bytes a0 b0 a1 b1 of each 32-bit lane.
HWY_INLINE VI pack4(VI a0, VI b0, VI a1, VI b1) {
  const VI byte = hn::Set(DI(), 0xFF);
  return hn::Or(hn::Or(hn::And(a0, byte), hn::ShiftLeft<8>(hn::And(b0, byte))),
                hn::Or(hn::ShiftLeft<16>(hn::And(a1, byte)), hn::ShiftLeft<24>(b1)));
}
HWY_INLINE hn::Vec<hn::Rebind<std::uint16_t, D>> pack2(VI a, VI b) {
  const VI byte = hn::Set(DI(), 0xFF);
  const VI pair = hn::Or(hn::And(a, byte), hn::ShiftLeft<8>(hn::And(b, byte)));
  return hn::TruncateTo(hn::Rebind<std::uint16_t, D>(),
                        hn::BitCast(hn::RebindToUnsigned<D>(), pair));
}

/// The LLRs of one vector of symbols.
template <int kBitsPerAxis>
HWY_INLINE void demap_qam(C t, V sinr, float unit, std::int8_t* out) {
  const D d;
  const V f = hn::Mul(sinr, hn::Set(d, 4.0F * llr_steps_per_nat * unit * unit));
  const V to_lattice = hn::Set(d, 4.0F * llr_steps_per_nat * unit);
  VI a[kBitsPerAxis];
  VI b[kBitsPerAxis];
  axis_llrs<kBitsPerAxis>(hn::Mul(t.re, to_lattice), f, a);
  axis_llrs<kBitsPerAxis>(hn::Mul(t.im, to_lattice), f, b);
  const hn::Rebind<std::uint16_t, D> d16;
  if constexpr (kBitsPerAxis == 1) {
    hn::StoreU(pack2(a[0], b[0]), d16, reinterpret_cast<std::uint16_t*>(out));
  } else if constexpr (kBitsPerAxis == 2) {
    hn::StoreU(pack4(a[0], b[0], a[1], b[1]), DI(), reinterpret_cast<std::int32_t*>(out));
  } else if constexpr (kBitsPerAxis == 3) {
    hn::StoreInterleaved3(pack2(a[0], b[0]), pack2(a[1], b[1]), pack2(a[2], b[2]), d16,
                          reinterpret_cast<std::uint16_t*>(out));
  } else {
    hn::StoreInterleaved2(pack4(a[0], b[0], a[1], b[1]), pack4(a[2], b[2], a[3], b[3]), DI(),
                          reinterpret_cast<std::int32_t*>(out));
  }
}

/// +1 on the even, -1 on the odd symbols of the codeword.
HWY_INLINE V alternating_sign(std::int64_t first) {
  const D d;
  const VI odd = hn::And(hn::Iota(DI(), static_cast<std::int32_t>(first & 1)), hn::Set(DI(), 1));
  return hn::ConvertTo(d, hn::Sub(hn::Set(DI(), 1), hn::Add(odd, odd)));
}
/// The component of pi/2-BPSK symbols along their axis: exp(j pi/4) for even, exp(j 3 pi/4) for odd
/// symbols.
HWY_INLINE V pi2_bpsk_axis(C t, std::int64_t first) {
  return hn::Mul(hn::MulAdd(t.re, alternating_sign(first), t.im),
                 hn::Set(D(), qam_scale(Modulation::pi2_bpsk)));
}
HWY_INLINE void demap_pi2_bpsk(C t, std::int64_t first, std::int8_t* out) {
  const V llr = hn::Mul(pi2_bpsk_axis(t, first), hn::Set(D(), 4.0F * llr_steps_per_nat));
  const hn::Rebind<std::int8_t, D> d8;
  hn::StoreU(hn::DemoteTo(d8, quantise(llr)), d8, out);
}

template <class DemapVector>
HWY_INLINE void for_each_vector(const CodewordSymbols& s,
                                std::int32_t bits,
                                std::int8_t* llrs,
                                const DemapVector& demap_vector) {
  const D d;
  const auto lanes = static_cast<std::int32_t>(hn::Lanes(d));
  for (std::int32_t i = 0; i < s.n; i += lanes) {
    const C t{hn::LoadU(d, s.weighted_re + i), hn::LoadU(d, s.weighted_im + i)};
    const V sinr = hn::LoadU(d, s.sinr + i);
    std::int8_t* to = llrs + std::int64_t{i} * bits;
    if (i + lanes <= s.n) {
      demap_vector(t, sinr, s.first + i, to);
    } else {
      std::array<std::int8_t, plane_padding * 8> last;
      demap_vector(t, sinr, s.first + i, last.data());
      std::memcpy(to, last.data(), static_cast<std::size_t>((s.n - i) * bits));
    }
  }
}

void Demap(Modulation m, const CodewordSymbols& s, std::int8_t* llrs) {
  const std::int32_t bits = bits_per_symbol(m);
  const float unit = qam_scale(m);
  switch (m) {
  case Modulation::pi2_bpsk:
    return for_each_vector(s, bits, llrs, [](C t, V, std::int64_t i, std::int8_t* to) HWY_ATTR {
      demap_pi2_bpsk(t, i, to);
    });
  case Modulation::qpsk:
    return for_each_vector(s, bits, llrs, [unit](C t, V q, std::int64_t, std::int8_t* to) HWY_ATTR {
      demap_qam<1>(t, q, unit, to);
    });
  case Modulation::qam16:
    return for_each_vector(s, bits, llrs, [unit](C t, V q, std::int64_t, std::int8_t* to) HWY_ATTR {
      demap_qam<2>(t, q, unit, to);
    });
  case Modulation::qam64:
    return for_each_vector(s, bits, llrs, [unit](C t, V q, std::int64_t, std::int8_t* to) HWY_ATTR {
      demap_qam<3>(t, q, unit, to);
    });
  case Modulation::qam256:
    return for_each_vector(s, bits, llrs, [unit](C t, V q, std::int64_t, std::int8_t* to) HWY_ATTR {
      demap_qam<4>(t, q, unit, to);
    });
  }
}

void Descramble(const std::uint32_t* c, std::int64_t first_bit, std::int64_t n, std::int8_t* llrs) {
  const hn::ScalableTag<std::int8_t> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(c);
  const auto bits_at = [bytes](std::int64_t bit) {
    std::uint64_t low;
    std::memcpy(&low, bytes + bit / 8, sizeof low);
    const std::uint64_t high = bytes[bit / 8 + 8];
    const auto shift = static_cast<int>(bit % 8);
    return shift == 0 ? low : (low >> shift) | (high << (64 - shift));
  };
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const std::uint64_t bits = bits_at(first_bit + i);
    std::uint8_t mask_bytes[8];
    std::memcpy(mask_bytes, &bits, sizeof bits);
    const auto flip = hn::LoadMaskBits(d, mask_bytes);
    const auto v = hn::LoadU(d, llrs + i);
    hn::StoreU(hn::IfThenElse(flip, hn::Neg(v), v), d, llrs + i);
  }
  for (; i < n; i += 64) {
    const std::uint64_t bits = bits_at(first_bit + i);
    for (std::int64_t b = 0; b < std::min<std::int64_t>(64, n - i); ++b)
      if ((bits >> b) & 1U)
        llrs[i + b] = static_cast<std::int8_t>(-llrs[i + b]);
  }
}

/// Squared distance of one axis to the nearest odd level up to +-max_level, on the lattice.
HWY_INLINE V squared_distance_to_level(V u, float max_level) {
  const D d;
  const V half = hn::Set(d, 0.5F);
  const V one = hn::Set(d, 1.0F);
  const V limit = hn::Set(d, max_level);
  const V level = hn::MulAdd(hn::Floor(hn::Mul(u, half)), hn::Set(d, 2.0F), one);
  const V e = hn::Sub(u, hn::Min(hn::Max(level, hn::Neg(limit)), limit));
  return hn::Mul(e, e);
}

HWY_INLINE V error_power(Modulation m, C x, std::int64_t first) {
  const D d;
  if (m == Modulation::pi2_bpsk) { // along the axis to +-1, and all of what is across it
    const V along = pi2_bpsk_axis(x, first);
    const V e = hn::Sub(hn::Abs(along), hn::Set(d, 1.0F));
    return hn::Add(hn::Mul(e, e), hn::NegMulAdd(along, along, norm(x)));
  }
  const float unit = qam_scale(m);
  const float max_level = static_cast<float>((1 << (bits_per_symbol(m) / 2)) - 1);
  const C u = scale(x, hn::Set(d, 1.0F / unit));
  return hn::Mul(hn::Add(squared_distance_to_level(u.re, max_level),
                         squared_distance_to_level(u.im, max_level)),
                 hn::Set(d, unit * unit));
}

void Measure(Modulation m, const CodewordSymbols& s, std::int32_t step, DetectMetrics& sum) {
  const D d;
  const auto lanes = static_cast<std::int32_t>(hn::Lanes(d));
  V error = hn::Zero(d);
  V inverse = hn::Zero(d);
  V direct = hn::Zero(d);
  std::int64_t n = 0;
  for (std::int32_t run = 0; run < s.n; run += step)
    for (std::int32_t i = run; i < std::min(run + plane_padding, s.n); i += lanes) {
      const V sinr = hn::LoadU(d, s.sinr + i);
      const auto ok = hn::And(hn::FirstN(d, static_cast<std::size_t>(s.n - i)),
                              hn::Gt(sinr, hn::Set(d, min_measured_sinr)));
      const V noise = hn::Div(hn::Set(d, 1.0F), hn::IfThenElse(ok, sinr, hn::Set(d, 1.0F)));
      const C x{hn::Mul(hn::LoadU(d, s.weighted_re + i), noise),
                hn::Mul(hn::LoadU(d, s.weighted_im + i), noise)};
      error = hn::Add(error, hn::IfThenElseZero(ok, error_power(m, x, s.first + i)));
      inverse = hn::Add(inverse, hn::IfThenElseZero(ok, noise));
      direct = hn::Add(direct, hn::IfThenElseZero(ok, sinr));
      n += static_cast<std::int64_t>(hn::CountTrue(d, ok));
    }
  sum.sum_error_power += hn::GetLane(hn::SumOfLanes(d, error));
  sum.sum_inverse_sinr += hn::GetLane(hn::SumOfLanes(d, inverse));
  sum.sum_sinr += hn::GetLane(hn::SumOfLanes(d, direct));
  sum.n_symbols += n;
}

} // namespace airan::detect_kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace airan::detect_kernels {
HWY_EXPORT(SplitComplex);
HWY_EXPORT(Equalise);
HWY_EXPORT(InterleaveLayers);
HWY_EXPORT(Demap);
HWY_EXPORT(Descramble);
HWY_EXPORT(Measure);

void split_complex(const cf32* in, std::int32_t n, float* re, float* im) {
  HWY_DYNAMIC_DISPATCH(SplitComplex)(in, n, re, im);
}
void equalise(const EqualiseBlock& block) {
  HWY_DYNAMIC_DISPATCH(Equalise)(block);
}
void interleave_layers(const float* const* in, std::int32_t n_layers, std::int32_t n, float* out) {
  HWY_DYNAMIC_DISPATCH(InterleaveLayers)(in, n_layers, n, out);
}
void demap(Modulation m, const CodewordSymbols& symbols, std::int8_t* llrs) {
  HWY_DYNAMIC_DISPATCH(Demap)(m, symbols, llrs);
}
void descramble(const std::uint32_t* c, std::int64_t first_bit, std::int64_t n, std::int8_t* llrs) {
  HWY_DYNAMIC_DISPATCH(Descramble)(c, first_bit, n, llrs);
}
void measure(Modulation m, const CodewordSymbols& symbols, std::int32_t step, DetectMetrics& sum) {
  HWY_DYNAMIC_DISPATCH(Measure)(m, symbols, step, sum);
}
} // namespace airan::detect_kernels
#endif
