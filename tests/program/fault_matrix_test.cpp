// SPDX-License-Identifier: Apache-2.0
// What a network may do to fronthaul packets: nothing crashes, every packet is counted under the
// right name, and every transport block whose PRBs arrived is received.
#include "tests/program/packet_traffic.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace airan::tests {
namespace {

using io::DropReason;

/// Slots in a row.
std::vector<std::int64_t> slots_from(std::int64_t first, std::int64_t n) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(n));
  std::iota(counts.begin(), counts.end(), first);
  return counts;
}

/// Holds whatever happens.
void expect_sound(const Traffic& traffic, const TrafficResult& result) {
  const io::PacketCounters& c = result.counters;
  EXPECT_EQ(c.received, static_cast<std::int64_t>(traffic.packets.size()));
  EXPECT_EQ(c.received, c.accepted + c.n_dropped());
  EXPECT_EQ(c.slots_dropped, 0);
  EXPECT_EQ(result.n_unreleased, 0);
  EXPECT_EQ(result.n_wrong(), 0);
}
/// Holds unless packets were spoilt in ways that may spoil others.
void expect_whole_blocks_right(const Traffic& traffic, const TrafficResult& result) {
  for (const auto& block : traffic.whole_blocks())
    EXPECT_TRUE(result.blocks.at(block).is_right)
        << "cell " << std::get<0>(block) << " slot " << std::get<1>(block) << " user "
        << std::get<2>(block);
}
void expect_only_dropped(const TrafficResult& result, DropReason reason, std::int64_t n) {
  EXPECT_EQ(result.counters.of(reason), n) << io::name_of(reason);
  EXPECT_EQ(result.counters.n_dropped(), n);
}

/// Removes each packet with probability `share`; returns the number of the removed ones.
std::int64_t lose(Traffic& traffic, double share, std::mt19937& random) {
  std::bernoulli_distribution is_lost(share);
  return static_cast<std::int64_t>(
      std::erase_if(traffic.packets, [&](const TrafficPacket&) { return is_lost(random); }));
}
/// Calls `spoil(packet)` for a share of the packets; returns their number.
template <class Spoil>
std::int64_t spoil_some(Traffic& traffic, double share, std::mt19937& random, Spoil&& spoil) {
  std::bernoulli_distribution is_spoilt(share);
  std::int64_t n = 0;
  for (TrafficPacket& p : traffic.packets)
    if (is_spoilt(random)) {
      spoil(p);
      ++n;
    }
  return n;
}
void set_bits(TrafficPacket& p, std::size_t byte, std::uint8_t mask, std::uint8_t value) {
  p.frame.bytes.at(byte) =
      (p.frame.bytes[byte] & static_cast<std::byte>(~mask)) | static_cast<std::byte>(value & mask);
  p.is_intact = false;
}
// Bytes of a frame with a VLAN tag.
constexpr std::size_t vlan_id_low_at = 15;
constexpr std::size_t eaxc_low_at = 23;
constexpr std::size_t frame_number_at = 27;

class Loss : public testing::TestWithParam<std::int32_t> {};

// QPSK of rate 0.37 at 31 dB and more stands 20 % loss on two ports: 4 % of the REs are gone, 32 %
// have one port.
TEST_P(Loss, CostsNoBlockOfARobustScheme) {
  Traffic traffic(slots_from(100, 25));
  const auto n_sent = static_cast<std::int64_t>(traffic.packets.size());
  ASSERT_EQ(n_sent, 25 * TrafficCell::packets_of_slot);
  std::mt19937 random(1);
  const std::int64_t n_lost = lose(traffic, GetParam() / 100.0, random);
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  expect_whole_blocks_right(traffic, result);
  EXPECT_EQ(result.counters.received, n_sent - n_lost);
  EXPECT_EQ(result.counters.accepted, n_sent - n_lost);
  EXPECT_EQ(result.counters.missing_prbs, n_lost * TrafficCell::prb_per_packet);
  EXPECT_EQ(result.n_right(), 50);
  // What is lost before the first and behind the last packet of a port leaves no gap; sequence
  // numbers wrap five times.
  EXPECT_LE(result.counters.sequence_gaps, n_lost);
  EXPECT_GE(result.counters.sequence_gaps, n_lost - 4);
  EXPECT_EQ(result.counters.out_of_order, 0);
}
INSTANTIATE_TEST_SUITE_P(Percent, Loss, testing::Values(0, 1, 2, 5, 10, 20));

TEST(Faults, DuplicatesAreCountedAndDropped) {
  Traffic traffic(slots_from(100, 20));
  std::mt19937 random(2);
  std::bernoulli_distribution is_doubled(0.1);
  Packets doubled;
  std::int64_t n_doubled = 0;
  for (const TrafficPacket& p : traffic.packets) {
    doubled.push_back(p);
    if (is_doubled(random)) {
      doubled.push_back(p);
      ++n_doubled;
    }
  }
  traffic.packets = doubled;
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  expect_only_dropped(result, DropReason::duplicate, n_doubled);
  EXPECT_EQ(result.counters.missing_prbs, 0);
  EXPECT_EQ(result.n_right(), 40);
}

TEST(Faults, EverythingTwiceEvenAfterItsSlotWasHandedOnIsDroppedOnce) {
  Traffic traffic(slots_from(100, 10));
  const auto n_sent = static_cast<std::int64_t>(traffic.packets.size());
  Packets repeated = traffic.packets;
  for (TrafficPacket& p : repeated)
    p.frame.time_ns += 1'000'000; // two slots later
  traffic.packets.insert(traffic.packets.end(), repeated.begin(), repeated.end());
  Traffic::sort(traffic.packets);
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  expect_only_dropped(result, DropReason::duplicate, n_sent);
  EXPECT_EQ(result.n_right(), 20);
}

class Reordering : public testing::TestWithParam<std::int64_t> {};

// Each packet is late by a random time of up to so many microseconds: within a symbol, across
// symbols, across slots.
TEST_P(Reordering, LosesNothing) {
  Traffic traffic(slots_from(100, 20));
  const auto n_sent = static_cast<std::int64_t>(traffic.packets.size());
  std::mt19937 random(3);
  std::uniform_int_distribution<std::int64_t> delay_ns(0, GetParam() * 1000);
  for (TrafficPacket& p : traffic.packets)
    p.frame.time_ns += delay_ns(random);
  Traffic::sort(traffic.packets);
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  EXPECT_EQ(result.counters.accepted, n_sent);
  EXPECT_EQ(result.counters.missing_prbs, 0);
  EXPECT_GT(result.counters.out_of_order, 100);
  EXPECT_EQ(result.n_right(), 40);
}
INSTANTIATE_TEST_SUITE_P(Microseconds, Reordering, testing::Values(30, 200, 1200));

TEST(Faults, BitErrorsAnywhereSpoilFewBlocksAndNeverPassTheCrc) {
  Traffic traffic(slots_from(100, 40));
  std::mt19937 random(4);
  const std::int64_t n_spoilt = spoil_some(traffic, 0.05, random, [&](TrafficPacket& p) {
    for (std::uint32_t n = random() % 3 + 1; n > 0; --n) {
      const std::size_t bit = random() % (8 * p.frame.bytes.size());
      p.frame.bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    }
    p.is_intact = false;
  });
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  EXPECT_GT(n_spoilt, 200);
  // Of 200 bytes 38 are headers: most errors are in the IQ, and noise there.
  EXPECT_GT(result.counters.n_dropped(), n_spoilt / 20);
  EXPECT_LT(result.counters.n_dropped(), n_spoilt / 2);
  RecordProperty("blocks_right_of_80", std::to_string(result.n_right()));
  EXPECT_GE(result.n_right(), 76);
}

TEST(Faults, TruncatedPacketsAreDroppedAndSpoilNothingElse) {
  Traffic traffic(slots_from(100, 20));
  std::mt19937 random(5);
  const std::int64_t n_cut = spoil_some(traffic, 0.1, random, [&](TrafficPacket& p) {
    p.frame.bytes.resize(random() % p.frame.bytes.size());
    p.is_intact = false;
  });
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  expect_whole_blocks_right(traffic, result);
  EXPECT_EQ(result.counters.n_dropped(), n_cut);
  EXPECT_EQ(result.counters.of(DropReason::size_beyond_frame) +
                result.counters.of(DropReason::short_ecpri) +
                result.counters.of(DropReason::short_ethernet),
            n_cut);
  EXPECT_EQ(result.counters.missing_prbs, n_cut * TrafficCell::prb_per_packet);
  EXPECT_EQ(result.n_right(), 40);
}

TEST(Faults, LatePacketsAreDroppedOrUsedAsThePolicySays) {
  for (const LatePolicy policy : {LatePolicy::drop, LatePolicy::warn}) {
    Traffic traffic(slots_from(100, 20));
    std::mt19937 random(6);
    const TrafficPacket first = traffic.packets.front();
    const std::int64_t n_late = spoil_some(traffic, 0.1, random, [&](TrafficPacket& p) {
      p.frame.time_ns += p.frame.time_ns == first.frame.time_ns ? 0 : 700'000;
      p.is_intact = policy == LatePolicy::warn;
    });
    const bool is_first_spoilt = !traffic.packets.front().is_intact;
    Traffic::sort(traffic.packets);
    const TrafficResult result = traffic.receive([&](io::PacketCell& cell) {
      cell.assembler.ta4 = Ta4Window{25, 500, policy, TimeReference::first_packet};
    });
    expect_sound(traffic, result);
    expect_whole_blocks_right(traffic, result);
    ASSERT_FALSE(is_first_spoilt); // it gives the time
    if (policy == LatePolicy::drop) {
      expect_only_dropped(result, DropReason::late, n_late);
      EXPECT_EQ(result.counters.missing_prbs, n_late * TrafficCell::prb_per_packet);
    } else {
      EXPECT_EQ(result.counters.n_dropped(), 0);
      EXPECT_EQ(result.counters.late_kept, n_late);
      EXPECT_EQ(result.counters.missing_prbs, 0);
    }
    EXPECT_EQ(result.n_right(), 40);
  }
}

TEST(Faults, PacketsOfOtherNetworksAndStreamsAreCountedApart) {
  Traffic traffic(slots_from(100, 20));
  std::mt19937 random(7);
  const std::int64_t n_vlan = spoil_some(
      traffic, 0.05, random, [](TrafficPacket& p) { set_bits(p, vlan_id_low_at, 0xFF, 7); });
  std::int64_t n_eaxc = 0;
  spoil_some(traffic, 0.05, random, [&](TrafficPacket& p) {
    n_eaxc += p.is_intact ? 1 : 0;
    set_bits(p, eaxc_low_at, 0xFF, 99);
  });
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  expect_whole_blocks_right(traffic, result);
  EXPECT_EQ(result.counters.of(DropReason::wrong_vlan), n_vlan);
  EXPECT_EQ(result.counters.of(DropReason::unknown_eaxc), n_eaxc);
  EXPECT_EQ(result.counters.n_dropped(), n_vlan + n_eaxc);
  EXPECT_EQ(result.counters.missing_prbs, (n_vlan + n_eaxc) * TrafficCell::prb_per_packet);
  EXPECT_EQ(result.n_right(), 40);
}

TEST(Faults, RunsGoOnPastTheLastFrameNumber) {
  // 1500 frames in 61 slots 24.6 frames apart, from SFN 1000 on: 8 bits wrap six times, the SFN
  // twice.
  std::vector<std::int64_t> counts;
  for (std::int64_t i = 0; i < 61; ++i)
    counts.push_back(1000 * 20 + 3 + i * 492);
  ASSERT_GT(counts.back() - counts.front(), 1024 * 20);
  Traffic traffic(counts);
  std::mt19937 random(8);
  const std::int64_t n_lost = lose(traffic, 0.02, random);
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  EXPECT_EQ(result.counters.n_dropped(), 0);
  EXPECT_EQ(result.counters.missing_prbs, n_lost * TrafficCell::prb_per_packet);
  EXPECT_EQ(result.n_right(), 122);
}

class FlippedFrameBit : public testing::TestWithParam<std::int32_t> {};

TEST_P(FlippedFrameBit, CostsOnePacketAndNothingElse) {
  Traffic traffic(slots_from(100, 44));
  // In the midst of a slot, and the first packet of one.
  for (const std::size_t at : {std::size_t{20} * TrafficCell::packets_of_slot + 50,
                               std::size_t{30} * TrafficCell::packets_of_slot}) {
    TrafficPacket& p = traffic.packets.at(at);
    p.frame.bytes.at(frame_number_at) ^= static_cast<std::byte>(1U << GetParam());
    p.is_intact = false;
  }
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  expect_whole_blocks_right(traffic, result);
  EXPECT_EQ(result.counters.n_dropped(), 2);
  EXPECT_EQ(result.counters.missing_prbs, 2 * TrafficCell::prb_per_packet);
  EXPECT_EQ(result.n_right(), 88);
}
INSTANTIATE_TEST_SUITE_P(Bits, FlippedFrameBit, testing::Range(0, 8));

TEST(Faults, TwoCellsOnOneInterfaceDoNotDisturbEachOther) {
  // One sends in every slot, the other in every third, from another frame on.
  std::vector<std::int64_t> sparse;
  for (std::int64_t i = 0; i < 10; ++i)
    sparse.push_back(103 + 3 * i);
  Traffic traffic({{1, 4, slots_from(100, 30)}, {2, 16, sparse}});
  std::mt19937 random(9);
  // Only the first cell loses packets.
  std::bernoulli_distribution is_lost(0.05);
  const auto n_lost = static_cast<std::int64_t>(std::erase_if(
      traffic.packets, [&](const TrafficPacket& p) { return p.cell == 0 && is_lost(random); }));
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  expect_whole_blocks_right(traffic, result);
  EXPECT_EQ(result.counters.n_dropped(), 0);
  EXPECT_EQ(result.counters.missing_prbs, n_lost * TrafficCell::prb_per_packet);
  EXPECT_EQ(result.blocks.size(), 80U);
  EXPECT_EQ(result.n_right(), 80);
}

TEST(Faults, TheProgramReportsWhatThePacketThreadCounts) {
  Traffic traffic({{1, 4, slots_from(100, 12)}, {2, 16, slots_from(107, 12)}});
  std::mt19937 random(10);
  lose(traffic, 0.05, random);
  spoil_some(traffic, 0.05, random, [](TrafficPacket& p) { set_bits(p, vlan_id_low_at, 0xFF, 7); });
  Packets doubled;
  spoil_some(traffic, 0.05, random, [&](TrafficPacket& p) { doubled.push_back(p); });
  traffic.packets.insert(traffic.packets.end(), doubled.begin(), doubled.end());
  Traffic::sort(traffic.packets);
  const io::PacketCounters counters = traffic.receive().counters;
  ASSERT_GT(counters.of(DropReason::duplicate), 0);

  const RunFolder folder;
  traffic.write(folder);
  const auto result = folder.run("run run.yaml");
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  const auto report = folder.report();
  EXPECT_EQ(report.at("transport_blocks").at("matched").as_int64(), 48);
  const auto packets = report.at("packets").as_object();
  EXPECT_EQ(packets.at("received").as_int64(), counters.received);
  EXPECT_EQ(packets.at("accepted").as_int64(), counters.accepted);
  EXPECT_EQ(packets.at("missing_prbs").as_int64(), counters.missing_prbs);
  EXPECT_EQ(packets.at("sequence_gaps").as_int64(), counters.sequence_gaps);
  for (std::size_t i = 0; i < io::n_drop_reasons; ++i)
    EXPECT_EQ(packets.at("dropped").at(io::drop_reason_names[i]).as_int64(), counters.dropped[i])
        << io::drop_reason_names[i];
}

TEST(Faults, OnePortAloneIsReceived) {
  Traffic traffic(slots_from(100, 10));
  std::erase_if(traffic.packets, [](const TrafficPacket& p) { return p.port == 1; });
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  EXPECT_EQ(result.counters.missing_prbs, 10 * 14 * 24);
  EXPECT_EQ(result.n_right(), 20);
}

TEST(Faults, SlotsAndUsersOfWhichNothingArrivesHaveNoData) {
  Traffic traffic(slots_from(100, 12));
  std::erase_if(traffic.packets, [](const TrafficPacket& p) {
    return p.count == 104 || (p.count == 107 && p.user == 1);
  });
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  expect_whole_blocks_right(traffic, result);
  EXPECT_FALSE((result.blocks.at({0, 104, 0}).has_data));
  EXPECT_FALSE((result.blocks.at({0, 104, 1}).has_data));
  EXPECT_TRUE((result.blocks.at({0, 107, 0}).is_right));
  EXPECT_FALSE((result.blocks.at({0, 107, 1}).has_data));
  EXPECT_EQ(result.n_right(), 21);
}

class Everything : public testing::TestWithParam<std::uint32_t> {};

// All of it at once: nothing crashes, and the counters add up.
TEST_P(Everything, AtOnceIsSurvived) {
  Traffic traffic({{1, 4, slots_from(20 * 1023, 40)}, {2, 16, slots_from(20 * 1023 + 7, 40)}});
  std::mt19937 random(GetParam());
  lose(traffic, 0.05, random);
  spoil_some(traffic, 0.02, random, [&](TrafficPacket& p) {
    const std::size_t bit = random() % (8 * std::min<std::size_t>(40, p.frame.bytes.size()));
    p.frame.bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    p.is_intact = false;
  });
  spoil_some(traffic, 0.02, random, [&](TrafficPacket& p) {
    p.frame.bytes.resize(random() % p.frame.bytes.size());
    p.is_intact = false;
  });
  Packets doubled;
  spoil_some(traffic, 0.05, random, [&](TrafficPacket& p) { doubled.push_back(p); });
  traffic.packets.insert(traffic.packets.end(), doubled.begin(), doubled.end());
  spoil_some(traffic, 0.2, random, [&](TrafficPacket& p) {
    p.frame.time_ns += static_cast<std::int64_t>(random() % 900'000);
  });
  Traffic::sort(traffic.packets);
  const TrafficResult result = traffic.receive();
  expect_sound(traffic, result);
  EXPECT_EQ(result.blocks.size(), 160U);
  RecordProperty("blocks_right_of_160", std::to_string(result.n_right()));
  EXPECT_GE(result.n_right(), 150);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Everything, testing::Range(1U, 7U));

} // namespace
} // namespace airan::tests
