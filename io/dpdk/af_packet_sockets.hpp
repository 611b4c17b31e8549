// SPDX-License-Identifier: Apache-2.0
// The sockets of net_af_packet, for what the driver of DPDK 22.11 leaves out.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace airan::io::dpdk {

/// Packet sockets of this process on an interface (descriptors).
std::set<int> find_packet_sockets(const std::string& interface);

/// Sockets that the driver owns; they outlive this object.
class AfPacketSockets {
public:
  explicit AfPacketSockets(std::vector<int> sockets) : sockets_(std::move(sockets)) {}

  /// What this machine sends through the interface does not arrive.
  void ignore_outgoing() const;
  /// Packets that the kernel dropped since the start, because the ring was full.
  std::int64_t read_drops();

private:
  std::vector<int> sockets_;
  std::int64_t n_dropped_ = 0;
};

} // namespace airan::io::dpdk
