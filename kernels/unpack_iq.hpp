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

/// One slot. Time-domain IQ fills `samples` (margins included: the parts outside the recording and
/// missing or non-finite samples become 0 and flag their symbols in symbol_missing);
/// frequency-domain IQ fills `grid` (a missing or non-finite PRB becomes 0 and invalid).
struct UnpackIqSlot {
  const SlotIq* iq = nullptr;
  SampleBuffer* samples = nullptr; ///< time domain
  ResourceGrid* grid = nullptr;    ///< frequency domain
  OfdmTiming timing;               ///< time domain: maps samples to symbols
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
