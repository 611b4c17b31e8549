// SPDX-License-Identifier: Apache-2.0
// The command `run`: receives what the sources of a configuration hold.
#pragma once

#include "apps/program.hpp"
#include "config/configuration.hpp"
#include "core/result.hpp"

#include <optional>

namespace airan::apps {

struct RunOptions {
  /// Validated; every cell has a source; -o has been applied to output.directory.
  config::Configuration configuration;
  OutputFormat format = OutputFormat::text; ///< of what goes to stdout
  std::optional<double> max_seconds; ///< of wall time, for sources that do not end by themselves
};

/// Receives, writes the results and prints the table of slots (or report.json's content with
/// --json). The value is the exit code: done, expectation_not_met, or file after an error while
/// streaming (or an interrupt) that left results.
Result<int> run(const RunOptions& options);

} // namespace airan::apps
