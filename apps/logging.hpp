// SPDX-License-Identifier: Apache-2.0
// Log lines: key=value with units, on stderr.
#pragma once

#include <string>
#include <vector>

namespace airan::apps {

/// The names that --log-level takes, most talkative first.
const std::vector<std::string>& log_levels();
/// Sends spdlog's lines to stderr as "time=... level=... <message>"; `level` is one of
/// log_levels().
void start_logging(const std::string& level);

} // namespace airan::apps
