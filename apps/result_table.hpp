// SPDX-License-Identifier: Apache-2.0
// What `airan run` prints when it is done.
#pragma once

#include "apps/run.hpp"
#include "apps/run_setup.hpp"

namespace airan::apps {

/// The table of slots and users, totals, what became of the packets, and where the results are;
/// with --json the content of report.json.
void print_results(const Run& run, const RunOptions& options);

} // namespace airan::apps
