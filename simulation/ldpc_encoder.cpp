// SPDX-License-Identifier: Apache-2.0
// The LDPC encoder of TS 38.212 5.3.2: solves H w = 0 for the parity columns.
#include "simulation/ldpc_encoder.hpp"

#include "core/assert.hpp"
#include "kernels/primitives/ldpc_graph.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace airan::simulation {
namespace {

/// Rows and parity columns of the core of both base graphs; later parity columns have one entry in
/// the row of their own, with shift 0.
constexpr std::int32_t n_core = 4;

using LiftedColumn = std::array<std::uint8_t, max_lifting_size>;

/// sum += P^shift v, where P^shift is the identity with its rows shifted to the right:
/// (P^s v)(z) = v((z + s) mod Z).
void add_shifted(std::span<const std::uint8_t> v, std::int32_t shift, std::span<std::uint8_t> sum) {
  const auto s = static_cast<std::size_t>(shift);
  const std::size_t n = v.size();
  for (std::size_t z = 0; z < n - s; ++z)
    sum[z] ^= v[z + s];
  for (std::size_t z = n - s; z < n; ++z)
    sum[z] ^= v[z + s - n];
}

/// v = P^-shift sum.
void unshift(std::span<const std::uint8_t> sum, std::int32_t shift, std::span<std::uint8_t> v) {
  std::rotate_copy(sum.begin(), sum.end() - shift, sum.end(), v.begin());
}

/// One block being encoded: columns of Z bits.
class Encoder {
public:
  Encoder(const LdpcGraph& graph, std::int32_t lifting_size, std::span<std::uint8_t> encoded)
      : graph_(graph), z_(static_cast<std::size_t>(lifting_size)), encoded_(encoded) {}

  void run() {
    for (std::int32_t row = 0; row < n_core; ++row)
      core_sums_[static_cast<std::size_t>(row)] = row_sum(row, graph_.n_info_columns);
    solve_first_core_column();
    solve_other_core_columns();
    for (std::int32_t row = n_core; row < graph_.n_rows; ++row) {
      const LiftedColumn sum = row_sum(row, graph_.n_info_columns + n_core);
      std::copy_n(sum.begin(), z_, column(graph_.n_info_columns + row).begin());
    }
  }

private:
  std::span<std::uint8_t> column(std::int32_t j) const {
    return encoded_.subspan(static_cast<std::size_t>(j) * z_, z_);
  }
  std::span<const LdpcEdge> edges(std::int32_t row) const {
    const auto first = static_cast<std::size_t>(graph_.row_begin[static_cast<std::size_t>(row)]);
    const auto end = static_cast<std::size_t>(graph_.row_begin[static_cast<std::size_t>(row) + 1]);
    return graph_.edges.subspan(first, end - first);
  }
  /// Sum over the entries of a row in columns below `n_columns`.
  LiftedColumn row_sum(std::int32_t row, std::int32_t n_columns) const {
    LiftedColumn sum{};
    for (const LdpcEdge& e : edges(row))
      if (e.column < n_columns)
        add_shifted(column(e.column), e.shift, {sum.data(), z_});
    return sum;
  }

  /// In the sum of the four core rows every core column but the first appears twice with equal
  /// shifts and cancels, and of the three entries of the first two cancel: P^s p_0 is the sum of
  /// the four information sums.
  void solve_first_core_column() {
    const std::int32_t p0 = graph_.n_info_columns;
    LiftedColumn sum{};
    std::int32_t entry_shift_xor = 0;
    for (std::int32_t row = 0; row < n_core; ++row) {
      for (std::size_t z = 0; z < z_; ++z)
        sum[z] ^= core_sums_[static_cast<std::size_t>(row)][z];
      // Equal shifts cancel in the exclusive or, which leaves the odd one.
      for (const LdpcEdge& e : edges(row))
        if (e.column == p0)
          entry_shift_xor ^= e.shift;
    }
    unshift({sum.data(), z_}, entry_shift_xor, column(p0));
    known_[0] = true;
  }

  /// Each other core column follows from a row in which it is the only one unknown.
  void solve_other_core_columns() {
    for (std::int32_t solved = 1; solved < n_core;) {
      const std::int32_t before = solved;
      for (std::int32_t row = 0; row < n_core; ++row)
        solved += solve_core_row(row) ? 1 : 0;
      AIRAN_ASSERT(solved > before, "the core of the base graph cannot be solved");
    }
  }

  bool solve_core_row(std::int32_t row) {
    const std::int32_t first = graph_.n_info_columns;
    LiftedColumn sum = core_sums_[static_cast<std::size_t>(row)];
    const LdpcEdge* unknown = nullptr;
    for (const LdpcEdge& e : edges(row)) {
      if (e.column < first || e.column >= first + n_core)
        continue;
      if (known_[static_cast<std::size_t>(e.column - first)])
        add_shifted(column(e.column), e.shift, {sum.data(), z_});
      else if (unknown == nullptr)
        unknown = &e;
      else
        return false;
    }
    if (unknown == nullptr)
      return false;
    unshift({sum.data(), z_}, unknown->shift, column(unknown->column));
    known_[static_cast<std::size_t>(unknown->column - first)] = true;
    return true;
  }

  const LdpcGraph& graph_;
  std::size_t z_;
  std::span<std::uint8_t> encoded_;
  std::array<LiftedColumn, n_core> core_sums_{};
  std::array<bool, n_core> known_{};
};

} // namespace

void encode_ldpc(LdpcBaseGraph base_graph,
                 std::int32_t lifting_size,
                 std::span<const std::uint8_t> info,
                 std::span<std::uint8_t> encoded) {
  const LdpcGraph& graph = ldpc_graph(base_graph, lifting_size);
  AIRAN_ASSERT(std::ssize(info) == graph.n_info_columns * lifting_size,
               "a code block of " + std::to_string(info.size()) + " bits");
  AIRAN_ASSERT(std::ssize(encoded) == graph.n_columns * lifting_size,
               "room for " + std::to_string(encoded.size()) + " encoded bits");
  std::copy(info.begin(), info.end(), encoded.begin());
  Encoder(graph, lifting_size, encoded).run();
}

} // namespace airan::simulation
