// SPDX-License-Identifier: Apache-2.0
// Command `airan check`: validates a configuration and prints what is in effect.
#include "apps/commands.hpp"
#include "apps/packet_interface.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

namespace airan::apps {
namespace {

/// What airan computes for the packets of each interface, as comments. An interface that is not
/// there is no error of the configuration: it may be checked on another machine.
std::string computed(const config::Configuration& configuration) {
  const auto interfaces = packet_interfaces(configuration);
  if (!interfaces)
    return "# " + interfaces.error().message + "\n";
  std::string text;
  for (const PacketInterface& interface : *interfaces) {
    if (interface.type == SourceType::udp)
      continue;
    text += fmt::format("\n# Computed for {}:\n", interface.name);
    const auto planned = plan_interface(interface);
    if (!planned) {
      text += fmt::format("#   not here: {}\n", planned.error().message);
      continue;
    }
    for (const io::Fact& fact : planned->plan.describe())
      text += fmt::format("#   {}: {}\n", fact.name, fact.value);
  }
  return text;
}

int check(const std::string& path, OutputFormat format) {
  const auto configuration = config::load_configuration(path, config::Purpose::check);
  if (!configuration)
    return fail(configuration.error());
  // Again, for the command that it is written for.
  const auto complete = config::load_configuration(path, config::natural_purpose(*configuration));
  if (!complete)
    return fail(complete.error());
  const config::YamlNode printed = config::effective_configuration(*complete);
  std::fputs((format == OutputFormat::json ? print_json(printed) : print_yaml(printed)).c_str(),
             stdout);
  if (format == OutputFormat::text)
    std::fputs(computed(*complete).c_str(), stdout);
  return exit_code::done;
}

} // namespace

void add_check_command(CLI::App& program, Command& chosen) {
  struct Line {
    std::string config;
    bool is_json = false;
    bool wants_keys = false;
  };
  const auto line = std::make_shared<Line>();
  CLI::App* command = program.add_subcommand(
      "check",
      "Validate a configuration and print it with all defaults, and the memory for its packets");
  CLI::Option* config = command->add_option("CONFIG", line->config, "configuration file (YAML)");
  command->add_flag("--json", line->is_json, "print JSON instead of YAML");
  command->add_flag("--keys", line->wants_keys, "print all keys with units and defaults (Markdown)")
      ->excludes(config);
  command->callback([line, &chosen] {
    if (line->config.empty() && !line->wants_keys)
      throw CLI::RequiredError("CONFIG");
    chosen = [line]() -> int {
      if (line->wants_keys) {
        std::fputs(config::key_reference().c_str(), stdout);
        return exit_code::done;
      }
      return check(line->config, line->is_json ? OutputFormat::json : OutputFormat::text);
    };
  });
}

} // namespace airan::apps
