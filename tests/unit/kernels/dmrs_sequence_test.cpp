// SPDX-License-Identifier: Apache-2.0
// DM-RS sequences against the clauses, and the properties of the low-PAPR tables.
#include "kernels/primitives/dmrs_sequence.hpp"
#include "tests/support/sequence_oracle.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace airan {
namespace {

/// Float arithmetic of exact constants: an error of one unit in the last place of 1.
constexpr double rounding = 1.2e-7;

double distance(const cf32& a, const std::complex<double>& b) {
  return std::abs(std::complex<double>(a.re, a.im) - b);
}

CheckedGrant cp_ofdm_grant(DmrsType type, std::int32_t grid_first_prb, PrbRange prbs) {
  CheckedGrant g;
  g.dmrs.type = type;
  g.grid_first_prb = grid_first_prb;
  g.n_symbols = 14;
  g.hops.push_back({prbs, 0, 14});
  return g;
}

TEST(DmrsSequence, CountsTheGoldSequenceFromCommonResourceBlock0) {
  for (const DmrsType type : {DmrsType::type1, DmrsType::type2})
    for (const std::int32_t grid_first_prb : {0, 3, 100})
      for (const PrbRange prbs : {PrbRange{0, 1}, PrbRange{7, 2}, PrbRange{0, 273},
                                  PrbRange{120, 51}, PrbRange{272, 1}}) {
        const CheckedGrant g = cp_ofdm_grant(type, grid_first_prb, prbs);
        const std::int32_t per_prb = g.dmrs.pilots_per_prb();
        const std::int32_t first = (grid_first_prb + prbs.first) * per_prb;
        std::vector<cf32> pilots(static_cast<std::size_t>(prbs.count * per_prb));
        dmrs_sequence(g, DmrsSymbol{.symbol = 2, .c_init = 123456789}, pilots);
        const auto expected =
            oracle::gold_qpsk(123456789, first + static_cast<std::int64_t>(pilots.size()));
        for (std::size_t n = 0; n < pilots.size(); ++n)
          ASSERT_LT(distance(pilots[n], expected[static_cast<std::size_t>(first) + n]), rounding)
              << n;
      }
}

TEST(DmrsSequence, TakesThePrbsOfTheSymbolsHop) {
  CheckedGrant g = cp_ofdm_grant(DmrsType::type1, 0, {0, 4});
  g.hops.clear();
  g.hops.push_back({{10, 4}, 0, 7});
  g.hops.push_back({{50, 4}, 7, 7});
  std::vector<cf32> pilots(24);
  const auto expected = oracle::gold_qpsk(77, 54 * 6);
  dmrs_sequence(g, DmrsSymbol{.symbol = 6, .c_init = 77}, pilots);
  EXPECT_LT(distance(pilots[5], expected[10 * 6 + 5]), rounding);
  dmrs_sequence(g, DmrsSymbol{.symbol = 7, .c_init = 77}, pilots);
  EXPECT_LT(distance(pilots[5], expected[50 * 6 + 5]), rounding);
}

TEST(DmrsSequence, IsTheLowPaprSequenceWithTransformPrecoding) {
  CheckedGrant g = cp_ofdm_grant(DmrsType::type1, 5, {3, 30});
  g.waveform = Waveform::dft_s_ofdm;
  std::vector<cf32> pilots(180);
  std::vector<cf32> expected(180);
  dmrs_sequence(g, DmrsSymbol{.symbol = 2, .papr_group = 9, .papr_sequence = 1}, pilots);
  low_papr_sequence(9, 1, expected);
  EXPECT_EQ(pilots, expected);
}

TEST(LowPaprSequence, MatchesTheFormulasForEveryGroupAndSequence) {
  for (const std::int32_t length :
       {30, 36, 42, 48, 54, 60, 72, 90, 96, 150, 180, 300, 648, 810, 1296, 1500, 1536, 1620})
    for (std::int32_t u = 0; u < 30; ++u)
      for (std::int32_t v = 0; v <= (length >= 72 ? 1 : 0); ++v) {
        std::vector<cf32> out(static_cast<std::size_t>(length));
        low_papr_sequence(u, v, out);
        const auto expected = oracle::low_papr(u, v, length);
        for (std::size_t n = 0; n < out.size(); ++n)
          ASSERT_LT(distance(out[n], expected[n]), rounding)
              << "length " << length << " u " << u << " v " << v << " n " << n;
      }
}

TEST(LowPaprSequence, TakesShortOnesFromTheTables) {
  // First rows of tables 5.2.2.2-1 to -4 and the row of M_ZC = 24 that begins with -3.
  const auto expect_row = [](std::int32_t u, const std::vector<std::int32_t>& phi) {
    std::vector<cf32> out(phi.size());
    low_papr_sequence(u, 0, out);
    for (std::size_t n = 0; n < phi.size(); ++n)
      EXPECT_LT(distance(out[n], std::polar(1.0, phi[n] * std::numbers::pi / 4)), rounding);
  };
  expect_row(0, {-3, -1, 3, 3, -1, -3});
  expect_row(0, {-3, 1, -3, -3, -3, 3, -3, -1, 1, 1, 1, -3});
  expect_row(0, {-1, 3, -1, -3, 3, 1, -3, -1, 3, -3, -1, -1, 1, 1, 1, -1, -1, -1});
  expect_row(
      0, {-1, -3, 3, -1, 3, 1, 3, -1, 1, -3, -1, -3, -1, 1, 3, -3, -1, -3, 3, 3, 3, -3, -3, -3});
  expect_row(
      18, {-3, 1, -3, 1, -3, -3, 1, -3, 1, -3, -3, -3, -3, -3, 1, -3, -3, 1, 1, -3, 1, 1, -3, -3});
}

/// Greatest power over mean power of the sequence on every second subcarrier, 16 times oversampled.
double papr(const std::vector<cf32>& sequence) {
  const std::size_t n_times = 16 * sequence.size();
  double peak = 0;
  for (std::size_t t = 0; t < n_times; ++t) {
    std::complex<double> sum;
    for (std::size_t k = 0; k < sequence.size(); ++k)
      sum += std::complex<double>(sequence[k].re, sequence[k].im) *
             std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(k * t) /
                                 static_cast<double>(n_times));
    peak = std::max(peak, std::norm(sum));
  }
  return peak / static_cast<double>(sequence.size());
}

TEST(LowPaprSequence, HasLowPeaksAndUncorrelatedGroups) {
  // Chosen by computer search for a cubic metric below QPSK's: a table entry with one wrong sign
  // raises the peak or the correlation of its row. Random QPSK of these lengths has peaks of 6 to
  // 9 dB; the worst of the 120 rows has 3.8 dB (found by this computation).
  for (const std::size_t length : {6U, 12U, 18U, 24U}) {
    std::vector<std::vector<cf32>> rows;
    for (std::int32_t u = 0; u < 30; ++u) {
      std::vector<cf32> row(length);
      low_papr_sequence(u, 0, row);
      EXPECT_LT(papr(row), 2.40) << length << ' ' << u;
      rows.push_back(row);
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::size_t k = 0; k < i; ++k) {
        cf32 sum;
        for (std::size_t n = 0; n < length; ++n)
          sum += rows[i][n] * conj(rows[k][n]);
        EXPECT_LT(abs(sum), 0.99F * static_cast<float>(length)) << length << ' ' << i << ' ' << k;
      }
  }
}

} // namespace
} // namespace airan
