// SPDX-License-Identifier: Apache-2.0
// How one transport block is segmented, coded and rate-matched:
// TS 38.212 5.1, 5.2.2, 5.3.2, 5.4.2, 6.2.
#pragma once

#include "core/host_device.hpp"

#include <cstdint>

namespace airan {

enum class LdpcBaseGraph : std::uint8_t { bg1 = 1, bg2 = 2 };

inline constexpr std::int32_t max_lifting_size = 384;
inline constexpr std::int32_t max_circular_buffer = 66 * max_lifting_size; ///< N of base graph 1
inline constexpr std::int32_t max_code_block_bits = 22 * max_lifting_size; ///< K of base graph 1

/// CRC polynomials of TS 38.212 5.1.
enum class CrcKind : std::uint8_t { none, crc24a, crc24b, crc16 };

AIRAN_HD constexpr std::int32_t crc_bits(CrcKind kind) {
  return kind == CrcKind::none ? 0 : (kind == CrcKind::crc16 ? 16 : 24);
}

/// Everything that follows from (transport block size, rate, G, rv, limits). Filled in by phy's
/// plan_codeword; the operations and the transmitter read it.
struct CodewordPlan {
  std::int32_t tb_bits = 0; ///< A, without CRC; a multiple of 8
  CrcKind tb_crc = CrcKind::crc24a;
  LdpcBaseGraph base_graph = LdpcBaseGraph::bg1;
  std::int32_t lifting_size = 0;          ///< Z_c
  std::int32_t lifting_set = 0;           ///< i_LS, 0..7, row of TS 38.212 table 5.3.2-1
  std::int32_t n_code_blocks = 0;         ///< C
  CrcKind code_block_crc = CrcKind::none; ///< crc24b when C > 1
  /// K': bits of each code block with its CRC (with the transport block's when C = 1), no filler.
  std::int32_t info_bits = 0;
  std::int32_t code_block_bits = 0; ///< K, with filler bits
  std::int32_t encoded_bits = 0;    ///< N = 66 Z_c or 50 Z_c
  std::int32_t circular_bits = 0;   ///< N_cb
  std::int32_t k0 = 0;              ///< start in the circular buffer for this rv
  std::int32_t rv = 0;
  std::int32_t bits_per_symbol = 2; ///< Q_m
  std::int32_t n_layers = 1;
  std::int32_t codeword_bits = 0; ///< G
  /// E_r: the first n_short blocks have e_short bits, the others e_long (5.4.2.1).
  std::int32_t n_short = 0;
  std::int32_t e_short = 0;
  std::int32_t e_long = 0;

  AIRAN_HD constexpr std::int32_t rate_matched_bits(std::int32_t code_block) const {
    return code_block < n_short ? e_short : e_long;
  }
  /// First codeword bit of a code block.
  AIRAN_HD constexpr std::int32_t first_bit(std::int32_t code_block) const {
    return code_block <= n_short ? code_block * e_short
                                 : n_short * e_short + (code_block - n_short) * e_long;
  }
  AIRAN_HD constexpr std::int32_t n_filler() const { return code_block_bits - info_bits; }
  /// Filler bits occupy these positions of the circular buffer (which leaves out the first 2 Z_c
  /// bits of the code block): [first_filler, first_filler + n_filler).
  AIRAN_HD constexpr std::int32_t first_filler() const { return info_bits - 2 * lifting_size; }
  /// Payload bits in each code block: K' less its own CRC (and in the last one, less the TB's).
  AIRAN_HD constexpr std::int32_t code_block_payload_bits() const {
    return info_bits - crc_bits(code_block_crc);
  }
};

} // namespace airan
