// SPDX-License-Identifier: Apache-2.0
// Sends packets at their times, with faults made on purpose.
#pragma once

#include "apps/emulated_loop.hpp"
#include "apps/grants_outlet.hpp"
#include "apps/packet_outlet.hpp"
#include "core/packet_settings.hpp"
#include "core/result.hpp"
#include "simulation/packet_faults.hpp"
#include "simulation/packet_loop.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace airan::apps {

struct PlayCounters {
  std::int64_t slots = 0;            ///< with grants, that began
  std::int64_t transport_blocks = 0; ///< of them
  std::int64_t largest_lateness_ns = 0;
};

/// One after the other, in one thread: packets are pulled as they are due. Ends early, in good
/// order, when interrupted().
class PacketPlayer {
public:
  /// Refers to all of them. Real time begins at the first call of play().
  PacketPlayer(const EmulatedLoop& loop,
               simulation::OutgoingPackets& packets,
               const simulation::FaultSettings& faults);

  /// `progress` gets the number of slots so far.
  Result<void> play(PacketOutlet& outlet,
                    GrantsOutlet& grants,
                    Pace pace,
                    const std::function<void(std::int64_t)>& progress);

  const PlayCounters& counters() const { return counters_; }
  const simulation::FaultCounters& faults() const { return faults_.counters(); }

private:
  /// The next packet, in order of time.
  std::optional<simulation::OrderedPacket> pull();
  void count_slots(std::int64_t time_ns);

  const EmulatedLoop& loop_;
  simulation::OutgoingPackets& packets_;
  simulation::PacketFaults faults_;
  GrantsLoop begun_; ///< grants of slots that did not begin yet
  std::int64_t newest_ns_;
  bool has_ended_ = false;
  PlayCounters counters_;
};

} // namespace airan::apps
