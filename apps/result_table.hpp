// SPDX-License-Identifier: Apache-2.0
// What `airan run` prints when it is done.
#pragma once

#include "apps/run.hpp"
#include "io/writers/result_writer.hpp"
#include "phy/receiver_plan.hpp"

namespace airan::apps {

/// The table of slots and users, totals, and where the results are; with --json the content of
/// report.json.
void print_results(const io::ResultWriter& writer,
                   const ReceiverPlan& plan,
                   const RunOptions& options);

} // namespace airan::apps
