// SPDX-License-Identifier: Apache-2.0
// From the samples of datagrams to slots: a state machine without threads, clocks or sockets.
#pragma once

#include "core/cell_settings.hpp"
#include "core/slot_iq.hpp"
#include "io/packets/slot_assembler.hpp"
#include "io/packets/slot_exchange.hpp"
#include "io/udp/datagram.hpp"
#include "io/udp/udp_counters.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace airan::io {

struct SampleAssemblerSettings {
  CellSettings cell; ///< with fft_size
  IqFormat format;   ///< iq_format_of(framing)
  std::int32_t window_slots = 4;
  ClosingRule closing = ClosingRule::by_packets;
  /// by_time: a slot is given up so long after its last sample was due.
  std::int64_t stall_ns = 100'000'000;
  /// SlotId::count of the slot that begins with the first sample of the stream; empty: the first
  /// announced slot.
  std::optional<std::int64_t> first_count;
  /// Timestamp of the first sample of that slot; empty: the first one that arrives.
  std::optional<std::uint64_t> first_position;
  std::int32_t n_buffers = 8;      ///< slots with IQ, open or closed and not given back
  std::int32_t max_announced = 64; ///< slots announced and not closed
};

/// A datagram on its way to the slots.
struct DatagramArrival {
  std::int32_t port = 0;
  std::int64_t n_lost_before = 0; ///< datagrams of this port that the kernel dropped just before
  std::int64_t now_ns = 0;        ///< steady clock, ascending
};

/// Assembles the slots of one cell from the streams of its ports. Time is passed in. Nothing is
/// allocated after construction. Memory does not grow, whatever arrives.
///
/// Where samples lie: by the timestamps of their datagrams, which all ports share. Without
/// timestamps the samples of each port are counted from the first datagram of that port; then
/// sequence numbers (of datagrams of equal size), or the drops that the kernel counts, show what
/// was lost. A raw stream that loses datagrams before they reach this machine's socket is shifted
/// from there on: nothing in it can show that.
///
/// Each slot carries a margin of the longest cyclic prefix on both sides. It is closed when all its
/// samples are there; when every port has delivered a whole slot more than that (stragglers may be
/// late by so much); when samples come that are window_slots newer; when they are overdue
/// (close_due); or at the end (close_all). Each announced slot is closed once, in order. Samples of
/// slots that are not announced are passed by.
class SampleAssembler {
public:
  /// Counts everything but verdicts in `counters`, which outlive the assembler.
  SampleAssembler(const SampleAssemblerSettings& settings, UdpCounters& counters);
  ~SampleAssembler();

  /// Whether another slot may be announced: fewer than max_announced are open.
  bool can_expect() const;
  /// Slots are announced in ascending order of count.
  void expect(const ExpectedSlot& slot);
  void end_of_schedule();
  /// True while it is not known which slot the stream begins with, or too few of the slots to come
  /// are known to judge the next datagram. Never true after end_of_schedule(), nor without room for
  /// more announcements.
  bool needs_schedule() const;
  /// True while it is not known which slot the stream begins with, and can still become known.
  bool needs_first_slot() const;

  /// The stream begins at this timestamp, although a later one may come first. Nothing changes once
  /// a datagram was accepted, nor where first_position is set.
  void begin_at(std::uint64_t position);
  /// Takes a sound datagram. Empty: accepted.
  std::optional<UdpDropReason> accept(const Datagram& datagram, const DatagramArrival& arrival);
  /// Closes what is overdue; to be called when no datagram was waiting. Dueness follows from the
  /// newest sample. ClosingRule::by_packets waits until nothing has arrived for a second.
  void close_due(std::int64_t now_ns);
  /// The end of the input: closes everything that was announced.
  void close_all(std::int64_t now_ns);

  /// Whether nothing is open, and nothing will be announced any more.
  bool has_closed_all() const;

  /// The next closed slot, in order of count.
  std::optional<ClosedSlot> take_closed();
  /// A slot that came back is free again.
  void recycle(const SlotIq* slot);

  /// Whether every slot that a datagram can open would find a buffer.
  bool has_room() const;
  /// Position after the newest sample of `port`, for comparisons between ports; the smallest number
  /// before the first one.
  std::int64_t delivered(std::int32_t port) const;

  /// Slots that one datagram of the largest size can touch; n_buffers should exceed window_slots
  /// plus twice as many.
  static std::int32_t max_slots_per_datagram(const CellSettings& cell);

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace airan::io
