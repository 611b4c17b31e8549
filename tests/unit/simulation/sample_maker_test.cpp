// SPDX-License-Identifier: Apache-2.0
// Powers, times and frequencies of made samples.
#include "kernels/primitives/fft.hpp"
#include "simulation/sample_maker.hpp"
#include "tests/unit/simulation/made_configuration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace airan::simulation {
namespace {

constexpr std::int32_t fft_size = 512;
constexpr std::int32_t n_prb = 24;
constexpr double sample_rate_hz = 15.36e6;

CellSettings cell_of_test() {
  CellSettings cell;
  cell.n_prb = n_prb;
  cell.rx_ports = 2;
  cell.fft_size = fft_size;
  return cell;
}

/// QPSK on every RE of the user's 12 PRBs, [1, symbol, subcarrier].
HostTensor<cf32, 3> made_grid() {
  HostTensor<cf32, 3> grid({1, 14, n_prb * subcarriers_per_prb});
  std::fill_n(grid.data(), grid.size(), cf32{});
  RandomStream random(5, random_payload, 0);
  for (std::int32_t l = 0; l < 14; ++l)
    for (std::int32_t k = 72; k < 216; ++k) {
      const float a = std::sqrt(0.5F);
      grid.view()(0, l, k) = {(random.bits32() & 1U) != 0 ? a : -a,
                              (random.bits32() & 1U) != 0 ? a : -a};
    }
  return grid;
}

using Samples = std::vector<std::vector<cf32>>; ///< [port][sample]

SampleSink into(Samples& out) {
  out.resize(2);
  return [&out](View<const cf32, 2> block) -> Result<void> {
    for (std::int32_t p = 0; p < block.extent(0); ++p)
      for (const cf32& x : block.row(p))
        out[static_cast<std::size_t>(p)].push_back(x);
    return {};
  };
}

SignalLevel level_of(const config::Configuration& c) {
  return *signal_level(*c.transmitter, *c.channel, cell_of_test(), 100);
}

struct Made {
  Samples samples;
  SignalLevel level;
};

/// A lead-in of silence, then `n_slots` slots with the same grid.
Made make_samples(const config::Configuration& c, std::int64_t lead_in, std::int32_t n_slots) {
  Made made;
  made.level = level_of(c);
  auto maker = SampleMaker::make(cell_of_test(), *c.transmitter, *c.channel, made.level);
  const auto grid = made_grid();
  const View<const cf32, 3> grids[] = {grid.view()};
  const SampleSink sink = into(made.samples);
  EXPECT_TRUE(maker->add_silence(lead_in, sink));
  for (std::int32_t slot = 0; slot < n_slots; ++slot)
    EXPECT_TRUE(maker->add_slot(grids, slot, static_cast<std::uint64_t>(slot), sink));
  EXPECT_TRUE(maker->finish(sink));
  return made;
}

double mean_power(const std::vector<cf32>& x, std::size_t begin, std::size_t end) {
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i)
    sum += norm(x[i]);
  return sum / static_cast<double>(end - begin);
}

constexpr std::size_t slot_length = 7680; // 0.5 ms

TEST(SampleMaker, HasTheNoiseOfItsSnrOnEveryPort) {
  const auto made = make_samples(made_configuration("snr_db: 7, seed: 2"), 200'000, 0);
  for (const auto& port : made.samples) {
    ASSERT_EQ(port.size(), 200'000U);
    const double variance = mean_power(port, 0, port.size()) / (made.level.gain * made.level.gain);
    // A mean of n powers of complex Gaussians deviates by 1/sqrt(n) = 0.22 %; four of that.
    EXPECT_NEAR(variance / std::pow(10.0, -0.7), 1.0, 0.009);
  }
}

TEST(SampleMaker, HasTheSignalPowerThatTheSnrRefersTo) {
  const auto made = make_samples(made_configuration("seed: 2"), 0, 4);
  for (const auto& port : made.samples) {
    const double per_sample =
        mean_power(port, 0, port.size()) / (made.level.gain * made.level.gain);
    // 144 of 512 subcarriers with power 1. Exact for whole FFT windows; the prefixes, 7 % of the
    // samples, deviate like a mean of 4 * 14 * 10 independent ones (4 %): 0.3 %, four of that.
    EXPECT_NEAR(per_sample * fft_size / 144, 1.0, 0.012);
  }
}

TEST(SampleMaker, HasAnRmsOfFifteenDecibelBelowFullScaleInOccupiedSlots) {
  for (const double gain_db : {0.0, 4.0}) {
    const auto made = make_samples(
        made_configuration("snr_db: 0, front_end: {gain_db: " + std::to_string(gain_db) + "}"), 0,
        4);
    // 1/sqrt(30720) = 0.6 % for the noise, below that for the signal: 0.025 dB, four of that.
    EXPECT_NEAR(10 * std::log10(mean_power(made.samples[0], 0, made.samples[0].size())),
                -15.0 + gain_db, 0.1);
  }
}

TEST(SampleMaker, AddsTheDcOffset) {
  const auto made =
      make_samples(made_configuration("front_end: {dc_offset_i: 0.25, dc_offset_q: -0.5}"), 10, 0);
  EXPECT_EQ(made.samples[1][3], (cf32{0.25F, -0.5F}));
}

TEST(SampleMaker, DelaysByWholeSamplesExactly) {
  const auto prompt = make_samples(made_configuration("seed: 3"), 100, 2);
  const std::string ns = std::to_string(20 / sample_rate_hz * 1e9);
  const auto late = make_samples(made_configuration("seed: 3, timing_offset_ns: " + ns), 100, 2);
  const auto early = make_samples(made_configuration("seed: 3, timing_offset_ns: -" + ns), 100, 2);
  EXPECT_EQ(prompt.samples[0].size(), 100 + 2 * slot_length);
  // What is late is recorded to its end.
  EXPECT_GE(late.samples[0].size(), 100 + 2 * slot_length + 20);
  ASSERT_EQ(early.samples[0].size(), 100 + 2 * slot_length);
  for (std::size_t i = 40; i + 20 < prompt.samples[0].size(); ++i) {
    // The delay is given in ns with six digits: 1e-6 ns are 1.5e-8 samples.
    EXPECT_NEAR(norm(late.samples[0][i + 20] - prompt.samples[0][i]), 0.0F, 1e-10F) << i;
    EXPECT_NEAR(norm(early.samples[0][i - 20] - prompt.samples[0][i]), 0.0F, 1e-10F) << i;
  }
}

/// The REs of symbol 3 of the first slot, FFT window right behind the prefix.
std::vector<cf32> demodulate(const std::vector<cf32>& x) {
  const OfdmTiming timing{1, CyclicPrefix::normal, fft_size};
  const auto begin = static_cast<std::size_t>(timing.symbol_start(0, 3) + timing.cp_samples(0, 3));
  std::vector<cf32> out(fft_size);
  make_fft(FftLibrary::kissfft, fft_size, FftDirection::forward)
      ->run(std::span(x).subspan(begin, fft_size), out);
  return out;
}

TEST(SampleMaker, DelaysByFractionsOfASample) {
  for (const char* model : {"model: none", "model: awgn", "model: awgn, doppler_hz: 1e-6"}) {
    const std::string base = std::string(model) + ", seed: 3";
    const double delay = 2.25;
    const auto prompt = make_samples(made_configuration(base), 0, 1);
    const auto late = make_samples(made_configuration(base + ", timing_offset_ns: " +
                                                      std::to_string(delay / sample_rate_hz * 1e9)),
                                   0, 1);
    const auto x = demodulate(prompt.samples[0]);
    const auto y = demodulate(late.samples[0]);
    for (std::int32_t k = -72; k < 72; ++k) {
      const auto bin = static_cast<std::size_t>((k + fft_size) % fft_size);
      const double turns = -k * delay / fft_size;
      const auto expected = x[bin] * unit_phasor(static_cast<float>(2 * std::numbers::pi * turns));
      // Filters of fading paths reach 14 samples into the next symbol, with weights that fall
      // below 1/30 there: 14 * (1/30)^2 / 3 of 512 samples, -50 dB.
      EXPECT_LT(norm(y[bin] - expected), 1e-5F * norm(expected)) << model << " " << k;
    }
  }
}

TEST(SampleMaker, TurnsByTheCarrierOffset) {
  const auto still = make_samples(made_configuration("seed: 3"), 0, 2);
  const auto turning = make_samples(
      made_configuration("seed: 3, carrier_offset_hz: 300", "mcs_index: 4, carrier_offset_hz: 100"),
      0, 2);
  for (std::size_t i = 0; i < still.samples[1].size(); i += 7) {
    const double turns = 400.0 * static_cast<double>(i) / sample_rate_hz;
    const auto expected =
        still.samples[1][i] * unit_phasor(static_cast<float>(2 * std::numbers::pi * turns));
    EXPECT_NEAR(norm(turning.samples[1][i] - expected), 0.0F, 1e-10F) << i;
  }
}

TEST(SampleMaker, DrawsFadingPerSlotWhereTheSlotArrives) {
  const auto constant = make_samples(made_configuration("model: awgn, seed: 3"), 50, 3);
  const auto drawn = make_samples(
      made_configuration("model: awgn, fading: per_slot, seed: 3, timing_offset_ns: 0"), 50, 3);
  std::vector<cf32> gains;
  for (std::size_t slot = 0; slot < 3; ++slot) {
    const std::size_t begin = 50 + slot * slot_length;
    const auto gain_at = [&](std::size_t i) {
      const cf32 x = constant.samples[0][i];
      return drawn.samples[0][i] * conj(x) * (1.0F / norm(x));
    };
    gains.push_back(gain_at(begin + 5));
    for (std::size_t i = begin; i < begin + slot_length; i += 11)
      if (norm(constant.samples[0][i]) > 1e-4F) {
        EXPECT_NEAR(norm(gain_at(i) - gains.back()), 0.0F, 1e-6F) << slot << " " << i;
      }
  }
  EXPECT_GT(norm(gains[1] - gains[0]), 1e-3F);
  EXPECT_GT(norm(gains[2] - gains[1]), 1e-3F);
}

TEST(SignalLevel, CountsPortsByTheDefinitionOfSnr) {
  const auto variance = [](const std::string& channel, const std::string& user) {
    const auto c = made_configuration("snr_db: 10, " + channel, user);
    return level_of(c).noise_variance;
  };
  const std::string one = "mcs_index: 4";
  const std::string two = "mcs_index: 4, nr_of_layers: 2, dmrs_ports: [0, 1]";
  EXPECT_NEAR(variance("model: awgn", one), 0.1, 1e-12);
  EXPECT_NEAR(variance("model: awgn", two), 0.2, 1e-12);
  EXPECT_NEAR(variance("model: awgn, snr_definition: post_combining", one), 0.2, 1e-12);
  // Each layer has its own receive port.
  EXPECT_NEAR(variance("model: none", two), 0.1, 1e-12);
  EXPECT_NEAR(variance("model: none, snr_definition: post_combining", two), 0.2, 1e-12);
  // Precoder [1 0] / sqrt(2) sends half the power; power_db does not count.
  EXPECT_NEAR(
      variance("model: awgn", one + ", power_db: 9, codebook: {n_antenna_ports: 2, tpmi: 0}"), 0.05,
      1e-7);
}

} // namespace
} // namespace airan::simulation
