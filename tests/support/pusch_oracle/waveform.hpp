// SPDX-License-Identifier: Apache-2.0
// The baseband signal of one slot by the formula of TS 38.211 5.3.1, one exponential at a time.
#pragma once

#include "core/cell_settings.hpp"
#include "tests/support/pusch_oracle/sequences.hpp"

#include <cstdint>
#include <vector>

namespace airan::oracle::pusch {

/// s(t) / sqrt(fft_size) at t = n / (fft_size subcarrier_spacing), from the first sample of the
/// slot to the last. `symbols` [symbol of the slot][subcarrier]. With f0 (5.4) each symbol is
/// multiplied by exp(-j 2 pi f0 (t_start,l + N_CP,l T_c)). `slot`: n_{s,f}.
std::vector<Cplx> baseband(const std::vector<std::vector<Cplx>>& symbols,
                           const CellSettings& cell,
                           std::int32_t slot,
                           std::int32_t fft_size);

} // namespace airan::oracle::pusch
