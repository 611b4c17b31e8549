// SPDX-License-Identifier: Apache-2.0
// The production row of UnpackIq on CPUs.
#pragma once

#include "kernels/unpack_iq.hpp"

#include <memory>

namespace airan::cpu {

std::unique_ptr<UnpackIq> make_unpack_iq_simd(const PlanLimits& limits);

} // namespace airan::cpu
