// SPDX-License-Identifier: Apache-2.0
// A table with aligned columns, for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace airan::apps {

enum class Align : std::uint8_t { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

class TextTable {
public:
  explicit TextTable(std::vector<Column> columns);
  /// One cell per column, UTF-8; missing cells are empty.
  void add_row(std::vector<std::string> cells);
  /// Title, a rule, and the rows; columns two blanks apart, no blanks at line ends.
  std::string print() const;

private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace airan::apps
