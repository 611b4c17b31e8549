// SPDX-License-Identifier: Apache-2.0
// A folder in which `airan run` is tried: recordings, results, and what they say.
#pragma once

#include "tests/support/program.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace airan::tests {

using JsonLines = std::vector<boost::json::object>;

inline std::string vector_path(const std::string& name) {
  return std::string(AIRAN_SOURCE_DIR) + "/testvectors/" + name;
}

inline std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path << " cannot be read";
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline JsonLines json_lines(const std::string& text) {
  JsonLines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(boost::json::parse(line).as_object());
  return lines;
}

/// A number of a line, whether it is written with a decimal point or not.
inline double number(const boost::json::object& line, const char* key) {
  return line.at(key).to_number<double>();
}

class RunFolder : public ProgramFolder {
public:
  RunFolder() : ProgramFolder(AIRAN_PROGRAM) {}

  std::string at(const std::string& name) const { return path() + "/" + name; }
  std::string read(const std::string& name) const { return read_whole(at(name)); }
  JsonLines blocks(const std::string& output = "out") const {
    return json_lines(read(output + "/transport_blocks.jsonl"));
  }
  boost::json::object report(const std::string& output = "out") const {
    return boost::json::parse(read(output + "/report.json")).as_object();
  }
  /// Every file below the folder with a hash of its bytes.
  std::map<std::string, std::size_t> content() const {
    std::map<std::string, std::size_t> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path()))
      files[entry.path().string().substr(path().size())] =
          entry.is_regular_file() ? std::hash<std::string>{}(read_whole(entry.path().string())) : 0;
    return files;
  }

  /// One grid cell; `source` is appended to its source section, such as "first_sfn: 3".
  void write_grid_configuration(const std::string& grid,
                                const std::string& grants,
                                const std::string& source = "") const {
    write("run.yaml", "cell: {id: 1}\nsource: {type: grid, path: " + grid + ", grants: " + grants +
                          (source.empty() ? "" : ", " + source) + "}\noutput: {directory: out}\n");
  }
  /// One cell like that of TVtd_1; `source` as above.
  void write_sigmf_configuration(const std::string& recording,
                                 const std::string& grants,
                                 const std::string& source = "") const {
    write("run.yaml", "cell: {numerology: 1, n_prb: 273}\nsource: {type: sigmf, path: " +
                          recording + ", grants: " + grants +
                          (source.empty() ? "" : ", " + source) + "}\noutput: {directory: out}\n");
  }
};

} // namespace airan::tests
