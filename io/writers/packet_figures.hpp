// SPDX-License-Identifier: Apache-2.0
// What became of the packets of a run, for its reports; the same whatever kind they were.
#pragma once

#include "io/packets/packet_counters.hpp"
#include "io/packets/packet_input.hpp"
#include "io/udp/udp_counters.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace airan::io {

using NamedCount = std::pair<std::string, std::int64_t>;

/// received == accepted + the sum of `dropped`.
struct PacketFigures {
  std::int64_t received = 0;
  std::int64_t accepted = 0;
  std::vector<NamedCount> dropped; ///< every reason that the kind of packets has, in its order
  std::int64_t late = 0;           ///< used or not
  std::int64_t duplicates = 0;     ///< dropped: they brought nothing new
  std::int64_t sequence_gaps = 0;  ///< sequence numbers that never came; a lower bound
  std::int64_t missing_prbs = 0;   ///< [port, symbol, prb] expected of granted slots and not there
  std::int64_t slots_dropped = 0;  ///< whole slots, because the receiver was too far behind
  std::vector<NamedCount> others;  ///< counts that only some kinds of packets have

  /// Adds those of another interface; names that are new here are appended.
  void add(const PacketFigures& more);
};

/// Of fronthaul packets, and what their device says that it lost ("device_missed", ...).
PacketFigures packet_figures(const PacketCounters& counters, const DeviceCounters& device = {});

/// Of the datagrams of a time-domain stream.
PacketFigures packet_figures(const UdpCounters& counters);

} // namespace airan::io
