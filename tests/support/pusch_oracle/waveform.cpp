// SPDX-License-Identifier: Apache-2.0
// The baseband signal of one slot by the formula of TS 38.211 5.3.1, one exponential at a time.
#include "tests/support/pusch_oracle/waveform.hpp"

#include <cmath>
#include <numbers>

namespace airan::oracle::pusch {
namespace {

constexpr double t_c = 1 / (480e3 * 4096); // seconds, TS 38.211 4.1
constexpr double kappa = 64;

double n_cp(std::int32_t mu, CyclicPrefix prefix, std::int32_t l) {
  const double scale = kappa * std::exp2(-mu);
  if (prefix == CyclicPrefix::extended)
    return 512 * scale;
  if (l == 0 || l == 7 * (1 << mu))
    return 144 * scale + 16 * kappa;
  return 144 * scale;
}

double n_u(std::int32_t mu) {
  return 2048 * kappa * std::exp2(-mu);
}

/// t_start,l in seconds from the start of the subframe, l counted in the subframe.
double t_start(std::int32_t mu, CyclicPrefix prefix, std::int32_t l) {
  double t = 0;
  for (std::int32_t i = 0; i < l; ++i)
    t += (n_u(mu) + n_cp(mu, prefix, i)) * t_c;
  return t;
}

} // namespace

std::vector<Cplx> baseband(const std::vector<std::vector<Cplx>>& symbols,
                           const CellSettings& cell,
                           std::int32_t slot,
                           std::int32_t fft_size) {
  const std::int32_t mu = cell.numerology;
  const double delta_f = 15e3 * std::exp2(mu);
  const double sample_rate = fft_size * delta_f;
  const std::int32_t first_l = slot % (1 << mu) * cell.n_symbols();
  std::vector<Cplx> samples;
  for (std::int32_t l = first_l; l < first_l + cell.n_symbols(); ++l) {
    const auto& a = symbols.at(static_cast<std::size_t>(l - first_l));
    const double start = t_start(mu, cell.cyclic_prefix, l);
    const double prefix = n_cp(mu, cell.cyclic_prefix, l) * t_c;
    const double end = start + n_u(mu) * t_c + prefix;
    const Cplx compensation =
        std::polar(1.0, -2 * std::numbers::pi * cell.phase_compensation_hz * (start + prefix));
    const auto first_n = static_cast<std::int64_t>(std::llround(start * sample_rate));
    const auto end_n = static_cast<std::int64_t>(std::llround(end * sample_rate));
    for (std::int64_t n = first_n; n < end_n; ++n) {
      const double t = static_cast<double>(n) / sample_rate;
      Cplx s = 0;
      for (std::size_t k = 0; k < a.size(); ++k) {
        const double cycles =
            (static_cast<double>(k) - static_cast<double>(a.size()) / 2) * delta_f;
        s += a[k] * std::polar(1.0, 2 * std::numbers::pi * cycles * (t - prefix - start));
      }
      samples.push_back(s * compensation / std::sqrt(static_cast<double>(fft_size)));
    }
  }
  return samples;
}

} // namespace airan::oracle::pusch
