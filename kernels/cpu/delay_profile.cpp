// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/delay_profile.hpp"

#include <cmath>
#include <numbers>

namespace airan {
namespace {

using Cx = std::complex<double>;

// Other users of a CDM group may arrive earlier or later by this much (1 / subcarrier spacing).
constexpr double shared_timing_width = 0.04;
// The profile: a rise of half a Gaussian, an exponential decay, and a weak long tail of the kind
// that hilly and urban channels show.
constexpr double rise_to_decay = 0.5;
constexpr double longest_rise = 2.0;  // in standard deviations
constexpr double longest_decay = 9.0; // in decay times
constexpr double tail_power = 0.05;   // density at 0, relative to the main decay
constexpr double tail_to_decay = 3.0;
constexpr int n_profile_points = 128;
// Wide profiles expect late clusters anywhere within a cyclic prefix: this share of the power is
// spread evenly over these delays (1 / subcarrier spacing, from the mean).
constexpr double late_power = 0.05;
constexpr double first_late = -0.01;
constexpr double last_late = 0.075;
constexpr double min_late_spread = 0.004;

double uniform_correlation(double width, double d) {
  const double x = std::numbers::pi * width * d;
  return std::abs(x) < 1e-12 ? 1.0 : std::sin(x) / x;
}

} // namespace

DelayCorrelation::DelayCorrelation(double spread) : table_(2 * reach + 1, Cx(1)) {
  if (spread == 0)
    return;
  std::array<double, n_profile_points> t{};
  std::array<double, n_profile_points> power{};
  double sum = 0;
  double mean = 0;
  double square = 0;
  for (std::size_t i = 0; i < n_profile_points; ++i) {
    const double first = -rise_to_decay * longest_rise;
    t[i] = first + (longest_decay - first) * (static_cast<double>(i) + 0.5) / n_profile_points;
    const double rise = t[i] / rise_to_decay;
    power[i] = t[i] > 0 ? std::exp(-t[i]) + tail_power * std::exp(-t[i] / tail_to_decay)
                        : (1 + tail_power) * std::exp(-rise * rise / 2);
    sum += power[i];
    mean += power[i] * t[i];
    square += power[i] * t[i] * t[i];
  }
  mean /= sum;
  const double unit = spread / std::sqrt(square / sum - mean * mean);
  for (int d = -reach; d <= reach; ++d) {
    Cx r = 0;
    for (std::size_t i = 0; i < n_profile_points; ++i)
      r += std::polar(power[i] / sum, -2 * std::numbers::pi * d * (t[i] - mean) * unit);
    if (spread > min_late_spread)
      r = (1 - late_power) * r +
          late_power * uniform_correlation(last_late - first_late, d) *
              std::polar(1.0, -std::numbers::pi * d * (last_late + first_late));
    table_[static_cast<std::size_t>(d + reach)] = r;
  }
}

double other_user_correlation(std::int32_t d) {
  return uniform_correlation(shared_timing_width, d);
}

} // namespace airan
