// SPDX-License-Identifier: Apache-2.0
// Row "cpu:simd" of Detect, algorithm "lmmse".
#pragma once

#include "kernels/detect.hpp"

#include <memory>
#include <string>

namespace airan {

/// Any number of ports; 1 to 4 layers in a segment are fast, up to 12 are accepted. Of codewords
/// with more than 4096 symbols the metrics see one run of 16 symbols in every 64 (all of them when
/// symbols or metrics by OFDM symbol are asked for).
std::string detect_simd_reason_to_decline(const PlanLimits& limits);
std::unique_ptr<Detect> make_detect_simd(const PlanLimits& limits);

} // namespace airan
