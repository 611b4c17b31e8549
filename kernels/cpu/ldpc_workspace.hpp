// SPDX-License-Identifier: Apache-2.0
// The memory of one int8 LDPC decoder and where each lifted column lies in it.
#pragma once

#include "core/codeword.hpp"
#include "kernels/primitives/ldpc_graph.hpp"
#include "runtime/buffer.hpp"

#include <array>
#include <cstdint>

namespace airan {

/// Soft values of a block, one byte each.
///
/// A core column (information or core parity) has two buffers: a row reads one and writes the
/// other. It is kept rotated, as its last row wrote it: lane z holds bit (z + rotation) mod Z_c.
/// Behind lane Z_c - 1 the lanes repeat, so that a vector may begin at any lane. Bits of degree one
/// (the extension columns) never change and are kept apart.
struct LdpcWorkspace {
  static constexpr std::int32_t max_vector = 64; ///< lanes
  static constexpr std::int32_t stride = max_lifting_size + max_vector;
  static constexpr std::int32_t n_core_rows = 4;
  static constexpr std::int32_t max_core_columns = 22 + n_core_rows;
  static constexpr std::int32_t max_rows = 46;
  static constexpr std::int32_t max_edges = 316;
  static constexpr std::int32_t max_row_degree = 19;

  /// Larger values count as this in a check, so that L - R still exceeds every message when L has
  /// saturated at int8 (without it the BLER of rate 0.55 stays at 10 % above its threshold).
  static constexpr std::uint8_t largest_magnitude = 64;

  /// Soft bits whose mean magnitude is larger are scaled down to it: min-sum does not mind the
  /// scale, but sums of more checks need more room below 127.
  static constexpr std::int32_t mean_magnitude(std::int32_t n_active_rows) {
    return n_active_rows <= 10 ? 32 : (n_active_rows <= 24 ? 24 : 12);
  }

  /// 16 alpha of the normalised min-sum: the fewer checks a bit has, the less they overestimate.
  /// Chosen for the lowest BLER after 10 iterations (Z_c = 384, BPSK): at 10 % BLER 0.06 to 0.18 dB
  /// better than 0.8 in float at rates 0.2 to 0.55, within 0.03 dB of it at 0.67 to 0.93.
  static constexpr std::uint8_t normalisation(LdpcBaseGraph base_graph,
                                              std::int32_t n_active_rows) {
    const std::int32_t n_sparse = base_graph == LdpcBaseGraph::bg1 ? 5 : 8;
    return n_active_rows <= n_sparse ? 13 : (n_active_rows <= 8 ? 12 : 11);
  }

  LdpcWorkspace()
      : columns({2, max_core_columns, stride}), extension({max_rows, stride}),
        messages({max_edges, max_lifting_size}), row_values({max_row_degree, max_vector}),
        decisions({max_code_block_bits + 2 * max_lifting_size}),
        packed({max_code_block_bits / 8 + max_vector}) {}

  std::int8_t* column(std::int32_t which, std::int32_t index) const {
    return columns.data() + (which * max_core_columns + index) * stride;
  }
  std::int8_t* current(std::int32_t index) const {
    return column(buffer[static_cast<std::size_t>(index)], index);
  }

  HostTensor<std::int8_t, 3> columns;    ///< [buffer, core column, lane]
  HostTensor<std::int8_t, 2> extension;  ///< [row, lane]: the bit of degree one of each row
  HostTensor<std::int8_t, 2> messages;   ///< [edge, lane]: check to bit
  HostTensor<std::int8_t, 2> row_values; ///< [edge of the row, lane]: bit to check
  HostTensor<std::int8_t, 1> decisions;  ///< [bit]: soft values of the information bits, in order
  HostTensor<std::uint8_t, 1> packed;    ///< [byte]
  std::array<std::uint8_t, max_core_columns> buffer{};   ///< which of the two holds the column
  std::array<std::int16_t, max_core_columns> rotation{}; ///< of the current buffer
  std::array<std::uint8_t, max_core_columns> unknown{};  ///< punctured or not wholly received
  std::array<std::uint8_t, max_rows> active{}; ///< rows whose bit of degree one was received
  std::array<std::uint8_t, max_rows> order{};  ///< active rows in the order of the schedule
  std::int32_t n_order = 0;
};

/// What a whole codeword shares.
struct LdpcBlockTask {
  const CodewordPlan* plan = nullptr;
  const LdpcGraph* graph = nullptr;
  std::int32_t max_iterations = 0;
};

} // namespace airan
