// SPDX-License-Identifier: Apache-2.0
// Network interfaces through net_af_packet, over a pair of joined interfaces.
#include "io/dpdk/open_input.hpp"
#include "io/packets/device_name.hpp"
#include "tests/support/captures.hpp"
#include "tests/support/network_namespace.hpp"
#include "tests/support/packet_inputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace airan;
using namespace airan::test;
using testing::HasSubstr;

namespace {

const std::string device = std::string("net_af_packet,iface=") + NetworkNamespace::near;

/// 20 MHz, 2 ports: what the plan of a laboratory needs.
io::PlannedCell small_cell() {
  io::PlannedCell cell;
  cell.cell.n_prb = 51;
  cell.cell.rx_ports = 2;
  cell.packets.device = device;
  return cell;
}

io::OpenedInput open(const io::PlannedCell& cell) {
  const auto plan = io::plan_interface(std::span(&cell, 1), device);
  EXPECT_TRUE(plan) << plan.error().message;
  if (!plan)
    return {};
  auto opened = io::open_device(cell.packets, *plan);
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(*opened) : io::OpenedInput{};
}

/// Sends frames, a few at a time, and receives what arrives.
std::vector<std::vector<std::byte>> pass(io::PacketInput& input,
                                         const std::vector<std::vector<std::byte>>& frames) {
  const FrameSender sender(NetworkNamespace::far);
  std::vector<std::vector<std::byte>> received;
  const auto receive = [&](std::int64_t n_idle) {
    for (TimedFrame& f : read_all(input, n_idle))
      received.push_back(std::move(f.bytes));
  };
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_TRUE(sender.send(frames[i])) << i;
    if (i % 50 == 49)
      receive(1);
  }
  receive(100'000);
  return received;
}

} // namespace

#define AIRAN_NETWORK_OR_SKIP(mtu)                                                                 \
  const NetworkNamespace network(mtu);                                                             \
  if (!network.why_not().empty())                                                                  \
  GTEST_SKIP() << network.why_not()

TEST(AfPacket, DeliversFiveThousandFramesOfEveryLength) {
  AIRAN_NETWORK_OR_SKIP(1500);
  auto opened = open(small_cell());
  ASSERT_TRUE(opened.input);
  std::vector<std::vector<std::byte>> frames;
  for (std::int32_t i = 0; i < 5000; ++i)
    frames.push_back(make_frame(i, 60 + static_cast<std::size_t>(i) * 7 % 1455)); // up to 1,514
  EXPECT_EQ(pass(*opened.input, frames), frames);
  const io::DeviceCounters counters = opened.input->counters();
  EXPECT_EQ(counters.missed + counters.errors + counters.no_buffer + counters.too_long, 0);
}

TEST(AfPacket, DeliversTaggedFramesWithTheirTag) {
  AIRAN_NETWORK_OR_SKIP(1500);
  auto opened = open(small_cell());
  ASSERT_TRUE(opened.input);
  std::vector<std::vector<std::byte>> frames;
  for (std::int32_t i = 0; i < 500; ++i) {
    frames.push_back(make_frame(i, 60 + static_cast<std::size_t>(i) * 13 % 1455));
    const std::array<std::byte, 4> tag{std::byte{0x81}, std::byte{0}, std::byte{0xE0},
                                       static_cast<std::byte>(i & 0xFF)};
    frames.back().insert(frames.back().begin() + 12, tag.begin(), tag.end());
  }
  EXPECT_EQ(pass(*opened.input, frames), frames); // the longest has 1,518 bytes
}

TEST(AfPacket, DeliversJumboFrames) {
  AIRAN_NETWORK_OR_SKIP(9000);
  auto opened = open(small_cell());
  ASSERT_TRUE(opened.input);
  std::vector<std::vector<std::byte>> frames;
  for (std::int32_t i = 0; i < 1000; ++i)
    frames.push_back(make_frame(i, i % 2 == 0 ? 9014 : 7674));
  EXPECT_EQ(pass(*opened.input, frames), frames);
}

TEST(AfPacket, CountsWhatTheRingHadNoRoomFor) {
  AIRAN_NETWORK_OR_SKIP(1500);
  auto opened = open(small_cell());
  ASSERT_TRUE(opened.input);
  const FrameSender sender(NetworkNamespace::far);
  constexpr std::int32_t n_sent = 8000; // the ring has some 2,800 places
  for (std::int32_t i = 0; i < n_sent; ++i)
    ASSERT_TRUE(sender.send(make_frame(i, 100)));
  const auto n_received = static_cast<std::int64_t>(read_all(*opened.input, 100'000).size());
  EXPECT_LT(n_received, n_sent);
  EXPECT_EQ(n_received + opened.input->counters().missed, n_sent);
  EXPECT_EQ(n_received + opened.input->counters().missed, n_sent); // reading it changes nothing
}

TEST(AfPacket, LeavesPacketsInTheRingWhenThereIsNoBuffer) {
  AIRAN_NETWORK_OR_SKIP(1500);
  const io::PlannedCell cell = small_cell();
  auto plan = io::plan_interface(std::span(&cell, 1), device);
  ASSERT_TRUE(plan);
  plan->n_packets = 40;
  auto opened = io::open_device(cell.packets, *plan);
  ASSERT_TRUE(opened) << opened.error().message;
  const FrameSender sender(NetworkNamespace::far);
  for (std::int32_t i = 0; i < 100; ++i)
    ASSERT_TRUE(sender.send(make_frame(i, 100)));
  std::vector<io::PacketHandle> held;
  for (int i = 0; i < 10'000; ++i)
    for (const io::RxPacket& p : opened->input->burst())
      held.push_back(p.handle);
  EXPECT_EQ(held.size(), 40U);
  EXPECT_EQ(opened->input->n_free(), 0);
  opened->input->release(held);
  EXPECT_EQ(read_all(*opened->input, 10'000).size(), 60U);
}

TEST(AfPacket, CanBeOpenedManyTimesInAProcess) {
  AIRAN_NETWORK_OR_SKIP(1500);
  for (int i = 0; i < 20; ++i) {
    auto opened = open(small_cell());
    ASSERT_TRUE(opened.input);
    const FrameSender sender(NetworkNamespace::far);
    ASSERT_TRUE(sender.send(make_frame(i, 100)));
    std::size_t n = 0;
    for (int k = 0; k < 100'000 && n == 0; ++k)
      n = read_all(*opened.input, 1).size();
    ASSERT_EQ(n, 1U);
  }
}

TEST(AfPacket, DoesNotReceiveWhatThisMachineSends) {
  AIRAN_NETWORK_OR_SKIP(1500);
  ASSERT_EQ(std::system("ip link set lo up"), 0);
  io::PlannedCell cell = small_cell();
  cell.packets.device = "net_af_packet,iface=lo";
  const auto plan = io::plan_interface(std::span(&cell, 1), cell.packets.device);
  ASSERT_TRUE(plan) << plan.error().message;
  const auto opened = io::open_device(cell.packets, *plan);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(FrameSender("lo").send(make_frame(1, 9000)));
  EXPECT_EQ(read_all(*opened->input, 10'000).size(), 1U); // once: coming, not going
}

TEST(AfPacket, SaysThatAnInterfaceIsDown) {
  AIRAN_NETWORK_OR_SKIP(1500);
  ASSERT_EQ(std::system(("ip link set down " + std::string(NetworkNamespace::near)).c_str()), 0);
  const io::PlannedCell cell = small_cell();
  const auto plan = io::plan_interface(std::span(&cell, 1), device);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::file);
  EXPECT_THAT(plan.error().message, HasSubstr("is down: ip link set airan0 up"));
}

TEST(AfPacket, SaysWhichRightIsMissing) {
  const auto allowed = io::check_packet_socket_rights("lo");
  if (allowed) { // with the right: look at it from a process without
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setresuid(65534, 65534, 65534) != 0)
        ::_exit(2);
      const auto refused = io::check_packet_socket_rights("lo");
      const bool is_said = !refused && refused.error().kind == ErrorKind::file &&
                           refused.error().message.find("CAP_NET_RAW") != std::string::npos;
      ::_exit(is_said ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
      GTEST_SKIP() << "another user cannot be taken here";
    EXPECT_EQ(status, 0);
    return;
  }
  EXPECT_EQ(allowed.error().kind, ErrorKind::file);
  EXPECT_THAT(allowed.error().message, HasSubstr("CAP_NET_RAW"));
}
