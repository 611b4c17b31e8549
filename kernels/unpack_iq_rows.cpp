// SPDX-License-Identifier: Apache-2.0
// The rows of UnpackIq, fastest first.
#include "kernels/cpu/unpack_iq_ref.hpp"
#include "kernels/cpu/unpack_iq_simd.hpp"
#include "kernels/unpack_iq.hpp"

#include <array>

namespace airan {
namespace {

std::string accept(const PlanLimits& /*limits*/) {
  return {};
}

const std::array<Row<UnpackIq>, 2> rows{{
    {"cpu:simd", "", MemorySpace::host, accept, cpu::make_unpack_iq_simd},
    {"cpu:ref", "", MemorySpace::host, accept, cpu::make_unpack_iq_ref},
}};

} // namespace

std::span<const Row<UnpackIq>> unpack_iq_rows() {
  return rows;
}

} // namespace airan
