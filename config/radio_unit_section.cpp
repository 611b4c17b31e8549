// SPDX-License-Identifier: Apache-2.0
// Field table of the radio unit that is emulated.
#include "config/packet_names.hpp"
#include "config/packet_source.hpp"
#include "config/sections.hpp"
#include "core/cell_settings.hpp"

#include <fmt/format.h>

namespace airan::config {
namespace {

/// vlan: none | 0 .. 4094
void describe_tag(FieldTable& table, std::optional<std::int32_t>& vlan) {
  Field& field = table.add("vlan", "none | integer " + range_text(0, max_vlan), "",
                           "id of an 802.1Q tag on every packet");
  field.read = [&vlan](const YamlNode& node, const ReadContext& context) {
    std::int64_t id = 0;
    if (node.kind == YamlNode::Kind::scalar && node.text == "none")
      vlan.reset();
    else if (read_integer(node, id).empty() && id >= 0 && id <= max_vlan)
      vlan = static_cast<std::int32_t>(id);
    else
      context.complain(node.line, fmt::format("{}: must be none, or an id {}", context.where,
                                              range_text(0, max_vlan)));
  };
  field.print = [&vlan]() -> std::optional<YamlNode> {
    return print_vlan(vlan ? VlanRule(VlanId{*vlan}) : VlanRule(NoVlan{}));
  };
}

void describe_mac(FieldTable& table, std::string_view name, MacAddress& mac, std::string_view doc) {
  Field& field = table.add(name, "MAC address", "", doc);
  field.read = [&mac](const YamlNode& node, const ReadContext& context) {
    const auto address =
        node.kind == YamlNode::Kind::scalar ? parse_mac_address(node.text) : std::nullopt;
    if (address)
      mac = *address;
    else
      context.complain(node.line,
                       context.where + ": must be a MAC address such as 02:00:00:00:00:01");
  };
  field.print = [&mac]() -> std::optional<YamlNode> {
    return YamlNode::quoted(mac_address_text(mac));
  };
}

} // namespace

void describe(FieldTable& table, RadioUnit& unit) {
  table.section("compression", unit.compression, "how the IQ is compressed");
  table.choice("bfp16", unit.bfp16, bfp16_names,
               "what bfp of width 16 means: 49 bytes per PRB, or no compression in 48");
  table.numbers("eaxc", unit.eaxc, 0, max_eaxc,
                "eAxC id of receive port 0, 1, ..., left out: 0 .. rx_ports - 1");
  describe_tag(table, unit.vlan);
  describe_mac(table, "dst_mac", unit.dst_mac, "of the distributed unit, which receives");
  describe_mac(table, "src_mac", unit.src_mac, "of the radio unit");
  table.number("mtu", unit.mtu, 68, 65535, "bytes",
               "of an Ethernet frame after its header and VLAN tag, longer symbols are cut");
  table.number("max_prb_per_section", unit.max_prb_per_section, 1, 255, "PRB",
               "left out: what the MTU allows");
  table.number("sections_per_message", unit.sections_per_message, 1, 64, "sections",
               "most sections in one packet");
  table.flag("c_plane", unit.c_plane,
             "send the C-plane messages that ask for the symbols too, as a distributed unit would");
  table.number("peak", unit.peak, 1e-6, 1, "full scale",
               "the signal is scaled so that its largest I or Q is this");
  table.number("ru_prb", unit.ru_prb, 1, max_prb, "PRB",
               "width of the radio unit, PRBs above the carrier's are zeros, left out: n_prb");
  table.number("delay_us", unit.delay_us, 0, 10000, "us",
               "from the start of a symbol on the air to its first packet");
  table.choice("framing", unit.framing, framing_names, "udp: how datagrams are framed");
  table.number("datagram_bytes", unit.datagram_bytes, 4, 65408, "bytes",
               "udp: IQ in one datagram, a multiple of 4");
}

} // namespace airan::config
