// SPDX-License-Identifier: Apache-2.0
// The PUSCH transmitter: transport block in, resource grid of the antenna ports out.
#pragma once

#include "core/checked_grant.hpp"
#include "core/complex.hpp"
#include "core/result.hpp"
#include "core/view.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace airan::simulation {

/// Codebook precoding W of TS 38.211 6.3.1.5. Without a codebook the precoder is the identity and a
/// layer's antenna port is its number.
struct CodebookPrecoder {
  std::int32_t n_antenna_ports = 1; ///< 1, 2 or 4
  std::int32_t tpmi = 0;
};

/// W [antenna port, layer] of tables 6.3.1.5-1 .. -7; the error names what the tables lack. With
/// DFT-s-OFDM one layer only (tables -1 to -2), CP-OFDM table -3 for one layer on four ports.
Result<std::vector<cf32>>
codebook_matrix(const CodebookPrecoder& precoder, std::int32_t n_layers, Waveform waveform);

struct PuschTransmission {
  const CheckedGrant* grant = nullptr;
  std::span<const std::uint8_t> payload; ///< tb_bits / 8 bytes
  /// W, [antenna port, layer] row by row; empty: identity, layer v is sent on grid port v.
  std::span<const cf32> precoder;
};

/// TS 38.212 6.2 and TS 38.211 6.3.1, 6.4.1.1: CRC, segmentation, LDPC, rate matching, scrambling,
/// modulation, layer mapping, transform precoding, DM-RS, precoding and mapping. Adds into
/// `grid [antenna port, symbol, subcarrier]`, so that several users may be sent; each layer has
/// unit power per data RE.
void transmit_pusch(const PuschTransmission& transmission, View<cf32, 3> grid);

} // namespace airan::simulation
