// SPDX-License-Identifier: Apache-2.0
// report.html.
#include "io/writers/embedded_files.hpp"
#include "io/writers/reports.hpp"
#include "io/writers/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace airan::io {
namespace {

/// Bounds of a picture: the page stays small, the eye sees no difference.
constexpr std::size_t max_points = 2000;
constexpr std::size_t max_subcarriers = 800;
constexpr std::size_t max_users = 8;
constexpr std::size_t max_channels = 16;

std::string number(double value, const char* unit = "") {
  return std::isfinite(value) ? fmt::format("{:.4g}{}", value, unit) : std::string("–");
}
std::string microseconds(std::int64_t ns) {
  return fmt::format("{:.1f}", static_cast<double>(ns) * 1e-3);
}

/// Every n-th element such that at most `most` are left.
std::size_t step_for(std::size_t size, std::size_t most) {
  return (size + most - 1) / most + (size == 0);
}

/// A picture's number: three decimals are below a pixel.
std::string short_number(float v) {
  return std::isfinite(v) ? fmt::format("{:.3f}", v) : "null";
}

template <class T, class F>
std::string json_list(const std::vector<T>& values, std::size_t step, F text) {
  std::string s = "[";
  for (std::size_t i = 0; i < values.size(); i += step) {
    s += i > 0 ? "," : "";
    s += text(values[i]);
  }
  return s + "]";
}

std::string picture_json(const SlotPicture& p) {
  std::string users;
  for (std::size_t i = 0; i < std::min(p.users.size(), max_users); ++i) {
    const UserPicture& u = p.users[i];
    users += fmt::format(
        R"({}{{"rnti":{},"modulation":{},"points":{},"symbols":{},"snr":{},"evm":{}}})",
        i > 0 ? "," : "", u.rnti, json_string(u.modulation),
        json_list(u.constellation, step_for(u.constellation.size(), max_points),
                  [](const cf32& x) {
                    return fmt::format("[{},{}]", short_number(x.re), short_number(x.im));
                  }),
        json_list(u.symbols, 1, [](std::int32_t l) { return fmt::format("{}", l); }),
        json_list(u.snr_db, 1, short_number), json_list(u.evm_percent, 1, short_number));
  }
  std::string channels;
  for (std::size_t i = 0; i < std::min(p.channels.size(), max_channels); ++i) {
    const ChannelPicture& c = p.channels[i];
    const std::size_t step = step_for(c.magnitude_db.size(), max_subcarriers);
    channels += fmt::format(R"({}{{"name":{},"first":{},"step":{},"db":{}}})", i > 0 ? "," : "",
                            json_string(c.name), c.first_subcarrier, step,
                            json_list(c.magnitude_db, step, short_number));
  }
  return fmt::format(R"({{"sfn":{},"slot":{},"users":[{}],"channels":[{}]}})", p.id.sfn, p.id.slot,
                     users, channels);
}

/// JSON inside a script element must not hold "</".
std::string data_json(const std::vector<SlotPicture>& pictures) {
  std::string text;
  text.push_back('[');
  for (const SlotPicture& p : pictures) {
    if (text.size() > 1)
      text.push_back(',');
    text.append(picture_json(p));
  }
  text.push_back(']');
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      safe.append("\\u003c");
    else
      safe.push_back(c);
  }
  return safe;
}

std::string row_of(const TableLine& l) {
  const char* verdict = !l.has_data ? "no data" : l.crc_ok ? "ok" : "failed";
  std::string s = fmt::format(
      R"(<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class="{}">{}</td><td>{}</td><td class="text">{}</td>)",
      l.id.cell, l.id.sfn, l.id.slot, l.rnti,
      l.has_data ? number(l.snr_db) + "</td><td>" + number(l.evm_percent) : "–</td><td>–",
      l.crc_ok ? "good" : "bad", verdict, l.has_data ? fmt::format("{}", l.iterations) : "–",
      html_text(l.detector));
  for (const std::int64_t ns : l.stage_ns)
    s += "<td>" + microseconds(ns) + "</td>";
  return s + "<td>" + microseconds(l.latency_ns) + "</td></tr>\n";
}

std::string table_of(const ReportContent& c) {
  std::string s = "<table><thead><tr><th>cell</th><th>SFN</th><th>slot</th><th>rnti</th>"
                  "<th>SNR dB</th><th>EVM %</th><th>CRC</th><th>iterations</th>"
                  "<th class=\"text\">detector</th>";
  for (const std::string_view name : stage_names) {
    std::string title(name);
    std::replace(title.begin(), title.end(), '_', ' ');
    s += "<th>" + title + " µs</th>";
  }
  s += "<th>latency µs</th></tr></thead><tbody>\n";
  for (const TableLine& l : *c.first_lines)
    s += row_of(l);
  const auto shown = static_cast<std::int64_t>(c.first_lines->size() + c.last_lines->size());
  if (c.n_lines > shown)
    s += fmt::format("<tr><td class=\"text\" colspan=\"17\">… {} lines in between …</td></tr>\n",
                     c.n_lines - shown);
  for (const TableLine& l : *c.last_lines)
    s += row_of(l);
  return s + "</tbody></table>";
}

std::string figure(const char* name, const std::string& value) {
  return fmt::format("<div class=\"figure\"><span class=\"soft\">{}</span><b>{}</b></div>", name,
                     value);
}

std::string figures_of(const RunStatistics& s) {
  std::string text = figure("slots", fmt::format("{}", s.n_slots)) +
                     figure("transport blocks", fmt::format("{}", s.n_blocks)) +
                     figure("CRC ok", fmt::format("{} of {}", s.n_crc_ok, s.n_received)) +
                     figure("block error rate", number(s.bler())) +
                     figure("throughput", number(s.throughput_mbps(), " Mbit/s")) +
                     figure("latency p50 / p99", number(s.latency_ns.at(0.5) * 1e-3) + " / " +
                                                     number(s.latency_ns.at(0.99) * 1e-3, " µs"));
  if (s.n_expected > 0)
    text += figure("as expected", fmt::format("{} of {}", s.n_matched, s.n_expected));
  if (s.n_no_data > 0)
    text += figure("without data", fmt::format("{}", s.n_no_data));
  if (s.n_bad_values > 0)
    text += figure("bad values", fmt::format("{}", s.n_bad_values));
  return text;
}

std::string stages_of(const ReportContent& c) {
  std::string s =
      "<table><thead><tr><th class=\"text\">stage</th><th class=\"text\">row</th>"
      "<th>mean µs</th><th>p50 µs</th><th>p99 µs</th><th>max µs</th></tr></thead><tbody>\n";
  for (std::size_t i = 0; i < stage_names.size(); ++i) {
    std::string row;
    for (const auto& [name, text] : c.facts->rows)
      if (name == stage_names[i])
        row = text;
    const Percentiles& p = c.statistics->stage_ns[i];
    s += fmt::format(
        "<tr><td class=\"text\">{}</td><td class=\"text\">{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}</td></tr>\n",
        stage_names[i], html_text(row), number(p.mean() * 1e-3), number(p.at(0.5) * 1e-3),
        number(p.at(0.99) * 1e-3), number(static_cast<double>(p.max()) * 1e-3));
  }
  return s + "</tbody></table>";
}

std::string count_row(std::string_view name, std::int64_t n) {
  std::string title(name);
  std::replace(title.begin(), title.end(), '_', ' ');
  return fmt::format("<tr><td class=\"text\">{}</td><td>{}</td></tr>\n", html_text(title), n);
}

/// What became of the packets: what is zero is left out, but for the first lines.
std::string packets_of(const std::optional<PacketFigures>& packets) {
  if (!packets)
    return {};
  const PacketFigures& p = *packets;
  std::string s = "<h2>Packets</h2>\n<div class=\"table\"><table><tbody>\n";
  s += count_row("received", p.received) + count_row("accepted", p.accepted);
  for (const auto& [name, n] : p.dropped)
    if (n != 0)
      s += count_row("dropped: " + name, n);
  s += count_row("late", p.late) + count_row("sequence gaps (at least)", p.sequence_gaps) +
       count_row("missing PRBs", p.missing_prbs) + count_row("slots dropped", p.slots_dropped);
  for (const auto& [name, n] : p.others)
    if (n != 0)
      s += count_row(name, n);
  return s + "</tbody></table></div>";
}

std::string versions_of(const RunFacts& facts) {
  std::string s = "<table><tbody>\n";
  for (const auto& [name, text] : facts.versions)
    s += fmt::format("<tr><td class=\"text\">{}</td><td class=\"text\">{}</td></tr>\n",
                     html_text(name), html_text(text));
  return s + "</tbody></table>";
}

} // namespace

std::string report_html(const ReportContent& c) {
  const std::string trouble =
      c.trouble.empty() ? std::string() : "<p class=\"trouble\">" + html_text(c.trouble) + "</p>";
  const auto shown = static_cast<std::int64_t>(c.first_lines->size() + c.last_lines->size());
  const std::string more = c.n_lines > shown
                               ? "<p class=\"soft\">Every line is in transport_blocks.jsonl.</p>"
                               : std::string();
  const std::pair<std::string_view, std::string> parts[] = {
      {"@RECORDING@", html_text(c.facts->recording)},
      {"@TROUBLE@", trouble},
      {"@FIGURES@", figures_of(*c.statistics)},
      {"@TABLE@", table_of(c)},
      {"@MORE@", more},
      {"@PACKETS@", packets_of(c.packets)},
      {"@STAGES@", stages_of(c)},
      {"@VERSIONS@", versions_of(*c.facts)},
      {"@DATA@", data_json(*c.pictures)},
      {"@CHART_JS@", std::string(chart_js())},
  };
  // In the order of the page, so that inserted text is never searched.
  std::string page;
  std::string_view rest = report_page();
  for (const auto& [mark, text] : parts) {
    const std::size_t at = rest.find(mark);
    page += rest.substr(0, at);
    page += text;
    rest.remove_prefix(at + mark.size());
  }
  page += rest;
  return page;
}

} // namespace airan::io
