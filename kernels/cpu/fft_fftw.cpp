// SPDX-License-Identifier: Apache-2.0
// The FFT by FFTW3f, in builds that have it.
#ifdef AIRAN_HAVE_FFTW

#include "core/assert.hpp"
#include "kernels/cpu/fft_libraries.hpp"
#include "runtime/buffer.hpp"

#include <fftw3.h>

#include <algorithm>
#include <mutex>
#include <string>

namespace airan::cpu {
namespace {

static_assert(sizeof(fftwf_complex) == sizeof(cf32));

/// FFTW's planner (its wisdom too, which it keeps by itself) is one global object.
struct Planner {
  std::mutex mutex;
  FftEffort effort = FftEffort::estimate;
};
Planner& planner() {
  static Planner the_planner;
  return the_planner;
}

fftwf_complex* as_fftw(cf32* p) {
  return reinterpret_cast<fftwf_complex*>(p);
}

/// FFTW's SIMD code wants 16-byte alignment, and planning with FFTW_UNALIGNED switches it off; so
/// the plan is for aligned data, and a span that is not aligned goes through an aligned copy.
bool is_aligned(const cf32* p) {
  return fftwf_alignment_of(reinterpret_cast<float*>(const_cast<cf32*>(p))) == 0;
}

class FftwFft final : public Fft {
public:
  FftwFft(std::int32_t length, FftDirection direction, FftEffort at_most)
      : in_({length}), out_({length}) {
    const std::scoped_lock lock(planner().mutex);
    // Measuring overwrites the arrays; these are ours. An out-of-place complex transform keeps its
    // input.
    plan_ = fftwf_plan_dft_1d(length, as_fftw(in_.data()), as_fftw(out_.data()),
                              direction == FftDirection::forward ? FFTW_FORWARD : FFTW_BACKWARD,
                              FFTW_PRESERVE_INPUT |
                                  (std::min(planner().effort, at_most) == FftEffort::measure
                                       ? FFTW_MEASURE
                                       : FFTW_ESTIMATE));
    AIRAN_ASSERT(plan_ != nullptr, "FFTW has no plan for length " + std::to_string(length));
  }
  ~FftwFft() override {
    const std::scoped_lock lock(planner().mutex);
    fftwf_destroy_plan(plan_);
  }
  FftwFft(const FftwFft&) = delete;
  FftwFft& operator=(const FftwFft&) = delete;

  void run(std::span<const cf32> in, std::span<cf32> out) const override {
    const auto length = static_cast<std::size_t>(in_.size());
    AIRAN_ASSERT(in.size() == length && out.size() == length,
                 "an FFT of length " + std::to_string(length) + " got " +
                     std::to_string(in.size()) + " and " + std::to_string(out.size()));
    const cf32* source = in.data();
    if (!is_aligned(source)) {
      std::copy(in.begin(), in.end(), in_.data());
      source = in_.data();
    }
    cf32* destination = is_aligned(out.data()) ? out.data() : out_.data();
    fftwf_execute_dft(plan_, as_fftw(const_cast<cf32*>(source)), as_fftw(destination));
    if (destination != out.data())
      std::copy_n(destination, length, out.data());
  }

private:
  HostTensor<cf32, 1> in_;
  HostTensor<cf32, 1> out_;
  fftwf_plan plan_ = nullptr;
};

} // namespace

std::unique_ptr<const Fft>
make_fftw(std::int32_t length, FftDirection direction, FftEffort at_most) {
  return std::make_unique<FftwFft>(length, direction, at_most);
}

void set_fftw_effort(FftEffort effort) {
  const std::scoped_lock lock(planner().mutex);
  planner().effort = effort;
}

} // namespace airan::cpu

#endif
