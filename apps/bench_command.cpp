// SPDX-License-Identifier: Apache-2.0
// Command `airan bench`: microseconds by stage of one slot, and one FFT of the same run as a
// yardstick.
#include "apps/bench_shapes.hpp"
#include "apps/commands.hpp"
#include "apps/machine.hpp"
#include "apps/progress.hpp"
#include "apps/text_table.hpp"
#include "kernels/primitives/fft.hpp"
#include "phy/stage_clock.hpp"
#include "simulation/link.hpp"
#include "simulation/random_stream.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace airan::apps {
namespace {

struct BenchLine {
  std::int32_t n_slots = 20;  ///< different slots per shape
  std::int32_t n_repeats = 5; ///< of each slot
  std::string shape;
  bool is_json = false;
};

/// Median and fastest of a sample, microseconds.
struct Times {
  double median_us = 0;
  double min_us = 0;
};

Times times_of(std::vector<double> us) {
  if (us.empty())
    return {};
  std::sort(us.begin(), us.end());
  return {us[us.size() / 2], us.front()};
}

/// One forward FFT of 4096 points with the fastest library of this build.
Times time_fft() {
  constexpr std::int32_t n = 4096;
  const auto fft = make_fft(default_fft_library(), n, FftDirection::forward);
  std::vector<cf32> in(n);
  std::vector<cf32> out(n);
  simulation::RandomStream random(1, 1, 1);
  for (cf32& x : in)
    x = random.gaussian(1.0F);
  std::vector<double> us;
  for (int i = 0; i < 2000; ++i) {
    const std::int64_t begin = steady_now_ns();
    fft->run(in, out);
    us.push_back(static_cast<double>(steady_now_ns() - begin) * 1e-3);
  }
  return times_of(us);
}

struct ShapeResult {
  const BenchShape* shape = nullptr;
  std::string name;
  std::int32_t tb_bits = 0;
  std::array<Times, n_stages> stages;
  Times total;
  double mean_iterations = 0;
  std::int32_t n_failed = 0;
  std::array<std::string_view, n_stages> rows{};
};

std::string shape_name(const BenchShape& s) {
  return fmt::format("{}/{}/{} mcs {}{} {:g} dB", s.n_prb, s.n_ports, s.n_layers, s.mcs_index,
                     s.mcs_table == config::McsTable::qam256 ? " of table 2" : "", s.snr_db);
}

Result<ShapeResult> run_shape(const BenchShape& shape, const BenchLine& line) {
  simulation::LinkSettings link;
  link.cell.n_prb = shape.n_prb;
  link.cell.rx_ports = shape.n_ports;
  link.user.rb_size = shape.n_prb;
  link.user.nr_of_symbols = 14;
  link.user.nr_of_layers = shape.n_layers;
  link.user.mcs_table = shape.mcs_table;
  link.user.mcs_index = shape.mcs_index;
  link.user.dmrs_symbols = {2, 11};
  link.user.dmrs_ports.clear();
  for (std::int32_t p = 0; p < shape.n_layers; ++p)
    link.user.dmrs_ports.push_back(p);
  link.channel.model =
      shape.n_layers == 1 ? config::ChannelModel::awgn : config::ChannelModel::tdla30;
  link.channel.fading = config::Fading::per_slot;
  link.channel.snr_definition = config::SnrDefinition::post_combining;
  auto made = simulation::Link::make(link);
  if (!made)
    return tl::unexpected(made.error());

  ShapeResult result;
  result.shape = &shape;
  result.name = shape_name(shape);
  result.tb_bits = (*made)->grant().codeword.tb_bits;
  result.rows = (*made)->plan().row_names;
  std::array<std::vector<double>, n_stages> stage_us;
  std::vector<double> total_us;
  for (std::int32_t i = 0; i < line.n_slots; ++i) {
    (*made)->send_block(shape.snr_db, static_cast<std::uint64_t>(i));
    for (std::int32_t r = 0; r < line.n_repeats; ++r) {
      const SlotReport& report = (*made)->receive_block().report;
      for (std::size_t s = 0; s < stage_us.size(); ++s)
        stage_us[s].push_back(static_cast<double>(report.stage_ns[s]) * 1e-3);
      total_us.push_back(static_cast<double>(report.latency_ns) * 1e-3);
      const TransportBlock& tb = report.transport_blocks.front();
      if (r == 0) {
        result.mean_iterations += static_cast<double>(tb.mean_iterations) / line.n_slots;
        result.n_failed += tb.crc_ok ? 0 : 1;
      }
    }
  }
  for (std::size_t s = 0; s < stage_us.size(); ++s)
    result.stages[s] = times_of(std::move(stage_us[s]));
  result.total = times_of(std::move(total_us));
  return result;
}

double stage_us(const ShapeResult& r, Stage stage) {
  return r.stages[static_cast<std::size_t>(stage)].median_us;
}

/// Our time over the peer's, both in units of a 4096-point FFT on the machine that it was measured
/// on.
double ratio(double us, double peer_us, double fft_us) {
  return peer_us > 0 ? (us / fft_us) / (peer_us / peer_fft_4096_us) : 0.0;
}

struct StageColumn {
  std::string_view title;
  Stage stage;
  double PeerTimes::*peer;
};
constexpr StageColumn columns[] = {
    {"estimate", Stage::estimate_channel, &PeerTimes::estimate_us},
    {"detect", Stage::detect, &PeerTimes::detect_us},
    {"dematch", Stage::dematch_rate, &PeerTimes::dematch_us},
    {"ldpc", Stage::decode_ldpc, &PeerTimes::decode_us},
};

void print_text(const std::vector<ShapeResult>& results, const Times& fft) {
  TextTable table({{"PRB/ports/layers, MCS, SNR"},
                   {"TB bits", Align::right},
                   {"failed", Align::right},
                   {"iter", Align::right},
                   {"unpack", Align::right},
                   {"estimate", Align::right},
                   {"detect", Align::right},
                   {"dematch", Align::right},
                   {"ldpc", Align::right},
                   {"assemble", Align::right},
                   {"total us", Align::right},
                   {"fastest", Align::right},
                   {"% of 500 us", Align::right},
                   {"Mbit/s", Align::right},
                   {"x peer: est", Align::right},
                   {"det", Align::right},
                   {"dem", Align::right},
                   {"ldpc", Align::right},
                   {"total", Align::right}});
  for (const ShapeResult& r : results) {
    std::vector<std::string> cells{r.name, std::to_string(r.tb_bits), std::to_string(r.n_failed),
                                   fmt::format("{:.1f}", r.mean_iterations),
                                   fmt::format("{:.0f}", stage_us(r, Stage::unpack_iq))};
    for (const StageColumn& c : columns)
      cells.push_back(fmt::format("{:.0f}", stage_us(r, c.stage)));
    cells.push_back(fmt::format("{:.0f}", stage_us(r, Stage::assemble_transport_block)));
    cells.push_back(fmt::format("{:.0f}", r.total.median_us));
    cells.push_back(fmt::format("{:.0f}", r.total.min_us));
    cells.push_back(fmt::format("{:.0f}", r.total.median_us / 5.0));
    cells.push_back(fmt::format("{:.0f}", r.tb_bits / r.total.median_us));
    for (const StageColumn& c : columns)
      cells.push_back(
          fmt::format("{:.2f}", ratio(stage_us(r, c.stage), r.shape->peer.*c.peer, fft.median_us)));
    cells.push_back(
        fmt::format("{:.2f}", ratio(r.total.median_us, r.shape->peer.total_us, fft.median_us)));
    table.add_row(std::move(cells));
  }
  const Machine machine = this_machine();
  std::cout << fmt::format("{}; one thread; microseconds per slot, medians\n", machine.cpu_model)
            << fmt::format("FFT of 4096 points: {:.2f} us (fastest {:.2f} us)\n", fft.median_us,
                           fft.min_us)
            << table.print()
            << fmt::format("x peer: our time over OCUDU 26.04's, each in units of a 4096-point FFT "
                           "on its own machine (peer: {} us)\n",
                           peer_fft_4096_us);
  if (!results.empty()) {
    std::cout << "rows:";
    for (std::size_t s = 0; s < stage_names.size(); ++s)
      if (!results.front().rows[s].empty())
        std::cout << ' ' << stage_names[s] << ' ' << results.front().rows[s];
    std::cout << '\n';
  }
}

void print_json(const std::vector<ShapeResult>& results, const Times& fft) {
  boost::json::array shapes;
  for (const ShapeResult& r : results) {
    boost::json::object stages;
    boost::json::object rows;
    for (std::size_t s = 0; s < stage_names.size(); ++s) {
      stages[stage_names[s]] =
          boost::json::object{{"median_us", r.stages[s].median_us}, {"min_us", r.stages[s].min_us}};
      if (!r.rows[s].empty())
        rows[stage_names[s]] = r.rows[s];
    }
    boost::json::object ratios;
    for (const StageColumn& c : columns)
      ratios[c.title] = ratio(stage_us(r, c.stage), r.shape->peer.*c.peer, fft.median_us);
    ratios["total"] = ratio(r.total.median_us, r.shape->peer.total_us, fft.median_us);
    shapes.push_back(boost::json::object{
        {"name", r.name},
        {"tb_bits", r.tb_bits},
        {"n_failed", r.n_failed},
        {"mean_iterations", r.mean_iterations},
        {"stages", std::move(stages)},
        {"total",
         boost::json::object{{"median_us", r.total.median_us}, {"min_us", r.total.min_us}}},
        {"rows", std::move(rows)},
        {"times_peer", std::move(ratios)},
    });
  }
  const Machine machine = this_machine();
  const boost::json::object out{
      {"version", AIRAN_VERSION},
      {"machine", machine.cpu_model},
      {"fft_4096", boost::json::object{{"median_us", fft.median_us}, {"min_us", fft.min_us}}},
      {"peer_fft_4096_us", peer_fft_4096_us},
      {"shapes", std::move(shapes)}};
  std::cout << boost::json::serialize(out) << '\n';
}

int bench(const BenchLine& line) {
  set_fft_effort(FftEffort::measure);
  std::vector<ShapeResult> results;
  const Times fft = time_fft();
  Progress progress("shapes", static_cast<std::int64_t>(bench_shapes().size()));
  for (const BenchShape& shape : bench_shapes()) {
    if (!shape_name(shape).starts_with(line.shape))
      continue;
    auto result = run_shape(shape, line);
    if (!result)
      return fail(result.error());
    results.push_back(*std::move(result));
    progress.update(static_cast<std::int64_t>(results.size()));
  }
  progress.clear();
  if (results.empty())
    return fail({ErrorKind::configuration, "--shape '" + line.shape + "' matches no shape"});
  if (line.is_json)
    print_json(results, fft);
  else
    print_text(results, fft);
  return exit_code::done;
}

} // namespace

void add_bench_command(CLI::App& program, Command& chosen) {
  const auto line = std::make_shared<BenchLine>();
  CLI::App* command = program.add_subcommand(
      "bench", "Measure the receiver on this machine: microseconds by stage of one slot");
  command->add_option("--slots", line->n_slots, "different slots per shape [count]")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--repeats", line->n_repeats, "times that each slot is received [count]")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--shape", line->shape,
                      "only shapes whose name begins with this (PRB/ports/layers)");
  command->add_flag("--json", line->is_json, "print JSON instead of a table");
  command->callback([line, &chosen] { chosen = [line] { return bench(*line); }; });
}

} // namespace airan::apps
