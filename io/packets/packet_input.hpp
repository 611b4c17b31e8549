// SPDX-License-Identifier: Apache-2.0
// Where packets come from: a network device or a capture.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace airan::io {

/// Names a packet to the input that it came from.
using PacketHandle = void*;

/// Most packets of a burst.
inline constexpr std::size_t max_burst = 64;

/// A packet as it arrived. A view: the bytes belong to the input until the packet is released.
struct RxPacket {
  std::span<const std::byte> bytes; ///< Ethernet frame, without FCS
  std::int64_t time_ns = 0;         ///< arrival, ns since the UNIX epoch
  PacketHandle handle = nullptr;
};

/// What a device says that it lost, as far as its driver counts.
struct DeviceCounters {
  std::int64_t missed = 0;    ///< no room in its ring
  std::int64_t errors = 0;    ///< erroneous frames
  std::int64_t no_buffer = 0; ///< no free packet buffer
  std::int64_t too_long = 0;  ///< frames that did not fit a packet buffer
};

/// Packets of one interface, for one thread.
class PacketInput {
public:
  virtual ~PacketInput() = default;
  /// The packets that arrived since the last call, at most max_burst; empty when there are none.
  /// The span is valid until the next call, each packet until it is released. Never waits.
  virtual std::span<const RxPacket> burst() = 0;
  virtual void release(std::span<const PacketHandle> packets) = 0;
  /// No packet will come any more (the capture was read to its end).
  virtual bool has_ended() const = 0;
  /// Packet buffers that are still free: an input that is read while there is none loses packets.
  virtual std::int64_t n_free() const = 0;
  virtual DeviceCounters counters() const = 0;
  /// What could not be read, one sentence; empty when nothing was lost.
  virtual std::string trouble() const = 0;
};

} // namespace airan::io
