// SPDX-License-Identifier: Apache-2.0
// OFDM modulation of one slot, TS 38.211 5.3.1 and 5.4.
#pragma once

#include "core/complex.hpp"
#include "core/numerology.hpp"
#include "core/result.hpp"
#include "core/view.hpp"
#include "kernels/primitives/fft.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace airan::simulation {

struct OfdmModulatorSettings {
  OfdmTiming timing;
  std::int32_t n_prb = 273;
  /// f0 of 5.4: symbols are multiplied by exp(-j 2 pi f0 (t_start,l + N_CP,l Tc)), time from the
  /// start of the subframe, so that a receiver that compensates for f0 recovers the grid. 0: none.
  double phase_compensation_hz = 0;
};

/// Plans one carrier; modulate() may be called from one thread at a time.
class OfdmModulator {
public:
  /// Declines FFT sizes that are too small for the PRBs or do not give whole cyclic prefixes.
  static Result<OfdmModulator> make(const OfdmModulatorSettings& settings);

  /// `grid` [port, symbol, subcarrier]; subcarrier k lies at (k - 6 n_prb) spacings from the
  /// carrier. `samples` [port, sample] is written: timing.slot_samples(slot) samples, the inverse
  /// FFT scaled by 1/sqrt(N), each symbol behind its cyclic prefix; powers are those of the grid
  /// times 12 n_prb / N. `slot`: any counting that agrees modulo the slots of a subframe.
  void modulate(View<const cf32, 3> grid, std::int32_t slot, View<cf32, 2> samples);

  const OfdmTiming& timing() const { return settings_.timing; }

private:
  explicit OfdmModulator(const OfdmModulatorSettings& settings);
  /// exp(-j 2 pi f0 t) of a symbol's first sample after the prefix, times 1/sqrt(N).
  cf32 symbol_factor(std::int32_t slot, std::int32_t symbol) const;

  OfdmModulatorSettings settings_;
  std::unique_ptr<const Fft> fft_;
  std::vector<cf32> bins_;
  std::vector<cf32> window_;
};

} // namespace airan::simulation
