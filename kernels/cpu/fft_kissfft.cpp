// SPDX-License-Identifier: Apache-2.0
// The FFT by kissfft.
#include "core/assert.hpp"
#include "kernels/cpu/fft_libraries.hpp"

#include <kiss_fft.h>

#include <cstdlib>
#include <string>

namespace airan::cpu {
namespace {

static_assert(sizeof(kiss_fft_cpx) == sizeof(cf32));

class KissFft final : public Fft {
public:
  KissFft(std::int32_t length, FftDirection direction)
      : length_(static_cast<std::size_t>(length)),
        plan_(
            kiss_fft_alloc(length, direction == FftDirection::inverse ? 1 : 0, nullptr, nullptr)) {
    AIRAN_ASSERT(plan_ != nullptr, "kissfft has no plan for length " + std::to_string(length));
  }

  void run(std::span<const cf32> in, std::span<cf32> out) const override {
    AIRAN_ASSERT(in.size() == length_ && out.size() == length_,
                 "an FFT of length " + std::to_string(length_) + " got " +
                     std::to_string(in.size()) + " and " + std::to_string(out.size()));
    kiss_fft(plan_.get(), reinterpret_cast<const kiss_fft_cpx*>(in.data()),
             reinterpret_cast<kiss_fft_cpx*>(out.data()));
  }

private:
  struct Free {
    void operator()(kiss_fft_cfg plan) const { std::free(plan); }
  };
  std::size_t length_;
  std::unique_ptr<kiss_fft_state, Free> plan_;
};

} // namespace

std::unique_ptr<const Fft> make_kissfft(std::int32_t length, FftDirection direction) {
  return std::make_unique<KissFft>(length, direction);
}

} // namespace airan::cpu
