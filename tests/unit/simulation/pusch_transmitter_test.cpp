// SPDX-License-Identifier: Apache-2.0
// Properties of the transmitted grid; tests/conformance compares it with others' signals.
#include "runtime/buffer.hpp"
#include "simulation/pusch_transmitter.hpp"
#include "tests/unit/simulation/made_grants.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

namespace airan::simulation {
namespace {

std::vector<std::uint8_t> random_payload(const CheckedGrant& grant) {
  std::mt19937 rng(6);
  std::vector<std::uint8_t> payload(static_cast<std::size_t>(grant.tb_bytes()));
  std::generate(payload.begin(), payload.end(), [&] { return static_cast<std::uint8_t>(rng()); });
  return payload;
}

HostTensor<cf32, 3>
transmit(const CheckedGrant& grant, std::int32_t n_ports, std::span<const cf32> precoder = {}) {
  HostTensor<cf32, 3> grid({n_ports, 14, small_cell().n_subcarriers()});
  const auto payload = random_payload(grant);
  transmit_pusch({&grant, payload, precoder}, grid.view());
  return grid;
}

bool in_hop(const CheckedGrant& grant, std::int32_t symbol, std::int32_t k) {
  const PrbRange prbs = grant.hop_of_symbol(symbol).prbs;
  return symbol >= grant.first_symbol && symbol < grant.first_symbol + grant.n_symbols &&
         k >= prbs.first_subcarrier() && k < prbs.first_subcarrier() + prbs.n_subcarriers();
}

TEST(PuschTransmitter, GivesEachLayerUnitPowerPerDataRe) {
  for (const std::int32_t mcs : {0, 4, 10, 17, 27}) {
    PuschGrant g = small_grant();
    g.mcs_index = mcs;
    g.nr_of_layers = 2;
    g.dmrs_ports = 3;
    const CheckedGrant grant = checked(g);
    const auto grid = transmit(grant, 2);
    for (std::int32_t layer = 0; layer < 2; ++layer) {
      double power = 0;
      for (std::int32_t l = 0; l < 14; ++l)
        if (l != 2)
          for (std::int32_t k = 36; k < 156; ++k)
            power += norm(grid.view()(layer, l, k));
      // Means of 1560 symbols: the power of a QAM symbol has a spread below 0.7, so 5 sigma is
      // below 0.09.
      EXPECT_NEAR(power / (13 * 120), 1, 0.09) << "MCS " << mcs;
    }
  }
}

TEST(PuschTransmitter, SendsNothingOutsideTheAllocation) {
  PuschGrant g = small_grant();
  g.start_symbol_index = 1;
  g.nr_of_symbols = 9;
  const CheckedGrant grant = checked(g);
  const auto grid = transmit(grant, 1);
  for (std::int32_t l = 0; l < 14; ++l)
    for (std::int32_t k = 0; k < small_cell().n_subcarriers(); ++k) {
      const bool is_empty = norm(grid.view()(0, l, k)) == 0;
      // With two CDM groups without data the second one's REs of the DM-RS symbol stay empty.
      const bool is_used = in_hop(grant, l, k) && (l != 2 || k % 2 == 0);
      EXPECT_EQ(is_empty, !is_used) << "symbol " << l << " subcarrier " << k;
    }
}

TEST(PuschTransmitter, MovesToTheSecondHop) {
  PuschGrant g = small_grant();
  g.intra_slot_frequency_hopping = 1;
  g.pusch_second_hop_prb = 14;
  g.ul_dmrs_symb_pos = 1 << 2 | 1 << 7;
  const CheckedGrant grant = checked(g);
  ASSERT_EQ(grant.hops.size(), 2);
  const auto grid = transmit(grant, 1);
  for (std::int32_t l = 0; l < 14; ++l)
    for (std::int32_t k = 0; k < small_cell().n_subcarriers(); ++k)
      if (l != 2 && l != 7) {
        const std::int32_t first = (l < 7 ? 3 : 14) * 12;
        EXPECT_EQ(norm(grid.view()(0, l, k)) > 0, k >= first && k < first + 120);
      }
}

TEST(PuschTransmitter, RaisesDmrsByTheGroupsWithoutData) {
  for (const std::int32_t n_groups : {1, 2, 3}) {
    PuschGrant g = small_grant();
    g.dmrs_config_type = 1;
    g.num_dmrs_cdm_groups_no_data = n_groups;
    const CheckedGrant grant = checked(g);
    const auto grid = transmit(grant, 1);
    // Group 0 of type 2 has subcarriers 0, 1, 6 and 7 of each PRB; TS 38.214 table 6.2.2-1.
    for (const std::int32_t k : {36, 37, 42, 43})
      EXPECT_NEAR(norm(grid.view()(0, 2, k)), n_groups, 1e-6 * n_groups);
    // The other groups carry data where they are not set aside.
    EXPECT_EQ(norm(grid.view()(0, 2, 36 + 2)) > 0, n_groups < 2);
    EXPECT_EQ(norm(grid.view()(0, 2, 36 + 4)) > 0, n_groups < 3);
  }
}

TEST(PuschTransmitter, SeparatesPortsOfACdmGroupByTheirCoverCodes) {
  PuschGrant g = small_grant();
  g.nr_of_layers = 4;
  g.dmrs_ports = 0b110011; // 0, 1, 4, 5: one CDM group of a double-symbol DM-RS
  g.ul_dmrs_symb_pos = 1 << 2 | 1 << 3;
  const CheckedGrant grant = checked(g);
  const auto grid = transmit(grant, 4);
  // Over two pilots in frequency and two symbols the products of two layers cancel.
  for (std::int32_t a = 0; a < 4; ++a)
    for (std::int32_t b = 0; b < 4; ++b)
      for (std::int32_t k = 36; k < 156; k += 4) {
        cf32 product;
        for (const std::int32_t l : {2, 3})
          for (const std::int32_t pilot : {k, k + 2})
            product += grid.view()(a, l, pilot) * conj(grid.view()(b, l, pilot));
        EXPECT_NEAR(product.re, a == b ? 8 : 0, 1e-5);
        EXPECT_NEAR(product.im, 0, 1e-5);
      }
}

TEST(PuschTransmitter, AddsUsersIntoOneGrid) {
  PuschGrant g = small_grant();
  const CheckedGrant first = checked(g);
  g.rnti = 18;
  g.dmrs_ports = 2;
  const CheckedGrant second = checked(g);
  const auto a = transmit(first, 1);
  const auto b = transmit(second, 1);
  HostTensor<cf32, 3> both({1, 14, small_cell().n_subcarriers()});
  transmit_pusch({&first, random_payload(first), {}}, both.view());
  transmit_pusch({&second, random_payload(second), {}}, both.view());
  for (std::int64_t i = 0; i < both.size(); ++i)
    EXPECT_EQ(both.data()[i], a.data()[i] + b.data()[i]);
}

TEST(PuschTransmitter, PrecodesDataAndDmrsAlike) {
  const CheckedGrant grant = checked(small_grant());
  const auto w = codebook_matrix({4, 17}, 1, grant.waveform);
  ASSERT_TRUE(w);
  const auto layer = transmit(grant, 1);
  const auto ports = transmit(grant, 4, *w);
  for (std::int32_t p = 0; p < 4; ++p)
    for (std::int32_t l = 0; l < 14; ++l)
      for (std::int32_t k = 0; k < small_cell().n_subcarriers(); ++k)
        EXPECT_EQ(ports.view()(p, l, k), (*w)[static_cast<std::size_t>(p)] * layer.view()(0, l, k));
}

/// The symbols before transform precoding of one OFDM symbol: the inverse of 6.3.1.4.
std::vector<cf64> inverse_transform(View<const cf32, 1> re, std::int32_t first, std::int32_t m) {
  std::vector<cf64> x(static_cast<std::size_t>(m));
  for (std::int32_t i = 0; i < m; ++i)
    for (std::int32_t k = 0; k < m; ++k) {
      const cf32 y = re(first + k);
      x[static_cast<std::size_t>(i)] += cf64{y.re, y.im} *
                                        unit_phasor(2 * std::numbers::pi * (i * k % m) / m) *
                                        (1 / std::sqrt(double(m)));
    }
  return x;
}

TEST(PuschTransmitter, SpreadsTurningBpskSymbolsByTheTransform) {
  PuschGrant g = small_grant();
  g.transform_precoding = 1;
  g.mcs_table = 3;
  g.mcs_index = 0;
  g.qam_mod_order = 1;
  const CheckedGrant grant = checked(g);
  ASSERT_EQ(grant.modulation, Modulation::pi2_bpsk);
  const auto grid = transmit(grant, 1);
  std::int32_t n_ones = 0;
  for (std::int32_t l = 0; l < 14; ++l) {
    if (l == 2)
      continue;
    const auto x = inverse_transform(grid.view()[0][l], 36, 120);
    for (std::size_t i = 0; i < x.size(); ++i) {
      // 5.1.1: exp(j pi/2 (i mod 2)) ((1 - 2b) + j (1 - 2b)) / sqrt(2); 120 is even, so i counts
      // from any symbol.
      const cf64 turned_back = i % 2 == 0 ? x[i] : x[i] * cf64{0, -1};
      // float32 through a transform of 120 points: 120 x 6e-8 at the very worst.
      EXPECT_NEAR(turned_back.re, turned_back.im, 1e-5);
      EXPECT_NEAR(std::abs(turned_back.re), std::numbers::sqrt2 / 2, 1e-5);
      n_ones += turned_back.re < 0 ? 1 : 0;
    }
  }
  // 1560 scrambled bits: 5 sigma of a fair coin is 99.
  EXPECT_NEAR(n_ones, 780, 99);
}

TEST(PuschTransmitter, SendsLowPaprDmrsOfUnitModulusWithTransformPrecoding) {
  PuschGrant g = small_grant();
  g.transform_precoding = 1;
  g.mcs_table = 3;
  g.mcs_index = 5;
  const CheckedGrant grant = checked(g);
  const auto grid = transmit(grant, 1);
  for (std::int32_t k = 36; k < 156; k += 2)
    EXPECT_NEAR(norm(grid.view()(0, 2, k)), 2, 1e-5);
}

} // namespace
} // namespace airan::simulation
