// SPDX-License-Identifier: Apache-2.0
// Row "cpu:ref" of EstimateChannel.
#pragma once

#include "kernels/estimate_channel.hpp"

namespace airan {
std::unique_ptr<EstimateChannel> make_estimate_channel_ref(const PlanLimits& limits);
} // namespace airan
