// SPDX-License-Identifier: Apache-2.0
// The production rows of DemodulateOfdm on CPUs: an FFT library, and SIMD around it.
#pragma once

#include "kernels/demodulate_ofdm.hpp"

#include <memory>

namespace airan::cpu {

std::unique_ptr<DemodulateOfdm> make_demodulate_ofdm_fftw(const PlanLimits& limits);
std::unique_ptr<DemodulateOfdm> make_demodulate_ofdm_kissfft(const PlanLimits& limits);

} // namespace airan::cpu
