// SPDX-License-Identifier: Apache-2.0
// Which slot a packet is of: eight bits of SFN become SlotId::count.
#pragma once

#include "io/packets/announced_slots.hpp"
#include "io/packets/first_slots.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace airan::io {

struct SlotClockSettings {
  std::int32_t numerology = 1;
  std::int32_t window_slots = 4;
  std::optional<std::int32_t> first_sfn; ///< SFN of the first packet; empty: FirstSlots tells
  std::int64_t first_sfn_count = 0;      ///< SlotId::count of SFN first_sfn, slot 0
};

/// Numbers the slots of a stream. It begins with a first packet that it can place ("anchored"), and
/// from then on follows the newest slot. A packet is plausible, and moves the newest slot, when
///  * its slot is at most window_slots newer, or somewhat older (then it moves nothing); or
///  * the time since the newest slot began says the same, within window_slots and two; or
///  * it is of one of the next window_slots announced slots. Farther than window_slots ahead it
///    moves the newest slot only when the next packet agrees: one flipped bit looks the same.
/// Three others in a row that lie within window_slots of each other are believed too: the radio
/// unit began anew. Counting goes on at the next slot with that SFN modulo 256.
class SlotClock {
public:
  /// `first_slots` may be null: then the announced slots themselves tell.
  SlotClock(const SlotClockSettings& settings, const FirstSlots* first_slots);

  bool is_anchored() const { return is_anchored_; }
  /// The newest slot that packets are of. Needs an anchor.
  std::int64_t newest() const { return newest_; }
  /// Slots before this one are not waited for. Needs an anchor.
  std::int64_t oldest_open() const { return oldest_open_; }
  /// How often the stream began anew: time and slots are not related as before.
  std::int64_t n_restarts() const { return n_restarts_; }

  /// The slot of the next packet, which has these bits and arrived at `now_ns`; empty: not
  /// plausible, or (not anchored) not placeable. Moves the newest slot.
  std::optional<std::int64_t> locate(std::int32_t frame,
                                     std::int32_t slot,
                                     std::int64_t now_ns,
                                     const AnnouncedSlots& announced);

  /// The slot with these bits that is next to the newest one. Needs an anchor.
  std::int64_t next_to_newest(std::int32_t frame, std::int32_t slot) const {
    return nearest(newest_, place_in_cycle(frame, slot));
  }

private:
  std::int64_t place_in_cycle(std::int32_t frame, std::int32_t slot) const {
    return std::int64_t{frame} * slots_per_frame_ + slot;
  }
  /// The slot with this place in the cycle of 256 frames that is next to `count`.
  std::int64_t nearest(std::int64_t count, std::int64_t place) const;
  std::optional<std::int64_t>
  first_slot(std::int32_t frame, std::int32_t slot, const AnnouncedSlots& announced);
  std::optional<std::int64_t>
  place_next(std::int64_t place, std::int64_t now_ns, const AnnouncedSlots& announced);
  std::optional<std::int64_t> by_time(std::int64_t place, std::int64_t now_ns) const;
  std::optional<std::int64_t> by_schedule(std::int64_t place,
                                          const AnnouncedSlots& announced) const;
  /// Notes a place that is not plausible; tells the slot when it is the third in a row.
  std::optional<std::int64_t> by_suspects(std::int64_t place, std::int64_t now_ns);
  bool agree(std::int64_t place, std::int64_t other) const;
  void hold(std::int64_t count, std::int64_t now_ns);
  void advance(std::int64_t count, std::int64_t now_ns);

  SlotClockSettings settings_;
  const FirstSlots* first_slots_;
  std::int64_t slots_per_frame_;
  std::int64_t cycle_; ///< slots of 256 frames
  std::int64_t slot_ns_;
  std::int64_t late_slots_; ///< this much older is late, more is implausible

  bool is_anchored_ = false;
  std::int64_t newest_ = 0;
  std::int64_t newest_place_ = 0; ///< in the cycle of 256 frames
  std::int64_t newest_ns_ = 0;    ///< arrival of its first packet
  std::int64_t oldest_open_ = 0;
  std::optional<std::int64_t> held_; ///< a slot that one packet named; the next must agree
  std::int64_t n_restarts_ = 0;
  std::array<std::int64_t, 2> suspects_{}; ///< places in the cycle of the last refused packets
  std::int32_t n_suspects_ = 0;
  /// Not anchored: this place was not among the announced slots before this index.
  std::int64_t missed_place_ = -1;
  std::int64_t missed_end_ = 0;
};

} // namespace airan::io
