// SPDX-License-Identifier: Apache-2.0
// Devices come by hotplug: a device given to EAL at its start fails without an error.
#include "io/dpdk/ethdev_port.hpp"

#include "io/dpdk/eal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

namespace airan::io::dpdk {
namespace {

/// What DPDK logged says more than its error.
std::string with_reason(std::string sentence, int error) {
  const std::string log = take_log();
  return sentence + ": " + (log.empty() ? error_text(error) : log);
}

} // namespace

Result<std::unique_ptr<EthdevPort>> EthdevPort::open_virtual(const std::string& driver,
                                                             const std::string& arguments,
                                                             const ReceiveSettings& settings,
                                                             PacketAllocator allocator) {
  static std::atomic<int> n = 0;
  std::unique_ptr<EthdevPort> port(new EthdevPort);
  port->name_ = driver;
  const std::string name = fmt::format("{}_airan{}", driver, n++);
  take_log();
  if (const int error = add_virtual_device(name.c_str(), arguments.c_str()); error != 0)
    return configuration_error(with_reason(
        fmt::format("DPDK cannot open {}{}{} (drivers are packages of their own, such as "
                    "librte-net-pcap23 and librte-net-af-packet23)",
                    driver, arguments.empty() ? "" : ",", arguments),
        error));
  port->virtual_name_ = name;
  if (find_port(name.c_str(), &port->port_) != 0)
    return configuration_error(
        fmt::format("the device {} of DPDK is none that receives packets", driver));
  port->has_port_ = true;
  if (auto started = port->start(settings, std::move(allocator)); !started)
    return tl::unexpected(started.error());
  return port;
}

Result<std::unique_ptr<EthdevPort>> EthdevPort::open_on_bus(const std::string& name,
                                                            const std::string& name_and_arguments,
                                                            const ReceiveSettings& settings,
                                                            PacketAllocator allocator) {
  std::unique_ptr<EthdevPort> port(new EthdevPort);
  port->name_ = name;
  port->is_on_bus_ = true;
  take_log();
  // The start of DPDK may have found it already.
  if (find_port(name.c_str(), &port->port_) != 0) {
    const int error = probe_device(name_and_arguments.c_str());
    if (error != 0 || find_port(name.c_str(), &port->port_) != 0)
      return file_error(with_reason(
          fmt::format("DPDK finds no network device {} (is the name right, as dpdk-devbind.py -s "
                      "prints it, and is it bound to a driver for DPDK, such as vfio-pci?)",
                      name),
          error != 0 ? error : ENODEV));
  }
  port->has_port_ = true;
  if (auto started = port->start(settings, std::move(allocator)); !started)
    return tl::unexpected(started.error());
  return port;
}

Result<std::unique_ptr<EthdevPort>> EthdevPort::open_existing(const std::string& name,
                                                              const ReceiveSettings& settings,
                                                              PacketAllocator allocator) {
  std::unique_ptr<EthdevPort> port(new EthdevPort);
  port->name_ = name;
  if (find_port(name.c_str(), &port->port_) != 0)
    return file_error(fmt::format("DPDK has no port {}", name));
  port->has_port_ = true;
  if (auto started = port->start(settings, std::move(allocator)); !started)
    return tl::unexpected(started.error());
  return port;
}

Result<void> EthdevPort::start(const ReceiveSettings& settings, PacketAllocator allocator) {
  const PortFacts found = facts();
  if (settings.n_queues > found.max_queues)
    return configuration_error(fmt::format("source.queue: {} has the receive queues 0..{}, not {}",
                                           name_, found.max_queues - 1, settings.n_queues - 1));
  // Memory of our own has no known physical addresses.
  const bool external = !is_on_bus_ || uses_virtual_addresses();
  auto memory =
      external
          ? PacketMemory::create(settings.n_packets, settings.frame_bytes, std::move(allocator))
          : PacketMemory::create_in_hugepages(settings.n_packets, settings.frame_bytes);
  if (!memory)
    return tl::unexpected(memory.error());
  memory_ = std::move(*memory);
  if (is_on_bus_ && external) // drivers that map memory themselves (mlx5) refuse this
    is_mapped_ = map_for_device(port_, memory_->bytes().data(), memory_->bytes().size()) == 0;
  take_log();
  const PortSettings port_settings{
      .n_queues = static_cast<std::uint16_t>(settings.n_queues),
      .n_descriptors = static_cast<std::uint16_t>(settings.n_descriptors),
      .mtu = static_cast<std::uint16_t>(std::min<std::int32_t>(settings.mtu, found.max_mtu)),
      .strip_vlan = settings.strip_vlan,
      .pool = memory_->pool()};
  if (const int error = start_port(port_, port_settings); error != 0)
    return file_error(with_reason(fmt::format("{} cannot receive", name_), error));
  return {};
}

EthdevPort::~EthdevPort() {
  if (has_port_) {
    if (is_mapped_)
      unmap_for_device(port_, memory_->bytes().data(), memory_->bytes().size());
    stop_port(port_);
  }
  if (!virtual_name_.empty())
    remove_virtual_device(virtual_name_.c_str());
}

PortFacts EthdevPort::facts() const {
  PortFacts facts;
  describe_port(port_, &facts);
  return facts;
}

} // namespace airan::io::dpdk
