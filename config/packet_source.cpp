// SPDX-License-Identifier: Apache-2.0
// Rules for sources of packets.
#include "config/packet_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace airan::config {
namespace {

/// FrameRules of io tells so many apart on an interface.
constexpr std::size_t max_streams = 254;

bool is_oran(SourceType type) {
  return type == SourceType::pcap || type == SourceType::dpdk;
}

/// ADDRESS:PORT with an IPv4 address, or an IPv6 address in brackets.
bool is_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0)
    return false;
  std::int32_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || last != end || port < 1 || port > 65535)
    return false;
  std::string address = text.substr(0, colon);
  const bool is_v6 = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (is_v6)
    address = address.substr(1, address.size() - 2);
  in6_addr unused{};
  return inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), &unused) == 1;
}

/// An eAxC id and the list that names it.
struct NamedEaxc {
  std::int32_t id = 0;
  std::string_view key;  ///< of the section
  std::string_view list; ///< for people
};

std::vector<NamedEaxc> eaxc_of(const PlacedSource& p) {
  const PacketSettings& packets = p.source.packets;
  std::vector<NamedEaxc> out;
  for (const std::int32_t id : packets.eaxc)
    out.push_back({id, "eaxc", "eaxc"});
  if (packets.eaxc.empty())
    for (std::int32_t port = 0; port < p.cell.rx_ports.value_or(0); ++port)
      out.push_back({port, "eaxc", "eaxc (left out, so 0 .. rx_ports - 1)"});
  for (const std::int32_t id : packets.prach_eaxc)
    out.push_back({id, "prach", "prach.eaxc"});
  for (const std::int32_t id : packets.srs_eaxc)
    out.push_back({id, "srs", "srs.eaxc"});
  return out;
}

void check_eaxc(const PlacedSource& p, Problems& problems) {
  const auto n_ids = p.source.packets.eaxc.size();
  if (n_ids > 0 && p.cell.rx_ports && n_ids != static_cast<std::size_t>(*p.cell.rx_ports))
    problems.push_back(
        {p.lines.of("eaxc"), fmt::format("source.eaxc lists {} ids for {} rx_ports, one each is "
                                         "needed",
                                         n_ids, *p.cell.rx_ports)});
  std::map<std::int32_t, NamedEaxc> known;
  for (const NamedEaxc& e : eaxc_of(p))
    if (const auto [first, is_new] = known.try_emplace(e.id, e); !is_new)
      problems.push_back({p.lines.of(e.key),
                          first->second.list == e.list
                              ? fmt::format("source: the eAxC id {} is twice in {}", e.id, e.list)
                              : fmt::format("source: the eAxC id {} is in {} and in {}", e.id,
                                            first->second.list, e.list)});
}

void check_listen(const PlacedSource& p, Problems& problems) {
  const std::vector<std::string>& listen = p.source.packets.listen;
  const std::int32_t line = p.lines.of("listen");
  if (p.cell.rx_ports && listen.size() != static_cast<std::size_t>(*p.cell.rx_ports))
    problems.push_back({line, fmt::format("source.listen lists {} addresses for {} rx_ports, one "
                                          "each is needed",
                                          listen.size(), *p.cell.rx_ports)});
  for (const std::string& address : listen)
    if (!is_endpoint(address))
      problems.push_back({line, fmt::format("source.listen: '{}' is not ADDRESS:PORT, such as "
                                            "0.0.0.0:5000 or [::]:5000",
                                            address)});
}

/// What the cell must say because packets do not.
void check_cell_is_known(const PlacedSource& p, Problems& problems) {
  const std::int32_t line = p.cell.line > 0 ? p.cell.line : p.lines.section;
  const auto need = [&](bool is_given, std::string_view key) {
    if (!is_given)
      problems.push_back({line, fmt::format("cell.{} is missing (packets do not state it)", key)});
  };
  need(p.cell.numerology.has_value(), "numerology");
  need(p.cell.n_prb.has_value(), "n_prb");
  need(p.cell.rx_ports.has_value(), "rx_ports");
  if (p.source.type == SourceType::udp)
    need(p.cell.sample_rate_hz || p.cell.fft_size, "sample_rate_hz");
}

std::string interface_of(const SourceSettings& source) {
  if (source.type == SourceType::pcap)
    return source.path;
  return fmt::format("{} queue {}", source.packets.device, source.packets.queue);
}

/// What the cells of one interface have in common, as texts to compare.
std::vector<std::pair<std::string_view, std::string>> common_keys(const PacketSettings& s) {
  return {{"vlan", print_vlan(s.vlan).text},
          {"dst_mac", s.dst_mac ? mac_address_text(*s.dst_mac) : ""},
          {"ignore_ecpri_size", s.ignore_ecpri_size ? "true" : "false"},
          {"ignore_sequence", s.ignore_sequence ? "true" : "false"},
          {"pace", s.pace ? std::to_string(static_cast<int>(*s.pace)) : ""},
          {"packet_core", s.packet_core ? std::to_string(*s.packet_core) : ""}};
}

/// The cells of one interface.
void check_interface(std::span<const PlacedSource* const> cells, Problems& problems) {
  const PlacedSource& first = *cells.front();
  std::map<std::int32_t, std::int32_t> cell_of;
  for (const PlacedSource* p : cells) {
    for (const NamedEaxc& e : eaxc_of(*p))
      if (const auto [known, is_new] = cell_of.try_emplace(e.id, p->cell.id);
          !is_new && known->second != p->cell.id)
        problems.push_back({p->lines.of(e.key),
                            fmt::format("source: the eAxC id {} is taken by cell {}, which is on "
                                        "the same interface",
                                        e.id, known->second)});
    const auto wanted = common_keys(first.source.packets);
    const auto given = common_keys(p->source.packets);
    for (std::size_t i = 0; i < given.size(); ++i)
      if (given[i] != wanted[i])
        problems.push_back({p->lines.of(given[i].first),
                            fmt::format("source.{} must be the same in all cells on one "
                                        "interface, and that of cell {} differs",
                                        given[i].first, first.cell.id)});
  }
  if (cell_of.size() > max_streams)
    problems.push_back({first.lines.of("eaxc"),
                        fmt::format("source: {} eAxC ids are on one interface, at most {} can be",
                                    cell_of.size(), max_streams)});
}

/// Names of which each may be used once, over all cells.
class OnceOnly {
public:
  void use(const std::string& name, std::string_view what, std::int32_t line, Problems& problems) {
    if (const auto [first, is_new] = lines_.try_emplace(name, line); !is_new)
      problems.push_back({line, fmt::format("source: {} {} is used in line {} already", what, name,
                                            first->second)});
  }

private:
  std::map<std::string, std::int32_t> lines_;
};

} // namespace

void check_packet_source(const PlacedSource& p, Problems& problems) {
  const PacketSettings& packets = p.source.packets;
  check_cell_is_known(p, problems);
  if (p.source.type == SourceType::udp)
    check_listen(p, problems);
  if (!is_oran(p.source.type))
    return;
  check_eaxc(p, problems);
  if (packets.ru_prb && p.cell.n_prb && *packets.ru_prb < *p.cell.n_prb)
    problems.push_back({p.lines.of("ru_prb"),
                        fmt::format("source.ru_prb is {} but the cell has {} PRB: a radio unit is "
                                    "at least as wide as its cell",
                                    *packets.ru_prb, *p.cell.n_prb)});
  if (packets.ta4 && packets.ta4->min_us > packets.ta4->max_us)
    problems.push_back({p.lines.of("ta4"), fmt::format("source.ta4: min_us {} exceeds max_us {}",
                                                       packets.ta4->min_us, packets.ta4->max_us)});
}

void check_interfaces(std::span<const PlacedSource> sources, Problems& problems) {
  OnceOnly listens;
  OnceOnly sockets;
  std::map<std::string, std::vector<const PlacedSource*>> by_interface;
  const PlacedSource* first = nullptr;
  const PlacedSource* first_dpdk = nullptr;
  for (const PlacedSource& p : sources) {
    first = first == nullptr ? &p : first;
    if (is_packets(p.source.type) != is_packets(first->source.type))
      problems.push_back({p.lines.of("type"), fmt::format("source: cell {} takes recordings or "
                                                          "packets, and cell {} the other; one "
                                                          "run takes one of them",
                                                          p.cell.id, first->cell.id)});
    if (p.source.grants.starts_with("unix:"))
      sockets.use(p.source.grants, "the socket", p.lines.of("grants"), problems);
    if (p.source.type == SourceType::udp)
      for (const std::string& address : p.source.packets.listen)
        listens.use(address, "the address", p.lines.of("listen"), problems);
    if (is_oran(p.source.type))
      by_interface[interface_of(p.source)].push_back(&p);
    if (p.source.type == SourceType::dpdk) {
      first_dpdk = first_dpdk == nullptr ? &p : first_dpdk;
      if (p.source.packets.eal != first_dpdk->source.packets.eal)
        problems.push_back({p.lines.of("eal"),
                            fmt::format("source.eal must be the same in all cells, a process has "
                                        "one EAL, and that of cell {} differs",
                                        first_dpdk->cell.id)});
    }
  }
  for (const auto& [name, cells] : by_interface)
    check_interface(cells, problems);
}

void complete_packet_source(Cell& cell) {
  if (!cell.source || !is_packets(cell.source->type))
    return;
  SourceSettings& source = *cell.source;
  PacketSettings& packets = source.packets;
  if (!packets.pace)
    packets.pace = source.type == SourceType::pcap ? Pace::as_fast_as_possible : Pace::real_time;
  if (!is_oran(source.type))
    return;
  if (packets.eaxc.empty())
    for (std::int32_t port = 0; port < cell.rx_ports.value_or(0); ++port)
      packets.eaxc.push_back(port);
  if (!packets.ru_prb)
    packets.ru_prb = cell.n_prb;
  if (!packets.ta4 && source.type == SourceType::dpdk)
    packets.ta4 = Ta4Window{};
}

std::optional<MacAddress> parse_mac_address(std::string_view text) {
  MacAddress out{};
  if (text.size() != 3 * out.size() - 1)
    return std::nullopt;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const char* const begin = text.data() + 3 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, out[i], 16);
    if (error != std::errc{} || end != begin + 2 || (i + 1 < out.size() && *end != ':'))
      return std::nullopt;
  }
  return out;
}

std::string mac_address_text(const MacAddress& address) {
  std::string out;
  for (const std::uint8_t byte : address)
    out += fmt::format("{}{:02x}", out.empty() ? "" : ":", byte);
  return out;
}

YamlNode print_vlan(const VlanRule& vlan) {
  if (const auto* id = std::get_if<VlanId>(&vlan))
    return YamlNode::scalar(std::to_string(id->id));
  return YamlNode::quoted(std::holds_alternative<NoVlan>(vlan) ? "none" : "any");
}

} // namespace airan::config
