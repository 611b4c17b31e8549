// SPDX-License-Identifier: Apache-2.0
// Row "cpu:ref" of DecodeLdpc: plain layered normalised min-sum in float.
#pragma once

#include "kernels/decode_ldpc.hpp"

#include <memory>

namespace airan {

std::unique_ptr<DecodeLdpc> make_decode_ldpc_ref(const PlanLimits& limits);

} // namespace airan
