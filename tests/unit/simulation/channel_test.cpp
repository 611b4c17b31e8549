// SPDX-License-Identifier: Apache-2.0
// Channels measured against their formulas: delay profile, Doppler spectrum, correlation, power.
#include "simulation/delay_profile.hpp"
#include "simulation/fading_process.hpp"
#include "simulation/frequency_channel.hpp"
#include "simulation/random_stream.hpp"
#include "simulation/time_channel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace airan::simulation {
namespace {

using config::ChannelModel;
using config::Correlation;
using config::Fading;
constexpr double two_pi = 2.0 * std::numbers::pi;

FadingSettings rayleigh(double doppler_hz) {
  FadingSettings s;
  s.taps = {{0.0, 1.0, false}};
  s.doppler_hz = doppler_hz;
  s.seed = 3;
  return s;
}

TEST(RandomStream, MatchesThePublishedVectorOfPhilox) {
  // Known answer of Random123 (kat_vectors): philox4x32-10, counter and key all zero.
  RandomStream r(0, 0, 0);
  EXPECT_EQ(r.bits32(), 0x6627e8d5U);
  EXPECT_EQ(r.bits32(), 0xe169c58dU);
  EXPECT_EQ(r.bits32(), 0xbc57ac4cU);
  EXPECT_EQ(r.bits32(), 0x9b00dbd8U);
}

TEST(RandomStream, GaussianHasItsVarianceAndKurtosis) {
  RandomStream r(1, 2, 3);
  constexpr int n = 200'000;
  double power = 0;
  double fourth = 0;
  for (int i = 0; i < n; ++i) {
    const double p = norm(r.gaussian(2.0F));
    power += p / n;
    fourth += p * p / n;
  }
  // |x|^2 is exponential: standard deviation of the mean 2/sqrt(n), of the mean square 4
  // sqrt(20)/sqrt(n).
  EXPECT_NEAR(power, 2.0, 5 * 2.0 / std::sqrt(n));
  EXPECT_NEAR(fourth, 8.0, 5 * 4.0 * std::sqrt(20.0) / std::sqrt(n));
}

TEST(DelayProfile, HasUnitPowerAndTheSpreadItWasAskedFor) {
  for (const ChannelModel m : {ChannelModel::tdl_a, ChannelModel::tdl_b, ChannelModel::tdl_c}) {
    const auto taps = delay_profile(m, 200.0);
    double sum = 0;
    for (const Tap& t : taps)
      sum += t.power;
    EXPECT_NEAR(sum, 1.0, 1e-12);
    // TR 38.901 prints delays to four and powers to one decimal: the spread is 1 within half a
    // percent.
    EXPECT_NEAR(rms_delay_spread_ns(taps), 200.0, 1.0);
  }
  // The reduced profiles are on a 5 ns grid with at most 12 taps.
  EXPECT_NEAR(rms_delay_spread_ns(delay_profile(ChannelModel::tdla30, 0)), 30.0, 2.0);
  EXPECT_NEAR(rms_delay_spread_ns(delay_profile(ChannelModel::tdlb100, 0)), 100.0, 5.0);
  EXPECT_NEAR(rms_delay_spread_ns(delay_profile(ChannelModel::tdlc300, 0)), 300.0, 15.0);
}

TEST(FadingProcess, HasTheAutocorrelationOfJakes) {
  const double doppler = 400.0;
  constexpr int n = 20'000;
  for (const double lag_s : {0.0003, 0.001, 0.002}) {
    double re = 0;
    for (int i = 0; i < n; ++i) {
      const FadingProcess p(rayleigh(doppler), static_cast<std::uint64_t>(i));
      cf32 a{};
      cf32 b{};
      p.gains_at(0.05, {&a, {1, 1, 1}});
      p.gains_at(0.05 + lag_s, {&b, {1, 1, 1}});
      re += (b * conj(a)).re / n;
    }
    // Re(b a*) has variance at most 1: five standard deviations of the mean.
    EXPECT_NEAR(re, std::cyl_bessel_j(0.0, two_pi * doppler * lag_s), 5.0 / std::sqrt(n)) << lag_s;
  }
}

TEST(FadingProcess, IsGaussianWithUnitPower) {
  constexpr int n = 20'000;
  double power = 0;
  double fourth = 0;
  for (int i = 0; i < n; ++i) {
    const FadingProcess p(rayleigh(10.0), static_cast<std::uint64_t>(i));
    cf32 a{};
    p.gains_at(0.7, {&a, {1, 1, 1}});
    power += norm(a) / n;
    fourth += static_cast<double>(norm(a)) * norm(a) / n;
  }
  EXPECT_NEAR(power, 1.0, 5.0 / std::sqrt(n));
  EXPECT_NEAR(fourth, 2.0, 5.0 * std::sqrt(20.0) / std::sqrt(n));
}

TEST(FadingProcess, HasTheCorrelationMatrixOfTheStandard) {
  FadingSettings s = rayleigh(0.0);
  s.n_rx = 4;
  s.n_tx = 2;
  s.correlation = Correlation::medium;
  constexpr int n = 20'000;
  double rx01 = 0;
  double rx03 = 0;
  double tx01 = 0;
  double power = 0;
  std::vector<cf32> g(8);
  const View<cf32, 3> gains(g.data(), {1, 4, 2});
  for (int i = 0; i < n; ++i) {
    FadingProcess(s, static_cast<std::uint64_t>(i)).gains_at(0, gains);
    rx01 += (gains(0, 0, 0) * conj(gains(0, 1, 0))).re / n;
    rx03 += (gains(0, 0, 1) * conj(gains(0, 3, 1))).re / n;
    tx01 += (gains(0, 2, 0) * conj(gains(0, 2, 1))).re / n;
    power += norm(gains(0, 3, 1)) / n;
  }
  const double tolerance = 5.0 / std::sqrt(n) + 0.00012; // plus the standard's own repair of R
  EXPECT_NEAR(rx01, std::pow(0.9, 1.0 / 9.0), tolerance);
  EXPECT_NEAR(rx03, 0.9, tolerance);
  EXPECT_NEAR(tx01, 0.3, tolerance);
  EXPECT_NEAR(power, 1.0, tolerance);
}

TEST(FadingProcess, GivesOrthogonalLayersWithoutFading) {
  FadingSettings s;
  s.taps = delay_profile(ChannelModel::awgn, 0);
  s.n_rx = 4;
  s.n_tx = 4;
  std::vector<cf32> g(16);
  const View<cf32, 3> gains(g.data(), {1, 4, 4});
  FadingProcess(s, 9).gains_at(0, gains);
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 4; ++b) {
      cf32 inner{};
      for (int rx = 0; rx < 4; ++rx)
        inner += gains(0, rx, a) * conj(gains(0, rx, b));
      EXPECT_NEAR(abs(inner), a == b ? 4.0 : 0.0, 1e-3); // the repair of R: 4 * 0.00012
    }
}

TEST(FrequencyChannel, HasThePhaseRampOfEachDelay) {
  FrequencyChannelSettings s;
  s.fading.taps = {{100.0, 1.0, true}};
  s.numerology = 1;
  s.n_prb = 20;
  s.timing_offset_ns = 30.0;
  FrequencyChannel channel(s);
  channel.draw(0);
  std::vector<cf32> sent(14 * 240, cf32{1.0F, 0.0F});
  std::vector<cf32> received(14 * 240);
  channel.apply(View<const cf32, 3>(sent.data(), {1, 14, 240}), 0, {received.data(), {1, 14, 240}});
  const cf32 step = received[1] * conj(received[0]);
  EXPECT_NEAR(arg(step), -two_pi * 30e3 * 130e-9, 1e-5);
  EXPECT_NEAR(norm(received[77]), 1.0, 1e-5);
}

/// A tone through the time-domain channel, behind its latency: the ratio to the tone sent.
cf64 tone_response(const TimeChannelSettings& settings, double frequency_hz) {
  TimeChannel channel(settings);
  constexpr std::int32_t n = 4096;
  std::vector<cf32> x(n);
  std::vector<cf32> y(n);
  for (std::int32_t i = 0; i < n; ++i) {
    const cf64 p = unit_phasor(two_pi * frequency_hz / settings.sample_rate_hz * i);
    x[static_cast<std::size_t>(i)] = {static_cast<float>(p.re), static_cast<float>(p.im)};
  }
  // Odd block sizes: the stream must not care.
  for (std::int32_t first = 0; first < n; first += 1001) {
    const std::int32_t m = std::min(1001, n - first);
    channel.process(View<const cf32, 2>(x.data() + first, {1, m}), {y.data() + first, {1, m}});
  }
  const std::int32_t at = 3000;
  const cf32 sent = x[at];
  const cf32 got = y[static_cast<std::size_t>(at + channel.latency())];
  const cf32 ratio = got * conj(sent);
  return {ratio.re, ratio.im};
}

TEST(TimeChannel, DelaysByFractionsOfASampleOverTheWholeOccupiedBand) {
  TimeChannelSettings s;
  s.fading.taps = {{0.0, 1.0, true}};
  s.sample_rate_hz = 15.36e6;
  const cf64 reference = tone_response(s, 1e6);
  EXPECT_NEAR(norm(reference), 1.0, 1e-5);
  for (const double offset_ns : {123.4, -77.7, 32.552083333}) {
    s.timing_offset_ns = offset_ns;
    for (const double f : {-6.4e6, -1e6, 0.3e6, 6.4e6}) {
      const cf64 expected = unit_phasor(-two_pi * f * offset_ns * 1e-9) * reference;
      const cf64 error = tone_response(s, f) - expected;
      EXPECT_LT(10 * std::log10(norm(error)), -70.0) << offset_ns << " ns, " << f << " Hz";
    }
  }
}

TEST(TimeChannel, TurnsTheCarrier) {
  TimeChannelSettings s;
  s.fading.taps = {{0.0, 1.0, true}};
  s.sample_rate_hz = 15.36e6;
  const cf64 still = tone_response(s, 1e6);
  s.carrier_offset_hz = 1000.0;
  const cf64 turned = tone_response(s, 1e6);
  // 3000 samples after the first one of the signal.
  const cf64 expected = unit_phasor(two_pi * 1000.0 * 3000 / 15.36e6) * still;
  EXPECT_NEAR(norm(turned - expected), 0.0, 1e-8);
}

} // namespace
} // namespace airan::simulation
