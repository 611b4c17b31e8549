// SPDX-License-Identifier: Apache-2.0
// Command `airan info`: version, machine, FFT libraries, and the rows of the operations.
#include "apps/commands.hpp"
#include "apps/list_rows.hpp"
#include "apps/machine.hpp"
#include "apps/text_table.hpp"
#include "kernels/primitives/fft.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace airan::apps {
namespace {

struct InfoLine {
  bool wants_rows = false;
  bool is_json = false;
  PlanLimits limits{.n_ports = 4, .fft_size = 4096};
};

std::vector<std::string> fft_libraries() {
  std::vector<std::string> out;
  if (has_fft_library(FftLibrary::fftw))
    out.emplace_back("fftw");
  if (has_fft_library(FftLibrary::kissfft))
    out.emplace_back("kissfft");
  return out;
}

std::string_view name_of(MemorySpace space) {
  return space == MemorySpace::host ? "host" : "device";
}

std::string in_one_line(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts)
    out += (out.empty() ? "" : " ") + text;
  return out;
}

boost::json::array to_json(const std::vector<std::string>& texts) {
  boost::json::array out;
  for (const std::string& text : texts)
    out.emplace_back(text);
  return out;
}

void print_json(const InfoLine& line) {
  const Machine machine = this_machine();
  boost::json::object out;
  out["version"] = AIRAN_VERSION;
  out["compiler"] = __VERSION__;
  out["devices"] = boost::json::array{boost::json::object{
      {"backend", "cpu"},
      {"model", machine.cpu_model},
      {"cores", machine.n_cores},
      {"simd_targets", to_json(machine.simd_targets)},
  }};
  out["fft_libraries"] = to_json(fft_libraries());
  if (line.wants_rows) {
    boost::json::array rows;
    for (const RowEntry& row : list_rows(line.limits))
      rows.push_back(boost::json::object{
          {"operation", row.operation},
          {"row", row.name},
          {"algorithm",
           row.algorithm.empty() ? boost::json::value(nullptr) : boost::json::value(row.algorithm)},
          {"memory_space", name_of(row.space)},
          {"accepts", row.reason_to_decline.empty()},
          {"reason_to_decline", row.reason_to_decline.empty()
                                    ? boost::json::value(nullptr)
                                    : boost::json::value(row.reason_to_decline)},
      });
    out["rows"] = std::move(rows);
  }
  std::fputs((boost::json::serialize(out) + "\n").c_str(), stdout);
}

void print_text(const InfoLine& line) {
  const Machine machine = this_machine();
  fmt::print("airan {} (compiler {})\n", AIRAN_VERSION, __VERSION__);
  fmt::print("cpu: {}, {} cores, SIMD {}\n", machine.cpu_model, machine.n_cores,
             in_one_line(machine.simd_targets));
  fmt::print("FFT libraries: {}\n", in_one_line(fft_libraries()));
  if (!line.wants_rows)
    return;
  const PlanLimits& limits = line.limits;
  fmt::print("\nRows for {} cells, {} ports, {} layers, {} PRB, {} grants, FFT size {}:\n\n",
             limits.n_cells, limits.n_ports, limits.n_layers_per_group, limits.n_prb,
             limits.n_grants, limits.fft_size);
  TextTable table({{"operation"}, {"row"}, {"algorithm"}, {"memory"}, {"accepts"}});
  std::string_view previous;
  for (const RowEntry& row : list_rows(limits)) {
    table.add_row({std::string(row.operation == previous ? "" : row.operation),
                   std::string(row.name), std::string(row.algorithm),
                   std::string(name_of(row.space)),
                   row.reason_to_decline.empty() ? "yes" : "no: " + row.reason_to_decline});
    previous = row.operation;
  }
  std::fputs(table.print().c_str(), stdout);
}

} // namespace

void add_info_command(CLI::App& program, Command& chosen) {
  const auto line = std::make_shared<InfoLine>();
  CLI::App* command =
      program.add_subcommand("info", "Show version, machine, libraries and implementations");
  command->add_flag("--json", line->is_json, "print JSON");
  CLI::Option* rows = command->add_flag(
      "--rows", line->wants_rows,
      "list the rows of every operation, in the order in which they are tried, and why one would "
      "decline a plan of these limits:");
  const auto limit = [&](const char* name, std::int32_t& value, int min, int max, const char* doc) {
    command->add_option(name, value, doc)
        ->check(CLI::Range(min, max))
        ->capture_default_str()
        ->needs(rows);
  };
  limit("--cells", line->limits.n_cells, 1, 64, "slots in one batch");
  limit("--ports", line->limits.n_ports, 1, max_rx_ports, "receive antenna ports");
  limit("--layers", line->limits.n_layers_per_group, 1, max_layers_per_group,
        "layers that share resource elements");
  limit("--prb", line->limits.n_prb, 1, max_prb, "width of the carrier, PRB");
  limit("--grants", line->limits.n_grants, 1, 4096, "grants in one batch");
  limit("--fft-size", line->limits.fft_size, 0, 65536, "samples; 0: no time-domain source");
  command->callback([line, &chosen] {
    chosen = [line]() -> int {
      line->is_json ? print_json(*line) : print_text(*line);
      return exit_code::done;
    };
  });
}

} // namespace airan::apps
