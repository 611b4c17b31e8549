// SPDX-License-Identifier: Apache-2.0
// From a transport block to its codeword: TS 38.212 6.2.
#include "simulation/codeword_encoder.hpp"

#include "core/assert.hpp"
#include "kernels/primitives/crc.hpp"
#include "simulation/ldpc_encoder.hpp"
#include "simulation/rate_matcher.hpp"

#include <algorithm>
#include <string>

namespace airan::simulation {
namespace {

void append_parity(std::vector<std::uint8_t>& bits, CrcKind kind, std::uint32_t parity) {
  for (std::int32_t i = crc_bits(kind) - 1; i >= 0; --i)
    bits.push_back(static_cast<std::uint8_t>((parity >> i) & 1U));
}

/// The transport block with its CRC, 5.1 and 6.2.1.
std::vector<std::uint8_t> with_transport_block_crc(const CodewordPlan& plan,
                                                   std::span<const std::uint8_t> payload) {
  std::vector<std::uint8_t> bits;
  bits.reserve(static_cast<std::size_t>(plan.tb_bits) + 24);
  for (const std::uint8_t byte : payload)
    for (std::int32_t i = 7; i >= 0; --i)
      bits.push_back(static_cast<std::uint8_t>((byte >> i) & 1));
  append_parity(bits, plan.tb_crc, crc(plan.tb_crc, payload, plan.tb_bits));
  return bits;
}

std::vector<std::uint8_t> pack(std::span<const std::uint8_t> bits) {
  std::vector<std::uint8_t> bytes((bits.size() + 7) / 8);
  for (std::size_t i = 0; i < bits.size(); ++i)
    bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | (bits[i] << (7 - i % 8)));
  return bytes;
}

/// One code block of 5.2.2: its part of the transport block, its CRC, and filler bits (as 0).
std::vector<std::uint8_t> code_block(const CodewordPlan& plan, std::span<const std::uint8_t> part) {
  std::vector<std::uint8_t> block(part.begin(), part.end());
  block.reserve(static_cast<std::size_t>(plan.code_block_bits));
  if (plan.code_block_crc != CrcKind::none)
    append_parity(block, plan.code_block_crc,
                  crc(plan.code_block_crc, pack(part), std::ssize(part)));
  block.resize(static_cast<std::size_t>(plan.code_block_bits));
  return block;
}

} // namespace

std::vector<std::uint8_t> encode_transport_block(const CodewordPlan& plan,
                                                 std::span<const std::uint8_t> payload) {
  AIRAN_ASSERT(std::ssize(payload) * 8 == plan.tb_bits,
               "a payload of " + std::to_string(payload.size()) +
                   " bytes for a transport block of " + std::to_string(plan.tb_bits) + " bits");
  const std::vector<std::uint8_t> bits = with_transport_block_crc(plan, payload);
  const auto part_bits = static_cast<std::size_t>(plan.code_block_payload_bits());
  AIRAN_ASSERT(part_bits * static_cast<std::size_t>(plan.n_code_blocks) == bits.size(),
               "the code blocks do not divide the transport block");
  const auto punctured = static_cast<std::size_t>(2 * plan.lifting_size);
  std::vector<std::uint8_t> encoded(punctured + static_cast<std::size_t>(plan.encoded_bits));
  std::vector<std::uint8_t> codeword(static_cast<std::size_t>(plan.codeword_bits));
  for (std::int32_t r = 0; r < plan.n_code_blocks; ++r) {
    const auto part = std::span(bits).subspan(static_cast<std::size_t>(r) * part_bits, part_bits);
    encode_ldpc(plan.base_graph, plan.lifting_size, code_block(plan, part), encoded);
    match_rate(plan, std::span(encoded).subspan(punctured),
               std::span(codeword).subspan(static_cast<std::size_t>(plan.first_bit(r)),
                                           static_cast<std::size_t>(plan.rate_matched_bits(r))));
  }
  return codeword;
}

} // namespace airan::simulation
