// SPDX-License-Identifier: Apache-2.0
// OFDM baseband signal generation, TS 38.211 5.3.1.
#include "tests/support/ofdm_oracle.hpp"

#include <cmath>
#include <numbers>

namespace airan::oracle {
namespace {

// TS 38.211 4.1
constexpr double t_c = 1.0 / (480e3 * 4096);
constexpr double kappa = 64;

} // namespace

std::vector<std::complex<double>>
ofdm_slot(const OfdmOracle& ofdm,
          std::int32_t slot,
          const std::vector<std::vector<std::complex<double>>>& grid) {
  const double delta_f = 15e3 * std::pow(2.0, ofdm.mu);
  const double n_u = 2048 * kappa * std::pow(2.0, -ofdm.mu);
  const auto n_symbols = static_cast<std::int32_t>(grid.size());
  const auto n_cp = [&](std::int32_t l) {
    if (ofdm.extended_prefix)
      return 512 * kappa * std::pow(2.0, -ofdm.mu);
    const bool is_long = l == 0 || l == 7 * (1 << ofdm.mu);
    return 144 * kappa * std::pow(2.0, -ofdm.mu) + (is_long ? 16 * kappa : 0.0);
  };
  // t_start of the slot's first symbol; l counts symbols of the subframe.
  double t_start = 0;
  for (std::int32_t l = 0; l < slot * n_symbols; ++l)
    t_start += (n_u + n_cp(l)) * t_c;
  std::vector<std::complex<double>> samples;
  for (std::int32_t i = 0; i < n_symbols; ++i) {
    const std::int32_t l = slot * n_symbols + i;
    const auto& res = grid[static_cast<std::size_t>(i)];
    const double length = (n_u + n_cp(l)) * t_c;
    const double sample_time = 1.0 / (ofdm.fft_size * delta_f);
    const auto n_samples = static_cast<std::int64_t>(std::lround(length / sample_time));
    const double n_sc = static_cast<double>(res.size());
    const std::complex<double> conversion =
        std::polar(1.0, -2.0 * std::numbers::pi * ofdm.f0_hz * (t_start + n_cp(l) * t_c));
    for (std::int64_t n = 0; n < n_samples; ++n) {
      // t - t_start,l - N_CP,l Tc
      const double t = static_cast<double>(n) * sample_time - n_cp(l) * t_c;
      // The exponential of neighbouring subcarriers differs by a constant factor.
      const std::complex<double> step = std::polar(1.0, 2.0 * std::numbers::pi * delta_f * t);
      std::complex<double> sum = 0;
      std::complex<double> e = std::polar(1.0, 2.0 * std::numbers::pi * (-n_sc / 2) * delta_f * t);
      for (const std::complex<double>& a : res) {
        sum += a * e;
        e *= step;
      }
      samples.push_back(sum * conversion / std::sqrt(ofdm.fft_size));
    }
    t_start += length;
  }
  return samples;
}

} // namespace airan::oracle
