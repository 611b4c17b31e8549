// SPDX-License-Identifier: Apache-2.0
// Checking and making the folder of results.
#include "io/writers/output_directory.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <unistd.h>

namespace airan::io {
namespace fs = std::filesystem;

Result<void> check_output_directory(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos)
    return configuration_error("output.directory is empty or holds a NUL character");
  std::error_code error;
  fs::path existing = fs::absolute(path, error).lexically_normal();
  while (true) {
    const fs::file_status status = fs::status(existing, error);
    if (fs::is_directory(status))
      break;
    if (fs::exists(status))
      return file_error(
          fmt::format("cannot write results to {}: {} is not a folder", path, existing.string()));
    if (existing == existing.parent_path())
      return file_error(fmt::format("cannot write results to {}", path));
    existing = existing.parent_path();
  }
  if (::access(existing.c_str(), W_OK | X_OK) != 0)
    return file_error(fmt::format("cannot write results to {}: {}: {}", path, existing.string(),
                                  std::strerror(errno)));
  return {};
}

Result<void> make_output_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path))
    return file_error(fmt::format("cannot make the folder {}: {}", path,
                                  error ? error.message() : "it is a file"));
  return {};
}

} // namespace airan::io
