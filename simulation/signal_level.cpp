// SPDX-License-Identifier: Apache-2.0
// Powers of a made signal.
#include "simulation/signal_level.hpp"

#include "core/checked_grant.hpp"
#include "simulation/pusch_transmitter.hpp"
#include "simulation/slot_schedule.hpp"
#include "simulation/user_path.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace airan::simulation {
namespace {

constexpr double rms_db = -15.0; ///< of full scale, at gain_db 0

double from_db(double db) {
  return std::pow(10.0, db / 10.0);
}

/// Mean power of a sample on the strongest port, without noise, over the slots with grants.
double mean_sample_power(const config::Transmitter& transmitter,
                         const config::Channel& channel,
                         const CellSettings& cell,
                         std::int32_t max_slots,
                         const std::vector<double>& powers) {
  config::Transmitter first = transmitter;
  first.n_slots = std::min(first.n_slots, max_slots);
  SlotSchedule schedule(first, cell.id, cell.numerology);
  std::vector<double> sum(static_cast<std::size_t>(cell.rx_ports));
  std::int64_t n_occupied = 0;
  while (const auto slot = schedule.next()) {
    n_occupied += slot->users.empty() ? 0 : 1;
    for (const std::int32_t index : slot->users) {
      const config::User& user = transmitter.users[static_cast<std::size_t>(index)];
      // The share of REs of the slot that it occupies, out of N per symbol.
      const double share = double{subcarriers_per_prb} * user.rb_size * user.nr_of_symbols /
                           (static_cast<double>(*cell.fft_size) * cell.n_symbols());
      const double power = powers[static_cast<std::size_t>(index)] * from_db(user.power_db) * share;
      const bool is_wired = channel.model == config::ChannelModel::none;
      const std::int32_t begin = is_wired ? user.first_antenna_port : 0;
      const std::int32_t n = is_wired ? n_antenna_ports(user) : cell.rx_ports;
      for (std::int32_t p = begin; p < begin + n; ++p)
        sum[static_cast<std::size_t>(p)] += is_wired ? power / n : power;
    }
  }
  return n_occupied == 0
             ? 0.0
             : *std::max_element(sum.begin(), sum.end()) / static_cast<double>(n_occupied);
}

} // namespace

Result<double> user_power(const config::User& user) {
  if (!user.codebook)
    return double(user.nr_of_layers);
  const auto w =
      codebook_matrix({user.codebook->n_antenna_ports, user.codebook->tpmi}, user.nr_of_layers,
                      user.transform_precoding ? Waveform::dft_s_ofdm : Waveform::cp_ofdm);
  if (!w)
    return configuration_error(w.error().message);
  double power = 0;
  for (const cf32& element : *w)
    power += norm(element);
  return power;
}

Result<SignalLevel> signal_level(const config::Transmitter& transmitter,
                                 const config::Channel& channel,
                                 const CellSettings& cell,
                                 std::int32_t max_slots) {
  std::vector<double> powers;
  for (const config::User& user : transmitter.users) {
    const auto power = user_power(user);
    if (!power)
      return tl::unexpected(power.error());
    powers.push_back(*power);
  }
  SignalLevel level;
  if (channel.snr_db && !powers.empty()) {
    const bool is_wired = channel.model == config::ChannelModel::none;
    const bool is_sum = channel.snr_definition == config::SnrDefinition::post_combining;
    const std::int32_t n_ports = is_wired ? n_antenna_ports(transmitter.users[0]) : cell.rx_ports;
    const double per_port = is_wired ? powers[0] / n_ports : powers[0];
    level.noise_variance = per_port * (is_sum ? n_ports : 1) / from_db(*channel.snr_db);
  }
  if (!cell.fft_size)
    return level;
  const double power =
      mean_sample_power(transmitter, channel, cell, max_slots, powers) + level.noise_variance;
  if (power > 0)
    level.gain = std::sqrt(from_db(rms_db + channel.front_end.gain_db) / power);
  return level;
}

} // namespace airan::simulation
