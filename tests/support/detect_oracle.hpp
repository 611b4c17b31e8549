// SPDX-License-Identifier: Apache-2.0
// What Detect should say: textbook LMMSE and brute-force max-log LLRs in double precision.
#pragma once

#include "core/channel_estimate.hpp"
#include "core/complex.hpp"
#include "core/slot_buffers.hpp"

#include <cstdint>
#include <vector>

namespace airan::test {

/// c(0) .. c(n-1) of TS 38.211 5.2.1, bit by bit.
std::vector<std::uint8_t> gold_oracle(std::uint32_t c_init, std::int64_t n);

/// The constellation of TS 38.211 5.1 for a symbol whose place in the codeword is `index`;
/// point `i` has b(0) in bit position 0 of i.
std::vector<cf64> constellation_oracle(Modulation m, std::int64_t index);

struct DetectOracle {
  std::vector<double> llrs;  ///< [codeword bit], natural logarithm, descrambled
  std::vector<cf64> symbols; ///< [symbol of the codeword], unbiased
  std::vector<double> sinr;  ///< [symbol of the codeword]
};

/// For grant `grant` of the group.
DetectOracle detect_oracle(const ResourceGrid& grid,
                           const DetectionGroup& group,
                           const ChannelEstimate& estimate,
                           std::int32_t grant);

} // namespace airan::test
