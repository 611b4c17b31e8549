// SPDX-License-Identifier: Apache-2.0
// The modulator against the sum of TS 38.211 5.3.1, evaluated in double precision.
#include "runtime/buffer.hpp"
#include "simulation/ofdm_modulator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace airan::simulation {
namespace {

struct Shape {
  std::int32_t numerology;
  CyclicPrefix cyclic_prefix;
  std::int32_t fft_size;
  std::int32_t n_prb;
  std::int32_t slot;
  double f0_hz;
};

HostTensor<cf32, 3> random_grid(std::int32_t n_ports, std::int32_t n_symbols, std::int32_t n_sc) {
  HostTensor<cf32, 3> grid({n_ports, n_symbols, n_sc});
  std::mt19937 rng(4);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < grid.size(); ++i)
    grid.data()[i] = {normal(rng), normal(rng)};
  return grid;
}

/// Duration of a cyclic prefix in units of kappa Tc = 1 / 30.72 MHz: N_CP,l / kappa of 5.3.1 with
/// 512 2^-mu (extended) or 144 2^-mu, and 16 more in symbols 0 and 7 2^mu of a subframe.
double prefix_seconds(const Shape& s, std::int32_t l_in_subframe) {
  const double scale = std::pow(2.0, -s.numerology);
  const bool is_first = l_in_subframe == 0 || l_in_subframe == 7 * (1 << s.numerology);
  const double units = s.cyclic_prefix == CyclicPrefix::extended
                           ? 512 * scale
                           : 144 * scale + (is_first ? 16.0 : 0.0);
  return units / 30.72e6;
}

/// s(t) of 5.3.1 at time t from the start of the subframe, over sqrt(N), with the phase of 5.4
/// taken out in advance.
cf64 oracle(const Shape& s, View<const cf32, 2> grid, double t) {
  const double spacing = 15e3 * std::pow(2.0, s.numerology);
  const std::int32_t n_symbols = s.cyclic_prefix == CyclicPrefix::normal ? 14 : 12;
  double start = 0;
  for (std::int32_t l = 0; l < n_symbols * (1 << s.numerology); ++l) {
    const double prefix = prefix_seconds(s, l);
    const double end = start + prefix + 1 / spacing;
    // Half a nanosecond of tolerance: far less than any sample.
    if (t < end - 0.5e-9) {
      cf64 sum;
      for (std::int32_t k = 0; k < grid.extent(1); ++k) {
        const cf32 a = grid(l % n_symbols, k);
        const double turns = (k - 6 * s.n_prb) * spacing * (t - prefix - start);
        sum += cf64{a.re, a.im} * unit_phasor(2 * std::numbers::pi * turns);
      }
      const double f0_turns = std::fmod(s.f0_hz * (start + prefix), 1.0);
      return sum * unit_phasor(-2 * std::numbers::pi * f0_turns) * (1 / std::sqrt(s.fft_size));
    }
    start = end;
  }
  return {};
}

class OfdmModulatorOfShape : public testing::TestWithParam<Shape> {};

TEST_P(OfdmModulatorOfShape, EqualsTheSumOfSubcarriers) {
  const Shape& s = GetParam();
  const OfdmTiming timing{s.numerology, s.cyclic_prefix, s.fft_size};
  auto modulator = OfdmModulator::make({timing, s.n_prb, s.f0_hz});
  ASSERT_TRUE(modulator) << modulator.error().message;
  const auto grid = random_grid(2, timing.n_symbols(), s.n_prb * 12);
  HostTensor<cf32, 2> samples({2, timing.slot_samples(s.slot)});
  modulator->modulate(grid.view(), s.slot, samples.view());

  double error = 0;
  double power = 0;
  for (std::int32_t port = 0; port < 2; ++port)
    for (std::int32_t n = 0; n < timing.slot_samples(s.slot); ++n) {
      const double t =
          (timing.slot_start_in_subframe(s.slot) + n) / (s.fft_size * 15e3 * (1 << s.numerology));
      const cf64 expected = oracle(s, grid.view()[port], t);
      const cf32 got = samples.view()(port, n);
      error += norm(cf64{got.re, got.im} - expected);
      power += norm(expected);
    }
  // A float32 FFT of N points has a relative error of about 6e-8 log2 N, below 1e-6 for N <= 4096;
  // the oracle's own times are exact to 1e-12 turns.
  EXPECT_LT(std::sqrt(error / power), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Shapes,
                         OfdmModulatorOfShape,
                         testing::Values(Shape{0, CyclicPrefix::normal, 128, 6, 0, 0},
                                         Shape{0, CyclicPrefix::normal, 256, 1, 0, 3.5e9},
                                         Shape{1, CyclicPrefix::normal, 128, 10, 0, 0},
                                         Shape{1, CyclicPrefix::normal, 128, 10, 1,
                                               3.54e9 + 1234.5},
                                         Shape{1, CyclicPrefix::normal, 384, 25, 7, 0},
                                         Shape{2, CyclicPrefix::normal, 128, 4, 2, 2.6e9},
                                         Shape{2, CyclicPrefix::extended, 64, 5, 0, 0},
                                         Shape{2, CyclicPrefix::extended, 60, 5, 3, 28e9},
                                         Shape{3, CyclicPrefix::normal, 256, 20, 4, 0},
                                         Shape{3, CyclicPrefix::normal, 128, 3, 7, 39e9}));

TEST(OfdmModulator, RepeatsTheEndOfEachSymbolAsItsPrefix) {
  const OfdmTiming timing{1, CyclicPrefix::normal, 256};
  auto modulator = OfdmModulator::make({timing, 20, 0});
  ASSERT_TRUE(modulator);
  const auto grid = random_grid(1, 14, 240);
  HostTensor<cf32, 2> samples({1, timing.slot_samples(1)});
  modulator->modulate(grid.view(), 1, samples.view());
  for (std::int32_t l = 0; l < 14; ++l)
    for (std::int32_t n = 0; n < timing.cp_samples(1, l); ++n) {
      const std::int32_t i = timing.symbol_start(1, l) + n;
      EXPECT_EQ(samples.view()(0, i), samples.view()(0, i + 256));
    }
}

TEST(OfdmModulator, KeepsThePowerOfTheGrid) {
  const OfdmTiming timing{1, CyclicPrefix::normal, 512};
  auto modulator = OfdmModulator::make({timing, 40, 0});
  ASSERT_TRUE(modulator);
  const auto grid = random_grid(1, 14, 480);
  HostTensor<cf32, 2> samples({1, timing.slot_samples(0)});
  modulator->modulate(grid.view(), 0, samples.view());
  for (std::int32_t l = 0; l < 14; ++l) {
    double in = 0;
    double out = 0;
    for (std::int32_t k = 0; k < 480; ++k)
      in += norm(grid.view()(0, l, k));
    for (std::int32_t n = 0; n < 512; ++n)
      out += norm(samples.view()(0, timing.symbol_start(0, l) + timing.cp_samples(0, l) + n));
    // Parseval, in float32.
    EXPECT_NEAR(out / in, 1, 1e-5);
  }
}

TEST(OfdmModulator, RefusesFftSizesThatDoNotFit) {
  EXPECT_FALSE(OfdmModulator::make({{1, CyclicPrefix::normal, 100}, 4, 0}));
  EXPECT_FALSE(OfdmModulator::make({{1, CyclicPrefix::normal, 0}, 4, 0}));
  EXPECT_FALSE(OfdmModulator::make({{1, CyclicPrefix::normal, 128}, 11, 0}));
  EXPECT_FALSE(OfdmModulator::make({{2, CyclicPrefix::extended, 62}, 4, 0}));
  EXPECT_TRUE(OfdmModulator::make({{1, CyclicPrefix::normal, 128}, 10, 0}));
}

} // namespace
} // namespace airan::simulation
