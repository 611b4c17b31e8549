// SPDX-License-Identifier: Apache-2.0
// Field tables of what receives: cell, receiver, output.
#include "config/sections.hpp"

#include "config/bundle_field.hpp"
#include "core/cell_settings.hpp"

#include <array>
#include <string>

namespace airan::config {
namespace {

constexpr Name<CyclicPrefix> cyclic_prefixes[] = {{CyclicPrefix::normal, "normal"},
                                                  {CyclicPrefix::extended, "extended"}};
constexpr Name<BackendChoice> backends[] = {
    {BackendChoice::automatic, "auto"}, {BackendChoice::cpu, "cpu"}, {BackendChoice::cuda, "cuda"}};
constexpr Name<Detector> detectors[] = {{Detector::classical, "classical"}};
constexpr Name<RecordingType> recording_types[] = {{RecordingType::sigmf, "sigmf"},
                                                   {RecordingType::raw, "raw"},
                                                   {RecordingType::grid, "grid"},
                                                   {RecordingType::oran_pcap, "oran-pcap"}};

/// The forced row of each operation, as a section with the operations' names.
struct Rows {
  std::array<std::string, n_stages>& rows;
};
void describe(FieldTable& table, const Rows& rows) {
  for (std::size_t i = 0; i < stage_names.size(); ++i)
    table.text(stage_names[i], rows.rows[i], "row of this operation, such as cpu:ref");
}

/// `output` holds the settings of a run and the names of made recordings.
struct Output {
  OutputSettings& settings;
  Recording& recording;
};
void describe(FieldTable& table, const Output& output) {
  table.path("directory", output.settings.directory,
             "folder of the results, made when the first slot is done");
  table.flag("payloads", output.settings.payloads, "write the bytes of decoded transport blocks");
  table.text("name", output.recording.name, "generate: file name of recordings and grants");
  table.choices("recordings", output.recording.types, recording_types,
                "generate: kinds of recordings");
}

} // namespace

void describe(FieldTable& table, Cell& cell) {
  table.number("id", cell.id, 0, 1007, "", "physical cell identity");
  table.number("numerology", cell.numerology, 0, max_numerology, "",
               "subcarrier spacing is 15 kHz times 2 to this power");
  table.choice("cyclic_prefix", cell.cyclic_prefix, cyclic_prefixes,
               "extended: 12 symbols per slot, numerology 2 only");
  table.number("n_prb", cell.n_prb, 1, max_prb, "PRB", "width of the carrier");
  table.number("first_prb", cell.first_prb, 0, max_prb - 1, "PRB",
               "common resource block of subcarrier 0");
  table.number("rx_ports", cell.rx_ports, 1, max_rx_ports, "ports", "receive antenna ports");
  table.number("sample_rate_hz", cell.sample_rate_hz, 1e3, 1e10, "Hz",
               "time-domain sources only: fft_size times the subcarrier spacing");
  table.number("fft_size", cell.fft_size, 128, 65536, "samples",
               "time-domain sources only: follows from sample_rate_hz when left out");
  table.number("phase_compensation_hz", cell.phase_compensation_hz, 0, 1e12, "Hz",
               "carrier frequency of the phase compensation of TS 38.211 5.4, 0: none");
  source_section(table, cell.source, cell.source_lines,
                 "in `cells`: where the IQ of this cell comes from");
}

void describe(FieldTable& table, ReceiverSection& receiver) {
  table.choice("backend", receiver.backend, backends,
               "what the receiver runs on, auto: cuda where there is a device, otherwise cpu");
  table.choice("detector", receiver.detector, detectors, "classical: LMMSE");
  table.number("ldpc_max_iterations", receiver.ldpc_max_iterations, 1, 100, "iterations",
               "limit of the decoder per code block");
  table.number("fft_window_advance_percent", receiver.fft_window_advance_percent, 0, 100, "%",
               "FFT window begins this much of the shortest cyclic prefix before its end");
  table.number("sync_search_ms", receiver.sync_search_ms, 1, 10240, "ms",
               "sync auto: how much of the recording is searched for the first slot");
  table.number("sync_max_carrier_offset_hz", receiver.sync_max_carrier_offset_hz, 0, 1e5, "Hz",
               "sync auto: largest carrier offset that is searched, to either side");
  table.number("max_grants", receiver.max_grants, 1, 275, "grants",
               "grants from a socket: the most in a slot of a cell, a line with more is dropped");
  table.number("max_layers", receiver.max_layers, 1, max_layers_per_group, "layers",
               "grants from a socket: the most of users that share resource elements");
  table.number("slot_core", receiver.slot_core, 0, max_core, "",
               "packets: CPU core of the thread that receives slots, left out: any");
  bundle(table, "rows", "force a row per operation, airan info --rows lists them",
         [&receiver] { return Rows{receiver.rows}; });
}

void describe(FieldTable& table, Document& document) {
  table.section("cell", document.cell, "what is fixed about the cell while it runs");
  table.list("cells", document.cells, 64, "several cells, each with its own source");
  source_section(table, document.source, document.source_lines,
                 "where the IQ of the cell comes from");
  table.section("receiver", document.receiver, "how slots are received");
  bundle(table, "output", "what is written, and where", [&document] {
    return Output{document.output, document.recording};
  });
  table.section("transmitter", document.transmitter, "signals that are made");
  table.section("channel", document.channel, "what they pass through");
  table.section("radio_unit", document.radio_unit,
                "packets that are made of them: oran-pcap recordings, emulate-ru");
  table.section("suite", document.suite, "error-rate curves that are measured on them");
}

} // namespace airan::config
