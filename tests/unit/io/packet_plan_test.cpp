// SPDX-License-Identifier: Apache-2.0
// Packet memory and rings against what the reference figures of fronthaul traffic ask for.
#include "io/packets/device_name.hpp"
#include "io/packets/packet_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace airan;
using namespace airan::io;
using testing::HasSubstr;

namespace {

PlannedCell cell_of(std::int32_t n_prb, std::int32_t rx_ports) {
  PlannedCell p;
  p.cell.n_prb = n_prb;
  p.cell.rx_ports = rx_ports;
  return p;
}

PacketPlan plan(const PlannedCell& cell, std::int32_t mtu) {
  auto p = plan_af_packet(std::span(&cell, 1), mtu, std::nullopt);
  EXPECT_TRUE(p) << p.error().message;
  return p.value_or(PacketPlan{});
}

} // namespace

// 100 MHz, 4 ports, BFP 9: 28 bytes a PRB, 273 PRBs = 7,644 bytes, one jumbo frame a symbol and
// port; with an MTU of 1,500 it takes 6. One more is planned for each.
TEST(PacketPlan, CountsThePacketsOfASlot) {
  EXPECT_EQ(plan(cell_of(273, 4), 9000).cells[0].slot_packets, 4 * 14 * 2);
  EXPECT_EQ(plan(cell_of(273, 4), 1500).cells[0].slot_packets, 4 * 14 * 7);
  EXPECT_EQ(plan(cell_of(51, 2), 1500).cells[0].slot_packets, 2 * 14 * 2);
}

TEST(PacketPlan, HoldsTheQueueInRealTimeAndAFewSlotsOtherwise) {
  PlannedCell cell = cell_of(273, 4); // 30 kHz: 200 slots in 100 ms
  EXPECT_EQ(plan(cell, 9000).cells[0].n_buffers, 4 + 200 + 3);
  cell.packets.pace = Pace::as_fast_as_possible;
  EXPECT_LE(plan(cell, 9000).cells[0].n_buffers, 10);
}

TEST(PacketPlan, MakesRingFramesThatDivideTheirBlockAndTakeAWholeTaggedFrame) {
  for (std::int32_t mtu = 576; mtu <= 16384; mtu += 4) {
    const PacketPlan p = plan(cell_of(51, 2), mtu);
    ASSERT_TRUE(p.ring);
    const AfPacketRing& r = *p.ring;
    EXPECT_GE(r.frame_bytes - 66, mtu + 18) << mtu; // what a ring frame has room for
    EXPECT_EQ(r.frame_bytes % 16, 0) << mtu;
    EXPECT_EQ(r.block_bytes % r.frame_bytes, 0) << mtu;
    EXPECT_EQ(r.block_bytes % 4096, 0) << mtu;
    EXPECT_EQ(r.n_frames % (r.block_bytes / r.frame_bytes), 0) << mtu;
    EXPECT_GE(p.frame_bytes, r.frame_bytes - 32) << mtu; // net_af_packet asks for it
    EXPECT_LE(r.frame_bytes, 2 * (mtu + 84)) << mtu;
  }
}

TEST(PacketPlan, BoundsTheFramesOfTheLoopbackInterface) {
  const PacketPlan p = plan(cell_of(51, 2), 65'536);
  EXPECT_LE(p.frame_bytes, 32'768);
  EXPECT_EQ(p.ring->block_bytes % p.ring->frame_bytes, 0);
}

TEST(PacketPlan, CoversTheQueueWithTheRing) {
  const PacketPlan p = plan(cell_of(273, 4), 9000);
  EXPECT_GE(p.ring->n_frames, 11'200 - 16); // 112,000 packets a second, 100 ms
  EXPECT_GE(p.ring->covers_ms, 99);
  EXPECT_GE(plan(cell_of(51, 2), 1500).ring->n_frames, 2048);
}

TEST(PacketPlan, CutsTheRingToWhatMayBeLocked) {
  const PlannedCell cell = cell_of(51, 2);
  const auto p = plan_af_packet(std::span(&cell, 1), 1500, 8 << 20);
  ASSERT_TRUE(p) << p.error().message;
  EXPECT_LE(2 * p->ring->bytes(), std::size_t{8} << 20);
  EXPECT_LT(p->ring->covers_ms, 100);
  const auto none = plan_af_packet(std::span(&cell, 1), 1500, 64 << 10);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::configuration);
  EXPECT_THAT(none.error().message, HasSubstr("ulimit -l"));
}

TEST(PacketPlan, TakesTheFullestSlotOfACapture) {
  const PlannedCell cell = cell_of(51, 2);
  const CaptureFacts facts{.n_packets = 100'000, .longest_frame = 1462, .max_slot_packets = 28};
  const auto p = plan_capture(std::span(&cell, 1), facts);
  ASSERT_TRUE(p) << p.error().message;
  EXPECT_EQ(p->cells[0].slot_packets, 28);
  EXPECT_EQ(p->frame_bytes, 1462);
  EXPECT_GE(p->n_packets, 28 * p->cells[0].n_buffers);
  EXPECT_LT(p->packet_bytes(), std::size_t{2} << 20);
}

TEST(PacketPlan, BoundsWhatAForgedCaptureAsksFor) {
  const PlannedCell cell = cell_of(273, 4);
  const CaptureFacts facts{
      .n_packets = 1'000'000'000, .longest_frame = 262'144, .max_slot_packets = 1'000'000'000};
  const auto p = plan_capture(std::span(&cell, 1), facts);
  ASSERT_TRUE(p) << p.error().message;
  EXPECT_EQ(p->cells[0].slot_packets, 4 * 14 * 273); // a kept packet brings a PRB
  EXPECT_LE(p->packet_bytes(), std::size_t{4} << 30);
}

TEST(PacketPlan, RefusesAbsurdQueues) {
  PlannedCell cell = cell_of(273, 4);
  cell.packets.queue_ms = 1e7;
  const auto p = plan_device(std::span(&cell, 1), 9000);
  ASSERT_FALSE(p);
  EXPECT_EQ(p.error().kind, ErrorKind::configuration);
  EXPECT_THAT(p.error().message, HasSubstr("lower source.queue_ms"));
}

TEST(PacketPlan, AddsUpTheCellsOfAnInterface) {
  const std::array<PlannedCell, 2> cells{cell_of(273, 4), cell_of(51, 2)};
  const auto both = plan_device(cells, 9000);
  const auto one = plan_device(std::span(cells).first(1), 9000);
  ASSERT_TRUE(both && one);
  EXPECT_EQ(both->cells.size(), 2U);
  EXPECT_GT(both->n_packets, one->n_packets);
  EXPECT_THAT(both->describe()[2].name, HasSubstr("cell 1: "));
}

TEST(DeviceName, TellsDriverArgumentsAndBusDevicesApart) {
  const auto virtual_device = parse_device_name("net_af_packet0,iface=eth0,qdisc_bypass=1");
  ASSERT_TRUE(virtual_device);
  EXPECT_TRUE(virtual_device->is_af_packet());
  EXPECT_EQ(virtual_device->argument("iface"), "eth0");
  EXPECT_EQ(virtual_device->joined_arguments(), "iface=eth0,qdisc_bypass=1");
  const auto card = parse_device_name("0000:17:00.0,mprq_en=1");
  ASSERT_TRUE(card);
  EXPECT_FALSE(card->is_virtual());
  EXPECT_EQ(card->name, "0000:17:00.0");
}

TEST(DeviceName, RefusesWhatCannotBeMeant) {
  const auto refusal = [](const char* device) {
    const auto d = parse_device_name(device);
    EXPECT_FALSE(d) << device;
    EXPECT_EQ(d.error().kind, ErrorKind::configuration);
    return d.error().message;
  };
  EXPECT_THAT(refusal(""), HasSubstr("source.device is missing"));
  EXPECT_THAT(refusal("net_af_packet"), HasSubstr("names no interface"));
  EXPECT_THAT(refusal("net_af_packet,iface"), HasSubstr("not key=value"));
  EXPECT_THAT(refusal("net_af_packet,iface=a,framecnt=512"), HasSubstr("leave out framecnt"));
  EXPECT_THAT(refusal("net_pcap,rx_pcap=a.pcap"), HasSubstr("source.type: pcap"));
}

TEST(DeviceName, ListsTheInterfacesThatExist) {
  const auto mtu = find_interface_mtu("airan_none0");
  ASSERT_FALSE(mtu);
  EXPECT_EQ(mtu.error().kind, ErrorKind::file);
  EXPECT_THAT(mtu.error().message, HasSubstr("there are: "));
  EXPECT_FALSE(find_interface_mtu(std::string(100, 'x')));
}
