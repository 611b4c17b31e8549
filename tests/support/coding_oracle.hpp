// SPDX-License-Identifier: Apache-2.0
// Channel coding of TS 38.212 forwards, bit by bit: what the decoder's rows are tested against.
#pragma once

#include "core/codeword.hpp"

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace airan::test {

/// One bit per element, 0 or 1.
using Bits = std::vector<std::uint8_t>;

struct CodeShape {
  LdpcBaseGraph base_graph = LdpcBaseGraph::bg1;
  std::int32_t lifting_size = 0;
  std::int32_t n_filler = 0;
  std::int32_t n_code_blocks = 1;
  std::int32_t bits_per_symbol = 2;
  std::int32_t n_layers = 1;
  std::int32_t e_short = 0;
  std::int32_t e_long = 0; ///< 0: like e_short
  std::int32_t n_short = 0;
  std::int32_t rv = 0;
  std::int32_t circular_bits = 0; ///< 0: N
};

/// A plan with these numbers; one code block carries the TB's CRC (24A, 16 up to 3824 bits),
/// several their own as well.
CodewordPlan make_plan(const CodeShape& shape);

/// TS 38.212 5.1, long division.
std::uint32_t crc_oracle(CrcKind kind, std::span<const std::uint8_t> bits);

/// A random block of K bits: payload, its CRC, filler zeros.
Bits random_code_block(const CodewordPlan& plan, std::mt19937& random);

/// All columns of the lifted graph, [column, lane] (the 2 Z_c punctured bits included): the four
/// core parity columns by Gaussian elimination, the others from their own row.
Bits encode_oracle(LdpcBaseGraph base_graph,
                   std::int32_t lifting_size,
                   std::span<const std::uint8_t> info);

/// H c = 0, every row.
bool is_codeword(LdpcBaseGraph base_graph,
                 std::int32_t lifting_size,
                 std::span<const std::uint8_t> bits);

/// TS 38.212 5.4.2.1 and 5.4.2.2 on positions: element i is the position in the circular buffer of
/// bit i of this code block's part of the codeword.
std::vector<std::int32_t> rate_match_positions(const CodewordPlan& plan, std::int32_t n_bits);

/// LLRs (int8, llr_steps_per_nat) of bits sent as +-1 through real noise of this variance.
std::vector<std::int8_t>
noisy_llrs(std::span<const std::uint8_t> bits, double noise_variance, std::mt19937& random);

/// Packed, first bit on top of byte 0.
std::vector<std::uint8_t> pack(std::span<const std::uint8_t> bits);

} // namespace airan::test
