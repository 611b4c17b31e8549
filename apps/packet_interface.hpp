// SPDX-License-Identifier: Apache-2.0
// Which cells share an interface, and what reading it takes.
#pragma once

#include "config/configuration.hpp"
#include "core/cell_settings.hpp"
#include "core/result.hpp"
#include "core/source_settings.hpp"
#include "io/dpdk/open_input.hpp"
#include "io/packets/packet_plan.hpp"
#include "io/pcap/capture_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace airan::apps {

/// A cell whose slots arrive as packets, with the defaults that depend on the cell filled in.
struct PacketCellSettings {
  CellSettings cell;
  SourceSettings source;
};

/// A capture or a device with the cells whose eAxCs arrive there, or the sockets of one cell.
struct PacketInterface {
  SourceType type = SourceType::pcap;
  std::string name; ///< path or device; empty for sockets
  std::vector<PacketCellSettings> cells;

  Pace pace() const;
};

/// An error when the process may not use the core that `key` of the configuration names.
Result<void> check_core(std::optional<std::int32_t> core, std::string_view key);

/// The interfaces of a configuration, in its order.
Result<std::vector<PacketInterface>> packet_interfaces(const config::Configuration& configuration);

/// A capture that was examined, or a device, with the memory that it takes.
struct PlannedInterface {
  std::optional<io::CaptureFacts> capture;
  io::PacketPlan plan;
};

/// Examines a capture wholly; asks the system about a device. Nothing is opened for good.
Result<PlannedInterface> plan_interface(const PacketInterface& interface);
Result<io::OpenedInput> open_input(const PacketInterface& interface,
                                   const PlannedInterface& planned);

} // namespace airan::apps
