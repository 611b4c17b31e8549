// SPDX-License-Identifier: Apache-2.0
// Sources of packets: what their keys must agree on with the cell and with each other, and what is
// filled in.
#pragma once

#include "config/configuration.hpp"
#include "config/yaml_tree.hpp"
#include "core/packet_settings.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace airan::config {

/// A source and the cell that it is for.
struct PlacedSource {
  const Cell& cell;
  const SourceSettings& source;
  const SectionLines& lines;
};

/// A packet source by itself and with its cell. Packets say nothing about the cell: the
/// configuration must.
void check_packet_source(const PlacedSource& placed, Problems& problems);
/// The sources of all cells: what cells on one interface share, and what they must not share.
void check_interfaces(std::span<const PlacedSource> sources, Problems& problems);

/// Fills in what follows from the cell or the type where the source is of packets: eaxc, ru_prb,
/// ta4, pace. The cell is sound.
void complete_packet_source(Cell& cell);

/// aa:bb:cc:dd:ee:ff; empty when it is something else.
std::optional<MacAddress> parse_mac_address(std::string_view text);
std::string mac_address_text(const MacAddress& address);
/// As it is written in a configuration: any, none, or the id.
YamlNode print_vlan(const VlanRule& vlan);

} // namespace airan::config
