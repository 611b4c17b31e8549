// SPDX-License-Identifier: Apache-2.0
// DemodulateOfdm undoes what the modulator did.
#include "kernels/demodulate_ofdm.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "simulation/ofdm_modulator.hpp"

#include <gtest/gtest.h>

#include <cmath>
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
  std::int32_t window_advance;
};

constexpr std::int32_t n_ports = 2;

/// What DemodulateOfdm needs of a slot, and gives.
struct ReceivedSlot {
  explicit ReceivedSlot(const Shape& s)
      : timing{s.numerology, s.cyclic_prefix, s.fft_size}, margin(timing.max_cp_samples()),
        samples({n_ports, static_cast<std::int32_t>(timing.slot_samples(s.slot) + 2 * margin)}),
        missing({n_ports, timing.n_symbols()}), grid({n_ports, timing.n_symbols(), s.n_prb * 12}),
        valid({n_ports, timing.n_symbols(), s.n_prb}) {}

  /// The slot's samples without the margins.
  View<cf32, 2> slot_samples(std::int32_t slot) const {
    return {
        samples.data() + margin, {n_ports, timing.slot_samples(slot)}, samples.view().strides()};
  }

  OfdmTiming timing;
  std::int64_t margin;
  HostTensor<cf32, 2> samples;
  HostTensor<std::uint8_t, 2> missing;
  HostTensor<cf32, 3> grid;
  HostTensor<std::uint8_t, 3> valid;
};

class OfdmRoundTrip : public testing::TestWithParam<Shape> {};

TEST_P(OfdmRoundTrip, RecoversTheGrid) {
  const Shape& s = GetParam();
  ReceivedSlot received(s);
  auto modulator = OfdmModulator::make({received.timing, s.n_prb, s.f0_hz});
  ASSERT_TRUE(modulator) << modulator.error().message;
  HostTensor<cf32, 3> sent(received.grid.view().extents());
  std::mt19937 rng(7);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < sent.size(); ++i)
    sent.data()[i] = {normal(rng), normal(rng)};
  modulator->modulate(sent.view(), s.slot, received.slot_samples(s.slot));

  PlanLimits limits;
  limits.n_ports = n_ports;
  limits.n_prb = s.n_prb;
  limits.n_symbols = received.timing.n_symbols();
  limits.fft_size = s.fft_size;
  const SlotId id = slot_id_at(0, s.slot, s.numerology);
  const DemodulateOfdmSlot slot{
      .samples = {id, received.samples.ref(), received.margin, received.missing.ref()},
      .grid = {id, received.grid.ref(), received.valid.ref()},
      .timing = received.timing,
      .window_advance = s.window_advance,
      .phase_compensation_hz = s.f0_hz};
  const auto row =
      select_row(demodulate_ofdm_rows(), {"demodulate_ofdm", "", "cpu", "cpu:kissfft"}, limits);
  ASSERT_TRUE(row) << row.error().message;
  InlineQueue queue;
  (*row)->make(limits)->run({{&slot, 1}}, queue);

  double error = 0;
  double power = 0;
  for (std::int64_t i = 0; i < sent.size(); ++i) {
    error += norm(received.grid.data()[i] - sent.data()[i]);
    power += norm(sent.data()[i]);
  }
  // Two float32 transforms of up to 4096 points: 2 x 6e-8 x 12.
  EXPECT_LT(std::sqrt(error / power), 1.5e-6);
}

INSTANTIATE_TEST_SUITE_P(Shapes,
                         OfdmRoundTrip,
                         testing::Values(Shape{0, CyclicPrefix::normal, 512, 25, 0, 0, 0},
                                         Shape{1, CyclicPrefix::normal, 4096, 273, 0, 0, 0},
                                         Shape{1, CyclicPrefix::normal, 4096, 273, 3, 3.5e9, 100},
                                         Shape{1, CyclicPrefix::normal, 1536, 51, 1, 2.6e9, 0},
                                         Shape{2, CyclicPrefix::extended, 256, 11, 2, 3.7e9, 64},
                                         Shape{3, CyclicPrefix::normal, 1024, 66, 4, 28e9, 20},
                                         Shape{3, CyclicPrefix::normal, 1024, 66, 7, 0, 0}));

} // namespace
} // namespace airan::simulation
