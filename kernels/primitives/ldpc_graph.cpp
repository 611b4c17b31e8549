// SPDX-License-Identifier: Apache-2.0
// Builds the lifted LDPC base graphs from the tables of TS 38.212 5.3.2.
#include "kernels/primitives/ldpc_graph.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <vector>

namespace airan {
namespace {

struct TableEntry {
  std::int16_t row;
  std::int16_t column;
  std::array<std::int16_t, 8> shift; ///< V_{i,j} of set index 0..7
};

#include "kernels/primitives/ldpc_tables.inc"

constexpr std::size_t n_lifting_sizes = 51;
constexpr std::size_t n_base_graphs = 2;

/// Table 5.3.2-1: Z = a 2^j <= 384, set i_LS = 0..7 holds a = 2, 3, 5, 7, 9, 11, 13, 15.
constexpr std::array<LiftingSize, n_lifting_sizes> make_lifting_sizes() {
  constexpr std::array<std::int16_t, 8> a{2, 3, 5, 7, 9, 11, 13, 15};
  std::array<LiftingSize, n_lifting_sizes> sizes{};
  std::size_t n = 0;
  for (std::size_t set = 0; set < a.size(); ++set)
    for (std::int32_t z = a[set]; z <= max_lifting_size; z *= 2)
      sizes[n++] = {static_cast<std::int16_t>(z), static_cast<std::int16_t>(set)};
  std::sort(sizes.begin(), sizes.end(),
            [](LiftingSize l, LiftingSize r) { return l.size < r.size; });
  return sizes;
}

constexpr std::array<LiftingSize, n_lifting_sizes> lifting_sizes = make_lifting_sizes();
static_assert(lifting_sizes.front().size == 2 && lifting_sizes.back().size == max_lifting_size);

/// A graph and the memory that its spans refer to.
struct BuiltGraph {
  std::once_flag built;
  std::vector<std::int16_t> row_begin;
  std::vector<LdpcEdge> edges;
  LdpcGraph graph;
};

void build(BuiltGraph& g, LdpcBaseGraph base_graph, LiftingSize lifting) {
  const bool is_bg1 = base_graph == LdpcBaseGraph::bg1;
  const std::span<const TableEntry> table =
      is_bg1 ? std::span<const TableEntry>(table_bg1) : std::span<const TableEntry>(table_bg2);
  g.graph.n_rows = is_bg1 ? 46 : 42;
  g.graph.n_columns = is_bg1 ? 68 : 52;
  g.graph.n_info_columns = is_bg1 ? 22 : 10;
  g.row_begin.assign(static_cast<std::size_t>(g.graph.n_rows) + 1, 0);
  g.edges.reserve(table.size());
  for (const TableEntry& entry : table) {
    // P_{i,j} = V_{i,j} mod Z_c
    const auto shift = entry.shift[static_cast<std::size_t>(lifting.set)] % lifting.size;
    g.edges.push_back({entry.column, static_cast<std::int16_t>(shift)});
    g.row_begin[static_cast<std::size_t>(entry.row) + 1] =
        static_cast<std::int16_t>(g.edges.size());
  }
  g.graph.row_begin = g.row_begin;
  g.graph.edges = g.edges;
}

} // namespace

std::span<const LiftingSize> ldpc_lifting_sizes() {
  return lifting_sizes;
}

const LdpcGraph& ldpc_graph(LdpcBaseGraph base_graph, std::int32_t lifting_size) {
  static std::array<std::array<BuiltGraph, n_lifting_sizes>, n_base_graphs> graphs;
  const auto* const lifting =
      std::lower_bound(lifting_sizes.begin(), lifting_sizes.end(), lifting_size,
                       [](LiftingSize l, std::int32_t size) { return l.size < size; });
  AIRAN_ASSERT(lifting != lifting_sizes.end() && lifting->size == lifting_size,
               "lifting_size=" + std::to_string(lifting_size) + " is not in table 5.3.2-1");
  const auto index = static_cast<std::size_t>(lifting - lifting_sizes.begin());
  BuiltGraph& g = graphs[base_graph == LdpcBaseGraph::bg1 ? 0 : 1][index];
  std::call_once(g.built, [&] { build(g, base_graph, *lifting); });
  return g.graph;
}

} // namespace airan
