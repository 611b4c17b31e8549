// SPDX-License-Identifier: Apache-2.0
// Rows: the implementations of an operation, as an ordered static list, fastest first.
#pragma once

#include "core/plan_limits.hpp"
#include "core/result.hpp"
#include "core/tensor_ref.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace airan {

/// One implementation of an operation (an abstract class `Op`).
template <class Op>
struct Row {
  std::string_view name;      ///< "cpu:simd", "cpu:ref", "cuda:tensor"
  std::string_view algorithm; ///< "smooth", "lmmse"; empty where the operation has only one
  MemorySpace space = MemorySpace::host; ///< where it reads and writes
  /// Empty: the row accepts a plan of these limits. Otherwise one clause that says why not.
  std::string (*reason_to_decline)(const PlanLimits&) = nullptr;
  /// Sizes all workspace for these limits; run() then allocates nothing.
  std::unique_ptr<Op> (*make)(const PlanLimits&) = nullptr;
};

/// What a plan asks of a list.
struct RowChoice {
  std::string_view operation; ///< for messages: "decode_ldpc"
  std::string_view algorithm; ///< empty: any
  std::string_view backend;   ///< "cpu", "cuda"
  std::string_view forced;    ///< name of a row, or empty
};

/// The first row of the list that fits the choice and accepts the limits. The error names every row
/// that was passed over and why.
template <class Op>
Result<const Row<Op>*>
select_row(std::span<const Row<Op>> rows, const RowChoice& choice, const PlanLimits& limits) {
  std::string refusals;
  const auto refuse = [&](std::string_view row, std::string_view why) {
    refusals += refusals.empty() ? "" : "; ";
    refusals += std::string(row) + ": " + std::string(why);
  };
  for (const Row<Op>& row : rows) {
    if (!choice.algorithm.empty() && row.algorithm != choice.algorithm) {
      refuse(row.name, "is algorithm " + std::string(row.algorithm));
    } else if (!choice.forced.empty() && row.name != choice.forced) {
      refuse(row.name, "is not " + std::string(choice.forced) + ", which was asked for");
    } else if (choice.forced.empty() && !row.name.starts_with(choice.backend)) {
      refuse(row.name, "is not of backend " + std::string(choice.backend));
    } else if (std::string why = row.reason_to_decline(limits); !why.empty()) {
      refuse(row.name, why);
    } else {
      return &row;
    }
  }
  return configuration_error("no row of " + std::string(choice.operation) + " fits (" + refusals +
                             ")");
}

} // namespace airan
