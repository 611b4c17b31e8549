// SPDX-License-Identifier: Apache-2.0
// The LDPC encoder of TS 38.212 5.3.2.
#pragma once

#include "core/codeword.hpp"

#include <cstdint>
#include <span>

namespace airan::simulation {

/// Encodes one code block. Bits are bytes of 0 or 1.
/// `info` [bit]: the n_info_columns * Z_c = K bits c of the block, filler bits as 0.
/// `encoded` [bit]: written, the n_columns * Z_c bits that fulfil H w = 0, systematic bits first;
/// the circular buffer d leaves out the first 2 Z_c of them.
void encode_ldpc(LdpcBaseGraph base_graph,
                 std::int32_t lifting_size,
                 std::span<const std::uint8_t> info,
                 std::span<std::uint8_t> encoded);

} // namespace airan::simulation
