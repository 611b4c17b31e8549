// SPDX-License-Identifier: Apache-2.0
// Command line of `airan run`.
#include "apps/commands.hpp"
#include "io/writers/output_directory.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>

namespace airan::apps {

void add_run_command(CLI::App& program,
                     Command& chosen,
                     Result<int> (*run)(const RunOptions& options)) {
  struct Line {
    std::string config;
    std::string output;
    bool is_json = false;
    std::optional<double> seconds;
  };
  const auto line = std::make_shared<Line>();
  CLI::App* command =
      program.add_subcommand("run", "Receive the sources of a configuration and write the results");
  command->add_option("CONFIG", line->config, "configuration file (YAML)")->required();
  command->add_option("-o,--output", line->output,
                      "folder of the results, instead of the configuration's output.directory");
  command->add_flag("--json", line->is_json, "print the report as JSON instead of tables");
  command->add_option("--seconds", line->seconds, "stop after so many seconds (live packets)")
      ->check(CLI::Range(0.001, 1e9));
  command->footer("Ctrl-C ends a run in good order: what was received is written, the exit code is "
                  "3.\nThe keys of CONFIG, with units and defaults: airan check --keys\n" +
                  program.get_footer());
  command->callback([line, run, &chosen] {
    chosen = [line, run]() -> int {
      auto configuration = config::load_configuration(line->config, config::Purpose::receive);
      if (!configuration)
        return fail(configuration.error());
      RunOptions options;
      options.configuration = std::move(*configuration);
      options.format = line->is_json ? OutputFormat::json : OutputFormat::text;
      options.max_seconds = line->seconds;
      if (!line->output.empty())
        options.configuration.output.directory = line->output;
      if (const auto writable = io::check_output_directory(options.configuration.output.directory);
          !writable)
        return fail(writable.error());
      const auto code = run(options);
      return code ? *code : fail(code.error());
    };
  });
}

} // namespace airan::apps
