// SPDX-License-Identifier: Apache-2.0
// The slot's signal as the receiver holds it: samples, then the resource grid.
#pragma once

#include "core/complex.hpp"
#include "core/slot_id.hpp"
#include "core/slot_iq.hpp"
#include "core/tensor_ref.hpp"

#include <cstdint>

namespace airan {

/// Complex samples `[port, margin + sample + margin]` with a cyclic prefix to spare on both sides,
/// so that the FFT window may be moved. `missing [range]` lists what never arrived or was not
/// finite.
struct SampleBuffer {
  SlotId id;
  TensorRef<cf32, 2> samples; ///< [port, margin + n + margin]
  std::int64_t margin = 0;
  /// Per port and symbol window: 1 where any sample of the symbol's FFT window (and prefix) is
  /// missing. [port, symbol]
  TensorRef<std::uint8_t, 2> symbol_missing;
};

/// The grid `[port, symbol, subcarrier]`; subcarrier 0 is the lowest. `valid [port, symbol, prb]`
/// is 1 where the REs of a PRB can be trusted; invalid REs never enter an estimate and give LLR 0.
struct ResourceGrid {
  SlotId id;
  TensorRef<cf32, 3> re;
  TensorRef<std::uint8_t, 3> valid;
};

} // namespace airan
