// SPDX-License-Identifier: Apache-2.0
// report.json.
#include "io/writers/reports.hpp"
#include "io/writers/text_file.hpp"

#include <fmt/format.h>

#include <limits>
#include <optional>

namespace airan::io {
namespace {

std::string named_texts(const std::vector<NamedText>& list) {
  std::string s = "{";
  for (const auto& [name, text] : list)
    s += (s.size() > 1 ? ", " : "") + json_string(name) + ": " + json_string(text);
  return s + "}";
}

/// A member per name, and before it what the object has already.
std::string named_counts(std::string s, const std::vector<NamedCount>& list) {
  for (const auto& [name, n] : list)
    s += fmt::format("{}{}: {}", s.empty() ? "" : ", ", json_string(name), n);
  return s;
}

/// The members about packets, or nothing.
std::string packet_members(const std::optional<PacketFigures>& packets) {
  if (!packets)
    return {};
  const PacketFigures& p = *packets;
  const std::string known = fmt::format(
      R"("received": {}, "accepted": {}, "dropped": {{{}}},
    "late": {}, "duplicates": {}, "sequence_gaps": {}, "missing_prbs": {})",
      p.received, p.accepted, named_counts("", p.dropped), p.late, p.duplicates, p.sequence_gaps,
      p.missing_prbs);
  return fmt::format(R"(
  "packets": {{{}}},
  "slots_dropped": {},)",
                     named_counts(known, p.others), p.slots_dropped);
}

std::string percentiles_us(const Percentiles& p) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  return fmt::format(R"({{"p50": {}, "p99": {}, "p99_9": {}, "max": {}}})",
                     json_number(p.at(0.5) * 1e-3), json_number(p.at(0.99) * 1e-3),
                     json_number(p.at(0.999) * 1e-3),
                     json_number(p.count() > 0 ? static_cast<double>(p.max()) * 1e-3 : none));
}

} // namespace

std::string report_json(const ReportContent& content) {
  const RunStatistics& s = *content.statistics;
  std::string stages;
  for (std::size_t i = 0; i < s.stage_ns.size(); ++i)
    stages += fmt::format("{}\n    \"{}\": {{\"mean\": {}, {}", i > 0 ? "," : "", stage_names[i],
                          json_number(s.stage_ns[i].mean() * 1e-3),
                          percentiles_us(s.stage_ns[i]).substr(1));
  return fmt::format(
      R"({{
  "recording": {},
  "slots": {},
  "slots_with_data": {},
  "transport_blocks": {{"total": {}, "received": {}, "no_data": {}, "crc_ok": {}, "expected": {}, "matched": {}}},
  "bler": {},
  "throughput_mbps": {},
  "latency_us": {},
  "stages_us": {{{}
  }},
  "bad_values": {},
  "missing_prbs": {},{}
  "trouble": {},
  "rows": {},
  "versions": {}
}}
)",
      json_string(content.facts->recording), s.n_slots, s.n_slots_with_data, s.n_blocks,
      s.n_received, s.n_no_data, s.n_crc_ok, s.n_expected, s.n_matched, json_number(s.bler()),
      json_number(s.throughput_mbps()), percentiles_us(s.latency_ns), stages, s.n_bad_values,
      s.n_missing_prbs, packet_members(content.packets),
      content.trouble.empty() ? "null" : json_string(content.trouble),
      named_texts(content.facts->rows), named_texts(content.facts->versions));
}

} // namespace airan::io
