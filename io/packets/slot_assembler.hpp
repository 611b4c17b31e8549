// SPDX-License-Identifier: Apache-2.0
// From messages to slots: a state machine without threads, clocks or devices.
#pragma once

#include "core/cell_settings.hpp"
#include "core/packet_settings.hpp"
#include "io/oran/message.hpp"
#include "io/packets/first_slots.hpp"
#include "io/packets/packet_counters.hpp"
#include "io/packets/packet_input.hpp"
#include "io/packets/slot_exchange.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace airan::io {

/// How a slot ends when packets are missing.
enum class ClosingRule : std::uint8_t {
  by_packets, ///< replay: when a packet of a slot window_slots newer arrives, or at the end
  by_time,    ///< live: also when its deadline has passed and no packet is waiting
};

struct AssemblerSettings {
  CellSettings cell;
  std::int32_t window_slots = 4;
  ClosingRule closing = ClosingRule::by_packets;
  std::optional<Ta4Window> ta4;          ///< empty: no window, nothing is early or late by time
  std::optional<std::int32_t> first_sfn; ///< SFN of the first packet; empty: FirstSlots tells
  std::int64_t first_sfn_count = 0;      ///< SlotId::count of SFN first_sfn, slot 0
  std::int32_t n_buffers = 8;            ///< slots with IQ, open or closed and not given back
  /// Sections, and pieces of those that were there in part; more are dropped (no_memory).
  std::int32_t max_runs_per_slot = 4096;
  std::int32_t max_packets_per_slot = 4096;
};

/// What was done with a message.
struct Verdict {
  std::optional<DropReason> dropped; ///< empty: accepted
  /// A slot refers to the packet: it may not be released before that slot is recycled.
  bool is_kept = false;
};

/// Assembles the slots of one cell. Time is passed in; slots of time are told apart by
/// SlotId::count, unwrapped from the eight bits of frameId. Nothing is allocated after
/// construction. Memory does not grow, whatever arrives.
///
/// Expected are all PRBs of the carrier, on every port, in the symbols of the announced slots. A
/// slot is closed when everything expected is there, when a packet of a slot window_slots newer
/// arrives, when its deadline has passed (close_due), or at the end (close_all). Each announced
/// slot is closed once, in order: a slot that is complete waits for the older ones.
///
/// A packet is accepted or dropped as a whole. What it holds beyond the carrier, or of symbols that
/// are not granted in an announced slot, is accepted and not kept. Of what arrives after its slot
/// was closed, repeats are `duplicate` and the rest is `late`.
class SlotAssembler {
public:
  /// `first_slots` may be null; it and `counters` outlive the assembler. Counts early_kept,
  /// late_kept and missing_prbs there; the caller counts verdicts.
  SlotAssembler(const AssemblerSettings& settings,
                const FirstSlots* first_slots,
                PacketCounters& counters);
  ~SlotAssembler();

  /// Slots are announced in ascending order of count, while can_expect(). One that is older than
  /// what is assembled is closed at once, as nothing arrived.
  void expect(const ExpectedSlot& slot);
  /// False when max_announced slots are announced and not closed, or too many are closed and not
  /// taken: take_closed() makes room, later packets or time do. Where grants arrive while running
  /// and no packet was placed yet there is no later; then expect() gives up the oldest announced
  /// slot instead.
  bool can_expect() const;
  static constexpr std::int32_t max_announced = 4096;
  void end_of_schedule();
  /// The schedule has ended, and every slot of it is closed.
  bool has_closed_all() const;
  /// True while too few of the slots to come are known to judge the next packet; a replay waits for
  /// more announcements then. Never true after end_of_schedule(). At most this many beyond the
  /// newest slot are asked for:
  static constexpr std::int32_t look_ahead_slots = 16;
  bool needs_schedule() const;
  /// Finds the slot of the message that accept() gets next, and moves on to it: older slots close,
  /// and needs_schedule() tells whether the message can be judged. A replay calls it before it asks
  /// needs_schedule(), since the first packet, or one after a pause, may be of a slot far beyond
  /// what is announced. May be left out; accept() does it too.
  void locate(const oran::Message& message, std::int64_t now_ns);

  /// Whether a packet of a new slot would find room.
  bool has_room() const;
  /// Takes a sound uplink message of this cell of the plane `user` and kind `pusch`. `now_ns` is
  /// its arrival, ns since the UNIX epoch; it need not ascend.
  Verdict accept(const oran::Message& message, PacketHandle packet, std::int64_t now_ns);
  /// Closes what is due by time; to be called when no packet was waiting (ClosingRule::by_time).
  void close_due(std::int64_t now_ns);
  /// Gives up the oldest open slot that holds packets, with those before it: the packets are
  /// needed. False when no open slot holds any.
  bool close_oldest();
  /// The end of the input: closes everything that was announced.
  void close_all();

  /// Whether take_closed() has one: spares most packets the reading of a clock.
  bool has_closed() const;
  /// The next closed slot, in order of count. `steady_ns` is noted as the time when it was closed.
  std::optional<ClosedSlot> take_closed(std::int64_t steady_ns = 0);
  /// A slot that came back: its packets, to be released now (readable until the next accept()). The
  /// slot is free again.
  std::span<const PacketHandle> recycle(const SlotIq* slot);

  /// The end of everything: the packets of all slots that did not come back. Neither they nor the
  /// assembler may be used any more.
  std::vector<PacketHandle> abandon();

  /// Start of `symbol` of the slot on the air as ta4 sees it, ns since the UNIX epoch; empty before
  /// the first packet. For reports.
  std::optional<std::int64_t> symbol_start_ns(std::int64_t count, std::int32_t symbol) const;
  /// Of the symbol of a message, whose slot is taken for the one next to the newest.
  std::optional<std::int64_t> symbol_start_ns(const oran::Message& message) const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace airan::io
