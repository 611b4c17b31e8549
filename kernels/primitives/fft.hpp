// SPDX-License-Identifier: Apache-2.0
// One planned complex FFT of float32: the FFT library hides behind it.
#pragma once

#include "core/complex.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace airan {

enum class FftLibrary : std::uint8_t {
  fftw,    ///< FFTW3f (GPL; only when built with AIRAN_FFTW)
  kissfft, ///< always there (BSD)
};
enum class FftDirection : std::uint8_t {
  forward, ///< sum x(n) exp(-j 2 pi k n / N), unscaled
  inverse, ///< sum X(k) exp(+j 2 pi k n / N), unscaled
};

/// A plan for one length and direction. run() allocates nothing and may be called from one thread
/// at a time; plans of different objects run concurrently. Any length is accepted; 2^a 3^b 5^c is
/// fast.
class Fft {
public:
  virtual ~Fft() = default;
  /// `in` and `out` have the planned length; out of place.
  virtual void run(std::span<const cf32> in, std::span<cf32> out) const = 0;
};

/// Whether this build has the library.
bool has_fft_library(FftLibrary library);
/// The fastest library of this build.
FftLibrary default_fft_library();

/// How hard FFTW looks for a fast plan: `estimate` in tests, `measure` in production. Process-wide,
/// set before the first plan.
enum class FftEffort : std::uint8_t { estimate, measure };
void set_fft_effort(FftEffort effort);

/// Planning is serialised by one mutex; FFTW's wisdom is kept in the process. `at_most` bounds the
/// process-wide effort: for lengths of which many are planned and few are used.
std::unique_ptr<const Fft> make_fft(FftLibrary library,
                                    std::int32_t length,
                                    FftDirection direction,
                                    FftEffort at_most = FftEffort::measure);

} // namespace airan
