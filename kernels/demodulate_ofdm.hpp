// SPDX-License-Identifier: Apache-2.0
// DemodulateOfdm: SampleBuffer -> ResourceGrid. The FFT library's boundary.
#pragma once

#include "core/cell_settings.hpp"
#include "core/numerology.hpp"
#include "core/slot_buffers.hpp"
#include "kernels/row_list.hpp"
#include "runtime/queue.hpp"

#include <span>

namespace airan {

/// One slot, whose FFT size is that of the plan. The grid is that of a window right after the
/// cyclic prefix, scaled by 1/sqrt(N), whatever `window_advance` is: the phase ramp of an earlier
/// window is taken out again.
struct DemodulateOfdmSlot {
  SampleBuffer samples;
  ResourceGrid grid; ///< valid is written: 0 for all PRBs of a symbol with missing samples
  OfdmTiming timing;
  /// How many samples before the end of the cyclic prefix the FFT window begins,
  /// 0 .. the shortest prefix.
  std::int32_t window_advance = 0;
  /// Carrier offset that is taken out before the FFT, Hz; its phase is zero at the slot's first
  /// sample.
  double cfo_hz = 0;
  /// f0 of TS 38.211 5.4; the grid is multiplied by exp(+j 2 pi f0 (t_start,l + N_CP,l Tc)),
  /// time from the start of the subframe. 0: none.
  double phase_compensation_hz = 0;
};

struct DemodulateOfdmArgs {
  std::span<const DemodulateOfdmSlot> slots;
};

class DemodulateOfdm {
public:
  virtual ~DemodulateOfdm() = default;
  virtual void run(const DemodulateOfdmArgs& args, Queue& queue) noexcept = 0;
};

/// "cpu:fftw" (when built with FFTW), "cpu:kissfft", "cpu:ref" (the DFT sum).
std::span<const Row<DemodulateOfdm>> demodulate_ofdm_rows();

} // namespace airan
