// SPDX-License-Identifier: Apache-2.0
// The tables of TS 38.211, 38.212 and 38.214 that the PUSCH oracle needs, read from the CSV files
// of testvectors/tables.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace airan::oracle::pusch {

/// One circulant of a base graph: TS 38.212 tables 5.3.2-2 and 5.3.2-3.
struct BaseGraphEntry {
  std::int32_t row = 0;
  std::int32_t column = 0;
  std::array<std::int32_t, 8> shift{}; ///< V_{i,j} by set index i_LS
};

struct McsEntry {
  std::int32_t modulation_order = 0;
  double rate_x1024 = 0;
};

struct Tables {
  std::vector<BaseGraphEntry> base_graph_1;
  std::vector<BaseGraphEntry> base_graph_2;
  /// phi(0..M-1) by (M_ZC, u): TS 38.211 tables 5.2.2.2-1 to -4.
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<std::int32_t>> phi;
  /// By the grants' mcs_table 0..4 and mcs_index; reserved indices are absent.
  std::map<std::pair<std::int32_t, std::int32_t>, McsEntry> mcs;
  std::vector<std::int64_t> tbs; ///< TS 38.214 table 5.1.3.2-1, ascending
};

/// Those of testvectors/tables, read once. Throws std::runtime_error when a file is missing or has
/// another number of rows than the standard.
const Tables& standard_tables();

} // namespace airan::oracle::pusch
