// SPDX-License-Identifier: Apache-2.0
// What set-up returns: a value, or one sentence that says what was wrong, the value, the limit and
// what to do.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace airan {

/// Who has to act; apps maps it to the exit code of the program.
enum class ErrorKind {
  configuration, ///< the command line or the configuration is wrong (exit code 2)
  file,          ///< a file or interface that it names is wrong, grants included (exit code 3)
  internal,      ///< a defect of airan (exit code 4)
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message; ///< one sentence, no trailing newline
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> configuration_error(std::string message) {
  return tl::unexpected(Error{ErrorKind::configuration, std::move(message)});
}
inline tl::unexpected<Error> file_error(std::string message) {
  return tl::unexpected(Error{ErrorKind::file, std::move(message)});
}
inline tl::unexpected<Error> internal_error(std::string message) {
  return tl::unexpected(Error{ErrorKind::internal, std::move(message)});
}

} // namespace airan
