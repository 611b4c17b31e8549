// SPDX-License-Identifier: Apache-2.0
// Row "cpu:simd" of DematchRate: vector transposition, then sums over contiguous runs.
#pragma once

#include "kernels/dematch_rate.hpp"

#include <memory>

namespace airan {

std::unique_ptr<DematchRate> make_dematch_rate_simd(const PlanLimits& limits);

} // namespace airan
