// SPDX-License-Identifier: Apache-2.0
#include "apps/versions.hpp"

#include "kernels/primitives/fft.hpp"

namespace airan::apps {

std::vector<io::NamedText> versions() {
  std::vector<io::NamedText> v{{"airan", AIRAN_VERSION}, {"compiler", __VERSION__}};
  v.emplace_back("fft", has_fft_library(FftLibrary::fftw) ? "fftw and kissfft" : "kissfft");
  return v;
}

} // namespace airan::apps
