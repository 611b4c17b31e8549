// SPDX-License-Identifier: Apache-2.0
// Losing, doubling, overtaking, delaying and damaging packets.
#include "simulation/packet_faults.hpp"

#include <algorithm>
#include <utility>

namespace airan::simulation {

bool PacketFaults::happens(double probability) {
  return probability > 0 &&
         static_cast<double>(random_() >> 11U) * 0x1.0p-53 < probability; // uniform in [0, 1)
}

void PacketFaults::add(std::int64_t time_ns, std::int32_t port, std::span<const std::byte> bytes) {
  if (happens(settings_.loss)) {
    ++counters_.lost;
    return;
  }
  const bool is_doubled = happens(settings_.duplicate);
  counters_.duplicated += is_doubled ? 1 : 0;
  for (std::int32_t copy = 0; copy < (is_doubled ? 2 : 1); ++copy)
    send({time_ns, port, {bytes.begin(), bytes.end()}});
}

void PacketFaults::send(OrderedPacket packet) {
  if (happens(settings_.corrupt))
    flip_bits(packet);
  if (settings_.delay_ns > 0 && happens(settings_.delay_share)) {
    ++counters_.delayed;
    packet.time_ns += settings_.delay_ns;
  }
  if (happens(settings_.reorder)) {
    held_.push_back(
        {static_cast<std::int32_t>(random_() % max_overtakers) + 1, false, std::move(packet)});
    return;
  }
  const std::int64_t time_ns = packet.time_ns;
  order_.add(std::move(packet));
  release_held(time_ns);
}

void PacketFaults::flip_bits(OrderedPacket& packet) {
  if (packet.bytes.empty())
    return;
  ++counters_.corrupted;
  const auto n_bits = static_cast<std::int32_t>(random_() % 3) + 1;
  for (std::int32_t i = 0; i < n_bits; ++i) {
    const std::uint64_t bit = random_() % (8 * packet.bytes.size());
    packet.bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  }
}

/// One more packet, of time `time_ns`, goes past those that wait.
void PacketFaults::release_held(std::int64_t time_ns) {
  for (Held& held : held_) {
    const bool is_pause = time_ns - held.packet.time_ns > max_wait_ns;
    if (!is_pause) {
      counters_.reordered += held.is_overtaken ? 0 : 1;
      held.is_overtaken = true;
      held.last_ns = std::max(held.last_ns, time_ns);
    }
    if (is_pause || --held.n_overtakers == 0)
      release(held);
  }
  std::erase_if(held_, [](const Held& held) { return held.n_overtakers == 0; });
}

void PacketFaults::release(Held& held) {
  held.packet.time_ns = std::max(held.packet.time_ns, held.last_ns);
  order_.add(std::move(held.packet));
  held.n_overtakers = 0;
}

void PacketFaults::finish() {
  for (Held& held : held_)
    release(held);
  held_.clear();
}

} // namespace airan::simulation
