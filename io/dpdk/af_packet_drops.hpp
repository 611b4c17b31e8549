// SPDX-License-Identifier: Apache-2.0
// Packets that the kernel dropped because the ring of net_af_packet was full; the driver of
// DPDK 22.11 does not ask.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace airan::io::dpdk {

/// Packet sockets of this process on an interface (descriptors).
std::set<int> find_packet_sockets(const std::string& interface);

/// Reads the drop counters of packet sockets that others own; they outlive it.
class AfPacketDrops {
public:
  explicit AfPacketDrops(std::vector<int> sockets) : sockets_(std::move(sockets)) {}
  /// Since they were opened.
  std::int64_t read();

private:
  std::vector<int> sockets_;
  std::int64_t n_dropped_ = 0;
};

} // namespace airan::io::dpdk
