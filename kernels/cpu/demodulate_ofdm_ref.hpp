// SPDX-License-Identifier: Apache-2.0
// The reference row of DemodulateOfdm: the DFT sum.
#pragma once

#include "kernels/demodulate_ofdm.hpp"

#include <memory>

namespace airan::cpu {

std::unique_ptr<DemodulateOfdm> make_demodulate_ofdm_ref(const PlanLimits& limits);

} // namespace airan::cpu
