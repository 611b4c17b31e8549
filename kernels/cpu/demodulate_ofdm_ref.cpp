// SPDX-License-Identifier: Apache-2.0
// The reference row of DemodulateOfdm.
#include "kernels/cpu/demodulate_ofdm_ref.hpp"

#include "runtime/buffer.hpp"

#include <cmath>
#include <numbers>

namespace airan::cpu {
namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;

class DemodulateOfdmRef final : public DemodulateOfdm {
public:
  explicit DemodulateOfdmRef(std::int32_t fft_size)
      : fft_size_(fft_size), roots_({fft_size}), window_({fft_size}) {
    for (std::int32_t i = 0; i < fft_size; ++i)
      roots_.data()[i] = unit_phasor(-two_pi * i / fft_size);
  }

  void run(const DemodulateOfdmArgs& args, Queue& /*queue*/) noexcept override {
    for (const DemodulateOfdmSlot& slot : args.slots)
      for (std::int32_t port = 0; port < slot.grid.re.extent(0); ++port)
        for (std::int32_t symbol = 0; symbol < slot.grid.re.extent(1); ++symbol)
          demodulate(slot, port, symbol);
  }

private:
  void demodulate(const DemodulateOfdmSlot& slot, std::int32_t port, std::int32_t symbol) {
    const auto re = slot.grid.re.on_host();
    const auto valid = slot.grid.valid.on_host();
    const bool missing = !slot.samples.symbol_missing.empty() &&
                         slot.samples.symbol_missing.on_host()(port, symbol) != 0;
    for (std::int32_t prb = 0; prb < valid.extent(2); ++prb)
      valid(port, symbol, prb) = missing ? 0 : 1;
    if (missing) {
      for (std::int32_t k = 0; k < re.extent(2); ++k)
        re(port, symbol, k) = {};
      return;
    }
    const OfdmTiming& t = slot.timing;
    const std::int32_t slot_number = slot.samples.id.slot;
    const std::int32_t useful_start =
        t.symbol_start(slot_number, symbol) + t.cp_samples(slot_number, symbol);
    const auto samples = slot.samples.samples.on_host();
    for (std::int32_t i = 0; i < fft_size_; ++i) {
      const std::int32_t n = useful_start - slot.window_advance + i;
      const cf32 x = samples(port, slot.samples.margin + n);
      window_.data()[i] =
          cf64{x.re, x.im} * unit_phasor(-two_pi * slot.cfo_hz * n / t.sample_rate_hz());
    }
    const double subframe_s =
        (t.slot_start_in_subframe(slot_number) + useful_start) / t.sample_rate_hz();
    const cf64 compensation = unit_phasor(two_pi * slot.phase_compensation_hz * subframe_s);
    for (std::int32_t k = 0; k < re.extent(2); ++k) {
      const std::int32_t bin = (k - re.extent(2) / 2 + fft_size_) % fft_size_;
      cf64 sum;
      for (std::int32_t i = 0; i < fft_size_; ++i)
        sum += window_.data()[i] * roots_.data()[std::int64_t{bin} * i % fft_size_];
      // The window began early by `advance` samples: X(k) exp(-j 2 pi k advance / N).
      const cf64 ramp = conj(roots_.data()[std::int64_t{bin} * slot.window_advance % fft_size_]);
      const cf64 y = sum * ramp * compensation * (1.0 / std::sqrt(fft_size_));
      re(port, symbol, k) = {static_cast<float>(y.re), static_cast<float>(y.im)};
    }
  }

  std::int32_t fft_size_;
  HostTensor<cf64, 1> roots_; ///< exp(-j 2 pi i / N)
  HostTensor<cf64, 1> window_;
};

} // namespace

std::unique_ptr<DemodulateOfdm> make_demodulate_ofdm_ref(const PlanLimits& limits) {
  return std::make_unique<DemodulateOfdmRef>(limits.fft_size);
}

} // namespace airan::cpu
