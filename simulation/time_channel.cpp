// SPDX-License-Identifier: Apache-2.0
// Delay lines with windowed-sinc interpolation, and gains interpolated over short blocks.
#include "simulation/time_channel.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace airan::simulation {
namespace {

constexpr double pi = std::numbers::pi;
constexpr std::int32_t filter_length = 32;
/// Gains are linear over a block: at 1 kHz Doppler and 15.36 MS/s the phase turns by 0.1 rad in 256
/// samples, the interpolation error is 0.1^2 / 8, -58 dB.
constexpr std::int32_t block_length = 256;

/// Modified Bessel function I0.
double bessel_i0(double x) {
  double sum = 1.0;
  double term = 1.0;
  for (int k = 1; k < 40; ++k) {
    term *= (x / (2.0 * k)) * (x / (2.0 * k));
    sum += term;
  }
  return sum;
}

/// Coefficients c with y(n) = sum_i c(i) x(n - i) = x(n - filter_length/2 - fraction): a sinc under
/// a Kaiser window (beta 8, stop band -80 dB).
std::vector<float> fractional_delay(double fraction) {
  std::vector<float> c(filter_length + 1);
  const double centre = filter_length / 2 + fraction;
  for (std::int32_t i = 0; i <= filter_length; ++i) {
    const double t = i - centre;
    const double sinc = t == 0.0 ? 1.0 : std::sin(pi * t) / (pi * t);
    const double u = t / (filter_length / 2 + 1);
    const double window =
        std::abs(u) < 1.0 ? bessel_i0(8.0 * std::sqrt(1.0 - u * u)) / bessel_i0(8.0) : 0.0;
    c[static_cast<std::size_t>(i)] = static_cast<float>(sinc * window);
  }
  return c;
}

} // namespace

TimeChannel::TimeChannel(const TimeChannelSettings& settings) : settings_(settings) {
  process_.emplace_back(settings.fading, 0);
  double earliest = 0;
  for (const Tap& tap : settings.fading.taps)
    earliest = std::min(earliest, (tap.delay_ns + settings.timing_offset_ns) * 1e-9 *
                                      settings.sample_rate_hz);
  latency_ = filter_length / 2 + static_cast<std::int32_t>(std::ceil(-earliest));
  for (const Tap& tap : settings.fading.taps) {
    const double delay =
        (tap.delay_ns + settings.timing_offset_ns) * 1e-9 * settings.sample_rate_hz + latency_;
    const double whole = std::floor(delay + 1e-9);
    const double fraction = delay - whole;
    DelayLine line;
    if (fraction < 1e-6) {
      line.whole_samples = static_cast<std::int32_t>(whole);
    } else {
      line.whole_samples = static_cast<std::int32_t>(whole) - filter_length / 2;
      line.filter = fractional_delay(fraction);
    }
    lines_.push_back(line);
    history_ = std::max(history_, line.whole_samples + filter_length);
  }
  const auto n_tx = static_cast<std::size_t>(settings.fading.n_tx);
  input_.resize(n_tx * static_cast<std::size_t>(history_ + block_length));
  delayed_.resize(block_length);
  gains_begin_.resize(lines_.size() * n_tx * static_cast<std::size_t>(settings.fading.n_rx));
  gains_end_.resize(gains_begin_.size());
  update_gains(gains_end_, 0);
}

void TimeChannel::redraw(std::uint64_t realisation) {
  process_.clear();
  process_.emplace_back(settings_.fading, realisation);
  update_gains(gains_end_, n_done_);
}

void TimeChannel::update_gains(std::vector<cf32>& gains, std::int64_t sample) const {
  const View<cf32, 3> view(gains.data(), {static_cast<std::int32_t>(lines_.size()),
                                          settings_.fading.n_rx, settings_.fading.n_tx});
  process_.front().gains_at(static_cast<double>(sample) / settings_.sample_rate_hz, view);
}

void TimeChannel::filter_tap(const DelayLine& line, std::int32_t tx, std::int32_t n) {
  const cf32* const newest =
      &input_[static_cast<std::size_t>(tx * (history_ + block_length) + history_)];
  for (std::int32_t i = 0; i < n; ++i) {
    const cf32* const x = newest + i - line.whole_samples;
    if (line.filter.empty()) {
      delayed_[static_cast<std::size_t>(i)] = *x;
      continue;
    }
    cf32 sum{};
    for (std::int32_t k = 0; k <= filter_length; ++k)
      sum += line.filter[static_cast<std::size_t>(k)] * x[-k];
    delayed_[static_cast<std::size_t>(i)] = sum;
  }
}

void TimeChannel::process(View<const cf32, 2> sent, View<cf32, 2> received) {
  const std::int32_t n_tx = settings_.fading.n_tx;
  const std::int32_t n_rx = settings_.fading.n_rx;
  for (std::int32_t first = 0; first < sent.extent(1); first += block_length) {
    const std::int32_t n = std::min(block_length, sent.extent(1) - first);
    for (std::int32_t tx = 0; tx < n_tx; ++tx) {
      cf32* const buffer = &input_[static_cast<std::size_t>(tx * (history_ + block_length))];
      std::copy_n(&sent(tx, first), n, buffer + history_);
    }
    gains_begin_ = gains_end_;
    if (!process_.front().is_static())
      update_gains(gains_end_, n_done_ + n);
    const double turns = settings_.carrier_offset_hz * static_cast<double>(n_done_ - latency_) /
                         settings_.sample_rate_hz;
    const cf64 start = unit_phasor(2.0 * pi * (turns - std::floor(turns)));
    const cf64 step =
        unit_phasor(2.0 * pi * settings_.carrier_offset_hz / settings_.sample_rate_hz);
    for (std::size_t tap = 0; tap < lines_.size(); ++tap)
      for (std::int32_t tx = 0; tx < n_tx; ++tx) {
        filter_tap(lines_[tap], tx, n);
        for (std::int32_t rx = 0; rx < n_rx; ++rx) {
          const std::size_t link =
              (tap * static_cast<std::size_t>(n_rx) + static_cast<std::size_t>(rx)) *
                  static_cast<std::size_t>(n_tx) +
              static_cast<std::size_t>(tx);
          cf32 gain = gains_begin_[link];
          const cf32 slope = (gains_end_[link] - gain) * (1.0F / static_cast<float>(n));
          cf32* const y = &received(rx, first);
          cf64 phasor = start;
          for (std::int32_t i = 0; i < n; ++i) {
            const cf32 rotation{static_cast<float>(phasor.re), static_cast<float>(phasor.im)};
            y[i] += rotation * (gain * delayed_[static_cast<std::size_t>(i)]);
            gain += slope;
            phasor *= step;
          }
        }
      }
    for (std::int32_t tx = 0; tx < n_tx; ++tx) {
      cf32* const buffer = &input_[static_cast<std::size_t>(tx * (history_ + block_length))];
      std::copy(buffer + n, buffer + n + history_, buffer);
    }
    n_done_ += n;
  }
}

} // namespace airan::simulation
