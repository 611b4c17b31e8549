// SPDX-License-Identifier: Apache-2.0
// Rows on every SIMD target: what is compiled for other machines is tested on this one, as far as
// it can run it.
#pragma once

#include "kernels/row_list.hpp"

#include <hwy/targets.h>

#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace airan::test {

template <class Op>
struct RowOnTarget {
  const Row<Op>* row = nullptr;
  std::int64_t target = 0; ///< a target of Highway; 0: whatever it chooses

  /// A name that GoogleTest accepts: "ref", "simd_AVX2".
  std::string name() const {
    const std::string row_name(row->name.substr(row->name.find(':') + 1));
    return target == 0 ? row_name : row_name + "_" + hwy::TargetName(target);
  }
  friend std::ostream& operator<<(std::ostream& out, const RowOnTarget& tested) {
    return out << tested.name(); // for ctest's list of tests
  }
};

/// SIMD rows once for each target that is compiled and that this machine has, others once.
template <class Op>
std::vector<RowOnTarget<Op>> rows_on_targets(std::span<const Row<Op>> rows) {
  std::vector<RowOnTarget<Op>> all;
  for (const Row<Op>& row : rows) {
    if (row.name != "cpu:simd") {
      all.push_back({&row, 0});
      continue;
    }
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets())
      all.push_back({&row, target});
  }
  return all;
}

/// While it lives, every SIMD kernel of the program runs on this target.
class UseTarget {
public:
  explicit UseTarget(std::int64_t target) { hwy::SetSupportedTargetsForTest(target); }
  ~UseTarget() { hwy::SetSupportedTargetsForTest(0); }
  UseTarget(const UseTarget&) = delete;
  UseTarget& operator=(const UseTarget&) = delete;
};

} // namespace airan::test
