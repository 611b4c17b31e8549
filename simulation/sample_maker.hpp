// SPDX-License-Identifier: Apache-2.0
// Samples of the receive ports, slot by slot: modulation, channels, noise, front end.
#pragma once

#include "config/made_signals.hpp"
#include "core/cell_settings.hpp"
#include "core/complex.hpp"
#include "core/result.hpp"
#include "core/view.hpp"
#include "runtime/buffer.hpp"
#include "simulation/ofdm_modulator.hpp"
#include "simulation/random_stream.hpp"
#include "simulation/signal_level.hpp"
#include "simulation/user_sample_channel.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace airan::simulation {

/// Takes samples [port, sample] that follow each other.
using SampleSink = std::function<Result<void>(View<const cf32, 2>)>;

/// A stream: lead-in, slots, rest. Memory does not grow with its length. Time 0 of fading and
/// carrier offsets is the first sample.
class SampleMaker {
public:
  /// cell.fft_size must be set.
  static Result<SampleMaker> make(const CellSettings& cell,
                                  const config::Transmitter& transmitter,
                                  const config::Channel& channel,
                                  const SignalLevel& level);

  /// `n` samples in which nobody sends.
  Result<void> add_silence(std::int64_t n, const SampleSink& sink);
  /// One slot: `grids` [user] of the transmitter, each [antenna port, symbol, subcarrier] or empty
  /// when it does not send. `slot` counts from the start of a subframe, `index` numbers the slots
  /// of the recording.
  Result<void> add_slot(std::span<const View<const cf32, 3>> grids,
                        std::int32_t slot,
                        std::uint64_t index,
                        const SampleSink& sink);
  /// What is still under way, and as many samples as the latest user's signal is late.
  Result<void> finish(const SampleSink& sink);

  const OfdmTiming& timing() const { return modulator_.timing(); }

private:
  struct User {
    UserSampleChannel channel;
    std::vector<cf32> residual_delay; ///< phase of each subcarrier; empty: none
  };
  SampleMaker(OfdmModulator modulator, const config::Channel& channel, const SignalLevel& level);
  void receive_user(User& user, View<const cf32, 3> grid, std::int32_t slot, std::int32_t n);
  View<const cf32, 3> delayed(const User& user, View<const cf32, 3> grid);
  /// Noise and front end on the first `n` samples of received_, then out.
  Result<void> put(std::int32_t n, const SampleSink& sink);

  OfdmModulator modulator_;
  config::FrontEnd front_end_;
  SignalLevel level_;
  std::vector<User> users_;
  std::vector<RandomStream> noise_; ///< [port]
  std::int64_t n_to_drop_ = 0;      ///< latency of the channels, not yet taken off
  std::int32_t latency_ = 0;
  std::int32_t lateness_ = 0;    ///< samples
  HostTensor<cf32, 3> grid_;     ///< [antenna port, symbol, subcarrier]
  HostTensor<cf32, 2> sent_;     ///< [antenna port, sample]
  HostTensor<cf32, 2> received_; ///< [rx port, sample]
};

} // namespace airan::simulation
