// SPDX-License-Identifier: Apache-2.0
// Properties of the uplink codebooks of TS 38.211 6.3.1.5.
#include "simulation/pusch_transmitter.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace airan::simulation {
namespace {

struct Table {
  std::int32_t n_ports;
  std::int32_t n_layers;
  Waveform waveform;
  std::int32_t n_entries;
};

constexpr std::array<Table, 8> tables{{{1, 1, Waveform::cp_ofdm, 1},
                                       {2, 1, Waveform::cp_ofdm, 6},
                                       {4, 1, Waveform::dft_s_ofdm, 28},
                                       {4, 1, Waveform::cp_ofdm, 28},
                                       {2, 2, Waveform::cp_ofdm, 3},
                                       {4, 2, Waveform::cp_ofdm, 22},
                                       {4, 3, Waveform::cp_ofdm, 7},
                                       {4, 4, Waveform::cp_ofdm, 5}}};

std::vector<cf32> matrix(const Table& table, std::int32_t tpmi) {
  auto w = codebook_matrix({table.n_ports, tpmi}, table.n_layers, table.waveform);
  EXPECT_TRUE(w.has_value());
  return w ? *w : std::vector<cf32>(static_cast<std::size_t>(table.n_ports * table.n_layers));
}

/// Column a times the conjugate of column b.
cf32 inner_product(const Table& t, const std::vector<cf32>& w, std::int32_t a, std::int32_t b) {
  cf32 sum;
  for (std::int32_t p = 0; p < t.n_ports; ++p)
    sum += w[static_cast<std::size_t>(p * t.n_layers + a)] *
           conj(w[static_cast<std::size_t>(p * t.n_layers + b)]);
  return sum;
}

TEST(Codebook, HasOrthogonalLayersOfEqualPower) {
  for (const Table& t : tables)
    for (std::int32_t tpmi = 0; tpmi < t.n_entries; ++tpmi) {
      const auto w = matrix(t, tpmi);
      ASSERT_EQ(std::ssize(w), t.n_ports * t.n_layers);
      const float power = inner_product(t, w, 0, 0).re;
      for (std::int32_t a = 0; a < t.n_layers; ++a)
        for (std::int32_t b = 0; b < t.n_layers; ++b) {
          // Table -6 TPMI 1 and 2 send the first layer on two ports at full amplitude.
          const bool unequal = t.n_layers == 3 && (tpmi == 1 || tpmi == 2);
          const cf32 product = inner_product(t, w, a, b);
          if (a != b) {
            EXPECT_NEAR(abs(product), 0, 1e-6) << t.n_ports << t.n_layers << " TPMI " << tpmi;
          } else if (!unequal) {
            EXPECT_NEAR(product.re, power, 1e-6) << t.n_ports << t.n_layers << " TPMI " << tpmi;
          }
        }
    }
}

TEST(Codebook, SendsAtMostUnitPowerAndExactlyThatWhenAllPortsAreUsed) {
  for (const Table& t : tables)
    for (std::int32_t tpmi = 0; tpmi < t.n_entries; ++tpmi) {
      const auto w = matrix(t, tpmi);
      float power = 0;
      bool all_ports = true;
      for (std::int32_t p = 0; p < t.n_ports; ++p) {
        float port_power = 0;
        for (std::int32_t v = 0; v < t.n_layers; ++v)
          port_power += norm(w[static_cast<std::size_t>(p * t.n_layers + v)]);
        all_ports = all_ports && port_power > 0;
        power += port_power;
        // A port never sends more than its share.
        EXPECT_LE(port_power, 1.0F / static_cast<float>(t.n_ports) + 1e-6F) << "TPMI " << tpmi;
      }
      EXPECT_LE(power, 1 + 1e-6F);
      if (all_ports) {
        EXPECT_NEAR(power, 1, 1e-6) << t.n_ports << t.n_layers << " TPMI " << tpmi;
      }
    }
}

TEST(Codebook, HasNoMatrixTwice) {
  for (const Table& t : tables)
    for (std::int32_t a = 0; a < t.n_entries; ++a)
      for (std::int32_t b = a + 1; b < t.n_entries; ++b)
        EXPECT_NE(matrix(t, a), matrix(t, b))
            << t.n_ports << t.n_layers << " TPMI " << a << " and " << b;
}

TEST(Codebook, RefusesATpmiBehindTheEndOfItsTable) {
  for (const Table& t : tables) {
    EXPECT_FALSE(codebook_matrix({t.n_ports, t.n_entries}, t.n_layers, t.waveform));
    EXPECT_FALSE(codebook_matrix({t.n_ports, -1}, t.n_layers, t.waveform));
  }
}

TEST(Codebook, RefusesWhatTheTablesLack) {
  EXPECT_FALSE(codebook_matrix({2, 0}, 3, Waveform::cp_ofdm));
  EXPECT_FALSE(codebook_matrix({4, 0}, 5, Waveform::cp_ofdm));
  EXPECT_FALSE(codebook_matrix({3, 0}, 1, Waveform::cp_ofdm));
  const auto refused = codebook_matrix({4, 0}, 2, Waveform::dft_s_ofdm);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::configuration);
  EXPECT_NE(refused.error().message.find("with transform precoding"), std::string::npos);
}

} // namespace
} // namespace airan::simulation
