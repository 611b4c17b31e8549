// SPDX-License-Identifier: Apache-2.0
// The rows of DematchRate, fastest first.
#include "kernels/cpu/dematch_rate_ref.hpp"
#include "kernels/cpu/dematch_rate_simd.hpp"

#include <array>

namespace airan {
namespace {

std::string accept_all(const PlanLimits&) {
  return {};
}

constexpr std::array<Row<DematchRate>, 2> rows{{
    {"cpu:simd", "", MemorySpace::host, accept_all, make_dematch_rate_simd},
    {"cpu:ref", "", MemorySpace::host, accept_all, make_dematch_rate_ref},
}};

} // namespace

std::span<const Row<DematchRate>> dematch_rate_rows() {
  return rows;
}

} // namespace airan
