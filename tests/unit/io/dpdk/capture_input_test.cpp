// SPDX-License-Identifier: Apache-2.0
// Captures through DPDK's net_pcap: packets in are packets out, with exact times.
#include "io/dpdk/eal.hpp"
#include "io/dpdk/ethdev_input.hpp"
#include "io/dpdk/open_input.hpp"
#include "tests/support/captures.hpp"
#include "tests/support/packet_inputs.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sched.h>

using namespace airan;
using namespace airan::test;
using testing::HasSubstr;

namespace {

/// A plan with so many packet buffers, whatever the capture holds.
io::PacketPlan plan_of(std::int32_t n_packets, std::int32_t frame_bytes) {
  io::PacketPlan plan;
  plan.n_packets = n_packets;
  plan.frame_bytes = frame_bytes;
  return plan;
}

std::unique_ptr<io::PacketInput> open(const std::string& path, std::int32_t n_packets = 512) {
  const auto facts = io::examine_capture(path);
  EXPECT_TRUE(facts) << facts.error().message;
  if (!facts)
    return nullptr;
  auto opened =
      io::open_capture(path, *facts, PacketSettings{}, plan_of(n_packets, facts->longest_frame));
  EXPECT_TRUE(opened) << opened.error().message;
  if (!opened)
    return nullptr;
  EXPECT_EQ(opened->facts[0].value, "DPDK, driver net_pcap");
  return std::move(opened->input);
}

} // namespace

TEST(PcapEthdevInput, DeliversEveryPacketOfANanosecondCapture) {
  const TemporaryFolder folder;
  const auto frames = make_frames(3000);
  write_capture(folder.path("a.pcap"), frames);
  const auto input = open(folder.path("a.pcap"));
  ASSERT_TRUE(input);
  EXPECT_EQ(read_all(*input), frames);
  EXPECT_TRUE(input->has_ended());
  EXPECT_EQ(input->trouble(), "");
  EXPECT_EQ(input->n_free(), 512);
}

TEST(PcapEthdevInput, DeliversEveryPacketOfAPcapng) {
  const TemporaryFolder folder;
  const auto frames = make_frames(500);
  write_pcapng(folder.path("a.pcapng"), frames);
  const auto input = open(folder.path("a.pcapng"));
  ASSERT_TRUE(input);
  EXPECT_EQ(read_all(*input), frames);
}

TEST(PcapEthdevInput, TakesJumboFramesInOnePiece) {
  const TemporaryFolder folder;
  auto frames = make_frames(200);
  for (std::size_t i = 0; i < frames.size(); ++i)
    frames[i].bytes = make_frame(static_cast<std::int32_t>(i), 9018 - i % 3);
  write_capture(folder.path("a.pcap"), frames);
  const auto input = open(folder.path("a.pcap"));
  ASSERT_TRUE(input);
  EXPECT_EQ(read_all(*input), frames);
  EXPECT_EQ(input->counters().too_long, 0);
}

TEST(PcapEthdevInput, StopsWithoutFreeBuffersAndLosesNothing) {
  const TemporaryFolder folder;
  const auto frames = make_frames(1000);
  write_capture(folder.path("a.pcap"), frames);
  const auto input = open(folder.path("a.pcap"), 31);
  ASSERT_TRUE(input);
  std::vector<TimedFrame> received;
  while (!input->has_ended()) {
    const auto burst = input->burst();
    const std::vector<io::RxPacket> held(burst.begin(), burst.end());
    ASSERT_FALSE(held.empty());
    if (!input->has_ended()) {
      EXPECT_EQ(input->n_free(), 0);
      EXPECT_TRUE(input->burst().empty());
    }
    for (const io::RxPacket& p : held) {
      received.push_back({{p.bytes.begin(), p.bytes.end()}, p.time_ns});
      input->release(std::span(&p.handle, 1));
    }
  }
  EXPECT_EQ(received, frames);
  EXPECT_EQ(input->counters().no_buffer, 0);
}

TEST(PcapEthdevInput, OpensPathsThatDeviceArgumentsCannotHold) {
  const TemporaryFolder folder;
  const auto frames = make_frames(10);
  const std::string path = folder.path("a, b=c [d] é.pcap");
  write_capture(path, frames);
  const auto input = open(path);
  ASSERT_TRUE(input);
  EXPECT_EQ(read_all(*input), frames);
}

TEST(PcapEthdevInput, CanBeOpenedTwoHundredTimesInAProcess) {
  const TemporaryFolder folder;
  const auto frames = make_frames(50);
  write_capture(folder.path("a.pcap"), frames);
  const auto n_descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  std::ptrdiff_t n_first = 0;
  for (int i = 0; i < 200; ++i) {
    const auto input = open(folder.path("a.pcap"));
    ASSERT_TRUE(input);
    ASSERT_EQ(read_all(*input), frames);
    if (i == 0)
      n_first = n_descriptors();
  }
  EXPECT_LE(n_descriptors(), n_first);
}

TEST(PcapEthdevInput, ReadsTwoCapturesSideBySide) {
  const TemporaryFolder folder;
  const auto one = make_frames(300);
  auto two = make_frames(200);
  for (TimedFrame& f : two)
    f.time_ns += 5;
  write_capture(folder.path("1.pcap"), one);
  write_capture(folder.path("2.pcap"), two);
  const auto a = open(folder.path("1.pcap"));
  const auto b = open(folder.path("2.pcap"));
  ASSERT_TRUE(a && b);
  const auto head = a->burst();
  const std::vector<io::RxPacket> held(head.begin(), head.end());
  EXPECT_EQ(read_all(*b), two);
  ASSERT_EQ(held.size(), io::max_burst);
  EXPECT_EQ(held[5].time_ns, one[5].time_ns);
  for (const io::RxPacket& p : held)
    a->release(std::span(&p.handle, 1));
  EXPECT_EQ(read_all(*a).size(), one.size() - held.size());
}

TEST(PcapEthdevInput, EndsWithASentenceWhenTheFileIsCutWhileItIsRead) {
  const TemporaryFolder folder;
  write_capture(folder.path("a.pcap"), make_frames(2000));
  const auto input = open(folder.path("a.pcap"));
  ASSERT_TRUE(input);
  std::filesystem::resize_file(folder.path("a.pcap"), 700'000); // more than was read ahead
  EXPECT_LT(read_all(*input).size(), 2000U);
  EXPECT_TRUE(input->has_ended());
  EXPECT_THAT(input->trouble(), HasSubstr("it was changed while it was read"));
  EXPECT_EQ(input->n_free(), 512);
}

TEST(PcapEthdevInput, EndsWithASentenceWhenTheReadersDisagree) {
  const TemporaryFolder folder;
  auto frames = make_frames(100);
  write_capture(folder.path("a.pcap"), frames);
  frames[70].bytes.resize(77);
  write_capture(folder.path("b.pcap"), frames);
  ASSERT_TRUE(io::dpdk::start_eal({}));
  auto port = io::dpdk::EthdevPort::open_virtual("net_pcap", "rx_pcap=" + folder.path("a.pcap"),
                                                 {.n_packets = 511, .frame_bytes = 2048},
                                                 io::page_allocator());
  auto times = io::CaptureReader::open(folder.path("b.pcap"));
  ASSERT_TRUE(port && times);
  io::dpdk::PcapEthdevInput input(std::move(*port), std::move(*times), 100);
  EXPECT_EQ(read_all(input).size(), 70U);
  EXPECT_THAT(input.trouble(), HasSubstr("internal error: packet 71"));
  EXPECT_EQ(input.n_free(), 511);
}

TEST(PcapEthdevInput, ReadsThroughLibpcapWhereAFrameIsTooLongForDpdk) {
  const TemporaryFolder folder;
  auto frames = make_frames(10);
  frames[4].bytes = make_frame(4, 40'000);
  write_capture(folder.path("a.pcap"), frames);
  const auto facts = io::examine_capture(folder.path("a.pcap"));
  ASSERT_TRUE(facts);
  auto opened = io::open_capture(folder.path("a.pcap"), *facts, PacketSettings{},
                                 plan_of(512, io::longest_fronthaul_frame));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_THAT(opened->facts[0].value, HasSubstr("a frame of 40000 bytes"));
  EXPECT_EQ(read_all(*opened->input).size(), 9U);
  EXPECT_EQ(opened->input->counters().too_long, 1);
}

TEST(PcapEthdevInput, KeepsPacketsInTheMemoryThatItWasGiven) {
  const TemporaryFolder folder;
  write_capture(folder.path("a.pcap"), make_frames(64));
  const auto facts = io::examine_capture(folder.path("a.pcap"));
  ASSERT_TRUE(facts);
  std::span<std::byte> memory;
  bool is_freed = false;
  io::PacketAllocator allocator = io::page_allocator();
  allocator.allocate = [&, allocate = allocator.allocate](std::size_t n) {
    std::byte* p = allocate(n);
    memory = {p, n};
    return p;
  };
  allocator.free = [&, free = allocator.free](std::byte* p, std::size_t n) {
    is_freed = true;
    free(p, n);
  };
  {
    auto opened = io::open_capture(folder.path("a.pcap"), *facts, PacketSettings{},
                                   plan_of(512, facts->longest_frame), allocator);
    ASSERT_TRUE(opened) << opened.error().message;
    for (const io::RxPacket& p : opened->input->burst()) {
      EXPECT_GE(p.bytes.data(), memory.data());
      EXPECT_LE(p.bytes.data() + p.bytes.size(), memory.data() + memory.size());
    }
    EXPECT_FALSE(is_freed);
  }
  EXPECT_TRUE(is_freed);
}

TEST(Eal, LeavesTheCallersAffinityAlone) {
  cpu_set_t before, after;
  CPU_ZERO(&before);
  CPU_ZERO(&after);
  ASSERT_EQ(::sched_getaffinity(0, sizeof(before), &before), 0);
  const TemporaryFolder folder;
  write_capture(folder.path("a.pcap"), make_frames(3));
  ASSERT_TRUE(open(folder.path("a.pcap")));
  ASSERT_EQ(::sched_getaffinity(0, sizeof(after), &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}
