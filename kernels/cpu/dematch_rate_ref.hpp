// SPDX-License-Identifier: Apache-2.0
// Row "cpu:ref" of DematchRate: the clause's loops, one bit at a time.
#pragma once

#include "kernels/dematch_rate.hpp"

#include <memory>

namespace airan {

std::unique_ptr<DematchRate> make_dematch_rate_ref(const PlanLimits& limits);

} // namespace airan
