// SPDX-License-Identifier: Apache-2.0
// The FFT libraries against the DFT sum in double precision.
#include "kernels/primitives/fft.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace airan {
namespace {

std::vector<cf32> random_signal(std::size_t n, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<cf32> x(n);
  for (cf32& v : x)
    v = {normal(generator), normal(generator)};
  return x;
}

/// sum x(n) exp(-+ j 2 pi k n / N); the angles come from a table, so that k n stays exact.
std::vector<std::complex<double>> dft(std::span<const cf32> x, FftDirection direction) {
  const std::size_t n = x.size();
  const double sign = direction == FftDirection::forward ? -1.0 : 1.0;
  std::vector<std::complex<double>> w(n);
  for (std::size_t i = 0; i < n; ++i)
    w[i] = std::polar(1.0, sign * 2.0 * std::numbers::pi * static_cast<double>(i) /
                               static_cast<double>(n));
  std::vector<std::complex<double>> out(n);
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t i = 0; i < n; ++i)
      out[k] += std::complex<double>(x[i].re, x[i].im) * w[k * i % n];
  return out;
}

/// rms of the difference over rms of the reference.
double relative_error(std::span<const cf32> got, std::span<const std::complex<double>> wanted) {
  double error = 0;
  double power = 0;
  for (std::size_t k = 0; k < got.size(); ++k) {
    error += std::norm(std::complex<double>(got[k].re, got[k].im) - wanted[k]);
    power += std::norm(wanted[k]);
  }
  return std::sqrt(error / power);
}

// A float32 FFT's relative rms error grows like eps sqrt(log2 N), eps = 6e-8, with a small factor;
// Bluestein does three of them. 1e-6 is five times what the worst one needs.
constexpr double tolerance = 1e-6;

class FftOfEveryLibrary : public testing::TestWithParam<FftLibrary> {
protected:
  void SetUp() override {
    if (!has_fft_library(GetParam()))
      GTEST_SKIP() << "this build has no FFTW (AIRAN_FFTW=OFF)";
  }
};

TEST_P(FftOfEveryLibrary, EqualsTheDftSumForAllLengthsInBothDirections) {
  for (const std::int32_t length :
       {1,   2,   6,    12,   24,   30,   36,   49,   60,   77,   90,   97,   101,  127,
        144, 156, 162,  180,  225,  239,  256,  300,  384,  450,  509,  512,  625,  648,
        768, 972, 1024, 1021, 1296, 1536, 1638, 2048, 2187, 3072, 3240, 3300, 4093, 4096}) {
    for (const FftDirection direction : {FftDirection::forward, FftDirection::inverse}) {
      const auto x = random_signal(static_cast<std::size_t>(length), 17);
      std::vector<cf32> y(x.size());
      make_fft(GetParam(), length, direction)->run(x, y);
      EXPECT_LT(relative_error(y, dft(x, direction)), tolerance) << "length " << length;
    }
  }
}

TEST_P(FftOfEveryLibrary, GivesTheInputBackAfterBothDirections) {
  for (const std::int32_t length : {12, 97, 1536, 4096}) {
    const auto x = random_signal(static_cast<std::size_t>(length), 3);
    std::vector<cf32> y(x.size());
    std::vector<cf32> z(x.size());
    make_fft(GetParam(), length, FftDirection::forward)->run(x, y);
    make_fft(GetParam(), length, FftDirection::inverse)->run(y, z);
    std::vector<std::complex<double>> wanted(x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
      wanted[i] = std::complex<double>(x[i].re, x[i].im) * static_cast<double>(length);
    EXPECT_LT(relative_error(z, wanted), tolerance) << "length " << length;
  }
}

TEST_P(FftOfEveryLibrary, TakesSpansAtAnyEightByteAlignmentAndKeepsItsInput) {
  for (const std::int32_t length : {60, 97, 512}) {
    const auto n = static_cast<std::size_t>(length);
    const auto x = random_signal(n, 5);
    const auto wanted = dft(x, FftDirection::forward);
    const auto fft = make_fft(GetParam(), length, FftDirection::forward);
    for (std::size_t in_offset = 0; in_offset < 4; ++in_offset) {
      for (std::size_t out_offset = 0; out_offset < 4; ++out_offset) {
        std::vector<cf32> in(n + 4);
        std::vector<cf32> out(n + 4);
        std::copy(x.begin(), x.end(), in.begin() + static_cast<std::ptrdiff_t>(in_offset));
        fft->run(std::span<const cf32>(in).subspan(in_offset, n),
                 std::span(out).subspan(out_offset, n));
        EXPECT_LT(relative_error(std::span<const cf32>(out).subspan(out_offset, n), wanted),
                  tolerance);
        EXPECT_TRUE(
            std::equal(x.begin(), x.end(), in.begin() + static_cast<std::ptrdiff_t>(in_offset)));
      }
    }
  }
}

TEST_P(FftOfEveryLibrary, PlansAndRunsInSeveralThreadsAtOnce) {
  std::vector<double> errors(4, 1.0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < errors.size(); ++t) {
      threads.emplace_back([&, t] {
        const auto x = random_signal(240, static_cast<std::uint32_t>(t));
        std::vector<cf32> y(x.size());
        for (int i = 0; i < 20; ++i)
          make_fft(GetParam(), 240, FftDirection::forward)->run(x, y);
        errors[t] = relative_error(y, dft(x, FftDirection::forward));
      });
    }
  }
  for (const double e : errors)
    EXPECT_LT(e, tolerance);
}

TEST_P(FftOfEveryLibrary, IsAsExactWithMeasuredPlans) {
  set_fft_effort(FftEffort::measure);
  const auto x = random_signal(1536, 8);
  std::vector<cf32> y(x.size());
  make_fft(GetParam(), 1536, FftDirection::forward)->run(x, y);
  set_fft_effort(FftEffort::estimate);
  EXPECT_LT(relative_error(y, dft(x, FftDirection::forward)), tolerance);
}

INSTANTIATE_TEST_SUITE_P(Libraries,
                         FftOfEveryLibrary,
                         testing::Values(FftLibrary::fftw, FftLibrary::kissfft),
                         [](const auto& param_info) {
                           return std::string(param_info.param == FftLibrary::fftw ? "Fftw"
                                                                                   : "Kissfft");
                         });

TEST(Fft, UsesFftwWhereTheBuildHasIt) {
  EXPECT_EQ(default_fft_library(),
            has_fft_library(FftLibrary::fftw) ? FftLibrary::fftw : FftLibrary::kissfft);
}

} // namespace
} // namespace airan
