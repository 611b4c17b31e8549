// SPDX-License-Identifier: Apache-2.0
// Sequences of TS 38.211 5.2 written from the clauses: slow, obvious, in double precision.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

namespace airan::oracle {

/// c(0) .. c(n-1) of 5.2.1, one recursion step at a time.
std::vector<std::uint8_t> gold_bits(std::uint32_t c_init, std::int64_t n);

/// r(0) .. r(n-1) of 6.4.1.1.1.1.
std::vector<std::complex<double>> gold_qpsk(std::uint32_t c_init, std::int64_t n);

/// r_{u,v}(n) of 5.2.2 for M_ZC = 30 or M_ZC >= 36, from the formulas.
std::vector<std::complex<double>> low_papr(std::int32_t u, std::int32_t v, std::int32_t m_zc);

} // namespace airan::oracle
