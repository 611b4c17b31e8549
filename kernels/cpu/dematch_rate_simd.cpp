// SPDX-License-Identifier: Apache-2.0
// Rate de-matching: the bit interleaver is a transposition, the circular buffer a few runs.
#include "kernels/cpu/dematch_rate_simd.hpp"

#include "core/modulation.hpp"
#include "runtime/buffer.hpp"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/dematch_rate_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace airan::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D8 = hn::CappedTag<std::int8_t, 64>;

#if HWY_TARGET != HWY_SCALAR
/// Lane pairs of `low` and `high` (first and second bit of each) to their two rows.
template <class D, class V16>
HWY_INLINE void store_pairs(D d, V16 low, V16 high, std::int8_t* first, std::int8_t* second) {
  const auto a = hn::BitCast(d, low);
  const auto b = hn::BitCast(d, high);
  hn::StoreU(hn::ConcatEven(d, b, a), d, first);
  hn::StoreU(hn::ConcatOdd(d, b, a), d, second);
}

/// One vector of symbols, n_bits each: in [symbol, bit] -> out [bit, symbol], rows `stride` apart.
/// Bits go in pairs, as 16-bit lanes.
template <int n_bits, class D>
HWY_INLINE void
transpose_vector(D d, const std::int8_t* in, std::int8_t* out, std::int64_t stride) {
  const hn::Repartition<std::uint16_t, D> d16;
  const auto* const low = reinterpret_cast<const std::uint16_t*>(in);
  const auto* const high = low + hn::Lanes(d16) * (n_bits / 2);
  hn::VFromD<decltype(d16)> a0, a1, a2, a3, b0, b1, b2, b3;
  if constexpr (n_bits == 2) {
    a0 = hn::LoadU(d16, low);
    b0 = hn::LoadU(d16, high);
  } else if constexpr (n_bits == 4) {
    hn::LoadInterleaved2(d16, low, a0, a1);
    hn::LoadInterleaved2(d16, high, b0, b1);
  } else if constexpr (n_bits == 6) {
    hn::LoadInterleaved3(d16, low, a0, a1, a2);
    hn::LoadInterleaved3(d16, high, b0, b1, b2);
  } else {
    hn::LoadInterleaved4(d16, low, a0, a1, a2, a3);
    hn::LoadInterleaved4(d16, high, b0, b1, b2, b3);
  }
  store_pairs(d, a0, b0, out, out + stride);
  if constexpr (n_bits >= 4)
    store_pairs(d, a1, b1, out + 2 * stride, out + 3 * stride);
  if constexpr (n_bits >= 6)
    store_pairs(d, a2, b2, out + 4 * stride, out + 5 * stride);
  if constexpr (n_bits >= 8)
    store_pairs(d, a3, b3, out + 6 * stride, out + 7 * stride);
}

#endif

/// in [symbol, bit] -> out [bit, symbol]
template <int n_bits, class D>
void transpose([[maybe_unused]] D d,
               const std::int8_t* in,
               std::int8_t* out,
               std::int32_t n_symbols) {
  std::int32_t symbol = 0;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (n_bits > 1) {
    const auto n_lanes = static_cast<std::int32_t>(hn::Lanes(d));
    for (; symbol + n_lanes <= n_symbols; symbol += n_lanes)
      transpose_vector<n_bits>(d, in + std::int64_t{symbol} * n_bits, out + symbol, n_symbols);
  }
#endif
  for (; symbol < n_symbols; ++symbol)
    for (std::int32_t bit = 0; bit < n_bits; ++bit)
      out[std::int64_t{bit} * n_symbols + symbol] = in[std::int64_t{symbol} * n_bits + bit];
}

void deinterleave(const std::int8_t* in,
                  std::int8_t* out,
                  std::int32_t n_symbols,
                  std::int32_t bits_per_symbol) {
  switch (bits_per_symbol) {
  case 1:
    return transpose<1>(D8(), in, out, n_symbols);
  case 2:
    return transpose<2>(D8(), in, out, n_symbols);
  case 4:
    return transpose<4>(D8(), in, out, n_symbols);
  case 6:
    return transpose<6>(D8(), in, out, n_symbols);
  default:
    return transpose<8>(D8(), in, out, n_symbols);
  }
}

/// sums += values, saturated to +-llr_max.
void accumulate(std::int8_t* sums, const std::int8_t* values, std::int32_t n) {
  std::int32_t i = 0;
  const D8 d;
  const auto n_lanes = static_cast<std::int32_t>(hn::Lanes(d));
  const auto least = hn::Set(d, static_cast<std::int8_t>(-llr_max));
  for (; i + n_lanes <= n; i += n_lanes) {
    const auto sum = hn::SaturatedAdd(hn::LoadU(d, sums + i), hn::LoadU(d, values + i));
    hn::StoreU(hn::Max(sum, least), d, sums + i);
  }
  for (; i < n; ++i)
    sums[i] = static_cast<std::int8_t>(std::clamp(sums[i] + values[i], -llr_max, llr_max));
}

} // namespace
} // namespace airan::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace airan {
namespace {

HWY_EXPORT(deinterleave);
HWY_EXPORT(accumulate);

class DematchRateSimd final : public DematchRate {
public:
  explicit DematchRateSimd(const PlanLimits& limits)
      : selected_(
            {limits.n_prb * 12 * limits.n_symbols * max_bits_per_symbol * max_layers_per_user}) {}

  void run(const DematchRateArgs& args, Queue&) noexcept override {
    for (const DematchRateCodeword& codeword : args.codewords)
      for (std::int32_t block = 0; block < codeword.plan->n_code_blocks; ++block)
        dematch(codeword, block);
  }

private:
  static constexpr std::int32_t max_bits_per_symbol = 8;

  void dematch(const DematchRateCodeword& codeword, std::int32_t block) {
    const CodewordPlan& plan = *codeword.plan;
    const std::int32_t n_bits = plan.rate_matched_bits(block);
    std::int8_t* const sums = codeword.soft_bits.on_host().row(block).data();
    start(codeword, block, sums);
    HWY_DYNAMIC_DISPATCH(deinterleave)
    (&codeword.llrs.on_host()(plan.first_bit(block)), selected_.data(),
     n_bits / plan.bits_per_symbol, plan.bits_per_symbol);
    // 5.4.2.1: from k0 round the buffer, filler left out, as often as needed.
    const std::int32_t filler_begin = std::min(plan.first_filler(), plan.circular_bits);
    const std::int32_t filler_end =
        std::min(plan.first_filler() + plan.n_filler(), plan.circular_bits);
    std::int32_t position = plan.k0;
    for (std::int32_t k = 0; k < n_bits;) {
      if (position >= filler_begin && position < filler_end)
        position = filler_end;
      if (position >= plan.circular_bits) {
        position = 0;
        continue;
      }
      const std::int32_t run_end = position < filler_begin ? filler_begin : plan.circular_bits;
      const std::int32_t n = std::min(run_end - position, n_bits - k);
      HWY_DYNAMIC_DISPATCH(accumulate)(sums + position, selected_.data() + k, n);
      k += n;
      position += n;
    }
  }

  /// What was stored, or erasures; filler known; nothing behind the circular buffer.
  static void start(const DematchRateCodeword& codeword, std::int32_t block, std::int8_t* sums) {
    const CodewordPlan& plan = *codeword.plan;
    const auto n_circular = static_cast<std::size_t>(plan.circular_bits);
    const auto n = static_cast<std::size_t>(plan.encoded_bits);
    if (codeword.stored.empty())
      std::memset(sums, 0, n_circular);
    else if (const std::int8_t* stored = codeword.stored.on_host().row(block).data();
             stored != sums)
      std::memcpy(sums, stored, n_circular);
    std::memset(sums + n_circular, 0, n - n_circular);
    std::memset(sums + plan.first_filler(), llr_max, static_cast<std::size_t>(plan.n_filler()));
  }

  HostTensor<std::int8_t, 1> selected_; ///< [bit]: e_k of TS 38.212 5.4.2.1
};

} // namespace

std::unique_ptr<DematchRate> make_dematch_rate_simd(const PlanLimits& limits) {
  return std::make_unique<DematchRateSimd>(limits);
}

} // namespace airan
#endif // HWY_ONCE
