// SPDX-License-Identifier: Apache-2.0
// Who sends in which slot: the grants of the section `transmitter`, slot by slot.
#pragma once

#include "config/made_signals.hpp"
#include "core/pusch_grant.hpp"
#include "core/slot_id.hpp"
#include "simulation/pusch_transmitter.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace airan::simulation {

/// One slot that is to be made. The lists run alike: [grant of the slot].
struct ScheduledSlot {
  SlotId id;
  SlotGrants grants;               ///< without payloads: SlotTransmitter::prepare fills them in
  std::vector<std::int32_t> users; ///< index into config::Transmitter::users
  std::vector<std::int32_t> transmissions; ///< of the transport block, from 0
  std::vector<std::optional<CodebookPrecoder>> precoders;
};

/// Walks through the slots in time order. Each user is active in its active_slots of every period,
/// counted from the first slot that is made; its active slots take its HARQ processes in turn, and
/// each process runs through rv_sequence, then starts over with new data.
class SlotSchedule {
public:
  SlotSchedule(const config::Transmitter& transmitter, std::int32_t cell, std::int32_t numerology);

  /// The next slot, which may be without grants; nullopt after n_slots slots.
  std::optional<ScheduledSlot> next();

private:
  bool is_active(const config::User& user) const;

  config::Transmitter transmitter_;
  std::int32_t cell_;
  std::int32_t numerology_;
  std::int64_t first_count_;
  std::int32_t n_made_ = 0;
  std::vector<std::int64_t> n_active_; ///< [user] active slots so far
};

} // namespace airan::simulation
