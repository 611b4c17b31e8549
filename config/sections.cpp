// SPDX-License-Identifier: Apache-2.0
// Field tables of what receives: cell, source, receiver, output.
#include "config/sections.hpp"

#include "core/cell_settings.hpp"

#include <array>
#include <string>

namespace airan::config {
namespace {

constexpr Name<CyclicPrefix> cyclic_prefixes[] = {{CyclicPrefix::normal, "normal"},
                                                  {CyclicPrefix::extended, "extended"}};
constexpr Name<SourceType> source_types[] = {
    {SourceType::sigmf, "sigmf"}, {SourceType::raw, "raw"}, {SourceType::grid, "grid"}};
constexpr Name<RawFormat> raw_formats[] = {{RawFormat::sc16, "sc16"}, {RawFormat::fc32, "fc32"}};
constexpr Name<Sync> syncs[] = {{Sync::aligned, "aligned"}, {Sync::automatic, "auto"}};
constexpr Name<Strictness> strictnesses[] = {{Strictness::lenient, "lenient"},
                                             {Strictness::strict, "strict"}};
constexpr Name<BackendChoice> backends[] = {
    {BackendChoice::automatic, "auto"}, {BackendChoice::cpu, "cpu"}, {BackendChoice::cuda, "cuda"}};
constexpr Name<Detector> detectors[] = {{Detector::classical, "classical"}};
constexpr Name<RecordingType> recording_types[] = {
    {RecordingType::sigmf, "sigmf"}, {RecordingType::raw, "raw"}, {RecordingType::grid, "grid"}};

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

/// A section whose value is a bundle of references.
template <class Make>
Field& bundle(FieldTable& table, std::string_view name, std::string_view doc, Make make) {
  std::string unused;
  FieldTable inner;
  describe(inner, make());
  Field& field = table.text(name, unused, doc);
  field.type = "section";
  field.nested = inner.documented();
  field.read = [make](const YamlNode& node, const ReadContext& context) {
    FieldTable fields;
    describe(fields, make());
    fields.read(node, context);
  };
  field.print = [make]() -> std::optional<YamlNode> {
    FieldTable fields;
    describe(fields, make());
    YamlNode printed = fields.print();
    return printed.items.empty() ? std::nullopt : std::optional(std::move(printed));
  };
  return field;
}

/// Remembers where the section stands, for messages about combinations of its keys.
Field& with_line(Field& field, std::int32_t& line) {
  field.read = [read = field.read, &line](const YamlNode& node, const ReadContext& context) {
    line = node.line;
    read(node, context);
  };
  return field;
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
  with_line(
      table.section("source", cell.source, "in `cells`: where the IQ of this cell comes from"),
      cell.source_line);
}

void describe(FieldTable& table, SourceSettings& source) {
  table
      .choice("type", source.type, source_types,
              "kind of recording: SigMF, bare samples, or HDF5 grid (after the FFT)")
      .required();
  table.path("path", source.path, "the recording").required();
  table.path("grants", source.grants, "what was scheduled: JSON Lines, one slot per line")
      .required();
  table.choice("raw_format", source.raw_format, raw_formats,
               "type raw: int16 (full scale 1.0) or float32 samples, little-endian");
  table.choice("sync", source.sync, syncs,
               "aligned: sample 0 starts a slot, auto: found from the DM-RS of the grants");
  table.choice("strictness", source.strictness, strictnesses,
               "strict: refuse SigMF that departs from its specification, check hashes");
  table.number("first_sfn", source.first_sfn, 0, n_sfn - 1, "frames",
               "system frame number of the first slot, together with first_slot");
  table.number("first_slot", source.first_slot, 0, n_slots_per_frame(max_numerology) - 1, "slots",
               "slot in its frame, left out: the first slot of the grants");
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
  bundle(table, "rows", "force a row per operation, airan info --rows lists them",
         [&receiver] { return Rows{receiver.rows}; });
}

void describe(FieldTable& table, Document& document) {
  table.section("cell", document.cell, "what is fixed about the cell while it runs");
  table.list("cells", document.cells, 64, "several cells, each with its own source");
  with_line(table.section("source", document.source, "where the IQ of the cell comes from"),
            document.source_line);
  table.section("receiver", document.receiver, "how slots are received");
  bundle(table, "output", "what is written, and where", [&document] {
    return Output{document.output, document.recording};
  });
  table.section("transmitter", document.transmitter, "signals that are made");
  table.section("channel", document.channel, "what they pass through");
  table.section("suite", document.suite, "error-rate curves that are measured on them");
}

} // namespace airan::config
