// SPDX-License-Identifier: Apache-2.0
// The rows of all seven operations, without their types: for people to look at.
#pragma once

#include "core/plan_limits.hpp"
#include "core/tensor_ref.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace airan::apps {

struct RowEntry {
  std::string_view operation;
  std::string_view name;
  std::string_view algorithm; ///< empty where the operation has only one
  MemorySpace space = MemorySpace::host;
  std::string reason_to_decline; ///< empty: accepts a plan of the limits
};

/// In the order of the receiver, and within an operation in the order in which rows are tried.
std::vector<RowEntry> list_rows(const PlanLimits& limits);

} // namespace airan::apps
