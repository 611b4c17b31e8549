// SPDX-License-Identifier: Apache-2.0
// Who sends in which slot: the grants of the section `transmitter`, slot by slot.
#include "simulation/slot_schedule.hpp"

#include <algorithm>

namespace airan::simulation {

SlotSchedule::SlotSchedule(const config::Transmitter& transmitter,
                           std::int32_t cell,
                           std::int32_t numerology)
    : transmitter_(transmitter), cell_(cell), numerology_(numerology),
      first_count_(slot_count_in_cycle(transmitter.first_sfn, transmitter.first_slot, numerology)),
      n_active_(transmitter.users.size()) {}

bool SlotSchedule::is_active(const config::User& user) const {
  const auto& slots = user.active_slots;
  return slots.empty() ||
         std::find(slots.begin(), slots.end(), n_made_ % user.period_slots) != slots.end();
}

std::optional<ScheduledSlot> SlotSchedule::next() {
  if (n_made_ >= transmitter_.n_slots)
    return std::nullopt;
  ScheduledSlot slot;
  slot.id = slot_id_at(cell_, first_count_ + n_made_, numerology_);
  slot.grants.cell = cell_;
  slot.grants.sfn = slot.id.sfn;
  slot.grants.slot = slot.id.slot;
  for (std::size_t u = 0; u < transmitter_.users.size(); ++u) {
    const config::User& user = transmitter_.users[u];
    if (!is_active(user))
      continue;
    const auto n_processes = std::ssize(user.harq_processes);
    const std::int64_t active = n_active_[u]++;
    const auto process = user.harq_processes[static_cast<std::size_t>(active % n_processes)];
    const auto transmission =
        static_cast<std::int32_t>(active / n_processes % std::ssize(user.rv_sequence));
    slot.grants.pusch.push_back(config::make_grant(user, transmission, process));
    slot.users.push_back(static_cast<std::int32_t>(u));
    slot.transmissions.push_back(transmission);
    slot.precoders.push_back(
        user.codebook
            ? std::optional(CodebookPrecoder{user.codebook->n_antenna_ports, user.codebook->tpmi})
            : std::nullopt);
  }
  ++n_made_;
  return slot;
}

} // namespace airan::simulation
