// SPDX-License-Identifier: Apache-2.0
// What comes out of a slot: transport blocks and one report.
#pragma once

#include "core/complex.hpp"
#include "core/slot_id.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace airan {

/// Verdict of one code block, TS 38.212 5.1 and 5.3.2.
struct CodeBlockVerdict {
  std::uint8_t parity_ok = 0;   ///< all parity checks hold
  std::uint8_t crc_ok = 0;      ///< its CRC (the transport block's when there is one code block)
  std::uint16_t iterations = 0; ///< of the decoder
};

/// One per grant. The payload is valid only if crc_ok.
struct TransportBlock {
  SlotId id;
  std::int32_t grant = 0; ///< index into SlotGrants::pusch
  std::int32_t rnti = 0;
  std::int32_t harq_id = 0;
  std::int32_t rv = 0;
  bool crc_ok = false;
  bool has_data = false; ///< false: no valid RE of the grant arrived (status no_data)
  std::span<const std::uint8_t> payload; ///< bytes, valid until the slot is released
  std::int32_t n_code_blocks = 0;
  std::int32_t n_code_blocks_ok = 0;
  std::int32_t max_iterations = 0; ///< of any code block
  float mean_iterations = 0;
  float snr_db = 0;      ///< after equalisation, mean per data RE and layer; NaN if unknown
  float evm_percent = 0; ///< rms against hard decisions; NaN if unknown
  float timing_offset_ns = 0;
  float cfo_hz = 0; ///< NaN where one DM-RS symbol cannot tell and the source is not synchronised
};

/// The stages of the receiver, in order.
enum class Stage : std::uint8_t {
  unpack_iq,
  demodulate_ofdm,
  estimate_channel,
  detect,
  dematch_rate,
  decode_ldpc,
  assemble_transport_block,
};
inline constexpr std::int32_t n_stages = 7;
inline constexpr std::array<std::string_view, n_stages> stage_names{
    "unpack_iq",    "demodulate_ofdm", "estimate_channel",        "detect",
    "dematch_rate", "decode_ldpc",     "assemble_transport_block"};

/// One per slot, lost slots too.
struct SlotReport {
  SlotId id;
  std::array<std::int64_t, n_stages> stage_ns{}; ///< over both passes
  std::int64_t latency_ns = 0;                   ///< from slot closed to report filled
  std::int64_t duration_ns = 0;                  ///< of the slot on the air
  std::int64_t missing_prbs = 0;                 ///< [port, symbol, prb] that cannot be trusted
  std::int64_t bad_values = 0; ///< samples or REs that were not finite numbers; they were erased
  std::span<const TransportBlock> transport_blocks; ///< in the order of SlotGrants::pusch
};

} // namespace airan
