// SPDX-License-Identifier: Apache-2.0
// Which cells share an interface, and what reading it takes.
#include "apps/packet_interface.hpp"

#include "config/resolve_cell.hpp"
#include "io/packets/thread_core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <thread>

namespace airan::apps {
namespace {

Result<PacketCellSettings> resolve(const config::Cell& cell) {
  const SignalDomain domain =
      cell.source->type == SourceType::udp ? SignalDomain::time : SignalDomain::frequency;
  const auto settings = config::resolve_cell(cell, {}, "the configuration", domain);
  if (!settings)
    return tl::unexpected(settings.error());
  PacketCellSettings out{*settings, *cell.source};
  PacketSettings& packets = out.source.packets;
  if (packets.eaxc.empty()) {
    packets.eaxc.resize(static_cast<std::size_t>(settings->rx_ports));
    std::iota(packets.eaxc.begin(), packets.eaxc.end(), 0);
  }
  return out;
}

std::string interface_name(const SourceSettings& source) {
  switch (source.type) {
  case SourceType::pcap:
    return source.path;
  case SourceType::dpdk:
    return source.packets.device + " queue " + std::to_string(source.packets.queue);
  default:
    return {};
  }
}

std::vector<io::PlannedCell> planned_cells(const PacketInterface& interface) {
  std::vector<io::PlannedCell> cells;
  for (const PacketCellSettings& c : interface.cells)
    cells.push_back({c.cell, c.source.packets});
  return cells;
}

} // namespace

Pace PacketInterface::pace() const {
  const Pace natural = type == SourceType::pcap ? Pace::as_fast_as_possible : Pace::real_time;
  return cells.front().source.packets.pace.value_or(natural);
}

Result<void> check_core(std::optional<std::int32_t> core, std::string_view key) {
  if (!core || io::may_use_core(*core))
    return {};
  return configuration_error(fmt::format("{} is {}, a core that this process may not use (it has "
                                         "{}; nproc and taskset -p say more)",
                                         key, *core, std::thread::hardware_concurrency()));
}

Result<std::vector<PacketInterface>> packet_interfaces(const config::Configuration& configuration) {
  std::vector<PacketInterface> interfaces;
  for (const config::Cell& cell : configuration.cells) {
    if (!cell.source || !is_packets(cell.source->type))
      continue;
    auto resolved = resolve(cell);
    if (!resolved)
      return tl::unexpected(resolved.error());
    const SourceType type = cell.source->type;
    const std::string name = interface_name(*cell.source);
    const auto known =
        std::find_if(interfaces.begin(), interfaces.end(), [&](const PacketInterface& i) {
          return type != SourceType::udp && i.type == type && i.name == name;
        });
    PacketInterface& interface = known != interfaces.end()
                                     ? *known
                                     : interfaces.emplace_back(PacketInterface{type, name, {}});
    interface.cells.push_back(*std::move(resolved));
  }
  return interfaces;
}

Result<PlannedInterface> plan_interface(const PacketInterface& interface) {
  const auto cells = planned_cells(interface);
  if (interface.type == SourceType::dpdk) {
    auto plan = io::plan_interface(cells, interface.cells.front().source.packets.device);
    if (!plan)
      return tl::unexpected(plan.error());
    return PlannedInterface{std::nullopt, *std::move(plan)};
  }
  const auto capture = io::examine_capture(interface.name);
  if (!capture)
    return tl::unexpected(capture.error());
  auto plan = io::plan_capture(cells, *capture);
  if (!plan)
    return tl::unexpected(plan.error());
  return PlannedInterface{*capture, *std::move(plan)};
}

Result<io::OpenedInput> open_input(const PacketInterface& interface,
                                   const PlannedInterface& planned) {
  const PacketSettings& packets = interface.cells.front().source.packets;
  return planned.capture ? io::open_capture(interface.name, *planned.capture, packets, planned.plan)
                         : io::open_device(packets, planned.plan);
}

} // namespace airan::apps
