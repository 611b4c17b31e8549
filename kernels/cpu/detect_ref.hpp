// SPDX-License-Identifier: Apache-2.0
// Row "cpu:ref" of Detect, algorithm "lmmse": double precision, one RE at a time.
#pragma once

#include "kernels/detect.hpp"

#include <memory>
#include <string>

namespace airan {

std::string detect_ref_reason_to_decline(const PlanLimits& limits);
std::unique_ptr<Detect> make_detect_ref(const PlanLimits& limits);

} // namespace airan
