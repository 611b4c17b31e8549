// SPDX-License-Identifier: Apache-2.0
// Reads a configuration, collects everything that is wrong, and prints what is in effect.
#include "config/configuration.hpp"

#include "config/packet_source.hpp"
#include "config/sections.hpp"
#include "core/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace airan::config {
namespace {

constexpr std::size_t max_sentences = 50;
constexpr std::size_t max_sentence_bytes = 400;

ConfigurationErrors errors_of(Problems problems, const std::string& name) {
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  ConfigurationErrors out;
  for (const Problem& problem : problems) {
    if (out.sentences.size() == max_sentences) {
      out.sentences.push_back(
          fmt::format("{}: and {} more problems", name, problems.size() - max_sentences));
      break;
    }
    out.sentences.push_back(
        problem.line > 0
            ? fmt::format("{}:{}: {}", name, problem.line,
                          printable(problem.message, max_sentence_bytes))
            : fmt::format("{}: {}", name, printable(problem.message, max_sentence_bytes)));
  }
  return out;
}

/// What is sent is made, or was recorded.
void check_emulated(const Document& document, Problems& problems) {
  const bool is_inside = document.cell && document.cell->source;
  const std::optional<SourceSettings>& source = is_inside ? document.cell->source : document.source;
  if (document.transmitter.has_value() == source.has_value())
    problems.push_back(
        {document.source_lines.section,
         "a radio unit sends what is made (the section 'transmitter') or a recording "
         "(the section 'source'): give one of them"});
  else if (source && is_packets(source->type))
    problems.push_back({document.source_lines.section,
                        "source: what a radio unit sends is a recording (sigmf, raw, grid), not "
                        "packets"});
}

/// Sections that a command cannot do without.
void check_purpose(const Document& document, Purpose purpose, Problems& problems) {
  const auto need = [&](bool is_there, std::string_view section, std::string_view why) {
    if (!is_there)
      problems.push_back({0, fmt::format("the section '{}' is missing ({})", section, why)});
  };
  if (purpose == Purpose::receive) {
    if (document.cells.empty())
      need(document.source || (document.cell && document.cell->source), "source",
           "where the IQ comes from");
    for (const Cell& cell : document.cells)
      if (!cell.source)
        problems.push_back(
            {cell.line, fmt::format("cell {}: the section 'source' is missing (where its IQ comes "
                                    "from)",
                                    cell.id)});
  }
  if (purpose == Purpose::emulate)
    check_emulated(document, problems);
  if (purpose == Purpose::generate || purpose == Purpose::simulate)
    need(document.transmitter.has_value(), "transmitter", "what is sent");
  if (purpose == Purpose::generate || purpose == Purpose::simulate || purpose == Purpose::emulate) {
    if (!document.cells.empty())
      problems.push_back({document.cells[0].line, "signals are made for one cell: give cell, not "
                                                  "cells"});
  }
  if (purpose == Purpose::simulate)
    need(document.suite.has_value(), "suite", "which curves are measured");
}

Configuration assemble(Document document, const std::string& name) {
  Configuration out;
  out.file = name;
  out.cells = std::move(document.cells);
  if (out.cells.empty()) {
    Cell cell = document.cell.value_or(Cell{});
    if (document.source) {
      cell.source = std::move(document.source);
      cell.source_lines = std::move(document.source_lines);
    }
    out.cells.push_back(std::move(cell));
  }
  for (Cell& cell : out.cells)
    complete_packet_source(cell);
  out.receiver = std::move(document.receiver);
  out.output = std::move(document.output);
  out.recording = std::move(document.recording);
  out.transmitter = std::move(document.transmitter);
  out.channel = std::move(document.channel);
  out.radio_unit = std::move(document.radio_unit);
  out.suite = std::move(document.suite);
  return out;
}

void print_reference(const std::vector<Field>& fields, const std::string& where, std::string& out) {
  for (const Field& field : fields) {
    const std::string name = where.empty() ? field.name : where + "." + field.name;
    const std::string given = field.is_required            ? "required"
                              : field.default_text.empty() ? ""
                                                           : "`" + field.default_text + "`";
    if (field.nested.empty()) {
      std::string type = field.type;
      for (std::size_t at = 0; (at = type.find('|', at)) != std::string::npos; at += 2)
        type.replace(at, 1, "\\|"); // a bar would end the table cell
      out +=
          fmt::format("| `{}` | {} | {} | {} | {} |\n", name, type, field.unit, given, field.doc);
    }
  }
  for (const Field& field : fields) {
    if (field.nested.empty())
      continue;
    const bool is_list = field.type.starts_with("list");
    const std::string name =
        (where.empty() ? "" : where + ".") + field.name + (is_list ? "[]" : "");
    out += fmt::format("\n## `{}`\n\n{}{}{}.\n\n", name, is_list ? "A list: " : "", field.doc,
                       field.is_required ? " (required)" : "");
    out += "| key | value | unit | when left out | meaning |\n|---|---|---|---|---|\n";
    print_reference(field.nested, name, out);
  }
}

} // namespace

std::int32_t SectionLines::of(std::string_view key) const {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return k.text == key; });
  return found == keys.end() ? section : found->line;
}

ConfigurationResult parse_configuration(std::string_view text,
                                        const std::string& name,
                                        const std::string& folder,
                                        Purpose purpose) {
  Problems problems;
  const auto root = parse_yaml(text, problems);
  if (!root)
    return tl::unexpected(errors_of(std::move(problems), name));
  Document document;
  FieldTable table;
  describe(table, document);
  document.output.directory = resolve_path(document.output.directory, folder);
  table.read(*root, {"", folder, &problems});
  // Combinations of values are looked at once each value is right by itself.
  if (problems.empty()) {
    check_purpose(document, purpose, problems);
    check_combinations(document, problems);
  }
  if (!problems.empty())
    return tl::unexpected(errors_of(std::move(problems), name));
  return assemble(std::move(document), name);
}

ConfigurationResult load_configuration(const std::string& path, Purpose purpose) {
  const auto unreadable = [&](const std::string& why) {
    return tl::unexpected(ConfigurationErrors{
        ErrorKind::file, {fmt::format("{}: {}", printable(path, max_sentence_bytes), why)}});
  };
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return unreadable("is a folder, a configuration file is needed");
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return unreadable(fmt::format("cannot be read ({})", std::strerror(errno)));
  // One byte more than allowed is enough to see that it is too much.
  std::string text(max_yaml_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad())
    return unreadable("cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_configuration(text, path, std::filesystem::path(path).parent_path().string(),
                             purpose);
}

Purpose natural_purpose(const Configuration& configuration) {
  if (configuration.suite)
    return Purpose::simulate;
  return configuration.transmitter ? Purpose::generate : Purpose::receive;
}

YamlNode effective_configuration(Configuration configuration) {
  Document document;
  if (configuration.cells.size() == 1) {
    document.cell = std::move(configuration.cells[0]);
    document.source = std::move(document.cell->source);
    document.cell->source.reset();
  } else {
    document.cells = std::move(configuration.cells);
  }
  document.receiver = std::move(configuration.receiver);
  document.output = std::move(configuration.output);
  document.recording = std::move(configuration.recording);
  document.transmitter = std::move(configuration.transmitter);
  document.channel = std::move(configuration.channel);
  document.radio_unit = std::move(configuration.radio_unit);
  document.suite = std::move(configuration.suite);
  FieldTable table;
  describe(table, document);
  return table.print();
}

std::string key_reference() {
  Document document;
  FieldTable table;
  describe(table, document);
  std::string out;
  print_reference(table.documented(), "", out);
  return out;
}

} // namespace airan::config
