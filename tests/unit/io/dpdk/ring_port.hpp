// SPDX-License-Identifier: Apache-2.0
// A port of DPDK that delivers packets a test makes (net_ring). Plain types: see dpdk_calls.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace airan::test {

/// DPDK has been started. Created once for a name; the port is found under that name.
class RingPort {
public:
  /// Packets of `room` bytes, after `headroom` unused ones.
  RingPort(const char* name, std::uint32_t n_packets, std::uint16_t room, std::uint16_t headroom);
  ~RingPort();
  RingPort(const RingPort&) = delete;
  RingPort& operator=(const RingPort&) = delete;

  /// A packet in pieces of at most `piece` bytes. False when there is no room.
  bool send(const std::byte* bytes, std::uint32_t n_bytes, std::uint32_t piece);
  /// A packet whose VLAN tag a driver has taken out.
  bool send_stripped(const std::byte* bytes, std::uint32_t n_bytes, std::uint16_t tag);
  /// Of the test's own packets.
  std::uint32_t n_free() const;

private:
  void* send_ring_ = nullptr;
  void* pool_ = nullptr;
  std::uint16_t headroom_ = 0;
};

} // namespace airan::test
