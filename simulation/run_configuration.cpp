// SPDX-License-Identifier: Apache-2.0
// The configuration that receives a made recording.
#include "simulation/run_configuration.hpp"

#include "config/yaml_tree.hpp"
#include "core/numerology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace airan::simulation {
namespace {

using config::RecordingType;
using config::YamlNode;

YamlNode number(double value) {
  return YamlNode::scalar(value == std::floor(value) && std::abs(value) < 1e15
                              ? fmt::format("{:.0f}", value)
                              : fmt::format("{}", value));
}

YamlNode cell_node(const config::Configuration& made, const CellSettings& cell, bool is_timed) {
  YamlNode node = YamlNode::map();
  node.add("id", number(cell.id));
  node.add("numerology", number(cell.numerology));
  if (cell.cyclic_prefix == CyclicPrefix::extended)
    node.add("cyclic_prefix", YamlNode::scalar("extended"));
  node.add("n_prb", number(cell.n_prb));
  node.add("first_prb", number(cell.first_prb));
  node.add("rx_ports", number(cell.rx_ports));
  if (is_timed) {
    node.add("sample_rate_hz", number(*cell.fft_size * subcarrier_spacing_hz(cell.numerology)));
    if (cell.phase_compensation_hz != 0)
      node.add("phase_compensation_hz", number(made.cells[0].phase_compensation_hz));
  }
  return node;
}

/// What a receiver has to search, out of the channel and all users.
struct Search {
  double latest_ns = 0;
  double earliest_ns = 0;
  double max_offset_hz = 0;
};

/// What a receiver must know of the packets, where it is not its default.
void add_packet_keys(const config::RadioUnit& unit, YamlNode& source) {
  YamlNode compression = YamlNode::map();
  const bool is_bfp = unit.compression.method == CompressionMethod::bfp;
  compression.add("method", YamlNode::scalar(is_bfp ? "bfp" : "none"));
  compression.add("width", number(unit.compression.width));
  compression.add(
      "header",
      YamlNode::scalar(unit.compression.header == CompressionHeader::fixed ? "static" : "dynamic"));
  source.add("compression", std::move(compression));
  if (unit.bfp16 == Bfp16::plain)
    source.add("bfp16", YamlNode::scalar("plain"));
  if (!unit.eaxc.empty()) {
    YamlNode eaxc = YamlNode::sequence();
    for (const std::int32_t id : unit.eaxc)
      eaxc.items.push_back(number(id));
    source.add("eaxc", std::move(eaxc));
  }
  source.add("vlan", unit.vlan ? number(*unit.vlan) : YamlNode::scalar("none"));
  if (unit.ru_prb)
    source.add("ru_prb", number(*unit.ru_prb));
}

Search search_of(const config::Configuration& made) {
  const config::Channel channel = made.channel.value_or(config::Channel{});
  Search s{channel.timing_offset_ns, channel.timing_offset_ns, 0};
  for (const config::User& user : made.transmitter->users) {
    s.latest_ns = std::max(s.latest_ns, channel.timing_offset_ns + user.timing_offset_ns);
    s.earliest_ns = std::min(s.earliest_ns, channel.timing_offset_ns + user.timing_offset_ns);
    s.max_offset_hz =
        std::max(s.max_offset_hz, std::abs(channel.carrier_offset_hz + user.carrier_offset_hz));
  }
  return s;
}

} // namespace

std::string name_of(RecordingType type) {
  switch (type) {
  case RecordingType::raw:
    return "raw";
  case RecordingType::grid:
    return "grid";
  case RecordingType::oran_pcap:
    return "oran-pcap";
  case RecordingType::sigmf:
    break;
  }
  return "sigmf";
}

std::string recording_file(const std::string& name, RecordingType type) {
  switch (type) {
  case RecordingType::raw:
    return name + ".raw";
  case RecordingType::grid:
    return name + ".h5";
  case RecordingType::oran_pcap:
    return name + ".pcap";
  case RecordingType::sigmf:
    break;
  }
  return name + ".sigmf-meta";
}

std::string
run_configuration(const config::Configuration& made, const CellSettings& cell, RecordingType type) {
  const config::Channel channel = made.channel.value_or(config::Channel{});
  const bool is_packets = type == RecordingType::oran_pcap;
  const bool is_timed = type != RecordingType::grid && !is_packets;
  const Search search = search_of(made);
  const double prefix_ns = (cell.cyclic_prefix == CyclicPrefix::extended ? 0.25 : 9.0 / 128) * 1e9 /
                           subcarrier_spacing_hz(cell.numerology);
  const bool needs_sync = is_timed && (channel.lead_in_us > 0 || search.latest_ns > prefix_ns ||
                                       search.earliest_ns < -prefix_ns);
  YamlNode source = YamlNode::map();
  source.add("type", YamlNode::scalar(is_packets ? "pcap" : name_of(type)));
  source.add("path", YamlNode::quoted(recording_file(made.recording.name, type)));
  source.add("grants", YamlNode::quoted(made.recording.name + ".grants.jsonl"));
  if (type == RecordingType::raw)
    source.add("raw_format",
               YamlNode::scalar(channel.front_end.format == IqNumber::float32 ? "fc32" : "sc16"));
  if (is_packets) {
    add_packet_keys(made.radio_unit.value_or(config::RadioUnit{}), source);
  } else if (needs_sync) {
    source.add("sync", YamlNode::scalar("auto"));
  } else {
    source.add("first_sfn", number(made.transmitter->first_sfn));
    source.add("first_slot", number(made.transmitter->first_slot));
  }
  YamlNode root = YamlNode::map();
  root.add("cell", cell_node(made, cell, is_timed));
  root.add("source", std::move(source));

  YamlNode receiver = YamlNode::map();
  receiver.add("ldpc_max_iterations", number(made.receiver.ldpc_max_iterations));
  if (needs_sync) {
    // The search ends well behind the first slot.
    const double first_ms = (channel.lead_in_us * 1e-3) + std::max(0.0, search.latest_ns * 1e-6);
    receiver.add("sync_search_ms", number(std::clamp(std::ceil(first_ms) + 20,
                                                     made.receiver.sync_search_ms, 10240.0)));
    receiver.add("sync_max_carrier_offset_hz",
                 number(std::clamp(std::ceil(search.max_offset_hz * 1.25),
                                   made.receiver.sync_max_carrier_offset_hz, 1e5)));
  }
  root.add("receiver", std::move(receiver));
  YamlNode output = YamlNode::map();
  output.add("directory", YamlNode::quoted(made.recording.name + "." + name_of(type) + ".results"));
  root.add("output", std::move(output));
  return "# Receives " + recording_file(made.recording.name, type) + "; made with it.\n" +
         print_yaml(root);
}

} // namespace airan::simulation
