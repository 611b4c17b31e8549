// SPDX-License-Identifier: Apache-2.0
// What one user's signal passes through on its way to the receive ports.
#pragma once

#include "config/made_signals.hpp"
#include "core/complex.hpp"
#include "simulation/fading_process.hpp"

#include <cstdint>
#include <vector>

namespace airan::simulation {

/// The section `channel` as it is for one user: the offsets are those of the channel plus the
/// user's.
struct UserPath {
  config::ChannelModel model = config::ChannelModel::awgn;
  FadingSettings fading;          ///< the seed follows from channel.seed and rnti
  std::int32_t first_rx_port = 0; ///< model `none`: antenna port p arrives on first_rx_port + p
  double carrier_offset_hz = 0;
  double timing_offset_ns = 0;
};

UserPath
make_user_path(const config::Channel& channel, const config::User& user, std::int32_t rx_ports);

/// Antenna ports on which a user sends.
std::int32_t n_antenna_ports(const config::User& user);

/// One delay and no Doppler: the path is a matrix of gains.
bool is_flat(const UserPath& path);
/// The gains [rx, tx] of a flat path, row by row. `realisation` counts slots with
/// Fading::per_slot, otherwise 0.
std::vector<cf32> flat_gains(const UserPath& path, std::uint64_t realisation);

} // namespace airan::simulation
