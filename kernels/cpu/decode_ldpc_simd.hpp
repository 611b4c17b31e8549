// SPDX-License-Identifier: Apache-2.0
// Row "cpu:simd" of DecodeLdpc: layered normalised min-sum in int8, one lane per lifted check.
#pragma once

#include "kernels/decode_ldpc.hpp"

#include <memory>

namespace airan {

std::unique_ptr<DecodeLdpc> make_decode_ldpc_simd(const PlanLimits& limits);

} // namespace airan
