// SPDX-License-Identifier: Apache-2.0
// Aligned columns.
#include "apps/text_table.hpp"

#include <algorithm>
#include <utility>

namespace airan::apps {
namespace {

/// Characters, not bytes: UTF-8 continuation bytes are not counted.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

} // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

void TextTable::add_row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::print() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t widest = width(columns_[c].title);
    for (const auto& row : rows_)
      widest = std::max(widest, width(row[c]));
    widths.push_back(widest);
  }
  std::string out;
  const auto print_line = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const std::string cell = cell_of(c);
      const std::string padding(widths[c] - width(cell), ' ');
      line += c == 0 ? "" : "  ";
      line += columns_[c].align == Align::left ? cell + padding : padding + cell;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  print_line([&](std::size_t c) { return columns_[c].title; });
  print_line([&](std::size_t c) { return std::string(widths[c], '-'); });
  for (const auto& row : rows_)
    print_line([&](std::size_t c) { return row[c]; });
  return out;
}

} // namespace airan::apps
