// SPDX-License-Identifier: Apache-2.0
// Opening devices and captures through DPDK.
#include "io/dpdk/open_input.hpp"

#include "io/dpdk/eal.hpp"
#include "io/dpdk/ethdev_input.hpp"
#include "io/packets/device_name.hpp"
#include "io/pcap/pcap_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <set>
#include <unistd.h>
#include <utility>

namespace airan::io {

bool has_dpdk() {
  return true;
}

namespace {

using namespace dpdk;

ReceiveSettings receive_settings(const PacketPlan& plan, std::int32_t queue) {
  return {.n_packets = plan.n_packets,
          .frame_bytes = plan.frame_bytes,
          .n_queues = queue + 1,
          .n_descriptors = std::max(plan.n_descriptors, 1)};
}

/// `wanted_mtu` 0: whatever the device has.
std::vector<Fact> describe(const PortFacts& port, std::int32_t wanted_mtu) {
  std::vector<Fact> facts{{"reader", fmt::format("DPDK, driver {}", port.driver)}};
  facts.push_back({"MTU of the device", port.mtu < wanted_mtu
                                            ? fmt::format("{} bytes ({} could not be set: longer "
                                                          "frames do not arrive)",
                                                          port.mtu, wanted_mtu)
                                            : fmt::format("{} bytes", port.mtu)});
  facts.push_back({"promiscuous", port.is_promiscuous ? "yes" : "no"});
  facts.push_back({"link", !port.is_link_up ? "down"
                           : port.link_mbps == 0
                               ? "up"
                               : fmt::format("up, {} Mbit/s as the driver says", port.link_mbps)});
  return facts;
}

Result<OpenedInput> open_af_packet(const DeviceName& device,
                                   const PacketSettings& settings,
                                   const PacketPlan& plan,
                                   PacketAllocator allocator) {
  const std::string interface = *device.argument("iface");
  if (auto mtu = find_interface_mtu(interface); !mtu)
    return tl::unexpected(mtu.error());
  if (auto allowed = check_packet_socket_rights(interface); !allowed)
    return tl::unexpected(allowed.error());
  if (!plan.ring)
    return internal_error("a plan without a ring for net_af_packet");
  ReceiveSettings receive = receive_settings(plan, settings.queue);
  // The driver cannot put the tag back in external memory (and logs that for each packet).
  receive.strip_vlan = true;
  const std::string arguments = fmt::format(
      "{},blocksz={},framesz={},framecnt={},qpairs={}", device.joined_arguments(),
      plan.ring->block_bytes, plan.ring->frame_bytes, plan.ring->n_frames, receive.n_queues);
  const std::set<int> before = find_packet_sockets(interface);
  auto port = EthdevPort::open_virtual(device.name, arguments, receive, std::move(allocator));
  if (!port)
    return tl::unexpected(port.error());
  std::vector<int> descriptors;
  std::ranges::set_difference(find_packet_sockets(interface), before,
                              std::back_inserter(descriptors));
  AfPacketSockets sockets(std::move(descriptors));
  sockets.ignore_outgoing();
  auto input =
      std::make_unique<EthdevInput>(std::move(*port), static_cast<std::uint16_t>(settings.queue));
  input->count_drops(std::move(sockets));
  OpenedInput opened{.input = nullptr, .facts = describe(input->facts(), 0)};
  opened.facts[1].value = fmt::format("{} bytes", plan.mtu); // the driver says 1500 of every one
  opened.input = std::move(input);
  return opened;
}

} // namespace

Result<OpenedInput>
open_device(const PacketSettings& settings, const PacketPlan& plan, PacketAllocator allocator) {
  const auto device = parse_device_name(settings.device);
  if (!device)
    return tl::unexpected(device.error());
  if (device->is_af_packet()) // what is wrong with an interface is said before DPDK starts
    if (auto mtu = find_interface_mtu(*device->argument("iface")); !mtu)
      return tl::unexpected(mtu.error());
  if (auto started =
          start_eal({.arguments = settings.eal,
                     .bus_device = device->is_virtual() ? std::string() : settings.device,
                     .memory_bytes = PacketMemory::eal_bytes(plan.n_packets)});
      !started)
    return tl::unexpected(started.error());
  if (device->is_af_packet())
    return open_af_packet(*device, settings, plan, std::move(allocator));

  ReceiveSettings receive = receive_settings(plan, settings.queue);
  if (!device->is_virtual())
    receive.mtu = plan.mtu;
  auto port =
      device->is_virtual()
          ? EthdevPort::open_virtual(device->name, device->joined_arguments(), receive,
                                     std::move(allocator))
          : EthdevPort::open_on_bus(device->name, settings.device, receive, std::move(allocator));
  if (!port)
    return tl::unexpected(port.error());
  auto input =
      std::make_unique<EthdevInput>(std::move(*port), static_cast<std::uint16_t>(settings.queue));
  OpenedInput opened{.input = nullptr, .facts = describe(input->facts(), receive.mtu)};
  opened.input = std::move(input);
  return opened;
}

namespace {

/// A descriptor open while the object lives.
class OpenDescriptor {
public:
  explicit OpenDescriptor(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenDescriptor() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }
  OpenDescriptor(const OpenDescriptor&) = delete;
  OpenDescriptor& operator=(const OpenDescriptor&) = delete;
  int get() const { return descriptor_; }

private:
  int descriptor_;
};

Result<std::unique_ptr<EthdevPort>>
open_net_pcap(const std::string& path, const PacketPlan& plan, const PacketAllocator& allocator) {
  const OpenDescriptor file(path);
  if (file.get() < 0)
    return file_error(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  // A path of ours: those of users may hold commas, which divide the arguments of a device. The
  // driver opens it when it starts and keeps it open.
  return EthdevPort::open_virtual("net_pcap", fmt::format("rx_pcap=/proc/self/fd/{}", file.get()),
                                  receive_settings(plan, 0), allocator);
}

} // namespace

Result<OpenedInput> open_capture(const std::string& path,
                                 const CaptureFacts& facts,
                                 const PacketSettings& settings,
                                 const PacketPlan& plan,
                                 PacketAllocator allocator) {
  const auto through_libpcap = [&](const std::string& why) {
    return open_through_libpcap(path, plan, fmt::format("libpcap ({})", why), allocator);
  };
  // In pieces it would need several buffers, and net_pcap loses what it finds none for.
  if (facts.longest_frame > plan.frame_bytes)
    return through_libpcap(
        fmt::format("a frame of {} bytes is too long for DPDK's reader", facts.longest_frame));
  const auto started = start_eal({.arguments = settings.eal,
                                  .bus_device = {},
                                  .memory_bytes = PacketMemory::eal_bytes(plan.n_packets)});
  if (!started) {
    if (!settings.eal.empty())
      return tl::unexpected(started.error());
    return through_libpcap(started.error().message);
  }
  auto port = open_net_pcap(path, plan, allocator);
  if (!port)
    return through_libpcap(port.error().message);
  auto times = CaptureReader::open(path);
  if (!times)
    return tl::unexpected(times.error());
  return OpenedInput{.input = std::make_unique<PcapEthdevInput>(std::move(*port), std::move(*times),
                                                                facts.n_packets),
                     .facts = {{"reader", "DPDK, driver net_pcap"}}};
}

} // namespace airan::io
