// SPDX-License-Identifier: Apache-2.0
// Chooses the FFT library, and does lengths with large prime factors by Bluestein's convolution.
#include "kernels/primitives/fft.hpp"

#include "core/assert.hpp"
#include "kernels/cpu/fft_libraries.hpp"
#include "runtime/buffer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

namespace airan {
namespace {

bool has_only_factors(std::int32_t n, std::span<const std::int32_t> primes) {
  for (const std::int32_t p : primes)
    while (n % p == 0)
      n /= p;
  return n == 1;
}

/// Whether the library has its own code for every prime factor of the length. For others both
/// libraries allocate while they run, and kissfft needs time proportional to the prime.
bool is_native_length(FftLibrary library, std::int32_t length) {
  static constexpr std::array<std::int32_t, 6> primes{2, 3, 5, 7, 11, 13};
  return has_only_factors(length,
                          std::span(primes).first(library == FftLibrary::fftw ? primes.size() : 3));
}

std::unique_ptr<const Fft> make_native_fft(FftLibrary library,
                                           std::int32_t length,
                                           FftDirection direction,
                                           [[maybe_unused]] FftEffort at_most) {
#ifdef AIRAN_HAVE_FFTW
  if (library == FftLibrary::fftw)
    return cpu::make_fftw(length, direction, at_most);
#endif
  AIRAN_ASSERT(library == FftLibrary::kissfft, "this build has no FFTW");
  return cpu::make_kissfft(length, direction);
}

/// Bluestein: with n k = (n^2 + k^2 - (k - n)^2) / 2 and the chirp w(n) = exp(-+ j pi n^2 / N),
///   X(k) = w(k) sum over n of (x(n) w(n)) conj(w(k - n)),
/// a convolution that is done with FFTs of a length M >= 2 N - 1.
class BluesteinFft final : public Fft {
public:
  BluesteinFft(FftLibrary library, std::int32_t length, FftDirection direction, FftEffort at_most)
      : length_(length), padded_(padded_length(length)), chirp_({length}), kernel_({padded_}),
        a_({padded_}), b_({padded_}),
        forward_(make_native_fft(library, padded_, FftDirection::forward, at_most)),
        inverse_(make_native_fft(library, padded_, FftDirection::inverse, at_most)) {
    const double sign = direction == FftDirection::forward ? -1.0 : 1.0;
    const auto a = std::span(a_.data(), static_cast<std::size_t>(padded_));
    for (std::int32_t n = 0; n < length; ++n) {
      // n^2 modulo 2 N keeps the angle small, and with it the error of its cosine.
      const std::int64_t square = std::int64_t{n} * n % (2 * std::int64_t{length});
      const double angle = sign * std::numbers::pi * static_cast<double>(square) / length;
      const cf64 w = unit_phasor(angle);
      chirp_.data()[n] = {static_cast<float>(w.re), static_cast<float>(w.im)};
      const cf64 v = conj(w) * (1.0 / padded_);
      a[static_cast<std::size_t>(n)] = {static_cast<float>(v.re), static_cast<float>(v.im)};
      if (n > 0)
        a[static_cast<std::size_t>(padded_ - n)] = a[static_cast<std::size_t>(n)];
    }
    forward_->run(a, {kernel_.data(), a.size()});
  }

  void run(std::span<const cf32> in, std::span<cf32> out) const override {
    AIRAN_ASSERT(static_cast<std::int32_t>(in.size()) == length_ && out.size() == in.size(),
                 "an FFT of length " + std::to_string(length_) + " got " +
                     std::to_string(in.size()) + " and " + std::to_string(out.size()));
    const auto a = std::span(a_.data(), static_cast<std::size_t>(padded_));
    const auto b = std::span(b_.data(), static_cast<std::size_t>(padded_));
    for (std::int32_t n = 0; n < length_; ++n)
      a_.data()[n] = in[static_cast<std::size_t>(n)] * chirp_.data()[n];
    std::fill(a.begin() + length_, a.end(), cf32{});
    forward_->run(a, b);
    for (std::int32_t k = 0; k < padded_; ++k)
      b_.data()[k] *= kernel_.data()[k];
    inverse_->run(b, a);
    for (std::int32_t k = 0; k < length_; ++k)
      out[static_cast<std::size_t>(k)] = a_.data()[k] * chirp_.data()[k];
  }

private:
  static std::int32_t padded_length(std::int32_t length) {
    static constexpr std::array<std::int32_t, 3> primes{2, 3, 5};
    std::int32_t m = (2 * length + 14) / 16 * 16;
    while (!has_only_factors(m, primes))
      m += 16;
    return m;
  }

  std::int32_t length_;
  std::int32_t padded_;
  HostTensor<cf32, 1> chirp_;
  HostTensor<cf32, 1> kernel_; ///< spectrum of conj(w) / M
  HostTensor<cf32, 1> a_;      ///< workspace of run()
  HostTensor<cf32, 1> b_;      ///< workspace of run()
  std::unique_ptr<const Fft> forward_;
  std::unique_ptr<const Fft> inverse_;
};

} // namespace

bool has_fft_library(FftLibrary library) {
#ifdef AIRAN_HAVE_FFTW
  return library == FftLibrary::fftw || library == FftLibrary::kissfft;
#else
  return library == FftLibrary::kissfft;
#endif
}

FftLibrary default_fft_library() {
  return has_fft_library(FftLibrary::fftw) ? FftLibrary::fftw : FftLibrary::kissfft;
}

void set_fft_effort([[maybe_unused]] FftEffort effort) {
#ifdef AIRAN_HAVE_FFTW
  cpu::set_fftw_effort(effort);
#endif
}

std::unique_ptr<const Fft>
make_fft(FftLibrary library, std::int32_t length, FftDirection direction, FftEffort at_most) {
  AIRAN_ASSERT(length >= 1, "the length of an FFT must be positive: " + std::to_string(length));
  if (is_native_length(library, length))
    return make_native_fft(library, length, direction, at_most);
  return std::make_unique<BluesteinFft>(library, length, direction, at_most);
}

} // namespace airan
