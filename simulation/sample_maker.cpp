// SPDX-License-Identifier: Apache-2.0
// Samples of the receive ports, slot by slot.
#include "simulation/sample_maker.hpp"

#include "simulation/user_grid_channel.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace airan::simulation {
namespace {

View<cf32, 2> first_of(const HostTensor<cf32, 2>& samples, std::int32_t ports, std::int32_t n) {
  return {samples.data(), {ports, n}, {samples.view().stride(0), 1}};
}

} // namespace

SampleMaker::SampleMaker(OfdmModulator modulator,
                         const config::Channel& channel,
                         const SignalLevel& level)
    : modulator_(std::move(modulator)), front_end_(channel.front_end), level_(level) {}

Result<SampleMaker> SampleMaker::make(const CellSettings& cell,
                                      const config::Transmitter& transmitter,
                                      const config::Channel& channel,
                                      const SignalLevel& level) {
  auto modulator = OfdmModulator::make({{cell.numerology, cell.cyclic_prefix, *cell.fft_size},
                                        cell.n_prb,
                                        cell.phase_compensation_hz});
  if (!modulator)
    return tl::unexpected(modulator.error());
  SampleMaker maker(std::move(*modulator), channel, level);
  const OfdmTiming& timing = maker.timing();
  std::int32_t max_ports = 1;
  for (const config::User& user : transmitter.users) {
    const UserPath path = make_user_path(channel, user, cell.rx_ports);
    User made{UserSampleChannel(path, timing.sample_rate_hz()), {}};
    if (const double delay = made.channel.residual_delay(); delay > 0)
      made.residual_delay = delay_phasors(cell.n_subcarriers(), delay / timing.fft_size);
    maker.latency_ = std::max(maker.latency_, made.channel.min_latency());
    maker.lateness_ =
        std::max(maker.lateness_, static_cast<std::int32_t>(std::ceil(path.timing_offset_ns * 1e-9 *
                                                                      timing.sample_rate_hz())));
    max_ports = std::max(max_ports, n_antenna_ports(user));
    maker.users_.push_back(std::move(made));
  }
  for (User& user : maker.users_)
    user.channel.set_latency(maker.latency_, timing.max_slot_samples());
  for (std::int32_t port = 0; port < cell.rx_ports; ++port)
    maker.noise_.emplace_back(static_cast<std::uint64_t>(channel.seed), random_noise,
                              static_cast<std::uint64_t>(port));
  maker.n_to_drop_ = maker.latency_;
  maker.grid_ = HostTensor<cf32, 3>({max_ports, cell.n_symbols(), cell.n_subcarriers()});
  maker.sent_ = HostTensor<cf32, 2>({max_ports, timing.max_slot_samples()});
  maker.received_ = HostTensor<cf32, 2>({cell.rx_ports, timing.max_slot_samples()});
  return maker;
}

Result<void> SampleMaker::add_silence(std::int64_t n, const SampleSink& sink) {
  const std::int64_t max_block = timing().max_slot_samples();
  for (; n > 0; n -= std::min(n, max_block)) {
    const auto count = static_cast<std::int32_t>(std::min(n, max_block));
    const auto received = first_of(received_, received_.view().extent(0), count);
    std::fill_n(received_.data(), received_.size(), cf32{});
    for (User& user : users_)
      user.channel.process_silence(received);
    if (auto put_out = put(count, sink); !put_out)
      return put_out;
  }
  return {};
}

Result<void> SampleMaker::add_slot(std::span<const View<const cf32, 3>> grids,
                                   std::int32_t slot,
                                   std::uint64_t index,
                                   const SampleSink& sink) {
  const std::int32_t n = timing().slot_samples(slot);
  std::fill_n(received_.data(), received_.size(), cf32{});
  for (std::size_t u = 0; u < users_.size(); ++u) {
    users_[u].channel.begin_slot(index);
    receive_user(users_[u], grids[u], slot, n);
  }
  return put(n, sink);
}

Result<void> SampleMaker::finish(const SampleSink& sink) {
  return add_silence(std::int64_t{latency_} + lateness_, sink);
}

View<const cf32, 3> SampleMaker::delayed(const User& user, View<const cf32, 3> grid) {
  if (user.residual_delay.empty())
    return grid;
  const View<cf32, 3> out(grid_.data(), grid.extents());
  for (std::int32_t p = 0; p < grid.extent(0); ++p)
    for (std::int32_t l = 0; l < grid.extent(1); ++l)
      for (std::int32_t k = 0; k < grid.extent(2); ++k)
        out(p, l, k) = grid(p, l, k) * user.residual_delay[static_cast<std::size_t>(k)];
  return out;
}

void SampleMaker::receive_user(User& user,
                               View<const cf32, 3> grid,
                               std::int32_t slot,
                               std::int32_t n) {
  const auto received = first_of(received_, received_.view().extent(0), n);
  if (grid.empty()) {
    user.channel.process_silence(received);
    return;
  }
  const auto sent = first_of(sent_, grid.extent(0), n);
  modulator_.modulate(delayed(user, grid), slot, sent);
  user.channel.process(sent, received);
}

Result<void> SampleMaker::put(std::int32_t n, const SampleSink& sink) {
  const auto n_dropped = static_cast<std::int32_t>(std::min<std::int64_t>(n, n_to_drop_));
  n_to_drop_ -= n_dropped;
  const auto variance = static_cast<float>(level_.noise_variance);
  const auto gain = static_cast<float>(level_.gain);
  const cf32 dc{static_cast<float>(front_end_.dc_offset_i),
                static_cast<float>(front_end_.dc_offset_q)};
  const std::int32_t n_ports = received_.view().extent(0);
  for (std::int32_t port = 0; port < n_ports; ++port) {
    RandomStream& noise = noise_[static_cast<std::size_t>(port)];
    cf32* const y = &received_.view()(port, 0);
    for (std::int32_t i = n_dropped; i < n; ++i)
      y[i] = (variance > 0 ? y[i] + noise.gaussian(variance) : y[i]) * gain + dc;
  }
  if (n == n_dropped)
    return {};
  return sink(View<const cf32, 2>(received_.data() + n_dropped, {n_ports, n - n_dropped},
                                  {received_.view().stride(0), 1}));
}

} // namespace airan::simulation
