// SPDX-License-Identifier: Apache-2.0
// Facts of a user's path from the configuration.
#include "simulation/user_path.hpp"

#include "simulation/delay_profile.hpp"

#include <cstddef>

namespace airan::simulation {

std::int32_t n_antenna_ports(const config::User& user) {
  return user.codebook ? user.codebook->n_antenna_ports : user.nr_of_layers;
}

UserPath
make_user_path(const config::Channel& channel, const config::User& user, std::int32_t rx_ports) {
  UserPath path;
  path.model = channel.model;
  path.fading.taps = delay_profile(channel.model, channel.delay_spread_ns.value_or(0.0));
  path.fading.n_rx = rx_ports;
  path.fading.n_tx = n_antenna_ports(user);
  path.fading.doppler_hz = channel.model == config::ChannelModel::none ? 0.0 : channel.doppler_hz;
  path.fading.correlation = channel.correlation;
  path.fading.fading = channel.fading;
  // An odd multiplier keeps the seeds of all rntis apart.
  path.fading.seed = static_cast<std::uint64_t>(channel.seed) +
                     static_cast<std::uint64_t>(user.rnti) * 0x9E3779B97F4A7C15U;
  path.first_rx_port = user.first_antenna_port;
  path.carrier_offset_hz = channel.carrier_offset_hz + user.carrier_offset_hz;
  path.timing_offset_ns = channel.timing_offset_ns + user.timing_offset_ns;
  return path;
}

bool is_flat(const UserPath& path) {
  return path.fading.taps.size() == 1 && path.fading.doppler_hz == 0;
}

std::vector<cf32> flat_gains(const UserPath& path, std::uint64_t realisation) {
  const std::int32_t n_rx = path.fading.n_rx;
  const std::int32_t n_tx = path.fading.n_tx;
  std::vector<cf32> gains(static_cast<std::size_t>(n_rx * n_tx));
  if (path.model == config::ChannelModel::none) {
    for (std::int32_t p = 0; p < n_tx; ++p)
      gains[static_cast<std::size_t>((path.first_rx_port + p) * n_tx + p)] = {1, 0};
    return gains;
  }
  FadingProcess(path.fading, realisation).gains_at(0.0, {gains.data(), {1, n_rx, n_tx}});
  return gains;
}

} // namespace airan::simulation
