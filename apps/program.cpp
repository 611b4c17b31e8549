// SPDX-License-Identifier: Apache-2.0
// Exit codes and error sentences.
#include "apps/program.hpp"

#include <cstdio>

namespace airan::apps {

int exit_code_of(ErrorKind kind) {
  switch (kind) {
  case ErrorKind::configuration:
    return exit_code::configuration;
  case ErrorKind::file:
    return exit_code::file;
  case ErrorKind::internal:
    break;
  }
  return exit_code::internal;
}

void say_error(std::string_view sentence) {
  std::string line = "airan: ";
  for (const char c : sentence)
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  std::fputs((line + "\n").c_str(), stderr);
}

int fail(const Error& error) {
  say_error(error.message);
  return exit_code_of(error.kind);
}

int fail(const config::ConfigurationErrors& errors) {
  for (const std::string& sentence : errors.sentences)
    say_error(sentence);
  return exit_code_of(errors.kind);
}

} // namespace airan::apps
