// SPDX-License-Identifier: Apache-2.0
// Making slots.
#include "simulation/slot_maker.hpp"

#include "config/resolve_cell.hpp"
#include "simulation/random_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace airan::simulation {
namespace {

/// Slots that are checked, and averaged for the gain, before anything is written.
constexpr std::int32_t max_checked_slots = 1024;
/// Streams of noise of grids lie above those of samples, which are numbered by port.
constexpr std::uint64_t first_grid_noise = std::uint64_t{1} << 32;

/// Kind of error: whatever is wrong with made grants is wrong with the configuration.
tl::unexpected<Error> as_configuration_error(const Error& error) {
  return tl::unexpected(
      Error{error.kind == ErrorKind::file ? ErrorKind::configuration : error.kind, error.message});
}

Result<void> check_transmitter(const config::Transmitter& transmitter,
                               const config::Channel& channel,
                               const CellSettings& cell) {
  if (transmitter.first_slot >= n_slots_per_frame(cell.numerology))
    return configuration_error(
        fmt::format("transmitter.first_slot is {}, but a frame of numerology {} has {} slots",
                    transmitter.first_slot, cell.numerology, n_slots_per_frame(cell.numerology)));
  if (channel.model == config::ChannelModel::none)
    for (const config::User& user : transmitter.users)
      if (user.first_antenna_port + n_antenna_ports(user) > cell.rx_ports)
        return configuration_error(fmt::format(
            "user {}: with channel model none its antenna ports {} .. {} need as many receive "
            "ports, but cell.rx_ports is {}",
            user.rnti, user.first_antenna_port, user.first_antenna_port + n_antenna_ports(user) - 1,
            cell.rx_ports));
  return {};
}

/// Prepares the first slots as they will be prepared again.
Result<void> check_first_slots(const config::Transmitter& section, const CellSettings& cell) {
  config::Transmitter first = section;
  first.n_slots = std::min(first.n_slots, max_checked_slots);
  SlotSchedule schedule(first, cell.id, cell.numerology);
  SlotTransmitter transmitter(cell, static_cast<std::uint64_t>(section.payload_seed));
  while (auto slot = schedule.next())
    if (const auto users = transmitter.prepare(slot->grants, slot->precoders); !users)
      return as_configuration_error(users.error());
  return {};
}

/// Whether a grant is sure to be received; see SlotMaker.
bool expects_crc_ok(const config::User& user, std::int32_t transmission, bool has_noise) {
  const std::int32_t rv = user.rv_sequence[static_cast<std::size_t>(transmission)];
  const bool is_last = transmission + 1 == std::ssize(user.rv_sequence);
  return is_last || (!has_noise && (rv == 0 || rv == 3));
}

} // namespace

SlotMaker::SlotMaker(const config::Configuration& configuration,
                     const CellSettings& cell,
                     const SignalLevel& level)
    : cell_(cell), transmitter_(*configuration.transmitter),
      channel_(configuration.channel.value_or(config::Channel{})), level_(level),
      schedule_(transmitter_, cell.id, cell.numerology),
      slot_transmitter_(cell, static_cast<std::uint64_t>(transmitter_.payload_seed)) {
  for (const config::User& user : transmitter_.users)
    sent_.emplace_back(typename View<cf32, 3>::Extents{n_antenna_ports(user), cell.n_symbols(),
                                                       cell.n_subcarriers()});
}

Result<SlotMaker> SlotMaker::make(const config::Configuration& configuration, SignalDomain domain) {
  const config::Transmitter& transmitter = *configuration.transmitter;
  const config::Channel channel = configuration.channel.value_or(config::Channel{});
  const auto cell =
      config::resolve_cell(configuration.cells.at(0), {}, "the configuration", domain);
  if (!cell)
    return as_configuration_error(cell.error());
  if (const auto checked = check_transmitter(transmitter, channel, *cell); !checked)
    return tl::unexpected(checked.error());
  if (const auto checked = check_first_slots(transmitter, *cell); !checked)
    return tl::unexpected(checked.error());
  const auto level = signal_level(transmitter, channel, *cell, max_checked_slots);
  if (!level)
    return tl::unexpected(level.error());
  return SlotMaker(configuration, *cell, *level);
}

Result<const MadeSlot*> SlotMaker::next() {
  auto scheduled = schedule_.next();
  if (!scheduled)
    return nullptr;
  const auto users = slot_transmitter_.prepare(scheduled->grants, scheduled->precoders);
  if (!users)
    return as_configuration_error(users.error());
  slot_.id = scheduled->id;
  slot_.index = n_made_++;
  slot_.sent.assign(sent_.size(), {});
  for (const SlotUser& user : *users) {
    const auto index =
        static_cast<std::size_t>(scheduled->users[static_cast<std::size_t>(user.grant.index)]);
    const HostTensor<cf32, 3>& tensor = sent_[index];
    std::fill_n(tensor.data(), tensor.size(), cf32{});
    transmit_user(user, tensor.view());
    const auto amplitude =
        static_cast<float>(std::pow(10.0, transmitter_.users[index].power_db / 20.0));
    if (amplitude != 1.0F)
      for (std::int64_t i = 0; i < tensor.size(); ++i)
        tensor.data()[i] *= amplitude;
    slot_.sent[index] = tensor.view();
  }
  slot_.grants = std::move(scheduled->grants);
  set_expectations(*scheduled);
  return &slot_;
}

void SlotMaker::set_expectations(const ScheduledSlot& scheduled) {
  for (std::size_t i = 0; i < slot_.grants.pusch.size(); ++i) {
    const config::User& user = transmitter_.users[static_cast<std::size_t>(scheduled.users[i])];
    if (!expects_crc_ok(user, scheduled.transmissions[i], level_.noise_variance > 0))
      slot_.grants.pusch[i].expect.reset();
  }
}

View<const cf32, 3> SlotMaker::receive() {
  if (grid_channels_.empty()) {
    for (const config::User& user : transmitter_.users)
      grid_channels_.emplace_back(make_user_path(channel_, user, cell_.rx_ports), cell_);
    received_ = HostTensor<cf32, 3>({cell_.rx_ports, cell_.n_symbols(), cell_.n_subcarriers()});
  }
  std::fill_n(received_.data(), received_.size(), cf32{});
  for (std::size_t u = 0; u < slot_.sent.size(); ++u)
    if (!slot_.sent[u].empty())
      grid_channels_[u].apply(slot_.sent[u], slot_.index, received_.view());
  if (level_.noise_variance > 0) {
    RandomStream noise(static_cast<std::uint64_t>(channel_.seed), random_noise,
                       first_grid_noise + static_cast<std::uint64_t>(slot_.index));
    add_noise(received_.view(), static_cast<float>(level_.noise_variance), noise);
  }
  return received_.view();
}

} // namespace airan::simulation
