// SPDX-License-Identifier: Apache-2.0
// One user's path, applied to samples as a stream: timing offset, fading, carrier offset.
#pragma once

#include "core/complex.hpp"
#include "core/view.hpp"
#include "simulation/time_channel.hpp"
#include "simulation/user_path.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace airan::simulation {

/// Whole samples of delay are a line of samples; what is left is up to TimeChannel, or, on a flat
/// path, to the caller: residual_delay(). A flat path costs one product per pair of ports.
class UserSampleChannel {
public:
  UserSampleChannel(const UserPath& path, double sample_rate_hz);

  /// Samples by which the output must be late at least.
  std::int32_t min_latency() const;
  /// Fixes the latency, the same for all users of a recording, and the longest block.
  void set_latency(std::int32_t latency, std::int32_t max_block);
  /// Delay in samples, 0 .. 1, that the caller gives the signal before process().
  double residual_delay() const { return residual_delay_; }

  /// The next sample given to process() begins a slot: with Fading::per_slot the channel is drawn
  /// anew where that sample arrives.
  void begin_slot(std::uint64_t slot);
  /// Adds the output to `received` [rx, sample]; `sent` [tx, sample] has as many samples.
  void process(View<const cf32, 2> sent, View<cf32, 2> received);
  /// The same for a user that is silent.
  void process_silence(View<cf32, 2> received);

private:
  struct Redraw {
    std::int64_t sample = 0; ///< of the output
    std::uint64_t realisation = 0;
  };
  void advance(std::int32_t n, View<cf32, 2> received);
  void apply(View<cf32, 2> delayed, View<cf32, 2> received);
  void apply_flat(View<cf32, 2> delayed, View<cf32, 2> received);

  UserPath path_;
  double sample_rate_hz_;
  std::int32_t whole_delay_ = 0; ///< samples, may be negative
  double residual_delay_ = 0;
  std::optional<TimeChannel> channel_; ///< empty: the path is flat
  std::vector<cf32> gains_;            ///< [rx, tx] of a flat path
  std::deque<Redraw> redraws_;
  std::int32_t latency_ = 0;
  std::int32_t line_delay_ = 0;
  std::int32_t max_block_ = 0;
  std::vector<cf32> line_; ///< [tx, line_delay_ + max_block_]
  std::int64_t n_done_ = 0;
  std::int64_t n_silent_ = 0; ///< samples since the last that was not silence
};

} // namespace airan::simulation
