// SPDX-License-Identifier: Apache-2.0
// The rows of AssembleTransportBlock.
#include "kernels/cpu/assemble_transport_block_ref.hpp"

#include <array>

namespace airan {
namespace {

std::string accept_all(const PlanLimits&) {
  return {};
}

constexpr std::array<Row<AssembleTransportBlock>, 1> rows{{
    {"cpu:ref", "", MemorySpace::host, accept_all, make_assemble_transport_block_ref},
}};

} // namespace

std::span<const Row<AssembleTransportBlock>> assemble_transport_block_rows() {
  return rows;
}

} // namespace airan
