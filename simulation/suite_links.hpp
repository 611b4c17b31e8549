// SPDX-License-Identifier: Apache-2.0
// The links of a suite: each curve is the configured user and channel with what the curve changes.
#pragma once

#include "config/configuration.hpp"
#include "core/result.hpp"
#include "simulation/bler_curve.hpp"
#include "simulation/link.hpp"

#include <string>
#include <vector>

namespace airan::simulation {

struct SuiteLink {
  std::string name;
  LinkSettings link;
  CurveSettings curve; ///< n_threads is left at 1
};

/// `configuration` loaded for Purpose::simulate; the first user of the transmitter is the one that
/// is simulated. The error names the curve.
Result<std::vector<SuiteLink>> suite_links(const config::Configuration& configuration);

} // namespace airan::simulation
