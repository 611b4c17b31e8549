// SPDX-License-Identifier: Apache-2.0
// Sequences, modulation and precoding matrices of TS 38.211 5.1, 5.2, 6.3.1.5 and 6.4.1.1.1.
#pragma once

#include "tests/support/pusch_oracle/coding.hpp"
#include "tests/support/pusch_oracle/tables.hpp"

#include <complex>
#include <cstdint>
#include <vector>

namespace airan::oracle::pusch {

using Cplx = std::complex<double>;

/// c(0) .. c(n-1) of TS 38.211 5.2.1.
Bits gold_sequence(std::uint32_t c_init, std::size_t n);

/// d(0), d(1), ... of TS 38.211 5.1; order 1 is pi/2-BPSK.
std::vector<Cplx> modulate(const Bits& bits, std::int32_t modulation_order);

/// r_{u,v}(0) .. r_{u,v}(M_ZC - 1) of TS 38.211 5.2.2.
std::vector<Cplx>
low_papr_sequence(std::int32_t u, std::int32_t v, std::int32_t m_zc, const Tables& tables);

/// u and v of TS 38.211 6.4.1.1.1.2.
struct GroupAndSequence {
  std::int32_t u = 0;
  std::int32_t v = 0;
};
struct HoppingInput {
  std::int32_t mode = 0; ///< 0 none, 1 group, 2 sequence
  std::int32_t n_id_rs = 0;
  std::int32_t n_symbols_per_slot = 14;
  std::int32_t slot = 0;   ///< n_{s,f}
  std::int32_t symbol = 0; ///< l
  std::int32_t m_zc = 6;
};
GroupAndSequence group_and_sequence(const HoppingInput& input);

/// W [antenna port][layer] of TS 38.211 tables 6.3.1.5-1 to -7; empty when there is no such TPMI.
std::vector<std::vector<Cplx>> precoding_matrix(std::int32_t n_antenna_ports,
                                                std::int32_t n_layers,
                                                std::int32_t tpmi,
                                                std::int32_t transform_precoding);

} // namespace airan::oracle::pusch
