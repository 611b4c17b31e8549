// SPDX-License-Identifier: Apache-2.0
// Frequency responses from tap gains, and their product with the grid.
#include "simulation/frequency_channel.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace airan::simulation {
namespace {
constexpr double two_pi = 2.0 * std::numbers::pi;
}

FrequencyChannel::FrequencyChannel(const FrequencyChannelSettings& settings) : settings_(settings) {
  const std::int32_t n_subcarriers = settings.n_prb * subcarriers_per_prb;
  const double spacing = subcarrier_spacing_hz(settings.numerology);
  for (const Tap& tap : settings.fading.taps) {
    const double delay_s = (tap.delay_ns + settings.timing_offset_ns) * 1e-9;
    for (std::int32_t k = 0; k < n_subcarriers; ++k) {
      const cf64 p = unit_phasor(-two_pi * (k - n_subcarriers / 2) * spacing * delay_s);
      delay_phasors_.push_back({static_cast<float>(p.re), static_cast<float>(p.im)});
    }
  }
  const auto n_links = static_cast<std::size_t>(settings.fading.n_rx * settings.fading.n_tx);
  gains_.resize(settings.fading.taps.size() * n_links);
  response_.resize(n_links * static_cast<std::size_t>(n_subcarriers));
}

void FrequencyChannel::draw(std::uint64_t realisation) {
  process_.clear();
  process_.emplace_back(settings_.fading, realisation);
}

void FrequencyChannel::update_response(double time_s) {
  const auto n_taps = static_cast<std::int32_t>(settings_.fading.taps.size());
  const View<cf32, 3> gains(gains_.data(), {n_taps, settings_.fading.n_rx, settings_.fading.n_tx});
  process_.front().gains_at(time_s, gains);
  const View<cf32, 3> h = response_view();
  std::fill(response_.begin(), response_.end(), cf32{});
  for (std::int32_t tap = 0; tap < n_taps; ++tap) {
    const cf32* const phasor = &delay_phasors_[static_cast<std::size_t>(tap * h.extent(2))];
    for (std::int32_t rx = 0; rx < h.extent(0); ++rx)
      for (std::int32_t tx = 0; tx < h.extent(1); ++tx) {
        const cf32 g = gains(tap, rx, tx);
        cf32* const row = &h(rx, tx, 0);
        for (std::int32_t k = 0; k < h.extent(2); ++k)
          row[k] += g * phasor[k];
      }
  }
}

void FrequencyChannel::apply(View<const cf32, 3> sent, std::int64_t slot, View<cf32, 3> received) {
  const std::int32_t n_symbols = n_symbols_per_slot(settings_.cyclic_prefix);
  const double slot_s = static_cast<double>(slot_ns(settings_.numerology)) * 1e-9;
  const bool moves = !process_.front().is_static();
  for (std::int32_t l = 0; l < n_symbols; ++l) {
    const double time_s = (static_cast<double>(slot) + (l + 0.5) / n_symbols) * slot_s;
    if (moves || l == 0)
      update_response(time_s);
    const double turns = settings_.carrier_offset_hz * time_s;
    const auto rotation = unit_phasor(static_cast<float>(two_pi * (turns - std::floor(turns))));
    const View<const cf32, 3> h = response();
    for (std::int32_t rx = 0; rx < h.extent(0); ++rx)
      for (std::int32_t tx = 0; tx < h.extent(1); ++tx) {
        const cf32* const x = &sent(tx, l, 0);
        const cf32* const g = &h(rx, tx, 0);
        cf32* const y = &received(rx, l, 0);
        for (std::int32_t k = 0; k < h.extent(2); ++k)
          y[k] += rotation * g[k] * x[k];
      }
  }
}

void add_noise(View<cf32, 3> grid, float variance, RandomStream& random) {
  for (std::int32_t i = 0; i < grid.extent(0); ++i)
    for (std::int32_t j = 0; j < grid.extent(1); ++j)
      for (cf32& x : grid.row(i, j))
        x += random.gaussian(variance);
}

} // namespace airan::simulation
