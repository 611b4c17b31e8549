// SPDX-License-Identifier: Apache-2.0
// OFDM modulation of one slot, TS 38.211 5.3.1 and 5.4.
#include "simulation/ofdm_modulator.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace airan::simulation {

Result<OfdmModulator> OfdmModulator::make(const OfdmModulatorSettings& settings) {
  const std::int32_t n = settings.timing.fft_size;
  const std::int32_t multiple = settings.timing.cyclic_prefix == CyclicPrefix::normal ? 128 : 4;
  if (n <= 0 || n % multiple != 0)
    return configuration_error(
        fmt::format("An FFT size of {} does not give whole cyclic prefixes; use a multiple of {}.",
                    n, multiple));
  if (settings.n_prb < 1 || settings.n_prb * subcarriers_per_prb > n)
    return configuration_error(fmt::format(
        "{} PRBs have {} subcarriers, more than the FFT size {}; use a larger FFT size.",
        settings.n_prb, settings.n_prb * subcarriers_per_prb, n));
  return OfdmModulator(settings);
}

OfdmModulator::OfdmModulator(const OfdmModulatorSettings& settings)
    : settings_(settings),
      fft_(make_fft(default_fft_library(), settings.timing.fft_size, FftDirection::inverse)),
      bins_(static_cast<std::size_t>(settings.timing.fft_size)),
      window_(static_cast<std::size_t>(settings.timing.fft_size)) {}

cf32 OfdmModulator::symbol_factor(std::int32_t slot, std::int32_t symbol) const {
  const OfdmTiming& timing = settings_.timing;
  const std::int32_t sample = timing.slot_start_in_subframe(slot) +
                              timing.symbol_start(slot, symbol) + timing.cp_samples(slot, symbol);
  // Whole turns are taken out first: f0 t reaches millions of turns.
  const double turns =
      std::remainder(settings_.phase_compensation_hz * (sample / timing.sample_rate_hz()), 1.0);
  const cf64 factor = unit_phasor(-2 * std::numbers::pi * turns) *
                      (1.0 / std::sqrt(static_cast<double>(timing.fft_size)));
  return {static_cast<float>(factor.re), static_cast<float>(factor.im)};
}

void OfdmModulator::modulate(View<const cf32, 3> grid, std::int32_t slot, View<cf32, 2> samples) {
  const OfdmTiming& timing = settings_.timing;
  const std::int32_t n = timing.fft_size;
  const std::int32_t n_subcarriers = settings_.n_prb * subcarriers_per_prb;
  AIRAN_ASSERT(grid.extent(1) == timing.n_symbols() && grid.extent(2) == n_subcarriers,
               "a grid of " + std::to_string(grid.extent(1)) + " symbols and " +
                   std::to_string(grid.extent(2)) + " subcarriers");
  AIRAN_ASSERT(samples.extent(0) == grid.extent(0) &&
                   samples.extent(1) == timing.slot_samples(slot),
               "room for " + std::to_string(samples.extent(1)) + " samples on " +
                   std::to_string(samples.extent(0)) + " ports");
  for (std::int32_t port = 0; port < grid.extent(0); ++port) {
    for (std::int32_t symbol = 0; symbol < timing.n_symbols(); ++symbol) {
      const cf32 factor = symbol_factor(slot, symbol);
      for (std::int32_t k = 0; k < n_subcarriers; ++k)
        bins_[static_cast<std::size_t>((k - n_subcarriers / 2 + n) % n)] =
            grid(port, symbol, k) * factor;
      fft_->run(bins_, window_);
      const std::int32_t cp = timing.cp_samples(slot, symbol);
      const auto out =
          samples.row(port).subspan(static_cast<std::size_t>(timing.symbol_start(slot, symbol)),
                                    static_cast<std::size_t>(cp + n));
      std::copy(window_.end() - cp, window_.end(), out.begin());
      std::copy(window_.begin(), window_.end(), out.begin() + cp);
    }
  }
}

} // namespace airan::simulation
