// SPDX-License-Identifier: Apache-2.0
// The rows of DecodeLdpc, fastest first.
#include "kernels/cpu/decode_ldpc_ref.hpp"
#include "kernels/cpu/decode_ldpc_simd.hpp"

#include <array>

namespace airan {
namespace {

std::string accept_all(const PlanLimits&) {
  return {};
}

constexpr std::array<Row<DecodeLdpc>, 2> rows{{
    {"cpu:simd", "", MemorySpace::host, accept_all, make_decode_ldpc_simd},
    {"cpu:ref", "", MemorySpace::host, accept_all, make_decode_ldpc_ref},
}};

} // namespace

std::span<const Row<DecodeLdpc>> decode_ldpc_rows() {
  return rows;
}

} // namespace airan
