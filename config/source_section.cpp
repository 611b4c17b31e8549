// SPDX-License-Identifier: Apache-2.0
// Field tables of where IQ comes from: recordings, and packets.
#include "config/bundle_field.hpp"
#include "config/packet_names.hpp"
#include "config/packet_source.hpp"
#include "config/sections.hpp"
#include "core/cell_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string>

namespace airan::config {
namespace {

constexpr Name<SourceType> source_types[] = {
    {SourceType::sigmf, "sigmf"}, {SourceType::raw, "raw"},   {SourceType::grid, "grid"},
    {SourceType::pcap, "pcap"},   {SourceType::dpdk, "dpdk"}, {SourceType::udp, "udp"}};
constexpr Name<RawFormat> raw_formats[] = {{RawFormat::sc16, "sc16"}, {RawFormat::fc32, "fc32"}};
constexpr Name<Sync> syncs[] = {{Sync::aligned, "aligned"}, {Sync::automatic, "auto"}};
constexpr Name<Strictness> strictnesses[] = {{Strictness::lenient, "lenient"},
                                             {Strictness::strict, "strict"}};
constexpr Name<CompressionMethod> compression_methods[] = {{CompressionMethod::none, "none"},
                                                           {CompressionMethod::bfp, "bfp"}};
constexpr Name<CompressionHeader> compression_headers[] = {{CompressionHeader::fixed, "static"},
                                                           {CompressionHeader::dynamic, "dynamic"}};
constexpr Name<LatePolicy> late_policies[] = {{LatePolicy::warn, "warn"},
                                              {LatePolicy::drop, "drop"}};
constexpr Name<TimeReference> time_references[] = {{TimeReference::first_packet, "first_packet"},
                                                   {TimeReference::gps, "gps"}};
constexpr Name<Pace> paces[] = {{Pace::as_fast_as_possible, "as_fast_as_possible"},
                                {Pace::real_time, "real_time"}};

constexpr std::size_t max_listen = static_cast<std::size_t>(max_rx_ports);
constexpr std::size_t max_eal_arguments = 64;
constexpr std::string_view any = "any";
constexpr std::string_view automatic = "auto";

bool is_plain(const YamlNode& node, std::string_view text) {
  return node.kind == YamlNode::Kind::scalar && node.text == text;
}

// Which keys go with which types ----------------------------------------------------------------

using Types = unsigned;
constexpr Types of(std::initializer_list<SourceType> types) {
  Types bits = 0;
  for (const SourceType t : types)
    bits |= 1U << static_cast<unsigned>(t);
  return bits;
}
constexpr Types recordings = of({SourceType::sigmf, SourceType::raw, SourceType::grid});
constexpr Types oran = of({SourceType::pcap, SourceType::dpdk});
constexpr Types dpdk = of({SourceType::dpdk});
constexpr Types udp = of({SourceType::udp});
constexpr Types any_packets = oran | udp;

struct KeyRule {
  std::string_view key;
  Types allowed = 0;
  Types required = 0;
};
/// Keys that are not listed go with every type.
constexpr KeyRule key_rules[] = {
    {"path", recordings | of({SourceType::pcap}), recordings | of({SourceType::pcap})},
    {"grants", recordings | any_packets, recordings},
    {"raw_format", recordings},
    {"sync", recordings},
    {"strictness", recordings},
    {"first_slot", recordings | udp},
    {"compression", oran},
    {"eaxc", oran},
    {"vlan", oran},
    {"dst_mac", oran},
    {"ru_prb", oran},
    {"prach", oran},
    {"srs", oran},
    {"window_slots", oran},
    {"ta4", oran},
    {"bfp16", oran},
    {"ignore_ecpri_size", oran},
    {"ignore_sequence", oran},
    {"queue_ms", any_packets},
    {"pace", any_packets},
    {"packet_core", any_packets},
    {"device", dpdk, dpdk},
    {"eal", dpdk},
    {"queue", dpdk},
    {"listen", udp, udp},
    {"framing", udp},
    {"receive_buffer_bytes", udp},
};

std::string names_of(Types types) {
  std::string out;
  for (const auto& t : source_types)
    if ((types & of({t.value})) != 0)
      out += (out.empty() ? "" : ", ") + std::string(t.name);
  return out;
}

bool goes_with(std::string_view key, SourceType type) {
  return std::none_of(std::begin(key_rules), std::end(key_rules), [&](const KeyRule& r) {
    return r.key == key && (r.allowed & of({type})) == 0;
  });
}

/// Keys that are missing for the type, or that say nothing with it.
void check_keys(const YamlNode& node, const ReadContext& context) {
  const auto index_of = [&](std::string_view key) {
    return static_cast<std::size_t>(std::find_if(node.keys.begin(), node.keys.end(),
                                                 [&](const auto& k) { return k.text == key; }) -
                                    node.keys.begin());
  };
  const std::size_t at = index_of("type");
  if (at == node.keys.size())
    return;
  const auto type = std::find_if(std::begin(source_types), std::end(source_types),
                                 [&](auto& t) { return is_plain(node.items[at], t.name); });
  if (type == std::end(source_types))
    return;
  for (const KeyRule& rule : key_rules) {
    const std::size_t place = index_of(rule.key);
    const bool is_given = place < node.keys.size();
    if (is_given && (rule.allowed & of({type->value})) == 0)
      context.complain(node.keys[place].line,
                       fmt::format("{}.{} goes with {}, not with type {}", context.where, rule.key,
                                   names_of(rule.allowed), type->name));
    if (!is_given && (rule.required & of({type->value})) != 0)
      context.complain(node.line, fmt::format("the key '{}' in {} is missing (type {} needs it)",
                                              rule.key, context.where, type->name));
  }
}

// Keys of their own kind ------------------------------------------------------------------------

/// first_sfn: auto | 0 .. 1023
void describe_first_sfn(FieldTable& table, SourceSettings& source) {
  Field& field =
      table.add("first_sfn", "auto | integer " + range_text(0, n_sfn - 1), "frames",
                "SFN of the first slot, recordings and udp: together with first_slot, pcap and "
                "dpdk: of the first packet, auto: the first slot of the grants that fits");
  field.read = [&source](const YamlNode& node, const ReadContext& context) {
    if (is_plain(node, automatic)) {
      source.first_sfn.reset();
      return;
    }
    std::int64_t value = 0;
    if (std::string why = read_integer(node, value); !why.empty())
      context.complain(node.line, context.where + ": " + why + ", nor auto");
    else if (value < 0 || value >= n_sfn)
      context.complain(node.line, fmt::format("{}: {} frames is outside {} frames", context.where,
                                              node.text, range_text(0, n_sfn - 1)));
    else
      source.first_sfn = static_cast<std::int32_t>(value);
  };
  field.print = [&source]() -> std::optional<YamlNode> {
    return source.first_sfn ? YamlNode::scalar(std::to_string(*source.first_sfn))
                            : YamlNode::quoted(std::string(automatic));
  };
}

/// vlan: any | none | 0 .. 4094
void describe_vlan(FieldTable& table, VlanRule& vlan) {
  Field& field = table.add("vlan", "any | none | integer " + range_text(0, max_vlan), "",
                           "802.1Q tag of the packets, any: tagged or not, none: untagged only");
  field.read = [&vlan](const YamlNode& node, const ReadContext& context) {
    std::int64_t id = 0;
    if (is_plain(node, any))
      vlan = AnyVlan{};
    else if (is_plain(node, "none"))
      vlan = NoVlan{};
    else if (read_integer(node, id).empty() && id >= 0 && id <= max_vlan)
      vlan = VlanId{static_cast<std::int32_t>(id)};
    else
      context.complain(node.line, fmt::format("{}: must be any, none, or an id {}", context.where,
                                              range_text(0, max_vlan)));
  };
  field.print = [&vlan]() -> std::optional<YamlNode> { return print_vlan(vlan); };
}

/// dst_mac: any | aa:bb:cc:dd:ee:ff
void describe_dst_mac(FieldTable& table, std::optional<MacAddress>& mac) {
  Field& field = table.add("dst_mac", "any | MAC address", "",
                           "destination of the packets, such as 02:00:00:00:00:01");
  field.read = [&mac](const YamlNode& node, const ReadContext& context) {
    const auto address =
        node.kind == YamlNode::Kind::scalar ? parse_mac_address(node.text) : std::nullopt;
    if (is_plain(node, any))
      mac.reset();
    else if (address)
      mac = address;
    else
      context.complain(node.line, context.where + ": must be any, or a MAC address such as "
                                                  "02:00:00:00:00:01");
  };
  field.print = [&mac]() -> std::optional<YamlNode> {
    return YamlNode::quoted(mac ? mac_address_text(*mac) : std::string(any));
  };
}

// Sections inside it ----------------------------------------------------------------------------

struct Prach {
  PacketSettings& packets;
};
void describe(FieldTable& table, const Prach& prach) {
  table.numbers("eaxc", prach.packets.prach_eaxc, 0, max_eaxc, "eAxC ids that carry PRACH",
                EmptyList::allowed);
  table.section("compression", prach.packets.prach_compression,
                "of PRACH, left out: as that of the PUSCH");
}

struct Srs {
  PacketSettings& packets;
};
void describe(FieldTable& table, const Srs& srs) {
  table.numbers("eaxc", srs.packets.srs_eaxc, 0, max_eaxc, "eAxC ids that carry SRS",
                EmptyList::allowed);
}

/// O-RAN packets: pcap and dpdk.
void describe_fronthaul(FieldTable& table, PacketSettings& packets) {
  table.section("compression", packets.compression, "pcap, dpdk: how the IQ is compressed");
  table.numbers("eaxc", packets.eaxc, 0, max_eaxc,
                "eAxC id of receive port 0, 1, ..., left out: 0 .. rx_ports - 1");
  describe_vlan(table, packets.vlan);
  describe_dst_mac(table, packets.dst_mac);
  table.number("ru_prb", packets.ru_prb, 1, max_prb, "PRB",
               "of the radio unit: what numPrbu 0 means, left out: n_prb of the cell");
  bundle(table, "prach", "packets that are counted and kept apart",
         [&packets] { return Prach{packets}; });
  bundle(table, "srs", "packets that are counted and kept apart",
         [&packets] { return Srs{packets}; });
  table.number("window_slots", packets.window_slots, 1, 32, "slots",
               "a slot is given up when a packet of a slot that much newer arrives");
  table.section("ta4", packets.ta4,
                "when packets of a symbol may arrive, left out: pcap at any time, dpdk 25 .. 500 "
                "us with late: warn");
  table.choice("bfp16", packets.bfp16, bfp16_names,
               "what bfp of width 16 means: 49 bytes per PRB, or no compression in 48");
  table.flag("ignore_ecpri_size", packets.ignore_ecpri_size,
             "take the size of the Ethernet frame, for radio units that send a wrong eCPRI size");
  table.flag("ignore_sequence", packets.ignore_sequence,
             "count no gaps, for radio units whose sequence numbers do not count");
}

/// What all packets have, and the rest of dpdk and udp.
void describe_packets(FieldTable& table, PacketSettings& packets) {
  describe_fronthaul(table, packets);
  table.number("queue_ms", packets.queue_ms, 1, 10000, "ms",
               "how long a stall of the receiver is absorbed");
  table.choice("pace", packets.pace, paces,
               "as_fast_as_possible: a full queue stops the reading, real_time: a busy receiver "
               "drops whole slots, left out: pcap as fast as possible, otherwise real time");
  table.number("packet_core", packets.packet_core, 0, max_core, "",
               "CPU core of the thread that reads packets, left out: any");
  table.text("device", packets.device,
             "dpdk: device, such as 0000:17:00.0 or net_af_packet0,iface=eth0");
  table.texts("eal", packets.eal, max_eal_arguments, "dpdk: more arguments of its EAL");
  table.number("queue", packets.queue, 0, 1023, "", "dpdk: receive queue of the device");
  table.texts("listen", packets.listen, max_listen,
              "udp: address:port of receive port 0, 1, ..., such as 0.0.0.0:5000");
  table.choice("framing", packets.framing, framing_names,
               "udp: of 16-bit I and Q, raw: bare and little-endian");
  table.number("receive_buffer_bytes", packets.receive_buffer_bytes, 4096, 1e9, "bytes",
               "udp: of each socket in the kernel");
}

} // namespace

void describe(FieldTable& table, CompressionSettings& compression) {
  table.choice("method", compression.method, compression_methods,
               "bfp: block floating point, one exponent per PRB");
  table.number("width", compression.width, 8, 16, "bits", "of I and of Q (bfp: of a mantissa)");
  table.choice(
      "header", compression.header, compression_headers,
      "static: no udCompHdr in the packets, dynamic: each section has one that says method "
      "and width");
}

void describe(FieldTable& table, Ta4Window& window) {
  table.number("min_us", window.min_us, 0, 1e6, "us", "earliest, after the symbol's start");
  table.number("max_us", window.max_us, 0, 1e6, "us", "latest, after the symbol's start");
  table.choice("late", window.late, late_policies,
               "what is outside is counted, and warn: used while its slot is open, drop: dropped");
  table.choice("reference", window.reference, time_references,
               "first_packet: it opened its window, gps: SFN 0 began at the GPS epoch (needs a "
               "disciplined clock)");
}

void describe(FieldTable& table, SourceSettings& source) {
  table
      .choice("type", source.type, source_types,
              "recordings: SigMF, bare samples, HDF5 grid (after the FFT), packets: pcap and dpdk "
              "of O-RAN fronthaul, udp of time-domain IQ")
      .required();
  table.path("path", source.path, "the recording or the capture (not with dpdk and udp)");
  table.path("grants", source.grants,
             "what was scheduled: JSON Lines, one slot per line, packets also: unix:PATH, a socket "
             "that takes the same lines, or left out: packets are counted only");
  table.choice("raw_format", source.raw_format, raw_formats,
               "type raw: int16 (full scale 1.0) or float32 samples, little-endian");
  table.choice("sync", source.sync, syncs,
               "recordings, aligned: sample 0 starts a slot, auto: found from the DM-RS of the "
               "grants");
  table.choice("strictness", source.strictness, strictnesses,
               "strict: refuse SigMF that departs from its specification, check hashes");
  describe_first_sfn(table, source);
  table.number("first_slot", source.first_slot, 0, n_slots_per_frame(max_numerology) - 1, "slots",
               "slot in its frame, left out: the first slot of the grants");
  describe_packets(table, source.packets);
}

Field& source_section(FieldTable& table,
                      std::optional<SourceSettings>& source,
                      SectionLines& lines,
                      std::string_view doc) {
  Field& field = table.section("source", source, doc);
  field.read = [read = field.read, &lines](const YamlNode& node, const ReadContext& context) {
    lines = {node.line, node.keys};
    read(node, context);
    check_keys(node, context);
  };
  field.print = [print = field.print, &source]() -> std::optional<YamlNode> {
    auto all = print();
    if (!all)
      return std::nullopt;
    YamlNode out = YamlNode::map();
    for (std::size_t i = 0; i < all->keys.size(); ++i)
      if (goes_with(all->keys[i].text, source->type))
        out.add(std::move(all->keys[i].text), std::move(all->items[i]));
    return out;
  };
  return field;
}

} // namespace airan::config
