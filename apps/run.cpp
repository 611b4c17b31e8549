// SPDX-License-Identifier: Apache-2.0
// The command `run`: recordings or packets in, transport blocks and reports out.
#include "apps/run.hpp"

#include "apps/interrupt.hpp"
#include "apps/progress.hpp"
#include "apps/result_table.hpp"
#include "apps/run_setup.hpp"
#include "apps/slot_picture.hpp"
#include "io/packets/thread_core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <thread>
#include <utility>

namespace airan::apps {
namespace {

/// Cells whose next slot is there and the earliest on the air, and that share a receiver: one
/// batch. Empty when nothing is due. A cell whose packets are late, or never come, holds up no
/// other.
void find_due(Run& run) {
  run.due.clear();
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
  const auto time_of = [&](std::size_t i) {
    return run.cells[i]->next()->line.id.count * slot_ns(run.cells[i]->settings().numerology);
  };
  const bool is_alone = run.cells.size() == 1; // then reading may wait
  for (std::size_t i = 0; i < run.cells.size(); ++i)
    if (run.cells[i]->next() != nullptr && (is_alone || run.cells[i]->is_ready()))
      earliest = std::min(earliest, time_of(i));
  for (std::size_t i = 0; i < run.cells.size(); ++i)
    if (run.cells[i]->next() != nullptr && time_of(i) == earliest &&
        (is_alone || run.cells[i]->is_ready()) &&
        (run.due.empty() || run.receiver_of[i] == run.receiver_of[run.due.front()]))
      run.due.push_back(i);
}

/// Writes what came out of one slot and notes whether it was expected.
Result<void> write_slot(Run& run, SlotFeed& cell, const SlotOutput& out) {
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

/// Receives the slots that are due as one batch; false when they are not there yet.
Result<bool> receive_due(Run& run) {
  run.inputs.clear();
  for (const std::size_t i : run.due) {
    SlotFeed& cell = *run.cells[i];
    const auto iq = cell.read();
    if (!iq)
      return tl::unexpected(iq.error());
    if (*iq == nullptr)
      return false;
    run.inputs.push_back({*iq, &cell.settings(), cell.next()->grants, cell.carrier_offset_hz()});
  }
  const Detail detail = run.writer->wants_picture() ? Detail::with_symbols : Detail::results_only;
  const std::span<const SlotOutput> outputs =
      run.receivers[run.receiver_of[run.due.front()]]->receive(run.inputs, detail);
  for (std::size_t i = 0; i < run.due.size(); ++i) {
    SlotFeed& cell = *run.cells[run.due[i]];
    if (auto written = write_slot(run, cell, outputs[i]); !written)
      return tl::unexpected(written.error());
    cell.release(run.inputs[i].iq);
    if (auto advanced = cell.advance(); !advanced)
      return tl::unexpected(advanced.error());
  }
  return true;
}

/// What went wrong while streaming, as one sentence; empty when nothing did.
std::string trouble_of(const Run& run) {
  if (std::string trouble = run.packets.trouble(); !trouble.empty())
    return trouble;
  for (const auto& cell : run.cells)
    if (std::string trouble = cell->trouble(); !trouble.empty())
      return trouble;
  if (const std::int64_t n = run.writer->statistics().n_bad_values; n > 0)
    return fmt::format("the recording holds values that are not finite numbers ({} of them); the "
                       "symbols that they touch were erased, the results hold what remained",
                       n);
  return {};
}

/// What to look at when packets arrived and no slot got any of them.
std::string packet_hint(const io::PacketFigures& packets) {
  if (packets.received == 0)
    return "no packet arrived";
  std::string reasons;
  for (const auto& [name, n] : packets.dropped)
    if (n > 0)
      reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", n, name);
  return fmt::format("no granted slot received any of the {} packets (dropped: {}): look at eaxc, "
                     "compression, vlan and first_sfn of the source; docs/fronthaul.md says what "
                     "each reason means",
                     packets.received, reasons.empty() ? "none" : reasons);
}

/// What to look at when nothing at all was decoded; empty when something was.
std::string hint_for(const Run& run) {
  const io::RunStatistics& s = run.writer->statistics();
  const auto packets = run.packets.figures();
  if (packets && run.cells.empty())
    return packets->received == 0 ? packet_hint(*packets) : "";
  if (s.n_blocks == 0)
    return "the grants schedule nothing in any slot";
  if (s.n_received == 0 && packets)
    return packet_hint(*packets);
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

bool all_ended(const Run& run) {
  for (const auto& cell : run.cells)
    if (!cell->has_ended())
      return false;
  return !run.cells.empty() || run.packets.has_ended();
}

/// Says on stdout what was found out about the sources.
void print_news(Run& run, const RunOptions& options) {
  std::vector<std::string> lines = std::exchange(run.notes, {});
  for (std::string& line : run.packets.news())
    lines.push_back(std::move(line));
  if (options.format == OutputFormat::json)
    return;
  for (const std::string& line : lines)
    std::fputs((line + "\n").c_str(), stdout);
}

/// Receives slot after slot until the sources end, the run is stopped, or something fails. Returns
/// why it did not get to the end, as one sentence; empty otherwise.
std::string receive_all(Run& run, const RunOptions& options) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const auto is_over = [&] {
    return options.max_seconds &&
           Clock::now() - start > std::chrono::duration<double>(*options.max_seconds);
  };
  std::int64_t n_slots = 0;
  for (const auto& cell : run.cells)
    n_slots += cell->survey().n_lines;
  Progress progress("slots", n_slots);
  std::int64_t n_done = 0;
  while (!interrupted() && !is_over()) {
    print_news(run, options);
    find_due(run);
    if (run.due.empty()) {
      if (all_ended(run))
        return {};
      std::this_thread::sleep_for(std::chrono::microseconds(200)); // for grants or packets
      continue;
    }
    const auto received = receive_due(run);
    if (!received)
      return received.error().message;
    if (!*received)
      continue;
    n_done += static_cast<std::int64_t>(run.due.size());
    progress.update(n_done);
  }
  return interrupted() ? "the run was interrupted; the results hold what was received before" : "";
}

} // namespace

Result<int> run(const RunOptions& options) {
  auto made = set_up(options.configuration);
  if (!made)
    return tl::unexpected(made.error());
  Run& run = *made;
  install_interrupt_handlers();
  run.packets.start();
  if (!run.packets.empty()) // after the other threads, which would inherit it
    io::pin_this_thread(options.configuration.receiver.slot_core);
  const std::string stopped = receive_all(run, options);
  run.packets.stop();
  print_news(run, options);

  const std::string trouble = stopped.empty() ? trouble_of(run) : stopped;
  const auto packets = run.packets.figures();
  if (auto finished = run.writer->finish(trouble, packets); !finished)
    return tl::unexpected(finished.error());
  const io::RunStatistics& statistics = run.writer->statistics();
  if (statistics.n_slots > 0 || packets) // otherwise what lies there is of an earlier run
    print_results(run, options);
  if (!trouble.empty()) {
    say_error(trouble);
    return exit_code::file;
  }
  if (const std::string hint = hint_for(run); !hint.empty())
    say_error(hint);
  const bool is_too_slow =
      packets && packets->slots_dropped > 0 && statistics.n_matched < statistics.n_expected;
  const bool has_nothing = run.cells.empty() ? packets->received == 0 : statistics.n_received == 0;
  return run.is_unexpected || is_too_slow || has_nothing ? exit_code::expectation_not_met
                                                         : exit_code::done;
}

} // namespace airan::apps
