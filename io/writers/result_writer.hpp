// SPDX-License-Identifier: Apache-2.0
// The results of a run: transport_blocks.jsonl, mac.pcap, report.json and report.html.
#pragma once

#include "core/complex.hpp"
#include "core/output_settings.hpp"
#include "core/pusch_grant.hpp"
#include "core/result.hpp"
#include "core/results.hpp"
#include "io/writers/packet_figures.hpp"
#include "io/writers/run_statistics.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace airan::io {

using NamedText = std::pair<std::string, std::string>;

/// What is fixed about a run, for its reports.
struct RunFacts {
  std::string recording;           ///< what was received
  std::vector<NamedText> rows;     ///< operation and the row that ran it
  std::vector<NamedText> versions; ///< of airan and its libraries
};

/// What else is known about a slot when its results are written.
struct SlotDetails {
  /// The detector of each transport block, or of all when there is one name.
  std::span<const std::string_view> detectors;
};

/// One line of the table of slots and users.
struct TableLine {
  SlotId id;
  std::int32_t rnti = 0;
  bool has_data = false;
  bool crc_ok = false;
  float snr_db = 0;
  float evm_percent = 0;
  std::int32_t iterations = 0;
  std::string detector;
  std::array<std::int64_t, n_stages> stage_ns{}; ///< of the whole slot
  std::int64_t latency_ns = 0;
};

/// Pictures of one slot for report.html. Long series are thinned out when the page is written.
struct UserPicture {
  std::int32_t rnti = 0;
  std::string modulation;          ///< "16QAM"
  std::vector<cf32> constellation; ///< after equalisation, unit mean power
  std::vector<std::int32_t> symbols;
  std::vector<float> snr_db;      ///< of each of `symbols`
  std::vector<float> evm_percent; ///< of each of `symbols`
};
struct ChannelPicture {
  std::string name; ///< "port 0"
  std::int32_t first_subcarrier = 0;
  std::vector<float> magnitude_db; ///< by subcarrier
};
struct SlotPicture {
  SlotId id;
  std::vector<UserPicture> users;
  std::vector<ChannelPicture> channels;
};

/// Writes nothing before the first slot is done (or, with packets, the run); then it makes the
/// folder and replaces its own files there. Memory does not grow with the length of the run. Call
/// add() for every slot in order, then finish() once.
class ResultWriter {
public:
  static constexpr std::string_view file_names[] = {"transport_blocks.jsonl", "mac.pcap",
                                                    "report.json", "report.html"};
  /// Of the table of a long run, lines kept at its start and at its end.
  static constexpr std::size_t n_first_lines = 100;
  static constexpr std::size_t n_last_lines = 100;
  /// Slots with pictures: the first ones added are kept.
  static constexpr std::size_t max_pictures = 4;

  ResultWriter(const OutputSettings& settings, RunFacts facts);
  ~ResultWriter();
  ResultWriter(ResultWriter&&) noexcept;
  ResultWriter& operator=(ResultWriter&&) noexcept;

  Result<void> add(const SlotReport& report, const SlotGrants& grants, const SlotDetails& details);
  bool wants_picture() const;
  void add_picture(SlotPicture picture);
  /// Writes the reports; `trouble` is the sentence about what could not be read, or empty, and
  /// `packets` what became of the packets, where the source was packets. Without any slot and
  /// without packets nothing is written.
  Result<void> finish(const std::string& trouble,
                      const std::optional<PacketFigures>& packets = std::nullopt);

  const RunStatistics& statistics() const;
  /// The table: its first and its last lines.
  const std::vector<TableLine>& first_lines() const;
  const std::deque<TableLine>& last_lines() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One line of transport_blocks.jsonl, without the newline. `payload_sha256` is empty where there
/// is no payload; `payloads` adds payload_hex.
std::string transport_block_line(const SlotReport& report,
                                 const TransportBlock& block,
                                 std::string_view detector,
                                 std::string_view payload_sha256,
                                 bool payloads);

} // namespace airan::io
