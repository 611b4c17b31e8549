// SPDX-License-Identifier: Apache-2.0
// The OFDM modulator against the formula of TS 38.211 5.3.1, summed in double precision.
#include "simulation/ofdm_modulator.hpp"
#include "tests/support/pusch_oracle/waveform.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

namespace airan::conformance {
namespace {

using oracle::pusch::Cplx;

/// Norm of the difference over norm of the reference for one slot of random REs.
double relative_error(const CellSettings& cell, std::int32_t slot, std::int32_t fft_size) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::vector<std::vector<Cplx>> reference_grid(static_cast<std::size_t>(cell.n_symbols()));
  std::vector<cf32> grid;
  for (auto& symbol : reference_grid)
    for (std::int32_t k = 0; k < cell.n_subcarriers(); ++k) {
      grid.push_back({static_cast<float>(normal(random)), static_cast<float>(normal(random))});
      symbol.emplace_back(grid.back().re, grid.back().im);
    }
  const auto reference = oracle::pusch::baseband(reference_grid, cell, slot, fft_size);

  auto modulator = simulation::OfdmModulator::make(
      {{cell.numerology, cell.cyclic_prefix, fft_size}, cell.n_prb, cell.phase_compensation_hz});
  EXPECT_TRUE(modulator) << modulator.error().message;
  const std::int32_t n_samples = modulator->timing().slot_samples(slot);
  EXPECT_EQ(n_samples, std::ssize(reference));
  std::vector<cf32> samples(static_cast<std::size_t>(n_samples));
  modulator->modulate(View<const cf32, 3>(grid.data(), {1, cell.n_symbols(), cell.n_subcarriers()}),
                      slot, {samples.data(), {1, n_samples}});
  double error = 0;
  double power = 0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    error += std::norm(Cplx(samples[n].re, samples[n].im) - reference.at(n));
    power += std::norm(reference[n]);
  }
  return std::sqrt(error / power);
}

TEST(OfdmModulator, EqualsTheFormulaInEveryNumerologyPrefixAndSlot) {
  struct Carrier {
    std::int32_t numerology;
    CyclicPrefix prefix;
  };
  for (const Carrier& carrier :
       {Carrier{0, CyclicPrefix::normal}, Carrier{1, CyclicPrefix::normal},
        Carrier{2, CyclicPrefix::normal}, Carrier{2, CyclicPrefix::extended},
        Carrier{3, CyclicPrefix::normal}})
    for (const double f0 : {0.0, 3.50001e9}) {
      CellSettings cell;
      cell.numerology = carrier.numerology;
      cell.cyclic_prefix = carrier.prefix;
      cell.n_prb = 7;
      cell.phase_compensation_hz = f0;
      for (std::int32_t slot = 0; slot < 2 << carrier.numerology; ++slot) {
        SCOPED_TRACE("numerology " + std::to_string(carrier.numerology) + ", slot " +
                     std::to_string(slot) + ", f0 " + std::to_string(f0));
        // float32 arithmetic of a 128-point FFT.
        EXPECT_LT(relative_error(cell, slot, 128), 1e-6);
      }
    }
}

TEST(OfdmModulator, EqualsTheFormulaForOddAndEvenCarriersInLargerFfts) {
  for (const std::int32_t n_prb : {1, 20, 24}) {
    CellSettings cell;
    cell.n_prb = n_prb;
    EXPECT_LT(relative_error(cell, 1, 512), 1e-6);
    cell.numerology = 2;
    cell.cyclic_prefix = CyclicPrefix::extended;
    EXPECT_LT(relative_error(cell, 3, 384), 1e-6);
  }
}

} // namespace
} // namespace airan::conformance
