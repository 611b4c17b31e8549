// SPDX-License-Identifier: Apache-2.0
// What a network does to packets, on purpose and repeatably.
#pragma once

#include "simulation/packet_order.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

namespace airan::simulation {

/// Probabilities are per packet, each drawn by itself.
struct FaultSettings {
  double loss = 0;
  double duplicate = 0; ///< sent twice
  double reorder = 0;   ///< sent behind 1 .. max_overtakers later packets, where there are any
  double corrupt = 0;   ///< one to three random bits flipped
  double delay_share = 1;
  std::int64_t delay_ns = 0; ///< later than its time, for delay_share of the packets
  std::uint64_t seed = 1;
};

struct FaultCounters {
  std::int64_t lost = 0;
  std::int64_t duplicated = 0;
  std::int64_t reordered = 0;
  std::int64_t delayed = 0;
  std::int64_t corrupted = 0;
};

/// Packets go in about in the order of time and come out in it. The same seed and packets give the
/// same faults.
class PacketFaults {
public:
  static constexpr std::int32_t max_overtakers = 4;
  /// Nothing waits longer than this: where a pause follows, a packet leaves before it.
  static constexpr std::int64_t max_wait_ns = 500'000;

  explicit PacketFaults(const FaultSettings& settings)
      : settings_(settings), random_(settings.seed) {}

  void add(std::int64_t time_ns, std::int32_t port, std::span<const std::byte> bytes);
  /// Nothing is added any more: what waits to be overtaken is let go.
  void finish();
  /// The first packet, if it is earlier than `before_ns`; whatever is added later must not be.
  std::optional<OrderedPacket> take_before(std::int64_t before_ns) {
    return order_.take_before(before_ns);
  }
  const FaultCounters& counters() const { return counters_; }

private:
  struct Held {
    std::int32_t n_overtakers = 0; ///< still to come
    bool is_overtaken = false;
    OrderedPacket packet;
    std::int64_t last_ns = 0; ///< of the last overtaker
  };
  bool happens(double probability);
  void send(OrderedPacket packet);
  void flip_bits(OrderedPacket& packet);
  void release_held(std::int64_t time_ns);
  void release(Held& held);

  FaultSettings settings_;
  FaultCounters counters_;
  std::mt19937_64 random_;
  std::vector<Held> held_;
  PacketOrder order_;
};

} // namespace airan::simulation
