// SPDX-License-Identifier: Apache-2.0
// Devices of DPDK: packets that a test puts into a ring, and what is said when one cannot be
// opened.
#include "io/dpdk/eal.hpp"
#include "io/dpdk/ethdev_input.hpp"
#include "io/dpdk/open_input.hpp"
#include "tests/support/captures.hpp"
#include "tests/support/packet_inputs.hpp"
#include "tests/unit/io/dpdk/ring_port.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

using namespace airan;
using namespace airan::test;
using testing::HasSubstr;

namespace {

constexpr std::uint16_t headroom = 128;

/// A ring of a test and the input that reads it; a name is used once in a process.
struct Ring {
  explicit Ring(const std::string& name,
                std::uint16_t room = 2048,
                std::uint16_t unused = headroom) {
    EXPECT_TRUE(io::dpdk::start_eal({}));
    port.emplace(name.c_str(), 1023, room, unused);
    auto opened = io::dpdk::EthdevPort::open_existing(
        "net_ring_" + name, {.n_packets = 255, .frame_bytes = 2048}, io::page_allocator());
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened)
      input = std::make_unique<io::dpdk::EthdevInput>(std::move(*opened), 0);
  }
  std::optional<RingPort> port;
  std::unique_ptr<io::dpdk::EthdevInput> input; // ends before the ring
};

std::int64_t now_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

bool send(RingPort& port, const std::vector<std::byte>& frame, std::uint32_t piece = 4096) {
  return port.send(frame.data(), static_cast<std::uint32_t>(frame.size()), piece);
}

} // namespace

TEST(EthdevInput, DeliversWhatTheDeviceReceivedWithTheTimeOfItsBurst) {
  Ring ring("airan_ring_a");
  ASSERT_TRUE(ring.input);
  EXPECT_TRUE(ring.input->burst().empty());
  EXPECT_FALSE(ring.input->has_ended());
  std::vector<std::vector<std::byte>> sent;
  for (std::int32_t i = 0; i < 150; ++i) {
    sent.push_back(make_frame(i, 60 + static_cast<std::size_t>(i) * 9));
    ASSERT_TRUE(send(*ring.port, sent.back()));
  }
  const std::int64_t before = now_ns();
  const auto received = read_all(*ring.input, 1);
  ASSERT_EQ(received.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(received[i].bytes, sent[i]);
    EXPECT_GE(received[i].time_ns, before);
    EXPECT_LE(received[i].time_ns, now_ns());
  }
  EXPECT_EQ(ring.port->n_free(), 1023U); // all were released
}

TEST(EthdevInput, JoinsFramesThatArriveInPieces) {
  Ring ring("airan_ring_b");
  ASSERT_TRUE(ring.input);
  const auto frame = make_frame(1, 1458);
  ASSERT_TRUE(send(*ring.port, frame, 500));
  const auto received = read_all(*ring.input, 1);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].bytes, frame);
  EXPECT_EQ(ring.input->counters().too_long, 0);
  EXPECT_EQ(ring.port->n_free(), 1023U);
}

TEST(EthdevInput, CountsFramesInPiecesThatFitNoBuffer) {
  Ring ring("airan_ring_c");
  ASSERT_TRUE(ring.input);
  ASSERT_TRUE(send(*ring.port, make_frame(1, 5000), 2000));
  ASSERT_TRUE(send(*ring.port, make_frame(2, 100)));
  EXPECT_EQ(read_all(*ring.input, 1).size(), 1U);
  EXPECT_EQ(ring.input->counters().too_long, 1);
  EXPECT_EQ(ring.port->n_free(), 1023U);
}

TEST(EthdevInput, PutsBackTheVlanTagThatADriverTookOut) {
  Ring ring("airan_ring_d");
  ASSERT_TRUE(ring.input);
  const auto frame = make_frame(1, 100);
  ASSERT_TRUE(ring.port->send_stripped(frame.data(), 100, 0xE007));
  auto tagged = frame;
  const std::array<std::byte, 4> tag{std::byte{0x81}, std::byte{0}, std::byte{0xE0}, std::byte{7}};
  tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
  const auto received = read_all(*ring.input, 1);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].bytes, tagged);
}

TEST(EthdevInput, CountsAVlanTagThatThereIsNoRoomFor) {
  Ring ring("airan_ring_e", 2048, 0);
  ASSERT_TRUE(ring.input);
  ASSERT_TRUE(ring.port->send_stripped(make_frame(1, 100).data(), 100, 7));
  EXPECT_TRUE(read_all(*ring.input, 1).empty());
  EXPECT_EQ(ring.input->counters().too_long, 1);
}

TEST(EthdevInput, TakesEmptyPackets) {
  Ring ring("airan_ring_f");
  ASSERT_TRUE(ring.input);
  ASSERT_TRUE(ring.port->send(nullptr, 0, 4096));
  const auto received = read_all(*ring.input, 1);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_TRUE(received[0].bytes.empty());
}

namespace {

Error refusal(const std::string& device, std::int32_t queue = 0) {
  PacketSettings settings;
  settings.device = device;
  settings.queue = queue;
  io::PacketPlan plan;
  plan.n_packets = 512;
  plan.frame_bytes = 2048;
  plan.mtu = 1500;
  plan.n_descriptors = 64;
  plan.ring = io::AfPacketRing{.frame_bytes = 2048, .block_bytes = 4096, .n_frames = 64};
  const auto opened = io::open_device(settings, plan);
  EXPECT_FALSE(opened) << device;
  return opened ? Error{} : opened.error();
}

} // namespace

TEST(OpenDevice, SaysWhichDriverIsMissing) {
  const Error e = refusal("net_nonsense,a=b");
  EXPECT_EQ(e.kind, ErrorKind::configuration);
  EXPECT_THAT(e.message, HasSubstr("DPDK cannot open net_nonsense,a=b"));
  EXPECT_EQ(e.message.find('\n'), std::string::npos);
}

TEST(OpenDevice, SaysWhichInterfacesThereAre) {
  const Error e = refusal("net_af_packet,iface=airan_none0");
  EXPECT_EQ(e.kind, ErrorKind::file);
  EXPECT_THAT(e.message, HasSubstr("there is no network interface \"airan_none0\""));
}

TEST(OpenDevice, RefusesAReceiveQueueThatTheDeviceHasNot) {
  const Error e = refusal("net_null", 5000);
  EXPECT_EQ(e.kind, ErrorKind::configuration);
  EXPECT_THAT(e.message, HasSubstr("source.queue"));
}

TEST(OpenDevice, SaysThatABusCannotBeReachedOnceVirtualDevicesWereStarted) {
  ASSERT_TRUE(io::dpdk::start_eal({}));
  EXPECT_THAT(refusal("0000:ff:1f.7").message, HasSubstr("virtual devices only"));
}

TEST(OpenDevice, ReceivesFromAnyVirtualDevice) {
  PacketSettings settings;
  settings.device = "net_null0,size=1458,copy=1";
  const io::PlannedCell cell;
  const auto plan = io::plan_interface(std::span(&cell, 1), settings.device);
  ASSERT_TRUE(plan);
  auto opened = io::open_device(settings, *plan);
  ASSERT_TRUE(opened) << opened.error().message;
  const auto burst = opened->input->burst();
  ASSERT_EQ(burst.size(), io::max_burst);
  EXPECT_EQ(burst[0].bytes.size(), 1458U);
  std::vector<io::PacketHandle> handles;
  for (const io::RxPacket& p : burst)
    handles.push_back(p.handle);
  opened->input->release(handles);
}

TEST(OpenDevice, RunsOutOfBuffersWithoutHarm) {
  PacketSettings settings;
  settings.device = "net_null,size=1458,copy=1";
  io::PacketPlan plan;
  plan.n_packets = 100;
  plan.frame_bytes = 2048;
  plan.n_descriptors = 64;
  auto opened = io::open_device(settings, plan);
  ASSERT_TRUE(opened) << opened.error().message;
  std::vector<io::PacketHandle> held;
  for (int i = 0; i < 10; ++i)
    for (const io::RxPacket& p : opened->input->burst())
      held.push_back(p.handle);
  EXPECT_LE(held.size(), 100U);
  EXPECT_EQ(opened->input->n_free(), 100 - static_cast<std::int64_t>(held.size()));
  opened->input->release(held);
  EXPECT_EQ(opened->input->n_free(), 100);
  EXPECT_FALSE(opened->input->burst().empty());
}

TEST(Eal, RefusesToStartASecondTimeWithOtherArguments) {
  ASSERT_TRUE(io::dpdk::start_eal({}));
  const auto again = io::dpdk::start_eal({{"--file-prefix=other"}, {}, 0});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::configuration);
  EXPECT_THAT(again.error().message, HasSubstr("starts once in a process"));
  EXPECT_FALSE(io::dpdk::start_eal({{"--help"}, {}, 0}));
}
