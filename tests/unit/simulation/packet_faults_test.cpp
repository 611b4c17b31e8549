// SPDX-License-Identifier: Apache-2.0
// What happens to packets on purpose, and that it is counted.
#include "simulation/packet_faults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

namespace airan::simulation {
namespace {

constexpr std::int64_t spacing_ns = 1000;
constexpr std::int64_t n_packets = 20'000;

std::array<std::byte, 64> packet_of(std::int64_t index) {
  std::array<std::byte, 64> bytes{};
  for (std::size_t i = 0; i < 4; ++i)
    bytes[i] = static_cast<std::byte>(index >> (8 * i) & 0xFF);
  return bytes;
}
std::int64_t index_of(const OrderedPacket& packet) {
  std::int64_t index = 0;
  for (std::size_t i = 0; i < 4; ++i)
    index |= std::to_integer<std::int64_t>(packet.bytes[i]) << (8 * i);
  return index;
}

/// Sends n_packets, one per spacing_ns; they come out in order of time.
std::vector<OrderedPacket> sent_through(PacketFaults& faults) {
  std::vector<OrderedPacket> out;
  const auto take = [&](std::int64_t before_ns) {
    while (auto packet = faults.take_before(before_ns))
      out.push_back(std::move(*packet));
  };
  for (std::int64_t i = 0; i < n_packets; ++i) {
    faults.add(i * spacing_ns, 0, packet_of(i));
    take(i * spacing_ns);
  }
  faults.finish();
  take(std::numeric_limits<std::int64_t>::max());
  for (std::size_t i = 1; i < out.size(); ++i)
    EXPECT_GE(out[i].time_ns, out[i - 1].time_ns);
  return out;
}

/// Six standard deviations of the count of a fault.
double spread(double probability) {
  return 6 * std::sqrt(n_packets * probability * (1 - probability));
}

TEST(PacketFaults, LetEverythingThroughByDefault) {
  PacketFaults faults({});
  const auto out = sent_through(faults);
  ASSERT_EQ(std::ssize(out), n_packets);
  for (std::int64_t i = 0; i < n_packets; ++i) {
    EXPECT_EQ(index_of(out[static_cast<std::size_t>(i)]), i);
    EXPECT_EQ(out[static_cast<std::size_t>(i)].time_ns, i * spacing_ns);
  }
}

TEST(PacketFaults, LoseAndDoubleAsManyAsTheySay) {
  FaultSettings settings;
  settings.loss = 0.05;
  settings.duplicate = 0.02;
  PacketFaults faults(settings);
  const auto out = sent_through(faults);
  const FaultCounters& n = faults.counters();
  EXPECT_EQ(std::ssize(out), n_packets - n.lost + n.duplicated);
  EXPECT_NEAR(static_cast<double>(n.lost), n_packets * 0.05, spread(0.05));
  EXPECT_NEAR(static_cast<double>(n.duplicated), n_packets * 0.02 * 0.95, spread(0.02));
  std::map<std::int64_t, int> copies;
  for (const OrderedPacket& packet : out)
    ++copies[index_of(packet)];
  EXPECT_EQ(std::ssize(copies), n_packets - n.lost);
}

TEST(PacketFaults, LetAFewPacketsOvertake) {
  FaultSettings settings;
  settings.reorder = 0.1;
  PacketFaults faults(settings);
  const auto out = sent_through(faults);
  ASSERT_EQ(std::ssize(out), n_packets);
  std::int64_t n_late = 0;
  std::int64_t largest = -1;
  for (const OrderedPacket& packet : out) {
    const std::int64_t index = index_of(packet);
    // Packets that wait themselves do not count as overtakers.
    EXPECT_GE(index, largest - 4 * PacketFaults::max_overtakers);
    n_late += index < largest ? 1 : 0;
    largest = std::max(largest, index);
  }
  EXPECT_NEAR(static_cast<double>(faults.counters().reordered), n_packets * 0.1, spread(0.1));
  EXPECT_GT(n_late, faults.counters().reordered / 2);
  EXPECT_LE(n_late, faults.counters().reordered);
}

TEST(PacketFaults, DelayAShare) {
  FaultSettings settings;
  settings.delay_ns = 10'500;
  settings.delay_share = 0.25;
  PacketFaults faults(settings);
  const auto out = sent_through(faults);
  ASSERT_EQ(std::ssize(out), n_packets);
  std::int64_t n_delayed = 0;
  for (const OrderedPacket& packet : out) {
    const std::int64_t late = packet.time_ns - index_of(packet) * spacing_ns;
    EXPECT_TRUE(late == 0 || late == 10'500);
    n_delayed += late != 0 ? 1 : 0;
  }
  EXPECT_EQ(n_delayed, faults.counters().delayed);
  EXPECT_NEAR(static_cast<double>(n_delayed), n_packets * 0.25, spread(0.25));
}

TEST(PacketFaults, FlipOneToThreeBits) {
  FaultSettings settings;
  settings.corrupt = 0.1;
  PacketFaults faults(settings);
  const auto out = sent_through(faults);
  std::int64_t n_damaged = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto sound = packet_of(static_cast<std::int64_t>(i));
    int n_bits = 0;
    for (std::size_t b = 0; b < sound.size(); ++b)
      n_bits += std::popcount(std::to_integer<unsigned>(sound[b] ^ out[i].bytes[b]));
    EXPECT_LE(n_bits, 3);
    n_damaged += n_bits > 0 ? 1 : 0;
  }
  // The same bit twice undoes itself: one in 512 of those with two flips.
  EXPECT_LE(n_damaged, faults.counters().corrupted);
  EXPECT_GE(n_damaged, faults.counters().corrupted - 20);
  EXPECT_NEAR(static_cast<double>(faults.counters().corrupted), n_packets * 0.1, spread(0.1));
}

TEST(PacketFaults, FollowFromTheSeed) {
  FaultSettings settings;
  settings.loss = settings.duplicate = settings.reorder = settings.corrupt = 0.1;
  settings.delay_ns = 5000;
  settings.delay_share = 0.1;
  const auto run = [&] {
    PacketFaults faults(settings);
    std::vector<std::vector<std::byte>> out;
    for (OrderedPacket& packet : sent_through(faults))
      out.push_back(std::move(packet.bytes));
    return out;
  };
  const auto first = run();
  EXPECT_EQ(run(), first);
  settings.seed = 2;
  EXPECT_NE(run(), first);
}

} // namespace
} // namespace airan::simulation
