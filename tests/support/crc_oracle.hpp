// SPDX-License-Identifier: Apache-2.0
// CRCs of TS 38.212 5.1 by polynomial long division, one bit at a time.
#pragma once

#include "core/codeword.hpp"

#include <cstdint>
#include <vector>

namespace airan::oracle {

/// Parity bits p_0 .. p_{L-1} of the bits a_0 .. a_{A-1}.
std::vector<std::uint8_t> crc_parity(CrcKind kind, const std::vector<std::uint8_t>& bits);

} // namespace airan::oracle
