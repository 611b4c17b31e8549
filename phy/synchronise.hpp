// SPDX-License-Identifier: Apache-2.0
// `sync: auto`: finds the slots and the coarse carrier offset of a recording from the DM-RS of its
// grants.
#pragma once

#include "core/cell_settings.hpp"
#include "core/checked_grant.hpp"
#include "core/complex.hpp"
#include "core/numerology.hpp"
#include "core/result.hpp"
#include "core/slot_id.hpp"
#include "core/slot_iq.hpp"
#include "core/view.hpp"
#include "runtime/buffer.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace airan {

/// How much of a recording is enough: 10 ms in which nothing may be granted, a frame, and a rest.
inline constexpr std::int64_t sync_stretch_ns = 25'000'000;
/// More ports than these are not needed.
inline constexpr std::int32_t sync_max_ports = 4;
/// Granted slots up to this long after the first one are of use: the recording may begin in the
/// midst of the granted slots.
inline constexpr std::int64_t sync_grants_ns = 2 * 10'000'000 + sync_stretch_ns;

/// A slot and what was granted in it.
struct SyncSlot {
  SlotId id;
  std::span<const CheckedGrant> grants;
};

struct SyncRequest {
  View<const cf32, 2> samples; ///< [port, sample]: the recording's first samples, missing ones 0
  std::span<const SyncSlot> slots; ///< the first granted slots, in time order
  OfdmTiming timing;
  CellSettings cell;
  /// SlotId::count of the first whole slot of the recording, where the source states it. Otherwise
  /// the DM-RS of all users in all granted slots tell, present or absent; those that differ from
  /// slot to slot decide over those that repeat (see SlotLabels). Of several labels that explain
  /// the signal equally (DM-RS repeat every frame, low-PAPR ones every slot), the earliest wins.
  std::optional<std::int64_t> first_count;
  double max_cfo_hz = 3000; ///< offsets to expect
};

struct SyncResult {
  /// First sample of the slot `first_slot`, counted from the first sample of the recording: the
  /// first whole slot, or (where that would lie before slot 0 of the SFN cycle in which the grants
  /// begin) slot 0 of that cycle.
  std::int64_t first_sample = 0;
  SlotId first_slot;
  double cfo_hz = 0;        ///< > 0: received too high
  double quality = 0;       ///< -ln of the probability that noise looks like this; 25 is the least
  std::int32_t n_slots = 0; ///< granted slots of the stretch whose DM-RS were found
};

/// The samples of a stretch for SyncRequest, at most sync_max_ports ports, missing and bad samples
/// 0. [port, sample]
HostTensor<cf32, 2> unpack_stretch(const TimeDomainIq& iq, const OfdmTiming& timing);

/// DM-RS replicas of the granted slots are correlated with the samples in the frequency domain and
/// combined over ports, layers and symbols; the strongest match gives the timing, and all granted
/// slots of the stretch together give the label. The error (kind `file`) says that nothing was
/// found.
Result<SyncResult> synchronise(const SyncRequest& request);

} // namespace airan
