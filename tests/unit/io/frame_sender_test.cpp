// SPDX-License-Identifier: Apache-2.0
// Frames that are sent on one end of a virtual link arrive on the other.
#include "io/packets/frame_sender.hpp"
#include "tests/support/network_namespace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <linux/if_packet.h>
#include <net/if.h>
#include <span>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace airan::io {
namespace {

using testing::HasSubstr;

constexpr std::uint16_t ethertype_ecpri = 0xAEFE;

/// Receives the eCPRI frames of an interface.
class Listener {
public:
  explicit Listener(const char* interface)
      : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ethertype_ecpri))) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ethertype_ecpri);
    address.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Empty when none is there.
  std::vector<std::byte> next() const {
    std::array<std::byte, 2048> bytes{};
    const ssize_t n = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    return {bytes.begin(), bytes.begin() + std::max<ssize_t>(n, 0)};
  }

private:
  int socket_;
};

std::vector<std::byte> frame_of(std::size_t n_bytes, std::uint8_t index) {
  std::vector<std::byte> frame(n_bytes);
  for (std::size_t i = 0; i < 6; ++i)
    frame[i] = frame[6 + i] = std::byte{0x02};
  frame[11] = std::byte{0x03};
  frame[12] = std::byte{ethertype_ecpri >> 8};
  frame[13] = std::byte{ethertype_ecpri & 0xFF};
  frame[14] = std::byte{index};
  return frame;
}

TEST(FrameSender, SaysThatThereIsNoSuchInterface) {
  for (const char* name : {"nosuchinterface", "", "a name that is longer than any may be"}) {
    const auto sender = FrameSender::open(name);
    ASSERT_FALSE(sender);
    EXPECT_EQ(sender.error().kind, ErrorKind::file);
    EXPECT_THAT(sender.error().message, HasSubstr("no network interface"));
  }
}

TEST(FrameSender, SendsInOrderAndCountsWhatIsRefused) {
  const test::NetworkNamespace network(1500);
  if (!network.why_not().empty())
    GTEST_SKIP() << network.why_not();
  const Listener listener(test::NetworkNamespace::near);
  auto sender = FrameSender::open(test::NetworkNamespace::far);
  ASSERT_TRUE(sender) << sender.error().message;
  EXPECT_EQ(sender->mtu(), 1500);
  std::vector<std::vector<std::byte>> frames;
  for (std::uint8_t i = 0; i < 100; ++i) // more than one system call takes
    frames.push_back(frame_of(i == 50 ? 1515 : 60, i));
  std::vector<std::span<const std::byte>> spans(frames.begin(), frames.end());
  sender->send(spans);
  EXPECT_EQ(sender->counters().sent, 99);
  EXPECT_EQ(sender->counters().refused, 1);
  EXPECT_THAT(sender->trouble(), HasSubstr("longer than the interface"));
  frames.erase(frames.begin() + 50);
  for (const auto& frame : frames)
    EXPECT_EQ(listener.next(), frame);
  EXPECT_TRUE(listener.next().empty());
}

TEST(FrameSender, SaysThatTheInterfaceIsDown) {
  const test::NetworkNamespace network(1500);
  if (!network.why_not().empty())
    GTEST_SKIP() << network.why_not();
  ASSERT_EQ(std::system("ip link set airan1 down"), 0);
  const auto sender = FrameSender::open(test::NetworkNamespace::far);
  ASSERT_FALSE(sender);
  EXPECT_THAT(sender.error().message, HasSubstr("is down"));
}

} // namespace
} // namespace airan::io
