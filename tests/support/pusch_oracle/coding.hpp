// SPDX-License-Identifier: Apache-2.0
// From the transport block to the coded bits of the codeword: TS 38.214 6.1.4.2 and TS 38.212
// 5, 6.2.
#pragma once

#include "core/pusch_grant.hpp"
#include "tests/support/pusch_oracle/tables.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace airan::oracle::pusch {

using Bits = std::vector<std::uint8_t>;

struct McsChoice {
  std::int32_t modulation_order = 0; ///< Q_m
  std::optional<double> target_rate; ///< R; absent for the reserved indices
};

/// What the grant gives, else the entry of its table.
McsChoice mcs_of(const PuschGrant& grant, const Tables& tables);

/// TS 38.214 6.1.4.2 steps 1 to 4 (5.1.3.2), N_oh = 0. `n_dmrs_res`: N_DMRS^PRB.
std::int64_t transport_block_size(const PuschGrant& grant, std::int32_t n_dmrs_res, const Tables&);

/// TS 38.212 6.2.2.
std::int32_t base_graph_of(const PuschGrant& grant, std::int64_t tbs, const Tables& tables);

struct CodingInput {
  std::span<const std::uint8_t> payload; ///< bytes, the first bit is the top bit of byte 0
  std::int32_t base_graph = 1;
  std::int32_t modulation_order = 2; ///< Q_m
  std::int32_t n_layers = 1;
  std::int32_t rv = 0;
  std::int64_t n_coded_bits = 0;             ///< G
  std::optional<std::int64_t> tbs_lbrm_bits; ///< TBS_LBRM; absent: I_LBRM = 0
};

/// g_0 .. g_{G-1} of TS 38.212 6.2.
Bits coded_bits(const CodingInput& input, const Tables& tables);

/// Z_c and the number of code blocks of a transport block, to say what a set of tests covers.
struct Segmentation {
  std::int32_t n_blocks = 1;       ///< C
  std::int32_t lifting_size = 0;   ///< Z_c
  std::int32_t info_bits = 0;      ///< K'
  std::int32_t block_bits = 0;     ///< K
  std::int32_t block_crc_bits = 0; ///< L
};
Segmentation segmentation_of(std::int64_t tbs, std::int32_t base_graph);

} // namespace airan::oracle::pusch
