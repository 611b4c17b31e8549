// SPDX-License-Identifier: Apache-2.0
// How many packets, buffers and slots the packets of an interface need: computed, never configured.
#pragma once

#include "core/cell_settings.hpp"
#include "core/packet_settings.hpp"
#include "core/result.hpp"
#include "io/packets/fact.hpp"
#include "io/pcap/capture_file.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace airan::io {

/// A cell whose eAxCs arrive on the interface.
struct PlannedCell {
  CellSettings cell;
  PacketSettings packets;
};

/// The ring that the kernel shares with net_af_packet.
struct AfPacketRing {
  std::int32_t frame_bytes = 0; ///< of a slot of the ring; divides block_bytes
  std::int32_t block_bytes = 0; ///< whole pages
  std::int32_t n_frames = 0;    ///< a multiple of the frames in a block
  double covers_ms = 0;         ///< of the cells' traffic

  std::size_t bytes() const {
    return static_cast<std::size_t>(n_frames) * static_cast<std::size_t>(frame_bytes);
  }
};

/// What the slots of one cell need; for AssemblerSettings.
struct CellPlan {
  std::int32_t slot_packets = 0; ///< packets of a slot, all ports, as they are expected
  std::int32_t n_buffers = 0;    ///< slots with IQ, open or closed and not given back
  std::int32_t max_packets_per_slot = 0;
  std::int32_t max_runs_per_slot = 0;
};

struct PacketPlan {
  std::vector<CellPlan> cells;    ///< in the order given
  std::int32_t n_packets = 0;     ///< packet buffers of the interface
  std::int32_t frame_bytes = 0;   ///< longest Ethernet frame, without FCS
  std::int32_t mtu = 0;           ///< of a device; 0 for a capture
  std::int32_t n_descriptors = 0; ///< of a device's receive queue; each holds a packet buffer
  std::optional<AfPacketRing> ring;

  std::size_t packet_bytes() const; ///< of all packet buffers
  std::size_t total_bytes() const;  ///< with the ring
  /// What `airan check` prints.
  std::vector<Fact> describe() const;
};

/// Longer frames are none of a radio unit: those of a capture are counted and left out, those of an
/// interface (loopback) arrive cut.
inline constexpr std::int32_t longest_fronthaul_frame = 16384;

/// For a capture that has been examined. The error is a plan without sense: more memory than any
/// machine should spend on packets.
Result<PacketPlan> plan_capture(std::span<const PlannedCell> cells, const CaptureFacts& facts);

/// MTU that a device of a bus is set to, if it can: what O-RAN radio units send at most.
inline constexpr std::int32_t jumbo_mtu = 9000;

/// For a device of DPDK, `mtu` bytes of payload to a frame.
Result<PacketPlan> plan_device(std::span<const PlannedCell> cells, std::int32_t mtu);

/// For net_af_packet on an interface with this MTU. `lockable` is what the process may lock (empty:
/// everything): the ring is cut to it, at the price of covering less.
Result<PacketPlan> plan_af_packet(std::span<const PlannedCell> cells,
                                  std::int32_t mtu,
                                  std::optional<std::size_t> lockable);

/// For the key source.device. Asks the system about an interface that it names, and so refuses one
/// that does not exist or is down; touches no device.
Result<PacketPlan> plan_interface(std::span<const PlannedCell> cells, const std::string& device);

} // namespace airan::io
