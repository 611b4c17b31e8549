// SPDX-License-Identifier: Apache-2.0
// The table of a run for people: slot, user, SNR, EVM, CRC, iterations, microseconds by stage.
#include "apps/result_table.hpp"

#include "apps/text_table.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace airan::apps {
namespace {

/// Short column titles of the stages, in their order.
constexpr std::array<std::string_view, n_stages> stage_titles{
    "unpack", "ofdm", "estimate", "detect", "dematch", "ldpc", "assemble"};

std::string number_or_dash(float value, int decimals) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : "-";
}

void add_line(TextTable& table, const io::TableLine& line) {
  std::vector<std::string> cells{
      fmt::format("{}", line.id.cell),
      fmt::format("{}.{}", line.id.sfn, line.id.slot),
      fmt::format("{}", line.rnti),
      number_or_dash(line.snr_db, 1),
      number_or_dash(line.evm_percent, 1),
      !line.has_data ? "no data" : (line.crc_ok ? "ok" : "failed"),
      fmt::format("{}", line.iterations),
  };
  for (const std::int64_t ns : line.stage_ns)
    cells.push_back(fmt::format("{:.0f}", static_cast<double>(ns) * 1e-3));
  cells.push_back(fmt::format("{:.0f}", static_cast<double>(line.latency_ns) * 1e-3));
  table.add_row(std::move(cells));
}

void print_table(const io::ResultWriter& writer) {
  std::vector<Column> columns{{"cell", Align::right},  {"slot", Align::right},
                              {"rnti", Align::right},  {"SNR dB", Align::right},
                              {"EVM %", Align::right}, {"CRC", Align::left},
                              {"iter", Align::right}};
  for (const std::string_view title : stage_titles)
    columns.push_back({std::string(title), Align::right});
  columns.push_back({"total us", Align::right});
  TextTable table(std::move(columns));
  // What fits a screen: a long run is in transport_blocks.jsonl.
  constexpr std::size_t n_shown = 20;
  const auto& first = writer.first_lines();
  for (std::size_t i = 0; i < std::min(first.size(), n_shown); ++i)
    add_line(table, first[i]);
  std::cout << table.print();
  const std::int64_t n_lines = writer.statistics().n_blocks;
  if (n_lines > static_cast<std::int64_t>(n_shown))
    std::cout << fmt::format("... and {} more lines\n",
                             n_lines - static_cast<std::int64_t>(n_shown));
}

void print_totals(const io::RunStatistics& s) {
  std::cout << fmt::format("{} transport blocks in {} slots: {} crc ok, {} failed, {} without data",
                           s.n_blocks, s.n_slots, s.n_crc_ok, s.n_received - s.n_crc_ok,
                           s.n_no_data);
  if (s.n_expected > 0)
    std::cout << fmt::format("; {} of {} as expected", s.n_matched, s.n_expected);
  if (s.n_received > 0)
    std::cout << fmt::format("\nBLER {:.4g}, {:.1f} Mbit/s on the air, latency p50 {:.0f} us, p99 "
                             "{:.0f} us",
                             s.bler(), s.throughput_mbps(), s.latency_ns.at(0.5) * 1e-3,
                             s.latency_ns.at(0.99) * 1e-3);
  std::cout << '\n';
}

void print_packets(const io::PacketFigures& p) {
  std::string line = fmt::format("{} packets: {} accepted", p.received, p.accepted);
  for (const auto& [reason, n] : p.dropped)
    if (n > 0)
      line += fmt::format(", {} {}", n, reason);
  line += fmt::format("; {} missing PRBs, {} sequence gaps, {} slots dropped", p.missing_prbs,
                      p.sequence_gaps, p.slots_dropped);
  // What only some inputs know of losses.
  for (const auto& [name, n] : p.others)
    if (n > 0 && (name.starts_with("device_") || name == "kernel_drops" ||
                  name == "missing_samples" || name == "late_kept" || name == "early_kept"))
      line += fmt::format(", {} {}", n, name);
  std::cout << line << '\n';
}

} // namespace

void print_results(const Run& run, const RunOptions& options) {
  const std::string& directory = options.configuration.output.directory;
  if (options.format == OutputFormat::json) {
    std::ifstream report(directory + "/report.json");
    std::cout << report.rdbuf();
    return;
  }
  if (!run.receivers.empty()) {
    print_table(*run.writer);
    const auto& rows = run.receivers.front()->plan().row_names;
    std::string list;
    for (std::size_t i = 0; i < stage_titles.size(); ++i)
      if (!rows[i].empty())
        list += fmt::format("{}{} {}", list.empty() ? "" : ", ", stage_titles[i], rows[i]);
    std::cout << "rows: " << list << '\n';
    print_totals(run.writer->statistics());
  }
  if (const auto packets = run.packets.figures())
    print_packets(*packets);
  std::cout << fmt::format("results in {}/ (open report.html in a browser)\n", directory);
}

} // namespace airan::apps
