// SPDX-License-Identifier: Apache-2.0
// Where slots come from: a recording, later packets.
#pragma once

#include "core/result.hpp"
#include "core/slot_id.hpp"
#include "core/slot_iq.hpp"

namespace airan::io {

/// Slots of a recording, read on demand and in time order.
class SlotSource {
public:
  virtual ~SlotSource() = default;
  /// The IQ of a slot. What the recording does not hold is flagged as missing; a slot wholly
  /// outside it has everything missing. The pointer is valid until release(). At most `n_in_flight`
  /// slots (given at set-up) may be out at a time. The error says what could not be read; reading
  /// may go on with later slots.
  virtual Result<const SlotIq*> read(const SlotId& id) = 0;
  virtual void release(const SlotIq* slot) = 0;
  /// Number (SlotId::count) after the last slot that has any data.
  virtual std::int64_t end_count() const = 0;
};

} // namespace airan::io
