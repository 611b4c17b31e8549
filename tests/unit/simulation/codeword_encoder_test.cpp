// SPDX-License-Identifier: Apache-2.0
// The codeword of a transport block holds its bits and CRCs where TS 38.212 puts them.
#include "kernels/primitives/crc.hpp"
#include "phy/plan_codeword.hpp"
#include "simulation/codeword_encoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace airan::simulation {
namespace {

std::vector<std::uint8_t> random_payload(std::int32_t n_bits) {
  std::mt19937 rng(5);
  std::vector<std::uint8_t> payload(static_cast<std::size_t>(n_bits / 8));
  std::generate(payload.begin(), payload.end(), [&] { return static_cast<std::uint8_t>(rng()); });
  return payload;
}

/// What rv 0 sends of a code block's systematic bits, c(2 Z_c) .. c(K' - 1): the interleaver is
/// undone.
std::vector<std::uint8_t> sent_systematic_bits(const CodewordPlan& plan,
                                               const std::vector<std::uint8_t>& codeword,
                                               std::int32_t r) {
  const std::int32_t n_symbols = plan.rate_matched_bits(r) / plan.bits_per_symbol;
  std::vector<std::uint8_t> e;
  for (std::int32_t i = 0; i < plan.bits_per_symbol; ++i)
    for (std::int32_t j = 0; j < n_symbols; ++j)
      e.push_back(
          codeword[static_cast<std::size_t>(plan.first_bit(r) + i + j * plan.bits_per_symbol)]);
  e.resize(static_cast<std::size_t>(plan.info_bits - 2 * plan.lifting_size));
  return e;
}

std::int32_t bit_of(const std::vector<std::uint8_t>& bytes, std::int32_t i) {
  return (bytes[static_cast<std::size_t>(i / 8)] >> (7 - i % 8)) & 1;
}

TEST(CodewordEncoder, SendsThePayloadAndItsCrcInTheSystematicBits) {
  // One code block with CRC16 on each base graph, one with CRC24A, and three blocks.
  struct Case {
    std::int32_t tb_bits;
    double rate;
    std::int32_t codeword_bits;
  };
  for (const Case& c : {Case{24, 0.2, 480}, Case{2024, 0.4, 6000}, Case{3824, 0.8, 6000},
                        Case{8064, 0.8, 12000}, Case{24072, 0.7, 36000}}) {
    const auto plan = plan_codeword({.tb_bits = c.tb_bits,
                                     .code_rate = c.rate,
                                     .base_graph = {},
                                     .modulation = Modulation::qam16,
                                     .codeword_bits = c.codeword_bits,
                                     .lbrm_tb_bits = {}});
    ASSERT_TRUE(plan) << plan.error().message;
    auto bytes = random_payload(c.tb_bits);
    const auto codeword = encode_transport_block(*plan, bytes);
    ASSERT_EQ(std::ssize(codeword), c.codeword_bits);
    // The transport block followed by its CRC.
    const std::uint32_t parity = crc(plan->tb_crc, bytes, c.tb_bits);
    for (std::int32_t shift = crc_bits(plan->tb_crc) - 8; shift >= 0; shift -= 8)
      bytes.push_back(static_cast<std::uint8_t>(parity >> shift));
    for (std::int32_t r = 0; r < plan->n_code_blocks; ++r) {
      const auto sent = sent_systematic_bits(*plan, codeword, r);
      const std::int32_t n_payload = plan->code_block_payload_bits();
      for (std::int32_t i = 2 * plan->lifting_size; i < n_payload; ++i)
        ASSERT_EQ(sent[static_cast<std::size_t>(i - 2 * plan->lifting_size)],
                  bit_of(bytes, r * n_payload + i))
            << "tb_bits " << c.tb_bits << " block " << r << " bit " << i;
    }
  }
}

TEST(CodewordEncoder, EndsEachOfSeveralCodeBlocksWithItsOwnCrc) {
  const auto plan = plan_codeword({.tb_bits = 24072,
                                   .code_rate = 0.7,
                                   .base_graph = {},
                                   .modulation = Modulation::qpsk,
                                   .codeword_bits = 36000,
                                   .lbrm_tb_bits = {}});
  ASSERT_TRUE(plan);
  ASSERT_GT(plan->n_code_blocks, 1);
  const auto payload = random_payload(24072);
  const auto codeword = encode_transport_block(*plan, payload);
  const auto sent = sent_systematic_bits(*plan, codeword, 1);
  const std::int32_t n_payload = plan->code_block_payload_bits();
  ASSERT_EQ(n_payload % 8, 0);
  const std::vector<std::uint8_t> part(payload.begin() + n_payload / 8,
                                       payload.begin() + 2 * n_payload / 8);
  const std::uint32_t parity = crc(CrcKind::crc24b, part, n_payload);
  for (std::int32_t i = 0; i < 24; ++i)
    EXPECT_EQ(sent[sent.size() - 24 + static_cast<std::size_t>(i)], (parity >> (23 - i)) & 1U);
}

} // namespace
} // namespace airan::simulation
