// SPDX-License-Identifier: Apache-2.0
// LDPC rate matching: bit selection and bit interleaving of TS 38.212 5.4.2.
#pragma once

#include "core/codeword.hpp"

#include <cstdint>
#include <span>

namespace airan::simulation {

/// The rate-matched bits of one code block. Bits are bytes of 0 or 1.
/// `circular` [position]: encoded_bits bits d; filler positions are passed over whatever they hold.
/// `out` [bit]: written, E_r = rate_matched_bits(code_block) bits f.
void match_rate(const CodewordPlan& plan,
                std::span<const std::uint8_t> circular,
                std::span<std::uint8_t> out);

} // namespace airan::simulation
