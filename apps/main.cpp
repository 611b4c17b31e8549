// SPDX-License-Identifier: Apache-2.0
// The program: reads the command line, runs one command, and answers with an exit code.
#include "apps/commands.hpp"
#include "apps/logging.hpp"
#include "apps/program.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <string>
#include <unistd.h>

namespace {

using namespace airan::apps;

constexpr const char* exit_codes =
    "Exit codes: 0 done; 1 done, but an expectation was not met; 2 the command or the "
    "configuration "
    "is wrong; 3 a file that it names is; 4 internal error.\n"
    "More: airan COMMAND --help";

/// A standard stream that the caller closed would lend its number to the next file that is opened,
/// and what is printed would go into that.
void open_standard_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) < 0)
      return;
}

/// The exit code, unless what was printed has not arrived.
int delivered(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)
    return code;
  say_error("standard output cannot be written (a full disk?); what was to be printed is lost");
  return code == exit_code::done ? exit_code::file : code;
}

int run_program(int argc, char** argv) {
  CLI::App program("airan, a 5G NR uplink baseband: recorded IQ in, transport blocks out", "airan");
  program.set_version_flag("--version", "airan " AIRAN_VERSION, "print the version");
  program.set_help_flag("-h,--help", "print this help");
  program.require_subcommand(1);
  program.footer(exit_codes);
  std::string log_level = "warn";
  program.add_option("--log-level", log_level, "what is logged to stderr, as key=value lines")
      ->check(CLI::IsMember(log_levels()))
      ->capture_default_str();

  Command chosen;
  add_check_command(program, chosen);
  add_run_command(program, chosen, run);
  add_simulate_command(program, chosen);
  add_bench_command(program, chosen);
  add_generate_command(program, chosen);
  add_emulate_ru_command(program, chosen);
  add_info_command(program, chosen);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    return program.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    say_error(std::string(error.what()) + " (airan --help says more)");
    return exit_code::configuration;
  }
  start_logging(log_level);
  return chosen();
}

} // namespace

int main(int argc, char** argv) {
  try {
    open_standard_streams();
    return delivered(run_program(argc, argv));
  } catch (const std::bad_alloc&) {
    say_error("internal error: not enough memory");
  } catch (const std::exception& error) {
    say_error(std::string("internal error: ") + error.what());
  } catch (...) {
    say_error("internal error: an unknown exception");
  }
  return exit_code::internal;
}
