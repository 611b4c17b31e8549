// SPDX-License-Identifier: Apache-2.0
// What all commands of the program share: exit codes, how errors are said, output formats.
#pragma once

#include "config/configuration.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace airan::apps {

namespace exit_code {
inline constexpr int done = 0;
inline constexpr int expectation_not_met = 1; ///< done, but a result is not what it should be
inline constexpr int configuration = 2;       ///< the command line or the configuration is wrong
inline constexpr int file = 3;                ///< a file that it names is wrong
inline constexpr int internal = 4;            ///< a defect of airan
} // namespace exit_code

/// What a command writes to stdout: for people or for machines (--json).
enum class OutputFormat : std::uint8_t { text, json };

/// The command that was asked for, ready to run; the value is its exit code. The command line sets
/// it, main runs it.
using Command = std::function<int()>;

int exit_code_of(ErrorKind kind);

/// Says one sentence on stderr, on one line.
void say_error(std::string_view sentence);
/// Says what is wrong and returns the exit code for it.
int fail(const Error& error);
int fail(const config::ConfigurationErrors& errors);

} // namespace airan::apps
