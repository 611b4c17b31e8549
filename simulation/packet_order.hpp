// SPDX-License-Identifier: Apache-2.0
// Packets that leave in the order of their times, although they are made in another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace airan::simulation {

struct OrderedPacket {
  std::int64_t time_ns = 0;
  std::int32_t port = 0; ///< receive port, where packets of ports go different ways
  std::vector<std::byte> bytes;
};

/// Holds as much as lies between the packet that is made last and the one that is due first.
/// Packets of equal time keep the order in which they were added.
class PacketOrder {
public:
  void add(OrderedPacket packet) { packets_.emplace(packet.time_ns, std::move(packet)); }
  /// The first packet, if it is earlier than `before_ns`.
  std::optional<OrderedPacket> take_before(std::int64_t before_ns) {
    if (packets_.empty() || packets_.begin()->first >= before_ns)
      return std::nullopt;
    return std::move(packets_.extract(packets_.begin()).mapped());
  }

private:
  std::multimap<std::int64_t, OrderedPacket> packets_; ///< by time
};

} // namespace airan::simulation
