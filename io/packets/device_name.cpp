// SPDX-License-Identifier: Apache-2.0
// Device names, interfaces and rights.
#include "io/packets/device_name.hpp"

#include "io/packets/join.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <net/if.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace airan::io {

std::optional<std::string> DeviceName::argument(const std::string& key) const {
  for (const auto& [k, value] : arguments)
    if (k == key)
      return value;
  return std::nullopt;
}

std::string DeviceName::joined_arguments() const {
  std::vector<std::string> parts;
  for (const auto& [key, value] : arguments)
    parts.push_back(key + "=" + value);
  return join(parts, ",");
}

namespace {

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

constexpr std::array<std::string_view, 4> computed_arguments{"blocksz", "framesz", "framecnt",
                                                             "qpairs"};

} // namespace

Result<DeviceName> parse_device_name(const std::string& device) {
  const std::vector<std::string> parts = split_at_commas(device);
  DeviceName d{.name = parts.front(), .arguments = {}};
  if (d.name.empty())
    return configuration_error("source.device is missing: name a DPDK device, as in "
                               "\"net_af_packet,iface=eth0\" or \"0000:17:00.0\"");
  if (d.is_virtual())
    d.name.erase(d.name.find_last_not_of("0123456789") + 1);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    if (equals == 0 || equals == std::string::npos)
      return configuration_error(
          fmt::format("source.device: \"{}\" in \"{}\" is not key=value", parts[i], device));
    d.arguments.emplace_back(parts[i].substr(0, equals), parts[i].substr(equals + 1));
    if (d.is_af_packet())
      for (const std::string_view computed : computed_arguments)
        if (d.arguments.back().first == computed)
          return configuration_error(fmt::format(
              "source.device: leave out {}; airan computes it from the MTU and the cell",
              computed));
  }
  if (d.name == "net_pcap" && d.argument("rx_pcap"))
    return configuration_error("source.device: read a capture with source.type: pcap and its name "
                               "in source.path");
  if (d.is_af_packet() && !d.argument("iface"))
    return configuration_error(fmt::format(
        "source.device: \"{}\" names no interface; write net_af_packet,iface=NAME", device));
  return d;
}

namespace {

/// A socket for questions about interfaces.
class QuestionSocket {
public:
  QuestionSocket() : descriptor_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
  ~QuestionSocket() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }
  QuestionSocket(const QuestionSocket&) = delete;
  QuestionSocket& operator=(const QuestionSocket&) = delete;

  bool ask(unsigned long question, ifreq& request) const {
    return ::ioctl(descriptor_, question, &request) == 0;
  }

private:
  int descriptor_;
};

std::string list_interfaces() {
  std::vector<std::string> names;
  if (struct if_nameindex* all = ::if_nameindex(); all != nullptr) {
    for (const struct if_nameindex* i = all; i->if_index != 0; ++i)
      names.emplace_back(i->if_name);
    ::if_freenameindex(all);
  }
  return names.empty() ? "none" : join(names, ", ");
}

} // namespace

Result<std::int32_t> find_interface_mtu(const std::string& interface) {
  const QuestionSocket socket;
  ifreq request{};
  const bool fits = !interface.empty() && interface.size() < sizeof(request.ifr_name);
  std::memcpy(request.ifr_name, interface.data(), fits ? interface.size() : 0);
  if (!fits || !socket.ask(SIOCGIFFLAGS, request))
    return file_error(fmt::format("there is no network interface \"{}\"; there are: {}", interface,
                                  list_interfaces()));
  if ((request.ifr_flags & IFF_UP) == 0)
    return file_error(
        fmt::format("the network interface {0} is down: ip link set {0} up", interface));
  if (!socket.ask(SIOCGIFMTU, request))
    return file_error(fmt::format("the MTU of the network interface {} cannot be read: {}",
                                  interface, std::strerror(errno)));
  return request.ifr_mtu;
}

Result<void> check_packet_socket_rights(const std::string& interface) {
  const int descriptor = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); // protocol 0: no packets
  if (descriptor < 0)
    return file_error(fmt::format("receiving packets on {} is not permitted ({}): it needs the "
                                  "right CAP_NET_RAW; run as root, or once: setcap "
                                  "cap_net_raw,cap_ipc_lock+ep on the program",
                                  interface, std::strerror(errno)));
  ::close(descriptor);
  return {};
}

namespace {

/// CAP_IPC_LOCK counts in the first user namespace only (a container's root has not got it).
bool may_lock_everything() {
  std::ifstream map("/proc/self/uid_map");
  std::uint64_t inside = 0, outside = 0, count = 0;
  map >> inside >> outside >> count;
  if (!map || inside != 0 || outside != 0 || count != 0xFFFFFFFF)
    return false;
  std::ifstream status("/proc/self/status");
  constexpr std::string_view key = "CapEff:";
  constexpr int cap_ipc_lock = 14;
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key))
      return (std::strtoull(line.c_str() + key.size(), nullptr, 16) >> cap_ipc_lock & 1) != 0;
  return false;
}

} // namespace

std::optional<std::size_t> lockable_bytes() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
      may_lock_everything())
    return std::nullopt;
  return static_cast<std::size_t>(limit.rlim_cur);
}

} // namespace airan::io
