// SPDX-License-Identifier: Apache-2.0
// The packet thread of one interface: packets in, closed slots of its cells out.
#pragma once

#include "core/cell_settings.hpp"
#include "core/packet_settings.hpp"
#include "io/packets/first_packets.hpp"
#include "io/packets/first_slots.hpp"
#include "io/packets/packet_counters.hpp"
#include "io/packets/packet_input.hpp"
#include "io/packets/slot_assembler.hpp"
#include "io/packets/slot_exchange.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace airan::io {

/// A cell whose packets arrive on the interface.
struct PacketCell {
  CellSettings cell;
  PacketSettings packets;
  AssemblerSettings assembler;
  std::int32_t queue_slots = 4; ///< closed slots that may wait for the receiver
  /// Where its slots go, and where they are announced; outlives the source. Null: nothing is
  /// granted, packets are counted only.
  SlotExchange* slots = nullptr;
  std::shared_ptr<const FirstSlots> first_slots; ///< null: grants arrive while running
};

/// What belongs to the interface.
struct PacketSourceSettings {
  Pace pace = Pace::as_fast_as_possible;
  std::optional<std::int32_t> core; ///< of the packet thread; empty: any
};

/// Reads an input on a thread of its own. What follows from a packet, in order: burst ->
/// parse_frame -> SlotAssembler::accept -> SlotExchange::close; slots that come back free their
/// packets.
class PacketSource {
public:
  PacketSource(std::unique_ptr<PacketInput> input,
               const PacketSourceSettings& settings,
               std::vector<PacketCell> cells);
  /// Stops the thread. Slots that are still out may not be used any more.
  ~PacketSource();

  void start();
  /// Asks the thread to end: what is open is closed, nothing more is read.
  void stop();
  /// The input and the announcements have ended and every announced slot is closed, or stop().
  bool has_ended() const;

  /// A copy, at most some milliseconds old; final after has_ended().
  PacketCounters counters() const;
  DeviceCounters device_counters() const;
  std::vector<FirstPacket> first_packets() const;
  /// What could not be read, one sentence, or empty. After has_ended().
  std::string trouble() const;

private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

} // namespace airan::io
