// SPDX-License-Identifier: Apache-2.0
// AssembleTransportBlock against segmentation done bit by bit.
#include "kernels/assemble_transport_block.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "tests/support/coding_oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace airan::test {
namespace {

/// A random transport block with its CRC, cut into blocks with theirs (TS 38.212 5.2.2).
struct Segmented {
  CodewordPlan plan;
  Bits payload;
  HostTensor<std::uint8_t, 2> code_blocks;
  HostTensor<CodeBlockVerdict, 1> verdicts;
  HostTensor<std::uint8_t, 1> received;
};

Segmented segment(std::int32_t tb_bytes, std::int32_t n_code_blocks, std::uint32_t seed) {
  std::mt19937 random(seed);
  Segmented s;
  s.plan.tb_bits = 8 * tb_bytes;
  s.plan.tb_crc = s.plan.tb_bits > 3824 ? CrcKind::crc24a : CrcKind::crc16;
  s.plan.n_code_blocks = n_code_blocks;
  s.plan.code_block_crc = n_code_blocks > 1 ? CrcKind::crc24b : CrcKind::none;
  const std::int32_t n_bits = s.plan.tb_bits + crc_bits(s.plan.tb_crc);
  EXPECT_EQ(n_bits % n_code_blocks, 0);
  s.plan.info_bits = n_bits / n_code_blocks + crc_bits(s.plan.code_block_crc);
  for (std::int32_t i = 0; i < s.plan.tb_bits; ++i)
    s.payload.push_back(static_cast<std::uint8_t>(random() & 1U));
  const auto append_crc = [](Bits& bits, CrcKind kind) {
    const std::uint32_t parity = crc_oracle(kind, bits);
    for (std::int32_t i = crc_bits(kind) - 1; i >= 0; --i)
      bits.push_back(static_cast<std::uint8_t>((parity >> i) & 1U));
  };
  Bits all = s.payload;
  append_crc(all, s.plan.tb_crc);
  s.code_blocks = HostTensor<std::uint8_t, 2>({n_code_blocks, (s.plan.info_bits + 7) / 8});
  s.verdicts = HostTensor<CodeBlockVerdict, 1>({n_code_blocks});
  s.received = HostTensor<std::uint8_t, 1>({tb_bytes});
  for (std::int32_t block = 0; block < n_code_blocks; ++block) {
    const auto begin = all.begin() + std::ptrdiff_t{block} * (n_bits / n_code_blocks);
    Bits bits(begin, begin + n_bits / n_code_blocks);
    if (n_code_blocks > 1)
      append_crc(bits, CrcKind::crc24b);
    const auto bytes = pack(bits);
    std::copy(bytes.begin(), bytes.end(), s.code_blocks.view().row(block).begin());
    s.verdicts.view()(block) = {1, 1, 1};
  }
  return s;
}

class AssembleTransportBlockRows : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    for (const Row<AssembleTransportBlock>& row : assemble_transport_block_rows())
      if (row.name == GetParam())
        operation_ = row.make(PlanLimits{});
    ASSERT_NE(operation_, nullptr);
  }
  bool assemble(Segmented& s) {
    std::uint8_t crc_ok = 7;
    const AssembleTransportBlockItem item{&s.plan, s.code_blocks.ref(), s.verdicts.ref(),
                                          s.received.ref(), &crc_ok};
    InlineQueue queue;
    operation_->run({std::span(&item, 1)}, queue);
    EXPECT_LE(crc_ok, 1);
    return crc_ok != 0;
  }
  static bool is_right(const Segmented& s) {
    const auto expected = pack(s.payload);
    return std::equal(expected.begin(), expected.end(), s.received.data());
  }
  std::unique_ptr<AssembleTransportBlock> operation_;
};

INSTANTIATE_TEST_SUITE_P(EveryRow,
                         AssembleTransportBlockRows,
                         testing::Values("cpu:ref"),
                         [](const auto& row) {
                           return row.param.substr(0, 3) + "_" + row.param.substr(4);
                         });

TEST_P(AssembleTransportBlockRows, JoinBlocksThatDoNotEndOnBytes) {
  struct Case {
    std::int32_t tb_bytes;
    std::int32_t n_code_blocks;
  };
  // (8 bytes + 24) / blocks: whole bytes, and remainders 4, 2, 1 and 6 of 8
  for (const Case c : {Case{3, 1}, Case{477, 1}, Case{1200, 1}, Case{2997, 3}, Case{2997, 16},
                       Case{16397, 16}, Case{16397, 32}, Case{4009, 4}, Case{36897, 36}}) {
    Segmented s = segment(c.tb_bytes, c.n_code_blocks, 1);
    EXPECT_TRUE(assemble(s)) << c.tb_bytes;
    EXPECT_TRUE(is_right(s)) << c.tb_bytes << " bytes in " << c.n_code_blocks;
  }
}

TEST_P(AssembleTransportBlockRows, RejectOneWrongBitAnywhere) {
  for (const std::int32_t block : {0, 7, 15}) {
    Segmented s = segment(2997, 16, 2);
    s.code_blocks.view()(block, 100) ^= 0x10;
    EXPECT_FALSE(assemble(s));
  }
}

TEST_P(AssembleTransportBlockRows, RejectWhenACodeBlockFailed) {
  Segmented s = segment(2997, 16, 3);
  s.verdicts.view()(15).crc_ok = 0;
  EXPECT_FALSE(assemble(s));
}

TEST_P(AssembleTransportBlockRows, RejectZerosOfBlocksWithoutInformation) {
  Segmented s = segment(300, 1, 4);
  std::fill_n(s.code_blocks.data(), s.code_blocks.size(), std::uint8_t{0});
  s.verdicts.view()(0) = {0, 0, 0};
  EXPECT_FALSE(assemble(s));
}

} // namespace
} // namespace airan::test
