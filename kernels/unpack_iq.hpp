// SPDX-License-Identifier: Apache-2.0
// UnpackIq: SlotIq -> SampleBuffer or ResourceGrid. The only code that knows wire number formats.
#pragma once

#include "core/numerology.hpp"
#include "core/slot_buffers.hpp"
#include "core/slot_iq.hpp"
#include "kernels/row_list.hpp"
#include "runtime/queue.hpp"

#include <span>

namespace airan {

/// Larger components count as bad values too: their powers, summed over a slot, would leave
/// float32.
inline constexpr float max_iq_component = 1e15F;

/// One slot. Time-domain IQ fills `samples` (margins included: the parts outside the recording and
/// missing or bad samples become 0 and flag their symbols in symbol_missing); frequency-domain IQ
/// fills `grid` (a missing or bad PRB becomes 0 and invalid). Bad is what has a component that is
/// not finite or beyond max_iq_component.
struct UnpackIqSlot {
  const SlotIq* iq = nullptr;
  SampleBuffer* samples = nullptr; ///< time domain
  ResourceGrid* grid = nullptr;    ///< frequency domain
  OfdmTiming timing;               ///< time domain: maps samples to symbols
  /// [1], may be empty: is set to the number of bad samples (REs) of all ports. Margins do not
  /// count, so that the sum over slots counts each sample of a recording once.
  TensorRef<std::int64_t, 1> n_bad;
};

struct UnpackIqArgs {
  std::span<const UnpackIqSlot> slots;
};

class UnpackIq {
public:
  virtual ~UnpackIq() = default;
  virtual void run(const UnpackIqArgs& args, Queue& queue) noexcept = 0;
};

/// "cpu:simd", "cpu:ref".
std::span<const Row<UnpackIq>> unpack_iq_rows();

} // namespace airan
