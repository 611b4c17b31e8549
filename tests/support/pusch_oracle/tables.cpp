// SPDX-License-Identifier: Apache-2.0
// The tables of TS 38.211, 38.212 and 38.214 that the PUSCH oracle needs, read from the CSV files
// of testvectors/tables.
#include "tests/support/pusch_oracle/tables.hpp"

#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace airan::oracle::pusch {
namespace {

using Row = std::vector<std::string>;

/// All lines after the first `n_header`, split at the separator.
std::vector<Row> read_rows(const std::string& path, char separator, int n_header) {
  std::ifstream file(path);
  if (!file)
    throw std::runtime_error("cannot read " + path);
  std::vector<Row> rows;
  std::string line;
  for (int i = 0; std::getline(file, line); ++i) {
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (i < n_header || line.empty())
      continue;
    Row row;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, separator);)
      row.push_back(cell);
    rows.push_back(row);
  }
  return rows;
}

void expect_count(std::size_t count, std::size_t expected, const std::string& what) {
  if (count != expected)
    throw std::runtime_error(what + " has " + std::to_string(count) + " entries, not " +
                             std::to_string(expected));
}

/// Row index; column index; shift for set 0..7. An empty row index repeats the one above.
std::vector<BaseGraphEntry> read_base_graph(const std::string& path, std::size_t n_entries) {
  std::vector<BaseGraphEntry> entries;
  std::int32_t row = 0;
  for (const Row& cells : read_rows(path, ';', 2)) {
    if (!cells.at(0).empty())
      row = std::stoi(cells[0]);
    BaseGraphEntry entry;
    entry.row = row;
    entry.column = std::stoi(cells.at(1));
    for (std::size_t i = 0; i < 8; ++i)
      entry.shift[i] = std::stoi(cells.at(2 + i));
    entries.push_back(entry);
  }
  expect_count(entries.size(), n_entries, path);
  return entries;
}

/// The grants' mcs_table 0..4 of a table of the standard; none for the one with 1024QAM.
std::optional<std::int32_t> mcs_table_of(const std::string& standard_name) {
  const std::array<std::string, 5> names{"5.1.3.1-1", "5.1.3.1-2", "5.1.3.1-3", "6.1.4.1-1",
                                         "6.1.4.1-2"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == standard_name)
      return static_cast<std::int32_t>(i);
  return std::nullopt;
}

Tables read_tables(const std::string& folder) {
  Tables tables;
  tables.base_graph_1 = read_base_graph(folder + "/ldpc_bg1.csv", 316);
  tables.base_graph_2 = read_base_graph(folder + "/ldpc_bg2.csv", 197);
  for (const Row& row : read_rows(folder + "/low_papr_phi.csv", ',', 1)) {
    auto& phi = tables.phi[{std::stoi(row.at(0)), std::stoi(row.at(1))}];
    std::istringstream values(row.at(2));
    for (std::int32_t value = 0; values >> value;)
      phi.push_back(value);
  }
  expect_count(tables.phi.size(), 4 * 30, "low_papr_phi.csv");
  for (const Row& row : read_rows(folder + "/mcs_tables.csv", ',', 1))
    if (const auto table = mcs_table_of(row.at(0)))
      tables.mcs[{*table, std::stoi(row.at(1))}] = {std::stoi(row.at(2)), std::stod(row.at(3))};
  expect_count(tables.mcs.size(), 29 + 28 + 29 + 28 + 28, "mcs_tables.csv");
  for (const Row& row : read_rows(folder + "/tbs_quantisation.csv", ',', 1))
    tables.tbs.push_back(std::stoll(row.at(1)));
  expect_count(tables.tbs.size(), 93, "tbs_quantisation.csv");
  return tables;
}

} // namespace

const Tables& standard_tables() {
  static const Tables tables = read_tables(AIRAN_SOURCE_DIR "/testvectors/tables");
  return tables;
}

} // namespace airan::oracle::pusch
