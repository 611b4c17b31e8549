// SPDX-License-Identifier: Apache-2.0
// One user's path on grids.
#include "simulation/user_grid_channel.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace airan::simulation {
namespace {
constexpr double two_pi = 2.0 * std::numbers::pi;
}

std::vector<cf32> delay_phasors(std::int32_t n_subcarriers, double delay_turns) {
  std::vector<cf32> out;
  out.reserve(static_cast<std::size_t>(n_subcarriers));
  for (std::int32_t k = 0; k < n_subcarriers; ++k) {
    const double turns = std::remainder((k - n_subcarriers / 2) * delay_turns, 1.0);
    const cf64 p = unit_phasor(-two_pi * turns);
    out.push_back({static_cast<float>(p.re), static_cast<float>(p.im)});
  }
  return out;
}

UserGridChannel::UserGridChannel(const UserPath& path, const CellSettings& cell)
    : path_(path), numerology_(cell.numerology) {
  if (is_flat(path)) {
    gains_ = flat_gains(path, 0);
    delay_phasors_ = delay_phasors(cell.n_subcarriers(), path.timing_offset_ns * 1e-9 *
                                                             subcarrier_spacing_hz(numerology_));
    return;
  }
  FrequencyChannelSettings settings;
  settings.fading = path.fading;
  settings.numerology = cell.numerology;
  settings.cyclic_prefix = cell.cyclic_prefix;
  settings.n_prb = cell.n_prb;
  settings.carrier_offset_hz = path.carrier_offset_hz;
  settings.timing_offset_ns = path.timing_offset_ns;
  channel_.emplace(settings);
  channel_->draw(0);
}

void UserGridChannel::apply(View<const cf32, 3> sent, std::int64_t slot, View<cf32, 3> received) {
  const bool draws = path_.fading.fading == config::Fading::per_slot;
  if (channel_) {
    if (draws)
      channel_->draw(static_cast<std::uint64_t>(slot));
    channel_->apply(sent, slot, received);
    return;
  }
  if (draws)
    gains_ = flat_gains(path_, static_cast<std::uint64_t>(slot));
  apply_flat(sent, slot, received);
}

void UserGridChannel::apply_flat(View<const cf32, 3> sent,
                                 std::int64_t slot,
                                 View<cf32, 3> received) {
  const double slot_s = static_cast<double>(slot_ns(numerology_)) * 1e-9;
  for (std::int32_t l = 0; l < sent.extent(1); ++l) {
    const double time_s = (static_cast<double>(slot) + (l + 0.5) / sent.extent(1)) * slot_s;
    const double turns = std::remainder(path_.carrier_offset_hz * time_s, 1.0);
    const cf32 rotation = unit_phasor(static_cast<float>(two_pi * turns));
    for (std::int32_t rx = 0; rx < received.extent(0); ++rx)
      for (std::int32_t tx = 0; tx < sent.extent(0); ++tx) {
        const cf32 g = rotation * gains_[static_cast<std::size_t>(rx * sent.extent(0) + tx)];
        if (g == cf32{})
          continue;
        const cf32* const x = &sent(tx, l, 0);
        cf32* const y = &received(rx, l, 0);
        for (std::int32_t k = 0; k < sent.extent(2); ++k)
          y[k] += g * (delay_phasors_[static_cast<std::size_t>(k)] * x[k]);
      }
  }
}

} // namespace airan::simulation
