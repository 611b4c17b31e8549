// SPDX-License-Identifier: Apache-2.0
// A cell as it runs: what the configuration says, completed by what a recording says of itself.
#pragma once

#include "config/configuration.hpp"
#include "core/cell_facts.hpp"
#include "core/cell_settings.hpp"
#include "core/result.hpp"

#include <string_view>

namespace airan::config {

/// What the configuration gives of a cell, first_sfn and first_slot of its source included. The
/// numerology follows from the sample rate and the FFT size where both are given and it is not.
CellFacts given_facts(const Cell& cell);

/// The cell of a recording: merge_facts(), then complete_cell(). `recording` names it in messages.
Result<CellSettings> resolve_cell(const Cell& cell,
                                  const CellFacts& recorded,
                                  std::string_view recording,
                                  SignalDomain domain);

} // namespace airan::config
