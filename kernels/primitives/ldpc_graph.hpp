// SPDX-License-Identifier: Apache-2.0
// The LDPC base graphs of TS 38.212 tables 5.3.2-2 and 5.3.2-3.
#pragma once

#include "core/codeword.hpp"

#include <cstdint>
#include <span>

namespace airan {

/// One non-zero entry: check row, variable column, shift V_{i,j} already reduced modulo Z_c.
struct LdpcEdge {
  std::int16_t column;
  std::int16_t shift;
};

struct LdpcGraph {
  std::int32_t n_rows = 0;         ///< 46 or 42
  std::int32_t n_columns = 0;      ///< 68 or 52
  std::int32_t n_info_columns = 0; ///< 22 or 10
  std::span<const std::int16_t>
      row_begin;                   ///< [row + 1]: edges of row i are [row_begin[i], row_begin[i+1])
  std::span<const LdpcEdge> edges; ///< ascending columns within a row
};

/// The graph for one lifting size (one of the 51 of table 5.3.2-1). Built once per size on first
/// use, thread-safe; planning calls it, so the slot path finds it built.
const LdpcGraph& ldpc_graph(LdpcBaseGraph base_graph, std::int32_t lifting_size);

/// The 51 lifting sizes, ascending, and the set index i_LS of each (table 5.3.2-1).
struct LiftingSize {
  std::int16_t size;
  std::int16_t set;
};
std::span<const LiftingSize> ldpc_lifting_sizes();

} // namespace airan
