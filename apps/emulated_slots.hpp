// SPDX-License-Identifier: Apache-2.0
// The slots that an emulated radio unit sends: made, or out of a recording.
#pragma once

#include "config/configuration.hpp"
#include "core/cell_facts.hpp"
#include "core/cell_settings.hpp"
#include "core/complex.hpp"
#include "core/pusch_grant.hpp"
#include "core/result.hpp"
#include "core/slot_id.hpp"
#include "core/view.hpp"

#include <cstdint>
#include <memory>

namespace airan::apps {

/// A slot and what was scheduled in it. Valid until the next one.
struct EmulatedSlot {
  SlotId id;
  SlotGrants grants;         ///< without users where nothing is granted
  std::uint16_t symbols = 0; ///< bit l: symbol l is granted, and there is IQ of it
};

/// Slots one after the other, from the first with grants (of a recording) or the first that is made
/// to the last.
class EmulatedSlots {
public:
  virtual ~EmulatedSlots() = default;
  virtual const CellSettings& cell() const = 0;
  /// Null at the end. In the frequency domain slots without grants may be left out.
  virtual Result<const EmulatedSlot*> next() = 0;
  /// IQ of the last slot, valid until next(): [port, symbol, subcarrier] in the frequency domain,
  virtual View<const cf32, 3> grid() = 0;
  /// and [port, sample] in the time domain.
  virtual View<const cf32, 2> samples() = 0;
  /// What could not be read, one sentence; empty when nothing was lost.
  virtual std::string trouble() const = 0;
};

/// Checks everything that can be known before the first slot. `configuration` was loaded with
/// Purpose::emulate. The same configuration gives the same slots each time.
Result<std::unique_ptr<EmulatedSlots>>
open_emulated_slots(const config::Configuration& configuration, SignalDomain domain);

} // namespace airan::apps
