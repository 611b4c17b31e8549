// SPDX-License-Identifier: Apache-2.0
// The rows of DemodulateOfdm, fastest first.
#include "kernels/cpu/demodulate_ofdm_ref.hpp"
#include "kernels/cpu/demodulate_ofdm_simd.hpp"
#include "kernels/demodulate_ofdm.hpp"
#include "kernels/primitives/fft.hpp"

#include <array>
#include <string>

namespace airan {
namespace {

std::string decline(const PlanLimits& limits) {
  if (limits.fft_size <= 0)
    return "the plan has no FFT size";
  const std::int32_t n_subcarriers = limits.n_prb * subcarriers_per_prb;
  if (limits.fft_size < n_subcarriers)
    return std::to_string(limits.n_prb) + " PRB need an FFT of at least " +
           std::to_string(n_subcarriers) + ", not " + std::to_string(limits.fft_size);
  return {};
}

std::string decline_fftw(const PlanLimits& limits) {
  return has_fft_library(FftLibrary::fftw) ? decline(limits) : "this build has no FFTW";
}

const std::array<Row<DemodulateOfdm>, 3> rows{{
    {"cpu:fftw", "", MemorySpace::host, decline_fftw, cpu::make_demodulate_ofdm_fftw},
    {"cpu:kissfft", "", MemorySpace::host, decline, cpu::make_demodulate_ofdm_kissfft},
    {"cpu:ref", "", MemorySpace::host, decline, cpu::make_demodulate_ofdm_ref},
}};

} // namespace

std::span<const Row<DemodulateOfdm>> demodulate_ofdm_rows() {
  return rows;
}

} // namespace airan
