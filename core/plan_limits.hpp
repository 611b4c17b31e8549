// SPDX-License-Identifier: Apache-2.0
// The worst case for which operations are planned: they size their workspace once, from this.
#pragma once

#include "core/cell_settings.hpp"

#include <cstdint>

namespace airan {

struct PlanLimits {
  std::int32_t n_cells = 1; ///< slots in one batch
  std::int32_t n_ports = 1;
  std::int32_t n_prb = 273;
  std::int32_t n_symbols = 14;
  std::int32_t fft_size = 0; ///< 0: no time-domain source
  std::int32_t n_grants = 1; ///< in one batch
  std::int32_t n_layers_per_group = max_layers_per_user;
  std::int32_t ldpc_max_iterations = 10;
};

} // namespace airan
