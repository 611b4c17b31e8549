// SPDX-License-Identifier: Apache-2.0
// Set-up of a link and one block over it.
#include "simulation/link.hpp"

#include "phy/check_grants.hpp"
#include "phy/stage_clock.hpp"
#include "simulation/delay_profile.hpp"
#include "simulation/pusch_transmitter.hpp"
#include "simulation/random_stream.hpp"

#include <algorithm>
#include <cmath>

namespace airan::simulation {
namespace {

std::int32_t n_antenna_ports(const LinkSettings& s) {
  return s.user.codebook ? s.user.codebook->n_antenna_ports : s.user.nr_of_layers;
}

FrequencyChannelSettings channel_settings(const LinkSettings& s) {
  FrequencyChannelSettings c;
  c.fading.taps = delay_profile(s.channel.model, s.channel.delay_spread_ns.value_or(0.0));
  c.fading.n_rx = s.cell.rx_ports;
  c.fading.n_tx = n_antenna_ports(s);
  c.fading.doppler_hz = s.channel.doppler_hz;
  c.fading.correlation = s.channel.correlation;
  c.fading.fading = s.channel.fading;
  c.fading.seed = s.seed;
  c.numerology = s.cell.numerology;
  c.cyclic_prefix = s.cell.cyclic_prefix;
  c.n_prb = s.cell.n_prb;
  c.carrier_offset_hz = s.channel.carrier_offset_hz + s.user.carrier_offset_hz;
  c.timing_offset_ns = s.channel.timing_offset_ns + s.user.timing_offset_ns;
  return c;
}

} // namespace

Result<std::unique_ptr<Link>> Link::make(const LinkSettings& settings) {
  SlotGrants slot;
  slot.sfn = settings.sfn;
  slot.slot = settings.slot;
  slot.pusch.push_back(config::make_grant(settings.user, 0, 0));
  Result<std::vector<CheckedGrant>> grants = check_grants(slot, settings.cell);
  if (!grants)
    return configuration_error(grants.error().message);
  const CheckedGrant& grant = grants->front();

  std::vector<cf32> precoder;
  if (settings.user.codebook) {
    Result<std::vector<cf32>> w =
        codebook_matrix({settings.user.codebook->n_antenna_ports, settings.user.codebook->tpmi},
                        grant.n_layers, grant.waveform);
    if (!w)
      return tl::unexpected(w.error());
    precoder = *std::move(w);
  }

  PlanLimits limits;
  limits.n_ports = settings.cell.rx_ports;
  limits.n_prb = settings.cell.n_prb;
  limits.n_symbols = settings.cell.n_symbols();
  limits.n_layers_per_group = grant.n_layers;
  limits.ldpc_max_iterations = settings.receiver.ldpc_max_iterations;
  Result<std::unique_ptr<ReceiverPlan>> plan = make_receiver_plan(limits, settings.rows);
  if (!plan)
    return tl::unexpected(plan.error());
  return std::unique_ptr<Link>(
      new Link(settings, *std::move(grants), std::move(precoder), *std::move(plan)));
}

Link::Link(const LinkSettings& settings,
           std::vector<CheckedGrant> grants,
           std::vector<cf32> precoder,
           std::unique_ptr<ReceiverPlan> plan)
    : settings_(settings), grants_(std::move(grants)), precoder_(std::move(precoder)),
      channel_(channel_settings(settings)) {
  const CellSettings& cell = settings_.cell;
  const CodewordPlan& codeword = grants_.front().codeword;
  ReceiverSettings receiver = settings_.receiver;
  receiver.user_state.max_processes = 1;
  receiver.user_state.soft_bit_bytes = 2 * (static_cast<std::size_t>(codeword.n_code_blocks) *
                                                static_cast<std::size_t>(codeword.encoded_bits) +
                                            HostBuffer::alignment);
  receiver_ = std::make_unique<Receiver>(std::move(plan), receiver);
  sent_ = HostTensor<cf32, 3>({n_antenna_ports(settings_), cell.n_symbols(), cell.n_subcarriers()});
  received_ = HostTensor<cf32, 3>({cell.rx_ports, cell.n_symbols(), cell.n_subcarriers()});
  for (std::int32_t port = 0; port < cell.rx_ports; ++port)
    for (std::int32_t l = 0; l < cell.n_symbols(); ++l)
      add_run(port, l, 0, cell.n_prb);
  payload_.resize(static_cast<std::size_t>(codeword.tb_bits / 8));
  // Each layer has unit power, each pair of ports unit mean gain: the power of all layers is the
  // sum of |W|^2, without a codebook the number of layers.
  signal_power_ = precoder_.empty() ? grants_.front().n_layers : 0.0;
  for (const cf32& w : precoder_)
    signal_power_ += norm(w);
}

void Link::add_run(std::int32_t port,
                   std::int32_t symbol,
                   std::int32_t first_prb,
                   std::int32_t n_prb) {
  const cf32* first = &received_.view()(port, symbol, first_prb * subcarriers_per_prb);
  runs_.push_back({reinterpret_cast<const std::byte*>(first),
                   static_cast<std::uint16_t>(port),
                   static_cast<std::uint16_t>(symbol),
                   static_cast<std::uint16_t>(first_prb),
                   static_cast<std::uint16_t>(n_prb),
                   {IqNumber::float32, ByteOrder::little, 32}});
}

void Link::lose_prbs(const PrbLoss& loss, std::uint64_t block) {
  const CellSettings& cell = settings_.cell;
  const View<cf32, 3> received = received_.view();
  RandomStream random(settings_.seed, random_loss, block);
  std::int64_t n_left = std::int64_t{cell.rx_ports} * cell.n_symbols() *
                        ((cell.n_prb + loss.prb_per_packet - 1) / loss.prb_per_packet);
  std::int64_t n_to_lose = std::llround(loss.share * static_cast<double>(n_left));
  runs_.clear();
  for (std::int32_t port = 0; port < cell.rx_ports; ++port)
    for (std::int32_t l = 0; l < cell.n_symbols(); ++l)
      for (std::int32_t prb = 0; prb < cell.n_prb; prb += loss.prb_per_packet) {
        const std::int32_t n = std::min(loss.prb_per_packet, cell.n_prb - prb);
        // Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
        const bool is_lost = random.uniform_double() * static_cast<double>(n_left--) <=
                             static_cast<double>(n_to_lose);
        n_to_lose -= is_lost ? 1 : 0;
        if (is_lost && loss.lost_prbs == LostPrbs::zeroed)
          std::fill_n(&received(port, l, prb * subcarriers_per_prb), n * subcarriers_per_prb,
                      cf32{});
        if (!is_lost || loss.lost_prbs == LostPrbs::zeroed)
          add_run(port, l, prb, n);
      }
}

void Link::send_block(double snr_db, std::uint64_t block) {
  const View<cf32, 3> sent = sent_.view();
  const View<cf32, 3> received = received_.view();
  RandomStream(settings_.seed, random_payload, block).fill_bytes(payload_);
  std::fill_n(sent.data(), sent.size(), cf32{});
  transmit_pusch({&grants_.front(), payload_, precoder_}, sent);

  std::fill_n(received.data(), received.size(), cf32{});
  channel_.draw(block);
  channel_.apply(sent, 0, received);
  const double combined = settings_.channel.snr_definition == config::SnrDefinition::post_combining
                              ? settings_.cell.rx_ports
                              : 1.0;
  const double noise_variance = signal_power_ * combined * std::pow(10.0, -snr_db / 10.0);
  RandomStream noise(settings_.seed, random_noise, block);
  add_noise(received, static_cast<float>(noise_variance), noise);
  if (settings_.loss)
    lose_prbs(*settings_.loss, block);
}

const SlotOutput& Link::receive_block() {
  const CellSettings& cell = settings_.cell;
  SlotIq iq;
  iq.id = {cell.id, settings_.sfn, settings_.slot, 0};
  iq.closed_ns = steady_now_ns();
  iq.iq = FrequencyDomainIq{runs_};
  const SlotInput input{&iq, &settings_.cell, grants_, 0.0};
  return receiver_->receive({&input, 1}, Detail::results_only).front();
}

LinkOutcome Link::run_block(double snr_db, std::uint64_t block) {
  send_block(snr_db, block);
  const TransportBlock& tb = receive_block().report.transport_blocks.front();
  LinkOutcome outcome;
  outcome.crc_ok = tb.crc_ok && std::equal(payload_.begin(), payload_.end(), tb.payload.begin(),
                                           tb.payload.end());
  outcome.tb_bits = grants_.front().codeword.tb_bits;
  outcome.mean_iterations = tb.mean_iterations;
  outcome.snr_db = tb.snr_db;
  return outcome;
}

} // namespace airan::simulation
