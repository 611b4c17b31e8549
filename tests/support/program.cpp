// SPDX-License-Identifier: Apache-2.0
// Runs the built program.
#include "tests/support/program.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <utility>

namespace airan::tests {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

} // namespace

ProgramFolder::ProgramFolder(std::string program) : program_(std::move(program)) {
  std::string base = (std::filesystem::temp_directory_path() / "airan-program-XXXXXX").string();
  if (mkdtemp(base.data()) == nullptr)
    throw std::runtime_error("no temporary folder can be made: " + base);
  capture_ = base;
  path_ = base + "/work";
  std::filesystem::create_directory(path_);
}

ProgramFolder::~ProgramFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(capture_, ignored);
}

std::string ProgramFolder::write(const std::string& name, const std::string& content) const {
  const std::string path = path_ + "/" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

ProgramResult ProgramFolder::run(const std::string& arguments) const {
  const std::string command = "cd '" + path_ + "' && '" + program_ + "' " + arguments + " > '" +
                              capture_ + "/out' 2> '" + capture_ + "/err' < /dev/null";
  const int status = std::system(command.c_str());
  ProgramResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  result.out = read_file(capture_ + "/out");
  result.err = read_file(capture_ + "/err");
  return result;
}

std::string ProgramFolder::listing() const {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path_))
    names.insert(std::filesystem::relative(entry.path(), path_).string());
  std::string out;
  for (const std::string& name : names)
    out += name + "\n";
  return out;
}

int n_lines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

} // namespace airan::tests
