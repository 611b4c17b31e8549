// SPDX-License-Identifier: Apache-2.0
// The texts of report.json and report.html.
#pragma once

#include "io/writers/packet_figures.hpp"
#include "io/writers/result_writer.hpp"
#include "io/writers/run_statistics.hpp"

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace airan::io {

/// All that a report is made of.
struct ReportContent {
  const RunFacts* facts = nullptr;
  const RunStatistics* statistics = nullptr;
  const std::vector<TableLine>* first_lines = nullptr;
  const std::deque<TableLine>* last_lines = nullptr;
  std::int64_t n_lines = 0; ///< of the whole run
  const std::vector<SlotPicture>* pictures = nullptr;
  std::string trouble;                       ///< what could not be read, or empty
  std::optional<PacketFigures> packets = {}; ///< where the source was packets
};

std::string report_json(const ReportContent& content);
/// One page without references to anything outside; its table and figures need no JavaScript.
std::string report_html(const ReportContent& content);

} // namespace airan::io
