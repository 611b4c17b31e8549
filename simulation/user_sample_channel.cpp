// SPDX-License-Identifier: Apache-2.0
// One user's path on samples.
#include "simulation/user_sample_channel.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace airan::simulation {
namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;

View<cf32, 2> part_of(View<cf32, 2> samples, std::int32_t first, std::int32_t n) {
  return {samples.data() + first, {samples.extent(0), n}, {samples.stride(0), 1}};
}

} // namespace

UserSampleChannel::UserSampleChannel(const UserPath& path, double sample_rate_hz)
    : path_(path), sample_rate_hz_(sample_rate_hz) {
  const double delay = path.timing_offset_ns * 1e-9 * sample_rate_hz;
  whole_delay_ = static_cast<std::int32_t>(std::floor(delay + 1e-6));
  const double rest = std::max(0.0, delay - whole_delay_);
  if (is_flat(path)) {
    residual_delay_ = rest;
    gains_ = flat_gains(path, 0);
    return;
  }
  TimeChannelSettings settings;
  settings.fading = path.fading;
  settings.sample_rate_hz = sample_rate_hz;
  settings.carrier_offset_hz = path.carrier_offset_hz;
  settings.timing_offset_ns = rest / sample_rate_hz * 1e9;
  channel_.emplace(settings);
}

std::int32_t UserSampleChannel::min_latency() const {
  return std::max(0, (channel_ ? channel_->latency() : 0) - whole_delay_);
}

void UserSampleChannel::set_latency(std::int32_t latency, std::int32_t max_block) {
  AIRAN_ASSERT(latency >= min_latency(), "a latency of " + std::to_string(latency) + " samples");
  latency_ = latency;
  line_delay_ = latency + whole_delay_ - (channel_ ? channel_->latency() : 0);
  max_block_ = max_block;
  line_.assign(static_cast<std::size_t>(path_.fading.n_tx) *
                   static_cast<std::size_t>(line_delay_ + max_block),
               cf32{});
  n_silent_ = line_delay_;
}

void UserSampleChannel::begin_slot(std::uint64_t slot) {
  if (path_.fading.fading == config::Fading::per_slot)
    redraws_.push_back({n_done_ + latency_ + whole_delay_, slot});
}

void UserSampleChannel::process(View<const cf32, 2> sent, View<cf32, 2> received) {
  const std::int32_t n = sent.extent(1);
  for (std::int32_t tx = 0; tx < path_.fading.n_tx; ++tx)
    std::copy_n(&sent(tx, 0), n,
                &line_[static_cast<std::size_t>(tx * (line_delay_ + max_block_) + line_delay_)]);
  n_silent_ = 0;
  advance(n, received);
}

void UserSampleChannel::process_silence(View<cf32, 2> received) {
  const std::int32_t n = received.extent(1);
  n_silent_ += n;
  // A flat path has no memory but its line: when that is empty, so is the output.
  if (!channel_ && n_silent_ - n >= line_delay_) {
    n_done_ += n;
    while (redraws_.size() > 1 && redraws_[1].sample <= n_done_)
      redraws_.pop_front();
    return;
  }
  for (std::int32_t tx = 0; tx < path_.fading.n_tx; ++tx)
    std::fill_n(&line_[static_cast<std::size_t>(tx * (line_delay_ + max_block_) + line_delay_)], n,
                cf32{});
  advance(n, received);
}

void UserSampleChannel::advance(std::int32_t n, View<cf32, 2> received) {
  const std::int32_t n_tx = path_.fading.n_tx;
  const std::int32_t length = line_delay_ + max_block_;
  const View<cf32, 2> delayed(line_.data(), {n_tx, n}, {length, 1});
  for (std::int32_t first = 0; first < n;) {
    while (!redraws_.empty() && redraws_.front().sample <= n_done_) {
      if (channel_)
        channel_->redraw(redraws_.front().realisation);
      else
        gains_ = flat_gains(path_, redraws_.front().realisation);
      redraws_.pop_front();
    }
    const std::int64_t until = redraws_.empty() ? n - first : redraws_.front().sample - n_done_;
    const auto count = static_cast<std::int32_t>(std::min<std::int64_t>(n - first, until));
    apply(part_of(delayed, first, count), part_of(received, first, count));
    first += count;
    n_done_ += count;
  }
  for (std::int32_t tx = 0; tx < n_tx; ++tx) {
    cf32* const line = &line_[static_cast<std::size_t>(tx * length)];
    std::copy(line + n, line + n + line_delay_, line);
  }
}

void UserSampleChannel::apply(View<cf32, 2> delayed, View<cf32, 2> received) {
  if (channel_)
    channel_->process(delayed, received);
  else
    apply_flat(delayed, received);
}

void UserSampleChannel::apply_flat(View<cf32, 2> delayed, View<cf32, 2> received) {
  const std::int32_t n = delayed.extent(1);
  const double turns =
      path_.carrier_offset_hz * static_cast<double>(n_done_ - latency_) / sample_rate_hz_;
  const cf64 start = unit_phasor(two_pi * (turns - std::floor(turns)));
  const cf64 step = unit_phasor(two_pi * path_.carrier_offset_hz / sample_rate_hz_);
  std::vector<cf32> rotated(static_cast<std::size_t>(n));
  for (std::int32_t tx = 0; tx < delayed.extent(0); ++tx) {
    const cf32* x = &delayed(tx, 0);
    if (path_.carrier_offset_hz != 0) {
      cf64 phasor = start;
      for (std::int32_t i = 0; i < n; ++i) {
        rotated[static_cast<std::size_t>(i)] =
            x[i] * cf32{static_cast<float>(phasor.re), static_cast<float>(phasor.im)};
        phasor *= step;
      }
      x = rotated.data();
    }
    for (std::int32_t rx = 0; rx < received.extent(0); ++rx) {
      const cf32 g = gains_[static_cast<std::size_t>(rx * delayed.extent(0) + tx)];
      if (g == cf32{})
        continue;
      cf32* const y = &received(rx, 0);
      for (std::int32_t i = 0; i < n; ++i)
        y[i] += g * x[i];
    }
  }
}

} // namespace airan::simulation
