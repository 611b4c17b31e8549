// SPDX-License-Identifier: Apache-2.0
// The production rows of DemodulateOfdm. What does not depend on the port (the carrier-offset
// rotation, the factors of the subcarriers) is made once per symbol.
#include "kernels/cpu/demodulate_ofdm_simd.hpp"

#include "core/assert.hpp"
#include "kernels/primitives/fft.hpp"
#include "runtime/buffer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/demodulate_ofdm_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace airan::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR // which has no neighbouring lanes
/// (-1, 1, -1, 1, ...)
template <class D>
hn::Vec<D> alternating(D d) {
  return hn::OddEven(hn::Set(d, 1.0F), hn::Set(d, -1.0F));
}

/// a b of interleaved complex numbers.
template <class D, class V>
V multiply(D d, V a, V b) {
  const V cross = hn::Mul(hn::Mul(hn::DupOdd(b), alternating(d)), hn::Shuffle2301(a));
  return hn::MulAdd(hn::DupEven(b), a, cross);
}

#endif

/// out[i] = a[i] b[i], n complex numbers.
void Multiply(const cf32* HWY_RESTRICT a,
              const cf32* HWY_RESTRICT b,
              std::size_t n,
              cf32* HWY_RESTRICT out) {
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<float> d;
  const std::size_t step = hn::Lanes(d) / 2;
  for (; i + step <= n; i += step)
    hn::StoreU(multiply(d, hn::LoadU(d, &a[i].re), hn::LoadU(d, &b[i].re)), d, &out[i].re);
#endif
  for (; i < n; ++i)
    out[i] = a[i] * b[i];
}

} // namespace airan::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace airan::cpu {
namespace {

HWY_EXPORT(Multiply);

constexpr double two_pi = 2.0 * std::numbers::pi;

/// out[i] = a[i] b[i]
void multiply(std::span<const cf32> a, std::span<const cf32> b, std::span<cf32> out) {
  HWY_DYNAMIC_DISPATCH(Multiply)(a.data(), b.data(), out.size(), out.data());
}

cf32 to_float(const cf64& x) {
  return {static_cast<float>(x.re), static_cast<float>(x.im)};
}

/// Fills `out` with exp(j (phase + i step)). Each block of 64 begins at an angle that is computed
/// in double precision, so that errors do not add up: a factor is exact to two roundings.
void fill_phasors(double phase, double step, std::span<cf32> out) {
  constexpr std::size_t block = 64;
  std::array<cf32, block> table;
  for (std::size_t i = 0; i < block; ++i)
    table[i] = to_float(unit_phasor(step * static_cast<double>(i)));
  for (std::size_t first = 0; first < out.size(); first += block) {
    const cf32 anchor = to_float(unit_phasor(phase + step * static_cast<double>(first)));
    const std::size_t n = std::min(block, out.size() - first);
    for (std::size_t i = 0; i < n; ++i)
      out[first + i] = table[i] * anchor;
  }
}

class DemodulateOfdmFft final : public DemodulateOfdm {
public:
  DemodulateOfdmFft(FftLibrary library, const PlanLimits& limits)
      : fft_size_(limits.fft_size), fft_(make_fft(library, fft_size_, FftDirection::forward)),
        window_({fft_size_}), spectrum_({fft_size_}), rotation_({fft_size_}),
        ramp_({limits.n_prb * subcarriers_per_prb}),
        factors_({limits.n_prb * subcarriers_per_prb}) {}

  void run(const DemodulateOfdmArgs& args, Queue& /*queue*/) noexcept override {
    for (const DemodulateOfdmSlot& slot : args.slots) {
      AIRAN_ASSERT(slot.timing.fft_size == fft_size_ &&
                       slot.grid.re.extent(2) <= static_cast<std::int32_t>(ramp_.size()),
                   "the plan is for FFT size " + std::to_string(fft_size_) + ", not " +
                       std::to_string(slot.timing.fft_size));
      demodulate(slot);
    }
  }

private:
  static std::span<cf32> part(const HostTensor<cf32, 1>& tensor, std::int32_t n) {
    return {tensor.data(), static_cast<std::size_t>(n)};
  }

  void demodulate(const DemodulateOfdmSlot& slot) {
    const auto re = slot.grid.re.on_host();
    const std::int32_t n_subcarriers = re.extent(2);
    const auto ramp = part(ramp_, n_subcarriers);
    const auto factors = part(factors_, n_subcarriers);
    // The window begins `advance` samples early: X(k) exp(-j 2 pi k advance / N) is turned back.
    const double step = two_pi * slot.window_advance / fft_size_;
    fill_phasors(-step * (n_subcarriers / 2), step, ramp);
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(fft_size_)));
    for (cf32& r : ramp)
      r *= scale;
    const OfdmTiming& t = slot.timing;
    const std::int32_t slot_number = slot.samples.id.slot;
    std::int32_t start = 0;
    for (std::int32_t l = 0; l < re.extent(1); ++l) {
      const std::int32_t useful_start = start + t.cp_samples(slot_number, l);
      const double subframe_s =
          (t.slot_start_in_subframe(slot_number) + useful_start) / t.sample_rate_hz();
      const cf32 compensation =
          to_float(unit_phasor(two_pi * slot.phase_compensation_hz * subframe_s));
      for (std::size_t k = 0; k < factors.size(); ++k)
        factors[k] = ramp[k] * compensation;
      demodulate_symbol(slot, l, useful_start - slot.window_advance);
      start = useful_start + fft_size_;
    }
  }

  /// All ports of a symbol; the window begins at sample `first` of the slot.
  void demodulate_symbol(const DemodulateOfdmSlot& slot, std::int32_t symbol, std::int32_t first) {
    const auto re = slot.grid.re.on_host();
    const auto valid = slot.grid.valid.on_host();
    const auto samples = slot.samples.samples.on_host();
    const auto window = part(window_, fft_size_);
    const auto spectrum = part(spectrum_, fft_size_);
    const auto rotation = part(rotation_, fft_size_);
    const auto n = static_cast<std::size_t>(fft_size_);
    if (slot.cfo_hz != 0) {
      const double step = -two_pi * slot.cfo_hz / slot.timing.sample_rate_hz();
      fill_phasors(step * first, step, rotation);
    }
    // Negative frequencies lie in the upper half of the spectrum.
    const auto half = static_cast<std::size_t>(re.extent(2) / 2);
    const auto factors = part(factors_, re.extent(2));
    for (std::int32_t port = 0; port < re.extent(0); ++port) {
      const auto out = re.row(port, symbol);
      const bool missing = !slot.samples.symbol_missing.empty() &&
                           slot.samples.symbol_missing.on_host()(port, symbol) != 0;
      const auto valid_row = valid.row(port, symbol);
      std::fill(valid_row.begin(), valid_row.end(), static_cast<std::uint8_t>(missing ? 0 : 1));
      if (missing) {
        std::fill(out.begin(), out.end(), cf32{});
        continue;
      }
      std::span<const cf32> in =
          samples.row(port).subspan(static_cast<std::size_t>(slot.samples.margin + first), n);
      if (slot.cfo_hz != 0) {
        multiply(in, rotation, window);
        in = window;
      }
      fft_->run(in, spectrum);
      multiply(spectrum.last(half), factors.first(half), out.first(half));
      multiply(spectrum.first(out.size() - half), factors.subspan(half), out.subspan(half));
    }
  }

  std::int32_t fft_size_;
  std::unique_ptr<const Fft> fft_;
  HostTensor<cf32, 1> window_;   ///< the window with the carrier offset taken out
  HostTensor<cf32, 1> spectrum_; ///< of one window
  HostTensor<cf32, 1> rotation_; ///< takes the carrier offset out of a symbol
  HostTensor<cf32, 1> ramp_;     ///< [subcarrier]: scale and window advance
  HostTensor<cf32, 1> factors_;  ///< [subcarrier]: the same with the symbol's phase compensation
};

} // namespace

std::unique_ptr<DemodulateOfdm> make_demodulate_ofdm_fftw(const PlanLimits& limits) {
  return std::make_unique<DemodulateOfdmFft>(FftLibrary::fftw, limits);
}

std::unique_ptr<DemodulateOfdm> make_demodulate_ofdm_kissfft(const PlanLimits& limits) {
  return std::make_unique<DemodulateOfdmFft>(FftLibrary::kissfft, limits);
}

} // namespace airan::cpu
#endif
