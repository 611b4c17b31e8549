// SPDX-License-Identifier: Apache-2.0
// Network namespaces (namespaces(7)) and packet sockets (packet(7)).
#include "tests/support/network_namespace.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

namespace airan::test {

NetworkNamespace::NetworkNamespace(std::int32_t mtu)
    : before_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  if (::unshare(CLONE_NEWNET) != 0) {
    why_not_ = fmt::format("a network of its own is not permitted: {} (run as root, or under "
                           "unshare -Urn)",
                           std::strerror(errno));
    return;
  }
  // Without IPv6 nothing but the frames of the test is on the link.
  const std::string commands = fmt::format(
      "(sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.all.disable_ipv6=1;"
      " ip link add {0} mtu {2} type veth peer name {1} mtu {2} && ip link set {0} up && ip link "
      "set {1} up) 2>/dev/null",
      near, far, mtu);
  if (std::system(commands.c_str()) != 0)
    why_not_ = "a pair of interfaces cannot be made (ip link add ... type veth)";
}

NetworkNamespace::~NetworkNamespace() {
  if (before_ >= 0) {
    ::setns(before_, CLONE_NEWNET);
    ::close(before_);
  }
}

FrameSender::FrameSender(const char* interface)
    : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) { // protocol 0: it receives nothing
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
  ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}
FrameSender::~FrameSender() {
  if (socket_ >= 0)
    ::close(socket_);
}
bool FrameSender::send(std::span<const std::byte> frame) const {
  return ::send(socket_, frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size());
}

} // namespace airan::test
