// SPDX-License-Identifier: Apache-2.0
// A fading channel applied to samples, as a stream: fractional delays, gains that move, carrier
// offset.
#pragma once

#include "core/complex.hpp"
#include "core/view.hpp"
#include "simulation/fading_process.hpp"

#include <cstdint>
#include <vector>

namespace airan::simulation {

struct TimeChannelSettings {
  FadingSettings fading;
  double sample_rate_hz = 0;
  double carrier_offset_hz = 0;
  double timing_offset_ns = 0; ///< > 0: late; may be negative
};

/// Adds the channel's output to `received`, sample by sample in step with the input, but
/// `latency()` samples later: the interpolation filters look ahead. Signals may occupy up to 84 %
/// of the sample rate; within it the delays are exact to -70 dB.
class TimeChannel {
public:
  explicit TimeChannel(const TimeChannelSettings& settings);

  std::int32_t latency() const { return latency_; }
  /// `sent` [tx, sample], `received` [rx, sample], the same number of samples (any).
  void process(View<const cf32, 2> sent, View<cf32, 2> received);
  /// With Fading::per_slot: new gains from the next sample on.
  void redraw(std::uint64_t realisation);

private:
  struct DelayLine {
    std::int32_t whole_samples = 0;
    std::vector<float> filter; ///< empty: the delay is a whole number of samples
  };
  void filter_tap(const DelayLine& line, std::int32_t tx, std::int32_t n);
  void update_gains(std::vector<cf32>& gains, std::int64_t sample) const;

  TimeChannelSettings settings_;
  std::vector<FadingProcess> process_;
  std::vector<DelayLine> lines_; ///< [tap]
  std::int32_t latency_ = 0;
  std::int32_t history_ = 0;      ///< input samples kept
  std::vector<cf32> input_;       ///< [tx, history + block]
  std::vector<cf32> delayed_;     ///< [sample] of one tap and transmit port
  std::vector<cf32> gains_begin_; ///< [tap, rx, tx] at the start of a block
  std::vector<cf32> gains_end_;
  std::int64_t n_done_ = 0;
};

} // namespace airan::simulation
