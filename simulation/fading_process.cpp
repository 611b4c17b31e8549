// SPDX-License-Identifier: Apache-2.0
// Sums of sinusoids and MIMO correlation.
#include "simulation/fading_process.hpp"

#include "simulation/random_stream.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace airan::simulation {
namespace {

constexpr std::int32_t n_sinusoids = 24;
constexpr double two_pi = 2.0 * std::numbers::pi;

/// alpha (base station side) and beta (user side) of TS 38.104 table G.2.3.1.1-1.
struct CorrelationLevel {
  double base_station;
  double user;
};
CorrelationLevel level_of(config::Correlation correlation) {
  switch (correlation) {
  case config::Correlation::medium:
    return {0.9, 0.3};
  case config::Correlation::high:
    return {0.9, 0.9};
  case config::Correlation::low:
    break;
  }
  return {0.0, 0.0};
}

} // namespace

std::vector<float> correlation_root(double a, std::int32_t n) {
  constexpr double repair = 0.00012; // TS 38.104 G.2.3.1.2, the largest that its tables use
  const auto size = static_cast<std::size_t>(n);
  std::vector<double> r(size * size, 0.0);
  const auto at = [&](std::vector<double>& m, std::int32_t i, std::int32_t j) -> double& {
    return m[static_cast<std::size_t>(i) * size + static_cast<std::size_t>(j)];
  };
  for (std::int32_t i = 0; i < n; ++i)
    for (std::int32_t j = 0; j < n; ++j) {
      const double distance = n > 1 ? static_cast<double>(i - j) / (n - 1) : 0.0;
      const double value = i == j ? 1.0 : (a > 0 ? std::pow(a, distance * distance) : 0.0);
      at(r, i, j) = (value + (i == j ? repair : 0.0)) / (1.0 + repair);
    }
  std::vector<double> root(size * size, 0.0);
  for (std::int32_t i = 0; i < n; ++i)
    for (std::int32_t j = 0; j <= i; ++j) {
      double sum = at(r, i, j);
      for (std::int32_t k = 0; k < j; ++k)
        sum -= at(root, i, k) * at(root, j, k);
      at(root, i, j) = i == j ? std::sqrt(std::max(sum, 0.0)) : sum / at(root, j, j);
    }
  return {root.begin(), root.end()};
}

FadingProcess::FadingProcess(const FadingSettings& settings, std::uint64_t realisation)
    : settings_(settings) {
  const CorrelationLevel level = level_of(settings.correlation);
  rx_root_ = correlation_root(level.base_station, settings.n_rx);
  tx_root_ = correlation_root(level.user, settings.n_tx);
  if (settings_.fading == config::Fading::per_slot)
    settings_.doppler_hz = 0;
  RandomStream random(settings.seed, random_fading, realisation);
  const bool moves = settings_.doppler_hz > 0;
  const bool is_flat = settings_.taps.size() == 1 && settings_.taps[0].is_line_of_sight;
  std::vector<double> rx_turns(static_cast<std::size_t>(settings_.n_rx));
  for (double& t : rx_turns)
    t = random.uniform_double();
  for (const Tap& tap : settings_.taps) {
    for (std::int32_t link = 0; link < settings_.n_rx * settings_.n_tx; ++link) {
      first_sinusoid_.push_back(static_cast<std::int32_t>(sinusoids_.size()));
      if (tap.is_line_of_sight) {
        // Without fading the layers arrive orthogonal: columns of a DFT matrix behind a random
        // phase per receive port.
        const auto rx = static_cast<std::size_t>(link / settings_.n_tx);
        const double turns = is_flat ? rx_turns[rx] + static_cast<double>(rx) *
                                                          (link % settings_.n_tx) /
                                                          std::max(settings_.n_rx, settings_.n_tx)
                                     : random.uniform_double();
        const cf64 phasor = unit_phasor(two_pi * turns);
        const double amplitude = std::sqrt(tap.power);
        sinusoids_.push_back(
            {{static_cast<float>(amplitude * phasor.re), static_cast<float>(amplitude * phasor.im)},
             0.7 * settings_.doppler_hz});
        continue;
      }
      const std::int32_t n = moves ? n_sinusoids : 1;
      for (std::int32_t m = 0; m < n; ++m) {
        // Angles in n equal sectors, at random within each.
        const double angle = two_pi * (m + random.uniform_double()) / n;
        sinusoids_.push_back({random.gaussian(static_cast<float>(tap.power / n)),
                              settings_.doppler_hz * std::cos(angle)});
      }
    }
  }
  first_sinusoid_.push_back(static_cast<std::int32_t>(sinusoids_.size()));
}

void FadingProcess::gains_at(double time_s, View<cf32, 3> gains) const {
  const std::int32_t n_rx = settings_.n_rx;
  const std::int32_t n_tx = settings_.n_tx;
  std::size_t link = 0;
  for (std::int32_t tap = 0; tap < gains.extent(0); ++tap) {
    for (std::int32_t i = 0; i < n_rx * n_tx; ++i, ++link) {
      cf32 sum{};
      for (auto s = first_sinusoid_[link]; s < first_sinusoid_[link + 1]; ++s) {
        const Sinusoid& sinusoid = sinusoids_[static_cast<std::size_t>(s)];
        const double turns = sinusoid.frequency_hz * time_s;
        sum += sinusoid.amplitude *
               unit_phasor(static_cast<float>(two_pi * (turns - std::floor(turns))));
      }
      gains(tap, i / n_tx, i % n_tx) = sum;
    }
    // L_rx G, then (.) L_tx^T, in place: rows from the last to the first use only what is
    // untouched.
    for (std::int32_t rx = n_rx; rx-- > 0;)
      for (std::int32_t tx = 0; tx < n_tx; ++tx) {
        cf32 sum{};
        for (std::int32_t k = 0; k <= rx; ++k)
          sum += rx_root_[static_cast<std::size_t>(rx * n_rx + k)] * gains(tap, k, tx);
        gains(tap, rx, tx) = sum;
      }
    for (std::int32_t tx = n_tx; tx-- > 0;)
      for (std::int32_t rx = 0; rx < n_rx; ++rx) {
        cf32 sum{};
        for (std::int32_t k = 0; k <= tx; ++k)
          sum += tx_root_[static_cast<std::size_t>(tx * n_tx + k)] * gains(tap, rx, k);
        gains(tap, rx, tx) = sum;
      }
  }
}

} // namespace airan::simulation
