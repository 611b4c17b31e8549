// SPDX-License-Identifier: Apache-2.0
// Command `airan simulate`: BLER curves over SNR, with confidence intervals.
#include "apps/commands.hpp"
#include "apps/progress.hpp"
#include "apps/text_table.hpp"
#include "config/configuration.hpp"
#include "io/writers/output_directory.hpp"
#include "io/writers/text_file.hpp"
#include "simulation/suite_links.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fnmatch.h>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

namespace airan::apps {
namespace {

struct SimulateLine {
  std::string config;
  std::string output;
  std::string curves = "*";
  std::int32_t n_threads =
      static_cast<std::int32_t>(std::max(1U, std::thread::hardware_concurrency()));
  bool is_json = false;
};

struct NamedCurve {
  simulation::SuiteLink link;
  simulation::BlerCurve curve;
};

boost::json::object to_json(const NamedCurve& named) {
  boost::json::object out;
  out["name"] = named.link.name;
  out["seed"] = named.link.link.seed;
  out["ldpc_max_iterations"] = named.link.link.receiver.ldpc_max_iterations;
  boost::json::array points;
  for (const simulation::BlerPoint& p : named.curve.points) {
    const simulation::Interval i = simulation::binomial_interval(p.n_errors, p.n_blocks, 0.95);
    points.push_back(boost::json::object{
        {"snr_db", p.snr_db},
        {"n_blocks", p.n_blocks},
        {"n_errors", p.n_errors},
        {"bler", p.bler()},
        {"bler_low_95", i.low},
        {"bler_high_95", i.high},
        {"mean_iterations", p.sum_iterations / static_cast<double>(p.n_blocks)}});
  }
  out["points"] = std::move(points);
  out["target_bler"] = named.link.curve.target_bler;
  if (const auto& c = named.curve.crossing)
    out["crossing"] = boost::json::object{
        {"snr_db", c->snr_db}, {"low_95_db", c->interval.low}, {"high_95_db", c->interval.high}};
  else
    out["crossing"] = nullptr;
  out["seconds"] = named.curve.seconds;
  return out;
}

std::string to_csv(const std::vector<NamedCurve>& curves) {
  std::string out = "curve,snr_db,n_blocks,n_errors,bler,bler_low_95,bler_high_95\n";
  for (const NamedCurve& c : curves)
    for (const simulation::BlerPoint& p : c.curve.points) {
      const simulation::Interval i = simulation::binomial_interval(p.n_errors, p.n_blocks, 0.95);
      out += fmt::format("{},{:.4g},{},{},{:.6g},{:.6g},{:.6g}\n", c.link.name, p.snr_db,
                         p.n_blocks, p.n_errors, p.bler(), i.low, i.high);
    }
  return out;
}

void print_table(const std::vector<NamedCurve>& curves) {
  TextTable table({{"curve"},
                   {"SNR dB at target", Align::right},
                   {"95 % interval", Align::right},
                   {"points", Align::right},
                   {"blocks", Align::right},
                   {"iterations", Align::right},
                   {"seconds", Align::right}});
  for (const NamedCurve& c : curves) {
    std::int64_t n_blocks = 0;
    double iterations = 0;
    for (const simulation::BlerPoint& p : c.curve.points) {
      n_blocks += p.n_blocks;
      iterations += p.sum_iterations;
    }
    const auto& crossing = c.curve.crossing;
    table.add_row(
        {c.link.name, crossing ? fmt::format("{:.2f}", crossing->snr_db) : "not bracketed",
         crossing ? fmt::format("{:.2f} .. {:.2f}", crossing->interval.low, crossing->interval.high)
                  : "",
         std::to_string(c.curve.points.size()), std::to_string(n_blocks),
         fmt::format("{:.2f}", iterations / static_cast<double>(n_blocks)),
         fmt::format("{:.1f}", c.curve.seconds)});
  }
  std::cout << table.print();
}

int simulate(const SimulateLine& line) {
  auto configuration = config::load_configuration(line.config, config::Purpose::simulate);
  if (!configuration)
    return fail(configuration.error());
  const std::string directory = line.output.empty() ? configuration->output.directory : line.output;
  if (const auto writable = io::check_output_directory(directory); !writable)
    return fail(writable.error());
  auto links = simulation::suite_links(*configuration);
  if (!links)
    return fail(links.error());
  std::erase_if(*links, [&](const simulation::SuiteLink& l) {
    return fnmatch(line.curves.c_str(), l.name.c_str(), 0) != 0;
  });
  if (links->empty())
    return fail({ErrorKind::configuration,
                 "--curves '" + line.curves + "' matches no curve of " + line.config});

  std::vector<NamedCurve> curves;
  boost::json::array json;
  for (simulation::SuiteLink& link : *links) {
    link.curve.n_threads = line.n_threads;
    Progress progress("blocks of " + link.name, 0);
    std::int64_t n_before = 0;
    std::int64_t n_last = 0;
    auto curve = simulation::run_curve(link.link, link.curve, [&](const simulation::BlerPoint& p) {
      if (p.n_blocks < n_last)
        n_before += n_last;
      n_last = p.n_blocks;
      progress.update(n_before + n_last);
      return true;
    });
    if (!curve)
      return fail(curve.error());
    curves.push_back({link, *std::move(curve)});
    json.push_back(to_json(curves.back()));
  }
  const config::Channel channel = configuration->channel.value_or(config::Channel{});
  boost::json::object report;
  report["suite"] = configuration->suite->name;
  report["snr_definition"] =
      channel.snr_definition == config::SnrDefinition::per_port ? "per_port" : "post_combining";
  report["version"] = AIRAN_VERSION;
  report["curves"] = std::move(json);
  const std::string text = boost::json::serialize(report) + "\n";
  if (const auto made = io::make_output_directory(directory); !made)
    return fail(made.error());
  for (const auto& [name, content] :
       {std::pair{std::string("/curves.json"), text}, {"/curves.csv", to_csv(curves)}})
    if (const auto written = io::write_text_file(directory + name, content); !written)
      return fail(written.error());
  if (line.is_json)
    std::cout << text;
  else
    print_table(curves);
  return exit_code::done;
}

} // namespace

void add_simulate_command(CLI::App& program, Command& chosen) {
  const auto line = std::make_shared<SimulateLine>();
  CLI::App* command = program.add_subcommand(
      "simulate", "Make BLER curves of the configuration's user over its channel");
  command->add_option("CONFIG", line->config, "configuration file (YAML)")->required();
  command->add_option("-o,--output", line->output,
                      "folder of curves.json and curves.csv, instead of output.directory");
  command->add_option("--curves", line->curves, "names of curves to run, * and ? are wildcards")
      ->capture_default_str();
  command->add_option("--threads", line->n_threads, "threads [count]; results do not depend on it")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--json", line->is_json, "print JSON instead of a table");
  command->callback([line, &chosen] { chosen = [line] { return simulate(*line); }; });
}

} // namespace airan::apps
