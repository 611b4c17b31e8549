// SPDX-License-Identifier: Apache-2.0
// Set-up of a run: sources, grants, receivers, writer.
#include "apps/run_setup.hpp"

#include "apps/recorded_cell.hpp"
#include "apps/versions.hpp"
#include "core/numerology.hpp"
#include "kernels/primitives/fft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace airan::apps {
namespace {

/// The name in results of the detector that a configuration names.
std::string_view detector_name(config::Detector detector) {
  switch (detector) {
  case config::Detector::classical:
    return "classical";
  }
  return {};
}

/// The algorithm of Detect behind it.
std::string_view detector_algorithm(config::Detector detector) {
  switch (detector) {
  case config::Detector::classical:
    return "lmmse";
  }
  return {};
}

/// A receiver for each FFT size among the cells.
Result<void> plan_receivers(const config::ReceiverSection& section, Run& run) {
  if (section.backend == config::BackendChoice::cuda)
    return configuration_error("receiver.backend is cuda, but this version has no CUDA rows; use "
                               "auto or cpu");
  RowChoices choices;
  choices.backend = "cpu";
  choices.detector = detector_algorithm(section.detector);
  choices.rows = section.rows;
  ReceiverSettings settings;
  settings.ldpc_max_iterations = section.ldpc_max_iterations;
  settings.window_advance = section.fft_window_advance_percent / 100.0;

  // Worth its time for what runs in every slot; synchronisation, done once, is behind us.
  set_fft_effort(FftEffort::measure);
  std::vector<std::int32_t> fft_sizes;
  for (const auto& cell : run.cells) {
    const std::int32_t fft_size = cell->settings().fft_size.value_or(0);
    const auto known = std::find(fft_sizes.begin(), fft_sizes.end(), fft_size);
    run.receiver_of.push_back(static_cast<std::size_t>(known - fft_sizes.begin()));
    if (known == fft_sizes.end())
      fft_sizes.push_back(fft_size);
  }
  for (std::size_t i = 0; i < fft_sizes.size(); ++i) {
    std::vector<const SlotFeed*> cells;
    for (std::size_t c = 0; c < run.cells.size(); ++c)
      if (run.receiver_of[c] == i)
        cells.push_back(run.cells[c].get());
    auto plan = make_receiver_plan(plan_limits(cells, section.ldpc_max_iterations), choices);
    if (!plan)
      return tl::unexpected(plan.error());
    run.receivers.push_back(std::make_unique<Receiver>(*std::move(plan), settings));
  }
  return {};
}

/// What is received, for reports.
std::string source_name(const SourceSettings& source) {
  switch (source.type) {
  case SourceType::dpdk:
    return source.packets.device;
  case SourceType::udp: {
    std::string name = "udp";
    for (const std::string& address : source.packets.listen)
      name += " " + address;
    return name;
  }
  default:
    return source.path;
  }
}

/// What `sync: auto` found.
std::string synchronisation(const RecordedCell& cell) {
  const Synchronised& found = *cell.synchronised();
  return fmt::format("cell {}: slot {}.{} (SFN.slot) begins at sample {} of the recording, "
                     "carrier offset {:.1f} Hz",
                     cell.settings().id, found.id.sfn, found.id.slot, found.first_sample,
                     found.carrier_offset_hz);
}

Result<void> open_cells(const config::Configuration& configuration, Run& run) {
  for (const config::Cell& cell : configuration.cells) {
    if (is_packets(cell.source->type))
      continue;
    auto opened = RecordedCell::open(cell, configuration.receiver);
    if (!opened)
      return tl::unexpected(opened.error());
    if (opened->synchronised())
      run.notes.push_back(synchronisation(*opened));
    run.cells.push_back(std::make_unique<RecordedCell>(*std::move(opened)));
  }
  auto packets = PacketSources::open(configuration);
  if (!packets)
    return tl::unexpected(packets.error());
  run.packets = *std::move(packets);
  for (auto& feed : run.packets.take_feeds())
    run.cells.push_back(std::move(feed));
  return {};
}

} // namespace

Result<Run> set_up(const config::Configuration& configuration) {
  const config::ReceiverSection& section = configuration.receiver;
  Run run;
  if (auto opened = open_cells(configuration, run); !opened)
    return tl::unexpected(opened.error());
  if (auto planned = plan_receivers(section, run); !planned)
    return tl::unexpected(planned.error());
  run.detector = detector_name(section.detector);

  io::RunFacts facts;
  facts.recording = source_name(*configuration.cells.front().source);
  facts.versions = versions();
  for (std::size_t i = 0; i < stage_names.size() && !run.receivers.empty(); ++i)
    if (const std::string_view row = run.receivers.front()->plan().row_names[i]; !row.empty())
      facts.rows.emplace_back(stage_names[i], row);
  run.writer = std::make_unique<io::ResultWriter>(configuration.output, std::move(facts));
  return run;
}

} // namespace airan::apps
