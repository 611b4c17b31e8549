// SPDX-License-Identifier: Apache-2.0
// Makes what the users of a slot send: payloads, precoders, expectations, and the grid.
#pragma once

#include "core/cell_settings.hpp"
#include "core/pusch_grant.hpp"
#include "core/result.hpp"
#include "simulation/pusch_transmitter.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace airan::simulation {

/// One user of one slot, ready to be sent.
struct SlotUser {
  CheckedGrant grant;
  std::vector<std::uint8_t> payload; ///< tb_bits / 8 bytes
  std::vector<cf32> precoder;        ///< W [antenna port, layer]; empty: identity
  std::int32_t n_antenna_ports = 1;  ///< rows of W; without it the number of layers
};

/// Prepares slots in the order in which they are sent. Payloads follow from the seed and the order
/// of calls, on every machine alike.
class SlotTransmitter {
public:
  SlotTransmitter(const CellSettings& cell, std::uint64_t seed) : cell_(cell), random_(seed) {}

  /// Checks the grants of a slot and gives each a payload: a new one, or with new_data_indicator 0
  /// that of the last transmission of its rnti and HARQ process. `precoders` [grant of the slot],
  /// or empty: identity for all. Written into `grants`: tb_size, expect.payload_sha256, and
  /// expect.crc_ok = true where it is left out; a retransmission with a reserved MCS also gets the
  /// ldpc_base_graph of its first transmission. Errors: those of check_grants, a precoder that the
  /// codebooks lack, a retransmission of nothing or of another size; no payload is then kept.
  Result<std::vector<SlotUser>> prepare(SlotGrants& grants,
                                        std::span<const std::optional<CodebookPrecoder>> precoders);

private:
  /// What was last sent by an rnti and HARQ process.
  struct Sent {
    std::vector<std::uint8_t> payload;
    LdpcBaseGraph base_graph = LdpcBaseGraph::bg1;
  };

  void complete_retransmission(PuschGrant& grant) const;
  Result<std::vector<std::uint8_t>> payload_of(const SlotGrants& slot, const CheckedGrant& grant);

  CellSettings cell_;
  std::mt19937_64 random_;
  std::map<std::pair<std::int32_t, std::int32_t>, Sent> sent_; ///< by (rnti, HARQ process)
};

/// Adds one user to `grid` [antenna port of the user, symbol, subcarrier], which has at least its
/// n_antenna_ports.
void transmit_user(const SlotUser& user, View<cf32, 3> grid);

} // namespace airan::simulation
