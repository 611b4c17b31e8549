// SPDX-License-Identifier: Apache-2.0
// Writing text files and escaping text.
#include "io/writers/text_file.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <fstream>

namespace airan::io {

Result<void> write_text_file(const std::string& path, std::string_view text) {
  const std::string partial = path + ".part";
  std::ofstream file(partial, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file || std::rename(partial.c_str(), path.c_str()) != 0) {
    std::remove(partial.c_str());
    return file_error(fmt::format("cannot write {}", path));
  }
  return {};
}

std::string json_number(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "null";
}
std::string json_string(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}
std::string html_text(std::string_view text) {
  std::string s;
  for (const char c : text) {
    switch (c) {
    case '<':
      s += "&lt;";
      break;
    case '>':
      s += "&gt;";
      break;
    case '&':
      s += "&amp;";
      break;
    case '"':
      s += "&quot;";
      break;
    case '\'':
      s += "&#39;";
      break;
    default:
      s += c;
    }
  }
  return s;
}

} // namespace airan::io
