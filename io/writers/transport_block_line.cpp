// SPDX-License-Identifier: Apache-2.0
// One line of transport_blocks.jsonl.
#include "io/writers/result_writer.hpp"
#include "io/writers/text_file.hpp"

#include <fmt/format.h>

#include <iterator>

namespace airan::io {

std::string transport_block_line(const SlotReport& report,
                                 const TransportBlock& block,
                                 std::string_view detector,
                                 std::string_view payload_sha256,
                                 bool payloads) {
  // Measured values mean nothing where nothing was received.
  const auto measured = [&](double v) {
    return block.has_data ? json_number(v) : std::string("null");
  };
  std::string s = fmt::format(
      R"({{"cell":{},"sfn":{},"slot":{},"status":"{}","rnti":{},"harq_process_id":{},"rv":{},"crc_ok":{})",
      block.id.cell, block.id.sfn, block.id.slot, block.has_data ? "received" : "no_data",
      block.rnti, block.harq_id, block.rv, block.crc_ok);
  s += payload_sha256.empty() ? std::string(R"(,"payload_sha256":null)")
                              : fmt::format(R"(,"payload_sha256":"{}")", payload_sha256);
  s += fmt::format(
      R"(,"snr_db":{},"evm_percent":{},"timing_offset_ns":{},"cfo_hz":{},"ldpc_iterations":{})",
      measured(block.snr_db), measured(block.evm_percent), measured(block.timing_offset_ns),
      measured(block.cfo_hz), block.has_data ? fmt::format("{}", block.max_iterations) : "null");
  s += fmt::format(R"(,"code_blocks":{},"code_blocks_ok":{},"detector":{},"latency_us":{})",
                   block.n_code_blocks, block.n_code_blocks_ok, json_string(detector),
                   json_number(static_cast<double>(report.latency_ns) * 1e-3));
  if (payloads && block.crc_ok) {
    s += R"(,"payload_hex":")";
    for (const std::uint8_t b : block.payload)
      fmt::format_to(std::back_inserter(s), "{:02x}", b);
    s += '"';
  }
  return s + "}";
}

} // namespace airan::io
