// SPDX-License-Identifier: Apache-2.0
// One planned FFT of each library, for the lengths that the library does without allocating.
#pragma once

#include "kernels/primitives/fft.hpp"

#include <cstdint>
#include <memory>

namespace airan::cpu {

/// Lengths of the form 2^a 3^b 5^c.
std::unique_ptr<const Fft> make_kissfft(std::int32_t length, FftDirection direction);

#ifdef AIRAN_HAVE_FFTW
/// Lengths of the form 2^a 3^b 5^c 7^d 11^e 13^f.
std::unique_ptr<const Fft>
make_fftw(std::int32_t length, FftDirection direction, FftEffort at_most);
void set_fftw_effort(FftEffort effort);
#endif

} // namespace airan::cpu
