// SPDX-License-Identifier: Apache-2.0
// Runs the built program as a user would, in a folder of its own.
#pragma once

#include <string>

namespace airan::tests {

struct ProgramResult {
  int exit_code = -1; ///< -1: ended by a signal
  std::string out;
  std::string err;
};

/// A folder under the system's temporary one, removed with what is in it at the end.
class ProgramFolder {
public:
  /// `program` is the path of the executable.
  explicit ProgramFolder(std::string program);
  ~ProgramFolder();
  ProgramFolder(const ProgramFolder&) = delete;
  ProgramFolder& operator=(const ProgramFolder&) = delete;

  const std::string& path() const { return path_; }
  /// Writes a file of the folder and returns its path.
  std::string write(const std::string& name, const std::string& content) const;
  /// Runs the program in this folder; `arguments` as they would be typed in a shell.
  ProgramResult run(const std::string& arguments) const;
  /// Names of what lies in the folder, sorted, one per line.
  std::string listing() const;

private:
  std::string program_;
  std::string path_;
  std::string capture_; ///< beside the folder, for stdout and stderr
};

/// Lines of a text.
int n_lines(const std::string& text);

} // namespace airan::tests
