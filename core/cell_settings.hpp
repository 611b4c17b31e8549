// SPDX-License-Identifier: Apache-2.0
// What is fixed about a cell while it runs.
#pragma once

#include "core/numerology.hpp"

#include <cstdint>
#include <optional>

namespace airan {

/// Limits that every part may rely on.
inline constexpr std::int32_t max_prb = 275; ///< TS 38.211 4.4.2
inline constexpr std::int32_t max_rx_ports = 64;
inline constexpr std::int32_t max_layers_per_user = 4;
inline constexpr std::int32_t max_layers_per_group = 12; ///< ports of DM-RS type 2, double symbol

struct CellSettings {
  std::int32_t id = 1; ///< physical cell identity, 0..1007
  std::int32_t numerology = 1;
  CyclicPrefix cyclic_prefix = CyclicPrefix::normal;
  std::int32_t n_prb = 273;
  std::int32_t first_prb = 0; ///< common resource block of subcarrier 0
  std::int32_t rx_ports = 1;
  std::optional<std::int32_t> fft_size; ///< time-domain sources only
  double phase_compensation_hz = 0;     ///< f0 of TS 38.211 5.4; 0: none

  constexpr std::int32_t n_symbols() const { return n_symbols_per_slot(cyclic_prefix); }
  constexpr std::int32_t n_subcarriers() const { return n_prb * subcarriers_per_prb; }
};

} // namespace airan
