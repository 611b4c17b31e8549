// SPDX-License-Identifier: Apache-2.0
// Transport block sizes and codeword lengths against printed and independently made values.
#include "kernels/primitives/ldpc_graph.hpp"
#include "phy/plan_codeword.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace airan {
namespace {

/// A fixed reference channel of TS 38.104 annex A: 12 data symbols of 12 REs per PRB.
struct ReferenceChannel {
  const char* name;
  std::int32_t n_prb;
  Modulation modulation;
  std::int32_t rate_x1024;
  std::int32_t n_layers;
  std::int64_t tb_bits;
  std::int32_t n_code_blocks;
  std::int32_t info_bits;
  std::int32_t base_graph;
  std::int32_t lifting_size;
  std::int32_t code_block_bits;
  std::int32_t codeword_bits;
};

using enum Modulation;
// clang-format off
constexpr ReferenceChannel reference_channels[] = {
    {"G-FR1-A3-8", 25, qpsk, 193, 1, 1352, 1, 1368, 2, 144, 1440, 7200},
    {"G-FR1-A3-9", 52, qpsk, 193, 1, 2856, 1, 2872, 2, 288, 2880, 14976},
    {"G-FR1-A3-10", 106, qpsk, 193, 1, 5768, 2, 2920, 2, 320, 3200, 30528},
    {"G-FR1-A3-11", 24, qpsk, 193, 1, 1320, 1, 1336, 2, 144, 1440, 6912},
    {"G-FR1-A3-12", 51, qpsk, 193, 1, 2792, 1, 2808, 2, 288, 2880, 14688},
    {"G-FR1-A3-13", 106, qpsk, 193, 1, 5768, 2, 2920, 2, 320, 3200, 30528},
    {"G-FR1-A3-14", 273, qpsk, 193, 1, 14856, 4, 3744, 2, 384, 3840, 78624},
    {"G-FR1-A3-22", 25, qpsk, 193, 2, 2728, 1, 2744, 2, 288, 2880, 14400},
    {"G-FR1-A3-23", 52, qpsk, 193, 2, 5640, 2, 2856, 2, 288, 2880, 29952},
    {"G-FR1-A3-24", 106, qpsk, 193, 2, 11528, 4, 2912, 2, 320, 3200, 61056},
    {"G-FR1-A3-25", 24, qpsk, 193, 2, 2600, 1, 2616, 2, 288, 2880, 13824},
    {"G-FR1-A3-26", 51, qpsk, 193, 2, 5512, 2, 2792, 2, 288, 2880, 29376},
    {"G-FR1-A3-27", 106, qpsk, 193, 2, 11528, 4, 2912, 2, 320, 3200, 61056},
    {"G-FR1-A3-28", 273, qpsk, 193, 2, 29736, 8, 3744, 2, 384, 3840, 157248},
    {"G-FR1-A3-31", 25, qpsk, 193, 1, 1352, 1, 1368, 2, 144, 1440, 7200},
    {"G-FR1-A3-32", 24, qpsk, 193, 1, 1320, 1, 1336, 2, 144, 1440, 6912},
    {"G-FR1-A3-39", 25, qpsk, 193, 4, 5384, 2, 2728, 2, 288, 2880, 28800},
    {"G-FR1-A3-41", 24, qpsk, 193, 4, 5256, 2, 2664, 2, 288, 2880, 27648},
    {"G-FR1-A3-42", 273, qpsk, 193, 4, 59496, 16, 3744, 2, 384, 3840, 314496},
    {"G-FR1-A4-8", 25, qam16, 658, 1, 9224, 2, 4648, 1, 224, 4928, 14400},
    {"G-FR1-A4-9", 52, qam16, 658, 1, 19464, 3, 6520, 1, 320, 7040, 29952},
    {"G-FR1-A4-10", 106, qam16, 658, 1, 38936, 5, 7816, 1, 384, 8448, 61056},
    {"G-FR1-A4-11", 24, qam16, 658, 1, 8968, 2, 4520, 1, 208, 4576, 13824},
    {"G-FR1-A4-12", 51, qam16, 658, 1, 18960, 3, 6352, 1, 320, 7040, 29376},
    {"G-FR1-A4-13", 106, qam16, 658, 1, 38936, 5, 7816, 1, 384, 8448, 61056},
    {"G-FR1-A4-14", 273, qam16, 658, 1, 100392, 12, 8392, 1, 384, 8448, 157248},
    {"G-FR1-A4-22", 25, qam16, 658, 2, 18432, 3, 6176, 1, 288, 6336, 28800},
    {"G-FR1-A4-23", 52, qam16, 658, 2, 38936, 5, 7816, 1, 384, 8448, 59904},
    {"G-FR1-A4-24", 106, qam16, 658, 2, 77896, 10, 7816, 1, 384, 8448, 122112},
    {"G-FR1-A4-25", 24, qam16, 658, 2, 17928, 3, 6008, 1, 288, 6336, 27648},
    {"G-FR1-A4-26", 51, qam16, 658, 2, 37896, 5, 7608, 1, 352, 7744, 58752},
    {"G-FR1-A4-27", 106, qam16, 658, 2, 77896, 10, 7816, 1, 384, 8448, 122112},
    {"G-FR1-A4-28", 273, qam16, 658, 2, 200808, 24, 8392, 1, 384, 8448, 314496},
    {"G-FR1-A5-8", 25, qam64, 567, 1, 12040, 2, 6056, 1, 288, 6336, 21600},
    {"G-FR1-A5-9", 52, qam64, 567, 1, 25104, 3, 8400, 1, 384, 8448, 44928},
    {"G-FR1-A5-10", 106, qam64, 567, 1, 50184, 6, 8392, 1, 384, 8448, 91584},
    {"G-FR1-A5-11", 24, qam64, 567, 1, 11528, 2, 5800, 1, 288, 6336, 20736},
    {"G-FR1-A5-12", 51, qam64, 567, 1, 24576, 3, 8224, 1, 384, 8448, 44064},
    {"G-FR1-A5-13", 106, qam64, 567, 1, 50184, 6, 8392, 1, 384, 8448, 91584},
    {"G-FR1-A5-14", 273, qam64, 567, 1, 131176, 16, 8224, 1, 384, 8448, 235872},
    {"G-FR1-A7-1", 25, qam16, 434, 4, 24576, 3, 8224, 1, 384, 8448, 57600},
    {"G-FR1-A7-3", 24, qam16, 434, 4, 23568, 3, 7888, 1, 384, 8448, 55296},
    {"G-FR1-A7-4", 273, qam16, 434, 4, 270576, 33, 8224, 1, 384, 8448, 628992},
    {"G-FR1-A1-1", 25, qpsk, 308, 1, 2152, 1, 2168, 2, 224, 2240, 7200},
    {"G-FR1-A1-2", 11, qpsk, 308, 1, 984, 1, 1000, 2, 104, 1040, 3168},
    {"G-FR1-A1-4", 106, qpsk, 308, 1, 9224, 2, 4648, 1, 224, 4928, 30528},
    {"G-FR1-A1-5", 51, qpsk, 308, 1, 4352, 1, 4376, 1, 208, 4576, 14688},
    {"G-FR1-A1-7", 15, qpsk, 308, 1, 1320, 1, 1336, 2, 144, 1440, 4320},
    {"G-FR1-A1-8", 6, qpsk, 308, 1, 528, 1, 544, 2, 72, 720, 1728},
    {"G-FR1-A1-3", 11, qpsk, 308, 1, 984, 1, 1000, 2, 104, 1040, 3168},
    {"G-FR1-A1-6", 24, qpsk, 308, 1, 2088, 1, 2104, 2, 224, 2240, 6912},
    {"G-FR1-A1-9", 6, qpsk, 308, 1, 528, 1, 544, 2, 72, 720, 1728},
    {"G-FR1-A2-5", 51, qam16, 658, 1, 18960, 3, 6352, 1, 320, 7040, 29376},
    {"G-FR1-A3A-3", 24, qpsk, 99, 1, 672, 1, 688, 2, 72, 720, 6912},
};
// clang-format on

CodewordRequest request_of(const ReferenceChannel& f) {
  CodewordRequest r;
  r.tb_bits = f.tb_bits;
  r.code_rate = f.rate_x1024 / 1024.0;
  r.modulation = f.modulation;
  r.n_layers = f.n_layers;
  r.codeword_bits = f.codeword_bits;
  return r;
}

TEST(TransportBlockBits, MatchesTheFixedReferenceChannels) {
  for (const auto& f : reference_channels)
    EXPECT_EQ(transport_block_bits(144, f.n_prb, f.rate_x1024 / 1024.0,
                                   bits_per_symbol(f.modulation), f.n_layers),
              f.tb_bits)
        << f.name;
}

TEST(TransportBlockBits, CapsTheResourceElementsOfAPrbAt156) {
  EXPECT_EQ(transport_block_bits(168, 50, 0.5, 2, 1), transport_block_bits(156, 50, 0.5, 2, 1));
}

TEST(TransportBlockBits, IsNeverBelow24Bits) {
  EXPECT_EQ(transport_block_bits(6, 1, 30 / 1024.0, 2, 1), 24);
}

TEST(TransportBlockBits, AlwaysSplitsIntoEqualCodeBlocks) {
  for (const double rate : {30.0, 193.0, 256.0, 257.0, 434.0, 682.5, 948.0})
    for (std::int32_t n_prb = 1; n_prb <= 275; ++n_prb)
      for (const std::int32_t n_layers : {1, 2, 3, 4}) {
        CodewordRequest r;
        r.code_rate = rate / 1024;
        r.tb_bits = transport_block_bits(156, n_prb, r.code_rate, 8, n_layers);
        r.modulation = qam256;
        r.n_layers = n_layers;
        r.codeword_bits = 156 * n_prb * 8 * n_layers;
        const auto plan = plan_codeword(r);
        ASSERT_TRUE(plan) << plan.error().message;
        // A code block never needs to be sent with a rate above 1.
        EXPECT_LE(plan->info_bits, plan->e_long);
      }
}

TEST(PlanCodeword, MatchesTheFixedReferenceChannels) {
  for (const auto& f : reference_channels) {
    const auto plan = plan_codeword(request_of(f));
    ASSERT_TRUE(plan) << f.name;
    EXPECT_EQ(plan->n_code_blocks, f.n_code_blocks) << f.name;
    EXPECT_EQ(plan->info_bits, f.info_bits) << f.name;
    EXPECT_EQ(static_cast<int>(plan->base_graph), f.base_graph) << f.name;
    EXPECT_EQ(plan->lifting_size, f.lifting_size) << f.name;
    EXPECT_EQ(plan->code_block_bits, f.code_block_bits) << f.name;
    EXPECT_EQ(plan->code_block_crc, f.n_code_blocks > 1 ? CrcKind::crc24b : CrcKind::none);
  }
}

/// Written from 5.4.2.1 step by step: E_r of every code block.
std::int32_t e_r(std::int32_t g, std::int32_t unit, std::int32_t c, std::int32_t j) {
  const std::int32_t n = g / unit;
  return j <= c - n % c - 1 ? unit * (n / c) : unit * ((n + c - 1) / c);
}

TEST(PlanCodeword, SharesTheCodewordBitsAsTheClauseSays) {
  for (const auto& f : reference_channels) {
    const auto plan = plan_codeword(request_of(f));
    ASSERT_TRUE(plan) << f.name;
    std::int32_t sum = 0;
    for (std::int32_t j = 0; j < plan->n_code_blocks; ++j) {
      EXPECT_EQ(
          plan->rate_matched_bits(j),
          e_r(f.codeword_bits, f.n_layers * bits_per_symbol(f.modulation), plan->n_code_blocks, j));
      EXPECT_EQ(plan->first_bit(j), sum);
      sum += plan->rate_matched_bits(j);
    }
    EXPECT_EQ(sum, f.codeword_bits) << f.name;
  }
}

TEST(PlanCodeword, ReachesAllLiftingSizesOfBothBaseGraphs) {
  for (const LdpcBaseGraph graph : {LdpcBaseGraph::bg1, LdpcBaseGraph::bg2}) {
    std::set<std::int32_t> seen;
    for (std::int64_t bytes = 1; bytes <= 1056 - 3; ++bytes) {
      CodewordRequest r;
      r.tb_bits = 8 * bytes;
      r.base_graph = graph;
      r.codeword_bits = 20000;
      const auto plan = plan_codeword(r);
      if (!plan)
        continue; // sizes that do not divide evenly
      seen.insert(plan->lifting_size);
      const std::int32_t k_b = graph == LdpcBaseGraph::bg1 ? 22
                               : plan->info_bits > 640     ? 10
                               : plan->info_bits > 560     ? 9
                               : plan->info_bits > 192     ? 8
                                                           : 6;
      EXPECT_GE(k_b * plan->lifting_size, plan->info_bits);
      for (const LiftingSize& z : ldpc_lifting_sizes())
        if (z.size < plan->lifting_size) {
          EXPECT_LT(k_b * z.size, plan->info_bits);
        } else if (z.size == plan->lifting_size) {
          EXPECT_EQ(z.set, plan->lifting_set);
        }
      EXPECT_EQ(plan->first_filler() + plan->n_filler(),
                plan->code_block_bits - 2 * plan->lifting_size);
    }
    // Base graph 2 fills 6 columns up to 192 bits; with whole bytes (K' = 24, 32, 40, ... bits) the
    // sizes 2, 3, 5, 9 and 13 are then never the smallest that fits.
    EXPECT_EQ(seen.size(), graph == LdpcBaseGraph::bg1 ? 51U : 46U);
  }
}

TEST(PlanCodeword, ChoosesTheBaseGraphOfClause6_2_2) {
  const auto graph = [](std::int64_t tb_bits, double rate) {
    CodewordRequest r;
    r.tb_bits = tb_bits;
    r.code_rate = rate;
    r.codeword_bits = 40000;
    return static_cast<int>(plan_codeword(r).value().base_graph);
  };
  EXPECT_EQ(graph(288, 0.9), 2);
  EXPECT_EQ(graph(304, 0.9), 1);
  EXPECT_EQ(graph(3824, 0.67), 2);
  EXPECT_EQ(graph(3824, 0.671), 1);
  EXPECT_EQ(graph(3848, 0.67), 1);
  EXPECT_EQ(graph(3848, 0.25), 2);
}

TEST(PlanCodeword, StartsWhereTable5_4_2_1_2Says) {
  // (base graph, rv) -> multiple of Z_c with a full buffer: 17, 33, 56 of 66 and 13, 25, 43 of 50.
  const std::int32_t expected[2][4] = {{0, 17, 33, 56}, {0, 13, 25, 43}};
  for (std::int32_t g = 0; g < 2; ++g)
    for (std::int32_t rv = 0; rv < 4; ++rv) {
      CodewordRequest r;
      r.tb_bits = 2024;
      r.base_graph = static_cast<LdpcBaseGraph>(g + 1);
      r.codeword_bits = 4000;
      r.rv = rv;
      const auto plan = plan_codeword(r).value();
      EXPECT_EQ(plan.k0, expected[g][rv] * plan.lifting_size);
      EXPECT_EQ(plan.circular_bits, plan.encoded_bits);
    }
}

TEST(PlanCodeword, LimitsTheCircularBufferToTwoThirdsRate) {
  // TBS_LBRM = A = 38936 bits, C = 5: N_ref = floor(38936 * 3 / (2 * 5)) = 11680, Z_c = 384.
  CodewordRequest r;
  r.tb_bits = 38936;
  r.code_rate = 658 / 1024.0;
  r.modulation = qam16;
  r.codeword_bits = 61056;
  r.lbrm_tb_bits = 38936;
  const std::array<std::int32_t, 4> columns = {0, 17, 33, 56};
  for (std::int32_t rv = 0; rv < 4; ++rv) {
    r.rv = rv;
    const auto plan = plan_codeword(r).value();
    EXPECT_EQ(plan.circular_bits, 11680);
    EXPECT_EQ(plan.k0, columns[static_cast<std::size_t>(rv)] * 11680 / (66 * 384) * 384);
  }
}

TEST(PlanCodeword, RefusesWhatCannotBeCoded) {
  const auto message = [](auto change) {
    CodewordRequest r;
    r.tb_bits = 1000;
    r.code_rate = 0.5;
    r.codeword_bits = 2000;
    change(r);
    const auto plan = plan_codeword(r);
    return plan ? std::string("accepted") : plan.error().message;
  };
  EXPECT_EQ(message([](auto&) {}), "accepted");
  EXPECT_NE(message([](auto& r) { r.tb_bits = 1001; }).find("1001 bits"), std::string::npos);
  EXPECT_NE(message([](auto& r) { r.rv = 4; }).find("rv_index 4"), std::string::npos);
  EXPECT_NE(message([](auto& r) { r.codeword_bits = 2001; }).find("2001"), std::string::npos);
  EXPECT_NE(message([](auto& r) { r.code_rate = 0; }).find("ldpc_base_graph"), std::string::npos);
  EXPECT_NE(message([](auto& r) { r.lbrm_tb_bits = 80; }).find("tb_size_lbrm_bytes 10"),
            std::string::npos);
  EXPECT_NE(message([](auto& r) { r.tb_bits = 8 * 4000, r.codeword_bits = 2; }).find("code blocks"),
            std::string::npos);
}

} // namespace
} // namespace airan
