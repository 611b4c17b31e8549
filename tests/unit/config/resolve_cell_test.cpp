// SPDX-License-Identifier: Apache-2.0
// A cell is completed by its recording, and the two must agree.
#include "config/resolve_cell.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace airan::config {
namespace {

using testing::HasSubstr;

CellFacts sigmf(double rate_hz, std::int32_t n_ports) {
  CellFacts facts;
  facts.rx_ports = n_ports;
  facts.sample_rate_hz = rate_hz;
  return facts;
}
CellFacts grid() {
  CellFacts facts;
  facts.numerology = 2;
  facts.cyclic_prefix = CyclicPrefix::extended;
  facts.n_prb = 24;
  facts.first_prb = 3;
  facts.rx_ports = 2;
  return facts;
}
Cell time_cell() {
  Cell cell;
  cell.numerology = 1;
  cell.n_prb = 273;
  return cell;
}
Result<CellSettings> in_time(const Cell& cell, const CellFacts& recorded) {
  return resolve_cell(cell, recorded, "rec.sigmf-meta", SignalDomain::time);
}
Result<CellSettings> in_frequency(const Cell& cell, const CellFacts& recorded) {
  return resolve_cell(cell, recorded, "rec.h5", SignalDomain::frequency);
}

TEST(ResolveCell, ComputesTheFftSizeFromTheRecordedSampleRate) {
  const auto cell = in_time(time_cell(), sigmf(122.88e6, 4));
  ASSERT_TRUE(cell) << cell.error().message;
  EXPECT_EQ(cell->fft_size, 4096);
  EXPECT_EQ(cell->rx_ports, 4);
}

TEST(ResolveCell, FindsTheNumerologyFromRateAndFftSize) {
  Cell cell = time_cell();
  cell.numerology.reset();
  cell.fft_size = 4096;
  const auto resolved = in_time(cell, sigmf(61.44e6, 1));
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(resolved->numerology, 0);
}

TEST(ResolveCell, TakesEverythingFromAGridRecording) {
  const auto cell = in_frequency(Cell{}, grid());
  ASSERT_TRUE(cell) << cell.error().message;
  EXPECT_EQ(cell->numerology, 2);
  EXPECT_EQ(cell->cyclic_prefix, CyclicPrefix::extended);
  EXPECT_EQ(cell->n_prb, 24);
  EXPECT_EQ(cell->first_prb, 3);
  EXPECT_EQ(cell->rx_ports, 2);
  EXPECT_FALSE(cell->fft_size);
}

TEST(ResolveCell, KeepsIdAndPhaseCompensationOfTheConfiguration) {
  Cell cell = time_cell();
  cell.id = 41;
  cell.phase_compensation_hz = 3.5e9;
  const auto resolved = in_time(cell, sigmf(122.88e6, 1));
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->id, 41);
  EXPECT_EQ(resolved->phase_compensation_hz, 3.5e9);
}

TEST(ResolveCell, RefusesARecordingThatDisagrees) {
  Cell cell = time_cell();
  cell.rx_ports = 2;
  EXPECT_THAT(in_time(cell, sigmf(122.88e6, 4)).error().message,
              HasSubstr("rx_ports is 4 there but 2 in the configuration"));
  cell = Cell{};
  cell.source.emplace();
  cell.source->first_sfn = 1;
  CellFacts facts = grid();
  facts.first_sfn = 2;
  EXPECT_THAT(in_frequency(cell, facts).error().message, HasSubstr("first_sfn is 2 there"));
}

TEST(ResolveCell, RefusesARateThatIsNoNumerology) {
  Cell cell = time_cell();
  cell.numerology.reset();
  cell.fft_size = 4096;
  EXPECT_THAT(in_time(cell, sigmf(100e6, 1)).error().message, HasSubstr("numerology"));
}

} // namespace
} // namespace airan::config
