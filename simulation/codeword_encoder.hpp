// SPDX-License-Identifier: Apache-2.0
// From a transport block to its codeword: TS 38.212 6.2.
#pragma once

#include "core/codeword.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace airan::simulation {

/// CRC attachment, segmentation, LDPC coding, rate matching and concatenation (6.2.1-6.2.6).
/// `payload` [byte]: tb_bits / 8 bytes, the first bit is the top bit of byte 0. Returns the
/// plan.codeword_bits bits before scrambling, bytes of 0 or 1.
std::vector<std::uint8_t> encode_transport_block(const CodewordPlan& plan,
                                                 std::span<const std::uint8_t> payload);

} // namespace airan::simulation
