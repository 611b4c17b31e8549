// SPDX-License-Identifier: Apache-2.0
// The command `run`: recordings in, transport blocks and reports out.
#include "apps/run.hpp"

#include "apps/progress.hpp"
#include "apps/recorded_cell.hpp"
#include "apps/result_table.hpp"
#include "apps/slot_picture.hpp"
#include "apps/versions.hpp"
#include "io/writers/result_writer.hpp"
#include "kernels/primitives/fft.hpp"
#include "phy/receiver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <limits>

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

/// All that a run holds while it goes.
struct Run {
  std::vector<RecordedCell> cells;
  /// One receiver for all cells with the same FFT size: they can be a batch.
  std::vector<std::unique_ptr<Receiver>> receivers;
  std::vector<std::size_t> receiver_of; ///< [cell]
  std::unique_ptr<io::ResultWriter> writer;
  std::string_view detector;
  /// A received transport block is not what its grant expects.
  bool is_unexpected = false;
  /// What is reused from batch to batch.
  std::vector<std::size_t> due;
  std::vector<SlotInput> inputs;
};

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
  for (const RecordedCell& cell : run.cells) {
    const std::int32_t fft_size = cell.settings().fft_size.value_or(0);
    const auto known = std::find(fft_sizes.begin(), fft_sizes.end(), fft_size);
    run.receiver_of.push_back(static_cast<std::size_t>(known - fft_sizes.begin()));
    if (known == fft_sizes.end())
      fft_sizes.push_back(fft_size);
  }
  for (std::size_t i = 0; i < fft_sizes.size(); ++i) {
    std::vector<const SlotFeed*> cells;
    for (std::size_t c = 0; c < run.cells.size(); ++c)
      if (run.receiver_of[c] == i)
        cells.push_back(&run.cells[c]);
    auto plan = make_receiver_plan(plan_limits(cells, section.ldpc_max_iterations), choices);
    if (!plan)
      return tl::unexpected(plan.error());
    run.receivers.push_back(std::make_unique<Receiver>(*std::move(plan), settings));
  }
  return {};
}

Result<Run> set_up(const config::Configuration& configuration) {
  const config::ReceiverSection& section = configuration.receiver;
  Run run;
  for (const config::Cell& cell : configuration.cells) {
    auto opened = RecordedCell::open(cell, section);
    if (!opened)
      return tl::unexpected(opened.error());
    run.cells.push_back(*std::move(opened));
  }

  if (auto planned = plan_receivers(section, run); !planned)
    return tl::unexpected(planned.error());
  run.detector = detector_name(section.detector);

  io::RunFacts facts;
  facts.recording = configuration.cells.front().source->path;
  facts.versions = versions();
  for (std::size_t i = 0; i < stage_names.size(); ++i)
    if (const std::string_view row = run.receivers.front()->plan().row_names[i]; !row.empty())
      facts.rows.emplace_back(stage_names[i], row);
  run.writer = std::make_unique<io::ResultWriter>(configuration.output, std::move(facts));
  return run;
}

/// Cells whose next slot is the earliest on the air, and that share a receiver: one batch. Empty at
/// the end.
void find_due(Run& run) {
  run.due.clear();
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
  const auto time_of = [&](std::size_t i) {
    return run.cells[i].next()->line.id.count * slot_ns(run.cells[i].settings().numerology);
  };
  for (std::size_t i = 0; i < run.cells.size(); ++i)
    if (run.cells[i].next() != nullptr)
      earliest = std::min(earliest, time_of(i));
  for (std::size_t i = 0; i < run.cells.size(); ++i)
    if (run.cells[i].next() != nullptr && time_of(i) == earliest &&
        (run.due.empty() || run.receiver_of[i] == run.receiver_of[run.due.front()]))
      run.due.push_back(i);
}

/// Writes what came out of one slot and notes whether it was expected.
Result<void> write_slot(Run& run, RecordedCell& cell, const SlotOutput& out) {
  const NextSlot& slot = *cell.next();
  const std::string_view detectors[] = {run.detector};
  if (run.writer->wants_picture())
    run.writer->add_picture(slot_picture(out, slot.grants));
  const auto matched_before = run.writer->statistics().n_matched;
  const auto expected_before = run.writer->statistics().n_expected;
  if (auto written = run.writer->add(out.report, slot.line.grants, {detectors}); !written)
    return written;
  const std::int64_t n_expected = run.writer->statistics().n_expected - expected_before;
  const std::int64_t n_matched = run.writer->statistics().n_matched - matched_before;
  // Blocks without data are not unexpected: the recording does not hold them.
  std::int64_t n_without_data = 0;
  for (const TransportBlock& tb : out.report.transport_blocks)
    n_without_data +=
        !tb.has_data && slot.line.grants.pusch[static_cast<std::size_t>(tb.grant)].expect ? 1 : 0;
  run.is_unexpected = run.is_unexpected || n_matched + n_without_data < n_expected;
  return {};
}

/// Receives the slots that are due as one batch.
Result<void> receive_due(Run& run) {
  run.inputs.clear();
  for (const std::size_t i : run.due) {
    RecordedCell& cell = run.cells[i];
    const auto iq = cell.read();
    if (!iq)
      return tl::unexpected(iq.error());
    run.inputs.push_back({*iq, &cell.settings(), cell.next()->grants, cell.carrier_offset_hz()});
  }
  const Detail detail = run.writer->wants_picture() ? Detail::with_symbols : Detail::results_only;
  const std::span<const SlotOutput> outputs =
      run.receivers[run.receiver_of[run.due.front()]]->receive(run.inputs, detail);
  for (std::size_t i = 0; i < run.due.size(); ++i) {
    RecordedCell& cell = run.cells[run.due[i]];
    if (auto written = write_slot(run, cell, outputs[i]); !written)
      return written;
    cell.release(run.inputs[i].iq);
    if (auto advanced = cell.advance(); !advanced)
      return advanced;
  }
  return {};
}

/// What went wrong while streaming, as one sentence; empty when nothing did.
std::string trouble_of(Run& run) {
  for (RecordedCell& cell : run.cells)
    if (std::string trouble = cell.trouble(); !trouble.empty())
      return trouble;
  if (const std::int64_t n = run.writer->statistics().n_bad_values; n > 0)
    return fmt::format("the recording holds values that are not finite numbers ({} of them); the "
                       "symbols that they touch were erased, the results hold what remained",
                       n);
  return {};
}

/// What to look at when nothing at all was decoded; empty when something was.
std::string hint_for(const io::RunStatistics& s) {
  if (s.n_blocks == 0)
    return "the grants schedule nothing in any slot";
  if (s.n_received == 0)
    return fmt::format("none of the {} grants lies within the recording; first_sfn and first_slot "
                       "of the source say which slot the recording begins with",
                       s.n_blocks);
  if (s.n_crc_ok == 0 && s.n_expected != s.n_matched)
    return "no transport block passed its CRC: look at the cell's id and the scrambling ids of the "
           "grants, at rx_ports and the number format of the recording, and at source.sync (auto "
           "finds the slots of a recording that does not begin at a slot boundary)";
  return {};
}

/// What `sync: auto` found, on stdout.
void print_synchronisation(const Run& run, const RunOptions& options) {
  if (options.format == OutputFormat::json)
    return;
  for (const RecordedCell& cell : run.cells)
    if (const auto& found = cell.synchronised())
      std::fputs(fmt::format("cell {}: slot {}.{} (SFN.slot) begins at sample {} of the recording, "
                             "carrier offset {:.1f} Hz\n",
                             cell.settings().id, found->id.sfn, found->id.slot, found->first_sample,
                             found->carrier_offset_hz)
                     .c_str(),
                 stdout);
}

} // namespace

Result<int> run(const RunOptions& options) {
  auto made = set_up(options.configuration);
  if (!made)
    return tl::unexpected(made.error());
  Run& run = *made;
  print_synchronisation(run, options);

  std::int64_t n_slots = 0;
  for (const RecordedCell& cell : run.cells)
    n_slots += cell.survey().n_lines;
  std::int64_t n_done = 0;
  std::string stopped;
  {
    Progress progress("slots", n_slots);
    for (find_due(run); !run.due.empty(); find_due(run)) {
      if (const auto received = receive_due(run); !received) {
        stopped = received.error().message;
        break;
      }
      n_done += static_cast<std::int64_t>(run.due.size());
      progress.update(n_done);
    }
  }

  const std::string trouble = stopped.empty() ? trouble_of(run) : stopped;
  if (auto finished = run.writer->finish(trouble); !finished)
    return tl::unexpected(finished.error());
  const io::RunStatistics& statistics = run.writer->statistics();
  if (statistics.n_slots > 0) // otherwise what lies there is of an earlier run
    print_results(*run.writer, run.receivers.front()->plan(), options);
  if (!trouble.empty()) {
    say_error(trouble);
    return exit_code::file;
  }
  if (const std::string hint = hint_for(statistics); !hint.empty())
    say_error(hint);
  return run.is_unexpected || statistics.n_received == 0 ? exit_code::expectation_not_met
                                                         : exit_code::done;
}

} // namespace airan::apps
