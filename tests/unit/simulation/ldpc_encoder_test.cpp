// SPDX-License-Identifier: Apache-2.0
// The encoder's output fulfils every parity check of TS 38.212 5.3.2.
#include "kernels/primitives/ldpc_graph.hpp"
#include "simulation/ldpc_encoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

namespace airan::simulation {
namespace {

/// Number of rows of H that w does not fulfil, from the definition: row (i, z) of H has a one in
/// column (j, (z + P_ij) mod Z) for each entry of the base graph.
std::int32_t n_failed_checks(LdpcBaseGraph bg, std::int32_t z_c, std::span<const std::uint8_t> w) {
  const LdpcGraph& graph = ldpc_graph(bg, z_c);
  std::int32_t n_failed = 0;
  for (std::int32_t i = 0; i < graph.n_rows; ++i)
    for (std::int32_t z = 0; z < z_c; ++z) {
      std::int32_t sum = 0;
      for (std::int32_t e = graph.row_begin[static_cast<std::size_t>(i)];
           e < graph.row_begin[static_cast<std::size_t>(i) + 1]; ++e) {
        const LdpcEdge& edge = graph.edges[static_cast<std::size_t>(e)];
        sum ^= w[static_cast<std::size_t>(edge.column * z_c + (z + edge.shift) % z_c)];
      }
      n_failed += sum;
    }
  return n_failed;
}

std::vector<std::uint8_t> random_bits(std::int32_t n, std::mt19937& rng) {
  std::vector<std::uint8_t> bits(static_cast<std::size_t>(n));
  std::generate(bits.begin(), bits.end(), [&] { return static_cast<std::uint8_t>(rng() & 1U); });
  return bits;
}

std::vector<std::uint8_t>
encode(LdpcBaseGraph bg, std::int32_t z_c, std::span<const std::uint8_t> info) {
  const LdpcGraph& graph = ldpc_graph(bg, z_c);
  // Filled with ones, so that a column left out shows.
  std::vector<std::uint8_t> encoded(static_cast<std::size_t>(graph.n_columns * z_c), 1);
  encode_ldpc(bg, z_c, info, encoded);
  return encoded;
}

class LdpcEncoderOfGraph : public testing::TestWithParam<LdpcBaseGraph> {};

TEST_P(LdpcEncoderOfGraph, FulfilsAllParityChecksForAll51LiftingSizes) {
  std::mt19937 rng(1);
  std::int32_t n_sizes = 0;
  for (const LiftingSize& lifting : ldpc_lifting_sizes()) {
    const auto info =
        random_bits(ldpc_graph(GetParam(), lifting.size).n_info_columns * lifting.size, rng);
    const auto encoded = encode(GetParam(), lifting.size, info);
    EXPECT_EQ(n_failed_checks(GetParam(), lifting.size, encoded), 0) << "Z_c = " << lifting.size;
    EXPECT_TRUE(std::equal(info.begin(), info.end(), encoded.begin())) << "Z_c = " << lifting.size;
    ++n_sizes;
  }
  EXPECT_EQ(n_sizes, 51);
}

TEST_P(LdpcEncoderOfGraph, EncodesZerosToZeros) {
  const std::vector<std::uint8_t> info(
      static_cast<std::size_t>(ldpc_graph(GetParam(), 36).n_info_columns * 36));
  const auto encoded = encode(GetParam(), 36, info);
  EXPECT_EQ(std::count(encoded.begin(), encoded.end(), 0), std::ssize(encoded));
}

TEST_P(LdpcEncoderOfGraph, IsLinear) {
  std::mt19937 rng(2);
  const std::int32_t n = ldpc_graph(GetParam(), 52).n_info_columns * 52;
  const auto a = random_bits(n, rng);
  const auto b = random_bits(n, rng);
  std::vector<std::uint8_t> sum(a.size());
  std::transform(a.begin(), a.end(), b.begin(), sum.begin(), std::bit_xor<>());
  const auto encoded_a = encode(GetParam(), 52, a);
  const auto encoded_b = encode(GetParam(), 52, b);
  std::vector<std::uint8_t> expected(encoded_a.size());
  std::transform(encoded_a.begin(), encoded_a.end(), encoded_b.begin(), expected.begin(),
                 std::bit_xor<>());
  EXPECT_EQ(encode(GetParam(), 52, sum), expected);
}

INSTANTIATE_TEST_SUITE_P(BaseGraphs,
                         LdpcEncoderOfGraph,
                         testing::Values(LdpcBaseGraph::bg1, LdpcBaseGraph::bg2));

} // namespace
} // namespace airan::simulation
