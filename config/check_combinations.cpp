// SPDX-License-Identifier: Apache-2.0
// Rules between keys: what excludes, needs or contradicts each other.
#include "config/packet_source.hpp"
#include "config/resolve_cell.hpp"
#include "config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace airan::config {
namespace {

void check_source(const PlacedSource& placed, Problems& problems) {
  const SourceSettings& source = placed.source;
  const SectionLines& lines = placed.lines;
  // Fronthaul packets tell their slots themselves, but for the upper bits of the SFN.
  const bool is_numbered = source.type == SourceType::pcap || source.type == SourceType::dpdk;
  if (!is_numbered && source.first_sfn.has_value() != source.first_slot.has_value())
    problems.push_back(
        {lines.section, "source: first_sfn and first_slot are given both or not at all"});
  if (source.sync == Sync::automatic && source.type == SourceType::grid)
    problems.push_back({lines.of("sync"),
                        "source: sync auto is for recordings in the time domain, the slots of "
                        "a grid are cut already"});
  if (is_packets(source.type))
    check_packet_source(placed, problems);
  else if (source.grants.starts_with("unix:"))
    problems.push_back({lines.of("grants"),
                        "source.grants: a socket goes with packets (pcap, dpdk, udp), recordings "
                        "need a file"});
}

/// Contradictions inside a cell that no recording could mend: a recording is assumed that says
/// whatever the cell leaves open.
void check_cell(const Cell& cell, Problems& problems) {
  const CellFacts given = given_facts(cell);
  const bool is_timed = given.numerology && (given.fft_size || given.sample_rate_hz);
  CellFacts open;
  if (!given.numerology)
    open.numerology = cell.cyclic_prefix == CyclicPrefix::extended ? 2 : 1;
  if (!given.n_prb)
    open.n_prb = 1;
  if (!given.rx_ports)
    open.rx_ports = 1;
  const auto resolved =
      resolve_cell(cell, open, "", is_timed ? SignalDomain::time : SignalDomain::frequency);
  if (!resolved)
    problems.push_back({cell.line, resolved.error().message});
}

void check_cells(const Document& document, Problems& problems) {
  if (document.cell && !document.cells.empty())
    problems.push_back({document.cells[0].line, "give either cell or cells, not both"});
  if (document.cell && document.cell->source && document.source)
    problems.push_back(
        {document.source_lines.section, "source is given inside cell too, keep one of them"});
  if (!document.cells.empty() && document.source)
    problems.push_back({document.source_lines.section,
                        "source: with cells, each cell has its own source section"});
  const Cell none;
  std::vector<PlacedSource> sources;
  const auto add_cell = [&](const Cell& cell) {
    check_cell(cell, problems);
    if (cell.source)
      sources.push_back({cell, *cell.source, cell.source_lines});
  };
  if (document.cell)
    add_cell(*document.cell);
  if (document.source)
    sources.push_back(
        {document.cell ? *document.cell : none, *document.source, document.source_lines});
  std::map<std::int32_t, std::int32_t> line_of_id;
  for (const Cell& cell : document.cells) {
    add_cell(cell);
    if (const auto [first, is_new] = line_of_id.try_emplace(cell.id, cell.line); !is_new)
      problems.push_back({cell.line, fmt::format("cells: the id {} is taken by the cell in line {}",
                                                 cell.id, first->second)});
  }
  for (const PlacedSource& placed : sources)
    check_source(placed, problems);
  check_interfaces(sources, problems);
}

void check_user(const User& user, Problems& problems) {
  const auto complain = [&](const std::string& message) {
    problems.push_back({user.line, fmt::format("user {}: {}", user.rnti, message)});
  };
  const auto n_ports = static_cast<std::int32_t>(user.dmrs_ports.size());
  if (!user.mcs_index && !(user.modulation && user.code_rate_1024))
    complain("give mcs_index, or both modulation and code_rate_1024");
  if (n_ports != user.nr_of_layers)
    complain(fmt::format("dmrs_ports lists {} ports for {} layers, one each is needed", n_ports,
                         user.nr_of_layers));
  if (!std::is_sorted(user.dmrs_ports.begin(), user.dmrs_ports.end(), std::less_equal<>{}))
    complain("dmrs_ports must ascend, layers take them in that order");
  if (user.start_symbol_index + user.nr_of_symbols > 14)
    complain(fmt::format("symbols {} .. {} do not fit a slot of 14", user.start_symbol_index,
                         user.start_symbol_index + user.nr_of_symbols - 1));
  for (const std::int32_t symbol : user.dmrs_symbols)
    if (symbol < user.start_symbol_index || symbol >= user.start_symbol_index + user.nr_of_symbols)
      complain(fmt::format("the DM-RS symbol {} lies outside the allocation", symbol));
  for (const std::int32_t slot : user.active_slots)
    if (slot >= user.period_slots)
      complain(fmt::format("the active slot {} lies outside the period of {} slots", slot,
                           user.period_slots));
  if (user.codebook && user.codebook->n_antenna_ports == 3)
    complain("codebook.n_antenna_ports must be 1, 2 or 4");
}

void check_channel(const Channel& channel, Problems& problems) {
  const bool is_scaled =
      channel.model >= ChannelModel::tdl_a && channel.model <= ChannelModel::tdl_e;
  if (is_scaled && !channel.delay_spread_ns)
    problems.push_back({channel.line, "channel: tdl-a to tdl-e need delay_spread_ns"});
  if (!is_scaled && channel.delay_spread_ns)
    problems.push_back({channel.line, "channel: delay_spread_ns goes with tdl-a to tdl-e only"});
  if (channel.fading == Fading::per_slot && channel.doppler_hz != 0)
    problems.push_back({channel.line, "channel: fading per_slot has no doppler_hz"});
}

void check_radio_unit(const Document& document, Problems& problems) {
  const RadioUnit& unit = *document.radio_unit;
  const auto complain = [&](const std::string& message) {
    problems.push_back({unit.line, "radio_unit: " + message});
  };
  const Cell cell = document.cell.value_or(Cell{});
  if (unit.ru_prb && cell.n_prb && *unit.ru_prb < *cell.n_prb)
    complain(
        fmt::format("ru_prb is {}, less than the {} PRB of the cell", *unit.ru_prb, *cell.n_prb));
  if (!unit.eaxc.empty() && cell.rx_ports && std::ssize(unit.eaxc) != *cell.rx_ports)
    complain(fmt::format("eaxc lists {} ids for {} rx_ports, one each is needed", unit.eaxc.size(),
                         *cell.rx_ports));
  std::vector<std::int32_t> ids = unit.eaxc;
  std::sort(ids.begin(), ids.end());
  if (const auto twice = std::adjacent_find(ids.begin(), ids.end()); twice != ids.end())
    complain(fmt::format("the eAxC id {} is twice in eaxc", *twice));
  if (unit.datagram_bytes % 4 != 0)
    complain(fmt::format("datagram_bytes is {}, no whole number of samples of 4 bytes",
                         unit.datagram_bytes));
}

void check_suite(const Suite& suite, Problems& problems) {
  static constexpr double max_points = 1000;
  if (suite.min_slots_per_point > suite.max_slots_per_point)
    problems.push_back(
        {suite.line, fmt::format("suite: min_slots_per_point {} exceeds max_slots_per_point {}",
                                 suite.min_slots_per_point, suite.max_slots_per_point)});
  for (const Curve& curve : suite.curves) {
    if (curve.snr_stop_db < curve.snr_start_db)
      problems.push_back(
          {curve.line, fmt::format("curve {}: snr_stop_db lies below snr_start_db", curve.name)});
    if ((curve.snr_stop_db - curve.snr_start_db) / suite.snr_step_db > max_points)
      problems.push_back(
          {curve.line, fmt::format("curve {}: has more than {} points", curve.name, max_points)});
  }
}

} // namespace

void check_combinations(const Document& document, Problems& problems) {
  check_cells(document, problems);
  if (document.transmitter)
    for (const User& user : document.transmitter->users)
      check_user(user, problems);
  if (document.channel)
    check_channel(*document.channel, problems);
  if (document.radio_unit)
    check_radio_unit(document, problems);
  if (document.suite)
    check_suite(*document.suite, problems);
}

} // namespace airan::config
