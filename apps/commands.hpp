// SPDX-License-Identifier: Apache-2.0
// The commands of the program: each adds itself to the command line.
//
// A new command NAME takes one file, apps/NAME_command.cpp, with a function add_NAME_command that
// declares its options (units in the text, capture_default_str() for the defaults) and, in the
// callback of its subcommand, sets `chosen` to what runs it; a line here; and a line in main.cpp.
// What runs says errors with fail() and returns an exit code; results go to stdout.
#pragma once

#include "apps/program.hpp"
#include "apps/run.hpp"

namespace CLI {
class App;
} // namespace CLI

namespace airan::apps {

void add_check_command(CLI::App& program, Command& chosen);
void add_bench_command(CLI::App& program, Command& chosen);
void add_generate_command(CLI::App& program, Command& chosen);
void add_emulate_ru_command(CLI::App& program, Command& chosen);
void add_info_command(CLI::App& program, Command& chosen);
void add_simulate_command(CLI::App& program, Command& chosen);
/// `run` receives; what surrounds it (options, configuration, errors) is here.
void add_run_command(CLI::App& program,
                     Command& chosen,
                     Result<int> (*run)(const RunOptions& options));

} // namespace airan::apps
