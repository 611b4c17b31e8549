// SPDX-License-Identifier: Apache-2.0
// Options of packet(7).
#include "io/dpdk/af_packet_sockets.hpp"

#include <array>
#include <charconv>
#include <filesystem>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

namespace airan::io::dpdk {
namespace {

bool is_packet_socket_on(int descriptor, int interface_index) {
  sockaddr_ll address{};
  socklen_t length = sizeof(address);
  return ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0 &&
         address.sll_family == AF_PACKET && address.sll_ifindex == interface_index;
}

} // namespace

std::set<int> find_packet_sockets(const std::string& interface) {
  std::set<int> sockets;
  const auto index = static_cast<int>(::if_nametoindex(interface.c_str()));
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    const std::string name = entry.path().filename().string();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (index != 0 && is_packet_socket_on(descriptor, index))
      sockets.insert(descriptor);
  }
  return sockets;
}

void AfPacketSockets::ignore_outgoing() const {
  // PACKET_IGNORE_OUTGOING has no effect on sockets in a fanout group, as the driver's are.
  std::array<sock_filter, 4> program{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),          // none of it
      BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), // all of it
  }};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  for (const int descriptor : sockets_)
    ::setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
}

std::int64_t AfPacketSockets::read_drops() {
  for (const int descriptor : sockets_) {
    tpacket_stats statistics{}; // the kernel starts them again with each reading
    socklen_t length = sizeof(statistics);
    if (::getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0)
      n_dropped_ += statistics.tp_drops;
  }
  return n_dropped_;
}

} // namespace airan::io::dpdk
