// SPDX-License-Identifier: Apache-2.0
// The base graphs against what TS 38.212 5.3.2 says about them.
#include "kernels/primitives/ldpc_graph.hpp"
#include "tests/support/coding_oracle.hpp"

#include <gtest/gtest.h>

namespace airan::test {
namespace {

TEST(LdpcGraph, HasThe51LiftingSizesOfTable5321InOrder) {
  const auto sizes = ldpc_lifting_sizes();
  ASSERT_EQ(sizes.size(), 51U);
  constexpr std::int32_t a[] = {2, 3, 5, 7, 9, 11, 13, 15};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_TRUE(i == 0 || sizes[i - 1].size < sizes[i].size);
    std::int32_t power = sizes[i].size / a[sizes[i].set];
    EXPECT_EQ(power * a[sizes[i].set], sizes[i].size);
    EXPECT_EQ(power & (power - 1), 0) << sizes[i].size;
  }
}

TEST(LdpcGraph, HasTheEntriesOfTheTables) {
  const LdpcGraph& bg1 = ldpc_graph(LdpcBaseGraph::bg1, 384);
  EXPECT_EQ(bg1.edges.size(), 316U);
  EXPECT_EQ(bg1.n_rows, 46);
  EXPECT_EQ(bg1.n_columns, 68);
  EXPECT_EQ(bg1.edges[0].column, 0);
  EXPECT_EQ(bg1.edges[0].shift, 307); // table 5.3.2-2, i = 0, j = 0, i_LS = 1
  EXPECT_EQ(bg1.edges[3].shift, 369);
  const LdpcGraph& bg2 = ldpc_graph(LdpcBaseGraph::bg2, 52);
  EXPECT_EQ(bg2.edges.size(), 197U);
  EXPECT_EQ(bg2.n_rows, 42);
  EXPECT_EQ(bg2.n_columns, 52);
  EXPECT_EQ(bg2.edges[0].shift, 143 % 52); // table 5.3.2-3, i = 0, j = 0, i_LS = 6
}

TEST(LdpcGraph, EndsEveryExtensionRowInItsOwnUnshiftedBitOfDegreeOne) {
  for (const LdpcBaseGraph base_graph : {LdpcBaseGraph::bg1, LdpcBaseGraph::bg2})
    for (const LiftingSize& size : ldpc_lifting_sizes()) {
      const LdpcGraph& graph = ldpc_graph(base_graph, size.size);
      for (std::int32_t row = 0; row < graph.n_rows; ++row) {
        const std::int32_t begin = graph.row_begin[static_cast<std::size_t>(row)];
        const std::int32_t end = graph.row_begin[static_cast<std::size_t>(row) + 1];
        for (std::int32_t e = begin + 1; e < end; ++e)
          EXPECT_LT(graph.edges[static_cast<std::size_t>(e - 1)].column,
                    graph.edges[static_cast<std::size_t>(e)].column);
        const LdpcEdge last = graph.edges[static_cast<std::size_t>(end - 1)];
        if (row >= 4) {
          EXPECT_EQ(last.column, graph.n_info_columns + row);
          EXPECT_EQ(last.shift, 0);
        } else {
          EXPECT_LT(last.column, graph.n_info_columns + 4);
        }
      }
    }
}

TEST(LdpcGraph, IsSolvedByTheOracleEncoderForEverySize) {
  std::mt19937 random(1);
  for (const LdpcBaseGraph base_graph : {LdpcBaseGraph::bg1, LdpcBaseGraph::bg2})
    for (const LiftingSize& size : ldpc_lifting_sizes()) {
      Bits info(
          static_cast<std::size_t>(ldpc_graph(base_graph, size.size).n_info_columns * size.size));
      for (auto& bit : info)
        bit = static_cast<std::uint8_t>(random() & 1U);
      Bits word = encode_oracle(base_graph, size.size, info);
      EXPECT_TRUE(is_codeword(base_graph, size.size, word));
      word[info.size() / 2] ^= 1U;
      EXPECT_FALSE(is_codeword(base_graph, size.size, word));
    }
}

} // namespace
} // namespace airan::test
