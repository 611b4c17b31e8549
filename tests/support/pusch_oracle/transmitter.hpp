// SPDX-License-Identifier: Apache-2.0
// An independent PUSCH transmitter for tests: TS 38.211 6.3.1 and 6.4.1.1 clause by clause, in
// double precision, slow and obvious. It shares nothing with the code under test but the grant's
// fields.
#pragma once

#include "core/cell_settings.hpp"
#include "core/pusch_grant.hpp"
#include "tests/support/pusch_oracle/sequences.hpp"
#include "tests/support/pusch_oracle/tables.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace airan::oracle::pusch {

/// a_{k,l}^{(p)}, [antenna port][symbol of the slot][subcarrier of the carrier].
using Grid = std::vector<std::vector<std::vector<Cplx>>>;

struct Codebook {
  std::int32_t n_antenna_ports = 1;
  std::int32_t tpmi = 0;
};

struct Transmission {
  PuschGrant grant;
  CellSettings cell;
  std::int32_t slot = 0; ///< of the frame, n_{s,f}
  std::vector<std::uint8_t> payload;
  std::optional<Codebook> codebook; ///< absent: layer v is sent on antenna port v
};

/// Bits of the transport block, TS 38.214 6.1.4.2 (or what the grant says with a reserved MCS).
std::int64_t transport_block_bits(const PuschGrant& grant, const Tables& tables);

/// The grid of one user; grids of several are added by the caller. What the standard does not
/// define throws std::runtime_error.
Grid transmit(const Transmission& transmission, const Tables& tables);

/// The resource grid of no transmission.
Grid empty_grid(std::int32_t n_antenna_ports, const CellSettings& cell);

} // namespace airan::oracle::pusch
