// SPDX-License-Identifier: Apache-2.0
// Row "cpu:simd" of EstimateChannel.
#pragma once

#include "kernels/estimate_channel.hpp"

namespace airan {
std::string estimate_channel_simd_reason_to_decline(const PlanLimits& limits);
std::unique_ptr<EstimateChannel> make_estimate_channel_simd(const PlanLimits& limits);
} // namespace airan
