// SPDX-License-Identifier: Apache-2.0
// The reference row of UnpackIq: one sample after the other.
#pragma once

#include "kernels/unpack_iq.hpp"

#include <memory>

namespace airan::cpu {

std::unique_ptr<UnpackIq> make_unpack_iq_ref(const PlanLimits& limits);

} // namespace airan::cpu
