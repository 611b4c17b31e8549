// SPDX-License-Identifier: Apache-2.0
// Command `airan generate`: makes recordings with known payload.
#include "apps/commands.hpp"
#include "apps/progress.hpp"
#include "apps/text_table.hpp"
#include "io/writers/output_directory.hpp"
#include "simulation/recording_maker.hpp"
#include "simulation/run_configuration.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace airan::apps {
namespace {

using simulation::RecordingSummary;

struct GenerateLine {
  std::string config;
  std::string output;
  std::vector<std::string> formats;
  std::optional<std::int64_t> seed;
  std::optional<std::int32_t> n_slots;
  bool is_json = false;
};

double noise_db(const RecordingSummary& s) {
  return 10.0 * std::log10(s.noise_variance);
}

void print_json(const RecordingSummary& s) {
  boost::json::array files;
  for (const simulation::MadeFile& file : s.recordings)
    files.push_back(boost::json::object{{"path", file.path}, {"bytes", file.n_bytes}});
  boost::json::array configurations;
  for (const std::string& path : s.configurations)
    configurations.emplace_back(path);
  const bool is_timed = s.sample_rate_hz > 0;
  const bool has_packets = s.packet_gain > 0;
  const boost::json::object out{
      {"slots", s.n_slots},
      {"transport_blocks", s.n_transport_blocks},
      {"expected", s.n_expected},
      {"payload_bits", s.n_payload_bits},
      {"noise_db", s.noise_variance > 0 ? boost::json::value(noise_db(s)) : nullptr},
      {"sample_rate_hz", is_timed ? boost::json::value(s.sample_rate_hz) : nullptr},
      {"samples_per_port", is_timed ? boost::json::value(s.n_samples) : nullptr},
      {"gain_db", is_timed ? boost::json::value(s.gain_db) : nullptr},
      {"saturated_components", is_timed ? boost::json::value(s.n_saturated) : nullptr},
      {"packets", has_packets ? boost::json::value(s.n_packets) : nullptr},
      {"packet_gain_db",
       has_packets ? boost::json::value(20.0 * std::log10(s.packet_gain)) : nullptr},
      {"files", std::move(files)},
      {"configurations", std::move(configurations)},
  };
  std::fputs((boost::json::serialize(out) + "\n").c_str(), stdout);
}

void print_text(const RecordingSummary& s) {
  TextTable table({{"what"}, {"value", Align::right}, {"unit"}});
  table.add_row({"slots", fmt::format("{}", s.n_slots)});
  table.add_row({"transport blocks", fmt::format("{}", s.n_transport_blocks)});
  table.add_row({"of them expected to be received", fmt::format("{}", s.n_expected)});
  table.add_row(
      {"payload", fmt::format("{:.3f}", static_cast<double>(s.n_payload_bits) * 1e-6), "Mbit"});
  table.add_row({"noise per RE and receive port",
                 s.noise_variance > 0 ? fmt::format("{:.2f}", noise_db(s)) : "none",
                 s.noise_variance > 0 ? "dB of a layer's RE" : ""});
  if (s.sample_rate_hz > 0) {
    table.add_row({"samples per port", fmt::format("{}", s.n_samples)});
    table.add_row({"duration",
                   fmt::format("{:.3f}", static_cast<double>(s.n_samples) / s.sample_rate_hz * 1e3),
                   "ms"});
    table.add_row({"gain", fmt::format("{:.2f}", s.gain_db), "dB"});
    table.add_row({"saturated components", fmt::format("{}", s.n_saturated)});
  }
  if (s.packet_gain > 0) {
    table.add_row({"packets", fmt::format("{}", s.n_packets)});
    table.add_row(
        {"gain of the packets", fmt::format("{:.2f}", 20.0 * std::log10(s.packet_gain)), "dB"});
  }
  std::fputs(table.print().c_str(), stdout);
  TextTable files({{"file"}, {"size", Align::right}, {"unit"}});
  for (const simulation::MadeFile& file : s.recordings)
    files.add_row(
        {file.path, fmt::format("{:.3f}", static_cast<double>(file.n_bytes) / 1048576.0), "MiB"});
  std::fputs(("\n" + files.print() + "\nTo receive:\n").c_str(), stdout);
  for (const std::string& path : s.configurations)
    fmt::print("  airan run {}\n", path);
}

constexpr config::RecordingType all_types[] = {
    config::RecordingType::sigmf, config::RecordingType::raw, config::RecordingType::grid,
    config::RecordingType::oran_pcap};

std::vector<std::string> type_names() {
  std::vector<std::string> names;
  for (const config::RecordingType type : all_types)
    names.push_back(simulation::name_of(type));
  return names;
}

/// In the order of all_types, each once. `names` are of type_names().
std::vector<config::RecordingType> types_of(const std::vector<std::string>& names) {
  std::vector<config::RecordingType> types;
  for (const config::RecordingType type : all_types)
    if (std::find(names.begin(), names.end(), simulation::name_of(type)) != names.end())
      types.push_back(type);
  return types;
}

int generate(const GenerateLine& line) {
  auto configuration = config::load_configuration(line.config, config::Purpose::generate);
  if (!configuration)
    return fail(configuration.error());
  if (!line.output.empty())
    configuration->output.directory = line.output;
  if (!line.formats.empty())
    configuration->recording.types = types_of(line.formats);
  if (line.n_slots)
    configuration->transmitter->n_slots = *line.n_slots;
  if (line.seed) {
    configuration->transmitter->payload_seed = *line.seed;
    if (!configuration->channel)
      configuration->channel.emplace();
    configuration->channel->seed = *line.seed;
  }
  if (const auto writable = io::check_output_directory(configuration->output.directory); !writable)
    return fail(writable.error());
  auto maker = simulation::RecordingMaker::make(*configuration);
  if (!maker)
    return fail(maker.error());
  {
    Progress progress("slots", maker->n_steps());
    for (std::int64_t n = 0;; ++n) {
      const auto made = maker->make_slot();
      if (!made)
        return fail(made.error());
      if (!*made)
        break;
      progress.update(n + 1);
    }
  }
  const auto summary = maker->finish();
  if (!summary)
    return fail(summary.error());
  line.is_json ? print_json(*summary) : print_text(*summary);
  return exit_code::done;
}

} // namespace

void add_generate_command(CLI::App& program, Command& chosen) {
  const auto line = std::make_shared<GenerateLine>();
  CLI::App* command = program.add_subcommand(
      "generate", "Make a recording with known payload, its grants, and what receives it");
  command->add_option("CONFIG", line->config, "configuration file (YAML)")->required();
  command->add_option("-o,--output", line->output,
                      "folder of the files, instead of the configuration's output.directory");
  command
      ->add_option("--format", line->formats,
                   "kinds of recordings (sigmf, raw, grid, oran-pcap), several with commas or "
                   "repeated, instead of output.recordings")
      ->delimiter(',')
      ->check(CLI::IsMember(type_names()));
  command->add_option("--seed", line->seed, "instead of transmitter.payload_seed and channel.seed")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000'000'000}));
  command->add_option("--slots", line->n_slots, "slots to make, instead of transmitter.n_slots")
      ->check(CLI::Range(1, 100'000'000));
  command->add_flag("--json", line->is_json, "print the summary as JSON instead of a table");
  command->footer("The keys of CONFIG, with units and defaults: airan check --keys");
  command->callback([line, &chosen] { chosen = [line] { return generate(*line); }; });
}

} // namespace airan::apps
