// SPDX-License-Identifier: Apache-2.0
// Tests of merging what a configuration and a recording say of a cell.
#include "core/cell_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace airan {
namespace {

using ::testing::HasSubstr;

CellFacts carrier(double rate, std::int32_t n_prb = 51) {
  CellFacts f;
  f.numerology = 1;
  f.n_prb = n_prb;
  f.rx_ports = 2;
  f.sample_rate_hz = rate;
  return f;
}

TEST(MergeFacts, FillsInEachSideFromTheOther) {
  CellFacts given, recorded;
  given.n_prb = 51;
  given.numerology = 1;
  recorded.numerology = 1;
  recorded.rx_ports = 4;
  recorded.sample_rate_hz = 30.72e6;
  const auto f = merge_facts(given, recorded, "r.sigmf-meta");
  ASSERT_TRUE(f);
  EXPECT_EQ(f->n_prb, 51);
  EXPECT_EQ(f->rx_ports, 4);
  EXPECT_EQ(f->sample_rate_hz, 30.72e6);
  EXPECT_FALSE(f->first_sfn);
}

TEST(MergeFacts, NamesEveryFactThatDiffers) {
  CellFacts given, recorded;
  given.rx_ports = 2;
  recorded.rx_ports = 4;
  given.cyclic_prefix = CyclicPrefix::normal;
  recorded.cyclic_prefix = CyclicPrefix::extended;
  given.sample_rate_hz = 30.72e6;
  recorded.sample_rate_hz = 30.72e6 + 1;
  const auto f = merge_facts(given, recorded, "r.h5");
  ASSERT_FALSE(f);
  EXPECT_EQ(f.error().kind, ErrorKind::file);
  EXPECT_THAT(f.error().message, HasSubstr("r.h5 and the configuration disagree: cyclic_prefix is "
                                           "extended there but normal in the configuration"));
  EXPECT_THAT(f.error().message, HasSubstr("rx_ports is 4 there but 2"));
  EXPECT_THAT(f.error().message, HasSubstr("sample_rate_hz is 30720001 there but 30720000"));
}

TEST(CompleteCell, DerivesTheFftSizeFromTheSampleRate) {
  const auto cell = complete_cell({}, carrier(30.72e6), SignalDomain::time);
  ASSERT_TRUE(cell) << cell.error().message;
  EXPECT_EQ(cell->fft_size, 1024);
  EXPECT_EQ(cell->cyclic_prefix, CyclicPrefix::normal);
  EXPECT_EQ(cell->first_prb, 0);
  EXPECT_FALSE(complete_cell({}, carrier(30.72e6), SignalDomain::frequency)->fft_size);
}

TEST(CompleteCell, RefusesWhatDoesNotFit) {
  const auto error = [](const CellFacts& f) {
    const auto cell = complete_cell({}, f, SignalDomain::time);
    return cell ? std::string("(accepted)") : cell.error().message;
  };
  EXPECT_THAT(error(carrier(30e6)), HasSubstr("multiple of"));
  EXPECT_THAT(error(carrier(31e6)), HasSubstr("not a whole multiple"));
  EXPECT_THAT(error(carrier(15.36e6)), HasSubstr("at least 612"));
  EXPECT_THAT(error(carrier(0)), HasSubstr("not a whole multiple"));
  EXPECT_THAT(error(carrier(30.72e6, 276)), HasSubstr("cell.n_prb is 276"));
  CellFacts f = carrier(30.72e6);
  f.fft_size = 2048;
  EXPECT_THAT(error(f), HasSubstr("cell.fft_size is 2048"));
  f = carrier(30.72e6);
  f.cyclic_prefix = CyclicPrefix::extended;
  EXPECT_THAT(error(f), HasSubstr("numerology 2 only"));
  f = carrier(30.72e6);
  f.sample_rate_hz.reset();
  EXPECT_THAT(error(f), HasSubstr("sample_rate_hz"));
  f.fft_size = 1024;
  EXPECT_EQ(error(f), "(accepted)");
  f.rx_ports.reset();
  EXPECT_THAT(error(f), HasSubstr("cell.rx_ports is given neither"));
}

} // namespace
} // namespace airan
