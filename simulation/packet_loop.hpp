// SPDX-License-Identifier: Apache-2.0
// Packets that are made once and sent again and again, with new frame and sequence numbers.
#pragma once

#include "simulation/packet_list.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace airan::simulation {

/// A packet to be sent. A view: valid until the next one.
struct OutgoingPacket {
  std::int64_t time_ns = 0; ///< from the start of slot number 0 on
  std::int32_t port = 0;    ///< receive port, where packets of ports go different ways
  std::span<const std::byte> bytes;
};

/// What is sent, about in the order of time.
class OutgoingPackets {
public:
  virtual ~OutgoingPackets() = default;
  /// Empty at the end.
  virtual std::optional<OutgoingPacket> next() = 0;
  /// No packet comes that is earlier by more than this than one that came.
  virtual std::int64_t max_disorder_ns() const = 0;
};

/// Slots that are repeated: a whole number of frames, so that slots keep their place in the frame.
struct LoopSlots {
  std::int64_t first = 0; ///< SlotId::count of the first slot
  std::int32_t numerology = 1;
  std::int32_t n_frames = 1; ///< of a repetition
  std::optional<std::int64_t>
      end; ///< SlotId::count behind the last slot that is sent; empty: never

  std::int64_t n_slots() const;   ///< of a repetition
  std::int64_t period_ns() const; ///< of a repetition
};

/// O-RAN packets of a loop. frameId and the sequence id of each stream go on from repetition to
/// repetition.
class OranLoop final : public OutgoingPackets {
public:
  /// `packets` of one repetition, numbered, in the order of time; outlives this. All of them have a
  /// VLAN tag or none has.
  OranLoop(const PacketList& packets, const LoopSlots& slots, std::int32_t n_streams);

  std::optional<OutgoingPacket> next() override;
  std::int64_t max_disorder_ns() const override;

private:
  void renumber(const ListedPacket& packet);

  const PacketList& packets_;
  LoopSlots slots_;
  std::vector<std::uint8_t> n_of_stream_; ///< [stream] packets of a repetition, mod 256
  std::size_t position_ = 0;
  std::int64_t repetition_ = 0;
  std::vector<std::byte> bytes_;
};

} // namespace airan::simulation
