// SPDX-License-Identifier: Apache-2.0
// Where slots come from: a recording, later packets.
#pragma once

#include "core/result.hpp"
#include "core/slot_id.hpp"
#include "core/slot_iq.hpp"

#include <cstdint>
#include <string>

namespace airan::io {

/// What could not be read while streaming. Such samples are erased (flagged as missing), reading
/// goes on, and the run ends with its results, the sentence and exit code 3.
struct ReadTrouble {
  std::int64_t n_unreadable = 0; ///< samples (time domain) or slots (grids)
  std::string sentence;          ///< about the first one
};

/// Slots of a recording, read on demand and in time order.
class SlotSource {
public:
  virtual ~SlotSource() = default;
  /// The IQ of a slot. What the recording does not hold is flagged as missing; a slot wholly
  /// outside it has everything missing. The pointer is valid until release(). At most `n_in_flight`
  /// slots (given at set-up) may be out at a time. What cannot be read is missing too and
  /// noted in trouble(); an error ends the run.
  virtual Result<const SlotIq*> read(const SlotId& id) = 0;
  virtual void release(const SlotIq* slot) = 0;
  /// Number (SlotId::count) after the last slot that has any data.
  virtual std::int64_t end_count() const = 0;
  virtual const ReadTrouble& trouble() const = 0;
};

} // namespace airan::io
