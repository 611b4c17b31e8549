// SPDX-License-Identifier: Apache-2.0
// Writing the results of a run.
#include "io/writers/result_writer.hpp"

#include "io/hash.hpp"
#include "io/writers/mac_pcap_writer.hpp"
#include "io/writers/output_directory.hpp"
#include "io/writers/reports.hpp"
#include "io/writers/text_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>

namespace airan::io {

struct ResultWriter::State {
  OutputSettings settings;
  RunFacts facts;
  RunStatistics statistics;
  std::vector<TableLine> first_lines;
  std::deque<TableLine> last_lines;
  std::int64_t n_lines = 0;
  std::vector<SlotPicture> pictures;
  std::ofstream blocks; ///< transport_blocks.jsonl
  std::optional<MacPcapWriter> mac;

  State(const OutputSettings& s, RunFacts f) : settings(s), facts(std::move(f)) {}

  std::string path(std::string_view name) const {
    return (std::filesystem::path(settings.directory) / name).string();
  }

  /// Makes the folder and removes what an earlier run left of our own.
  Result<void> start() {
    if (auto made = make_output_directory(settings.directory); !made)
      return made;
    for (const std::string_view name : file_names) {
      std::error_code ignored;
      std::filesystem::remove(path(name), ignored);
    }
    blocks.open(path(file_names[0]), std::ios::binary | std::ios::trunc);
    if (!blocks)
      return file_error(fmt::format("cannot write {}", path(file_names[0])));
    auto writer = MacPcapWriter::create(path(file_names[1]));
    if (!writer)
      return tl::unexpected(writer.error());
    mac = std::move(*writer);
    return {};
  }

  void keep_line(const SlotReport& report, const TransportBlock& b, std::string_view detector) {
    TableLine line{b.id,
                   b.rnti,
                   b.has_data,
                   b.crc_ok,
                   b.snr_db,
                   b.evm_percent,
                   b.max_iterations,
                   std::string(detector),
                   report.stage_ns,
                   report.latency_ns};
    ++n_lines;
    if (first_lines.size() < n_first_lines) {
      first_lines.push_back(std::move(line));
      return;
    }
    last_lines.push_back(std::move(line));
    if (last_lines.size() > n_last_lines)
      last_lines.pop_front();
  }
};

ResultWriter::ResultWriter(const OutputSettings& settings, RunFacts facts)
    : state_(std::make_unique<State>(settings, std::move(facts))) {}
ResultWriter::~ResultWriter() = default;
ResultWriter::ResultWriter(ResultWriter&&) noexcept = default;
ResultWriter& ResultWriter::operator=(ResultWriter&&) noexcept = default;

Result<void>
ResultWriter::add(const SlotReport& report, const SlotGrants& grants, const SlotDetails& details) {
  State& s = *state_;
  if (s.statistics.n_slots == 0)
    if (auto started = s.start(); !started)
      return started;
  std::vector<std::optional<bool>> verdicts;
  for (std::size_t i = 0; i < report.transport_blocks.size(); ++i) {
    const TransportBlock& b = report.transport_blocks[i];
    const std::string_view detector = i < details.detectors.size() ? details.detectors[i]
                                      : details.detectors.empty()  ? std::string_view()
                                                                   : details.detectors.front();
    const std::string hash = b.crc_ok ? sha256_hex(b.payload) : std::string();
    const auto grant = static_cast<std::size_t>(b.grant);
    verdicts.push_back(grant < grants.pusch.size() ? matches(b, grants.pusch[grant].expect, hash)
                                                   : std::nullopt);
    s.blocks << transport_block_line(report, b, detector, hash, s.settings.payloads) << '\n';
    if (auto written = s.mac->add(b, report.duration_ns); !written)
      return written;
    s.keep_line(report, b, detector);
  }
  if (!s.blocks)
    return file_error(fmt::format("cannot write {}", s.path(file_names[0])));
  s.statistics.add(report, verdicts);
  return {};
}

bool ResultWriter::wants_picture() const {
  return state_->pictures.size() < max_pictures;
}
void ResultWriter::add_picture(SlotPicture picture) {
  if (wants_picture())
    state_->pictures.push_back(std::move(picture));
}

Result<void> ResultWriter::finish(const std::string& trouble,
                                  const std::optional<PacketFigures>& packets) {
  State& s = *state_;
  if (s.statistics.n_slots == 0) {
    if (!packets)
      return {};
    if (auto started = s.start(); !started)
      return started;
  }
  s.blocks.close();
  if (!s.blocks)
    return file_error(fmt::format("cannot write {}", s.path(file_names[0])));
  if (auto closed = s.mac->finish(); !closed)
    return closed;
  const ReportContent content{&s.facts,  &s.statistics, &s.first_lines, &s.last_lines,
                              s.n_lines, &s.pictures,   trouble,        packets};
  if (auto json = write_text_file(s.path(file_names[2]), report_json(content)); !json)
    return json;
  return write_text_file(s.path(file_names[3]), report_html(content));
}

const RunStatistics& ResultWriter::statistics() const {
  return state_->statistics;
}
const std::vector<TableLine>& ResultWriter::first_lines() const {
  return state_->first_lines;
}
const std::deque<TableLine>& ResultWriter::last_lines() const {
  return state_->last_lines;
}

} // namespace airan::io
