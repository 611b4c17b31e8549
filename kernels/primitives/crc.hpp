// SPDX-License-Identifier: Apache-2.0
// CRCs of TS 38.212 5.1 over packed bits.
#pragma once

#include "core/codeword.hpp"

#include <cstdint>
#include <span>

namespace airan {

/// The parity bits of the first n_bits of `bytes` (first bit is the top bit of byte 0),
/// right-aligned: p_0 is the top one of crc_bits(kind) bits. A block with its parity appended gives
/// 0.
std::uint32_t crc(CrcKind kind, std::span<const std::uint8_t> bytes, std::int64_t n_bits);

} // namespace airan
