// SPDX-License-Identifier: Apache-2.0
// PRBs of packed numbers and of block floating point, unpacked with SIMD.
#pragma once

#include "core/complex.hpp"
#include "core/slot_iq.hpp"

#include <cstddef>
#include <span>

namespace airan::cpu {

/// Neighbouring PRBs in IqNumber::packed or IqNumber::bfp of any width, O-RAN CUS-plane Annex A.1:
/// `bytes [prb_bytes(format) * prb]` into `res [subcarrier]`, 12 of each PRB. Bit-identical to
/// unpack_packed_prb and unpack_bfp_prb; reads and writes nothing beyond the PRBs.
void unpack_prbs(std::span<const std::byte> bytes, const IqFormat& format, std::span<cf32> res);

} // namespace airan::cpu
