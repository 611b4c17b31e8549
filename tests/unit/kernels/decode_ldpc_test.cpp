// SPDX-License-Identifier: Apache-2.0
// DecodeLdpc, every row through the same body, against words of the bit-by-bit encoder.
#include "core/modulation.hpp"
#include "kernels/decode_ldpc.hpp"
#include "kernels/primitives/ldpc_graph.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "tests/support/coding_oracle.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>

namespace airan::test {
namespace {

/// A codeword's worth of words and soft bits.
struct Blocks {
  CodewordPlan plan;
  std::vector<Bits> info;
  HostTensor<std::int8_t, 2> soft_bits;
  HostTensor<std::uint8_t, 2> decoded;
  HostTensor<CodeBlockVerdict, 1> verdicts;
};

/// Soft bits of the positions [first, first + n_sent) of the circular buffer, filler known, others
/// erased. Noise variance 0: +-127.
Blocks make_blocks(const CodeShape& shape,
                   std::int32_t first,
                   std::int32_t n_sent,
                   double noise_variance,
                   std::uint32_t seed) {
  std::mt19937 random(seed);
  Blocks b;
  b.plan = make_plan(shape);
  const CodewordPlan& plan = b.plan;
  b.soft_bits = HostTensor<std::int8_t, 2>({plan.n_code_blocks, plan.encoded_bits});
  b.decoded = HostTensor<std::uint8_t, 2>({plan.n_code_blocks, (plan.info_bits + 7) / 8 + 3});
  b.verdicts = HostTensor<CodeBlockVerdict, 1>({plan.n_code_blocks});
  for (std::int32_t block = 0; block < plan.n_code_blocks; ++block) {
    b.info.push_back(random_code_block(plan, random));
    const Bits word = encode_oracle(plan.base_graph, plan.lifting_size, b.info.back());
    const std::span<const std::uint8_t> sent = std::span<const std::uint8_t>(word).subspan(
        static_cast<std::size_t>(2 * plan.lifting_size));
    const std::vector<std::int8_t> llrs =
        noisy_llrs(sent, noise_variance > 0 ? noise_variance : 1e-3, random);
    for (std::int32_t n = 0; n < plan.encoded_bits; ++n) {
      const bool filler = n >= plan.first_filler() && n < plan.first_filler() + plan.n_filler();
      const std::int32_t place = (n - first + plan.encoded_bits) % plan.encoded_bits;
      b.soft_bits.view()(block, n) =
          filler ? std::int8_t{127}
                 : (place < n_sent ? llrs[static_cast<std::size_t>(n)] : std::int8_t{0});
    }
  }
  return b;
}

class DecodeLdpcRows : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    for (const Row<DecodeLdpc>& row : decode_ldpc_rows())
      if (row.name == GetParam())
        operation_ = row.make(PlanLimits{});
    ASSERT_NE(operation_, nullptr);
  }
  void decode(Blocks& b, std::int32_t max_iterations = 10) {
    std::fill_n(b.decoded.data(), b.decoded.size(), std::uint8_t{0xA5});
    const DecodeLdpcCodeword codeword{&b.plan, b.soft_bits.ref(), b.decoded.ref(), b.verdicts.ref(),
                                      max_iterations};
    InlineQueue queue;
    operation_->run({std::span(&codeword, 1)}, queue);
  }
  static bool is_right(const Blocks& b, std::int32_t block) {
    const auto expected =
        pack(std::span<const std::uint8_t>(b.info[static_cast<std::size_t>(block)])
                 .first(static_cast<std::size_t>(b.plan.info_bits)));
    const auto got = b.decoded.view().row(block);
    return std::equal(expected.begin(), expected.end(), got.begin()) &&
           std::all_of(got.begin() + static_cast<std::ptrdiff_t>(expected.size()), got.end(),
                       [](std::uint8_t byte) { return byte == 0; });
  }
  void expect_all_right(const Blocks& b, const std::string& what) {
    for (std::int32_t block = 0; block < b.plan.n_code_blocks; ++block) {
      const CodeBlockVerdict& verdict = b.verdicts.view()(block);
      EXPECT_EQ(verdict.crc_ok, 1) << what;
      EXPECT_EQ(verdict.parity_ok, 1) << what;
      EXPECT_TRUE(is_right(b, block)) << what;
    }
  }
  std::unique_ptr<DecodeLdpc> operation_;
};

INSTANTIATE_TEST_SUITE_P(EveryRow,
                         DecodeLdpcRows,
                         testing::Values("cpu:simd", "cpu:ref"),
                         [](const auto& row) {
                           return row.param.substr(0, 3) + "_" + row.param.substr(4);
                         });

TEST_P(DecodeLdpcRows, DecodeCleanWordsOfEveryLiftingSizeAndGraph) {
  for (const LdpcBaseGraph base_graph : {LdpcBaseGraph::bg1, LdpcBaseGraph::bg2})
    for (const LiftingSize& size : ldpc_lifting_sizes()) {
      // A block needs room for its CRC of 16 bits.
      const std::int32_t k = (base_graph == LdpcBaseGraph::bg1 ? 22 : 10) * size.size;
      const std::int32_t n_filler = k > 60 ? size.size % 7 : 0;
      if (k - n_filler <= 24)
        continue;
      CodeShape shape{base_graph, size.size, n_filler};
      const std::int32_t n = make_plan(shape).encoded_bits;
      Blocks b = make_blocks(shape, 0, n, 0, 1);
      decode(b);
      const std::string what = "Z=" + std::to_string(size.size);
      expect_all_right(b, what);
      EXPECT_LE(b.verdicts.view()(0).iterations, 2) << what;
    }
}

TEST_P(DecodeLdpcRows, DecodeNoisyWordsAtSeveralRatesAndSizes) {
  struct Case {
    CodeShape shape;
    double rate;
    double snr_db; ///< at least 0.8 dB above the threshold of normalised min-sum
  };
  const Case cases[] = {
      {{LdpcBaseGraph::bg1, 384, 0}, 0.926, 8.2}, {{LdpcBaseGraph::bg1, 352, 28}, 0.75, 5.4},
      {{LdpcBaseGraph::bg1, 384, 52}, 0.55, 3.2}, {{LdpcBaseGraph::bg1, 208, 0}, 0.34, 0.6},
      {{LdpcBaseGraph::bg2, 384, 8}, 0.25, -1.0}, {{LdpcBaseGraph::bg2, 72, 3}, 0.5, 4.0},
      {{LdpcBaseGraph::bg2, 30, 9}, 0.21, 1.0},   {{LdpcBaseGraph::bg2, 13, 0}, 0.3, 4.0},
  };
  for (const Case& c : cases) {
    CodeShape shape = c.shape;
    shape.n_code_blocks = 3;
    const CodewordPlan plan = make_plan(shape);
    const auto n_sent = static_cast<std::int32_t>(plan.info_bits / c.rate) + plan.n_filler();
    const double variance = std::pow(10.0, -c.snr_db / 10.0);
    Blocks b = make_blocks(shape, 0, std::min(n_sent, plan.encoded_bits), variance, 2);
    decode(b);
    expect_all_right(b, "Z=" + std::to_string(shape.lifting_size));
  }
}

TEST_P(DecodeLdpcRows, DecodeAWordWhoseSystematicBitsWereOnlyPartlySent) {
  CodeShape shape{LdpcBaseGraph::bg1, 64, 0};
  const CodewordPlan plan = make_plan(shape);
  // As redundancy version 2 starts: parity first, wrapping into the systematic bits.
  Blocks b = make_blocks(shape, 33 * 64, plan.encoded_bits * 7 / 10, 0.3, 3);
  decode(b, 30);
  expect_all_right(b, "rv 2");
}

TEST_P(DecodeLdpcRows, DecodeAWordWithScatteredErasures) {
  CodeShape shape{LdpcBaseGraph::bg2, 96, 5};
  Blocks b = make_blocks(shape, 0, make_plan(shape).encoded_bits, 0.3, 4);
  std::mt19937 random(5);
  for (std::int64_t i = 0; i < b.soft_bits.size(); ++i)
    if (random() % 5 == 0 && b.soft_bits.data()[i] != 127)
      b.soft_bits.data()[i] = 0;
  decode(b);
  expect_all_right(b, "erasures");
}

TEST_P(DecodeLdpcRows, SurviveSaturatedInputWithErrors) {
  CodeShape shape{LdpcBaseGraph::bg1, 128, 0};
  Blocks b = make_blocks(shape, 0, make_plan(shape).encoded_bits, 0, 6);
  std::mt19937 random(7);
  for (std::int64_t i = 0; i < b.soft_bits.size(); ++i)
    if (random() % 50 == 0)
      b.soft_bits.data()[i] = static_cast<std::int8_t>(-b.soft_bits.data()[i]);
  decode(b, 20);
  expect_all_right(b, "2 % of the bits wrong at full scale");
}

TEST_P(DecodeLdpcRows, ReportOneIterationForACleanBlockAndStopAtTheLimit) {
  CodeShape shape{LdpcBaseGraph::bg1, 96, 0};
  Blocks clean = make_blocks(shape, 0, 40 * 96, 0, 8);
  decode(clean, 1);
  expect_all_right(clean, "clean, one iteration");
  EXPECT_EQ(clean.verdicts.view()(0).iterations, 1);
  Blocks noisy = make_blocks(shape, 0, 40 * 96, 3.0, 8);
  decode(noisy, 1);
  EXPECT_EQ(noisy.verdicts.view()(0).crc_ok, 0);
  EXPECT_EQ(noisy.verdicts.view()(0).iterations, 1);
  decode(noisy, 4);
  EXPECT_EQ(noisy.verdicts.view()(0).iterations, 4);
}

TEST_P(DecodeLdpcRows, DecodeCleanWordsWithPartOfTheCoreParityMissing) {
  for (const LdpcBaseGraph base_graph : {LdpcBaseGraph::bg1, LdpcBaseGraph::bg2})
    for (const std::int32_t n_missing : {1, 40, 64}) {
      CodeShape shape{base_graph, 64, 0};
      const std::int32_t n_core = ((base_graph == LdpcBaseGraph::bg1 ? 22 : 10) + 2) * 64;
      Blocks b = make_blocks(shape, 0, n_core - n_missing, 0, 13);
      decode(b);
      expect_all_right(b, std::to_string(n_missing) + " bits missing");
      b.soft_bits.view()(0, 3) = static_cast<std::int8_t>(-b.soft_bits.view()(0, 3));
      decode(b);
      EXPECT_TRUE(b.verdicts.view()(0).crc_ok == 0 || is_right(b, 0));
    }
}

TEST_P(DecodeLdpcRows, NeverAcceptABlockWithoutInformation) {
  for (const LdpcBaseGraph base_graph : {LdpcBaseGraph::bg1, LdpcBaseGraph::bg2})
    for (const std::int32_t z : {8, 15, 64, 384}) {
      CodeShape shape{base_graph, z, 7};
      Blocks b = make_blocks(shape, 0, 0, 0, 9);
      decode(b);
      EXPECT_EQ(b.verdicts.view()(0).crc_ok, 0) << z;
      // A few sure zeros, as many as there are unknown bits less one: still not enough to tell.
      for (std::int32_t n = 0; n < b.plan.info_bits - 1; ++n)
        b.soft_bits.view()(0, b.plan.encoded_bits - 1 - n) = 127;
      decode(b);
      EXPECT_EQ(b.verdicts.view()(0).crc_ok, 0) << z;
    }
}

TEST_P(DecodeLdpcRows, AcceptAPayloadOfZerosThatWasReallySent) {
  CodeShape shape{LdpcBaseGraph::bg1, 64, 0};
  Blocks b = make_blocks(shape, 0, 0, 0, 10);
  std::fill_n(b.soft_bits.data(), b.soft_bits.size(), std::int8_t{40});
  b.info[0].assign(b.info[0].size(), 0);
  decode(b);
  expect_all_right(b, "zeros");
}

TEST_P(DecodeLdpcRows, NeverAcceptGarbage) {
  // CRC24 alone would let 300 trials pass with probability 2e-5; the parity checks come on top.
  std::mt19937 random(11);
  for (std::int32_t trial = 0; trial < 100; ++trial)
    for (const std::int32_t z : {36, 64, 80}) {
      CodeShape shape{trial % 2 == 0 ? LdpcBaseGraph::bg1 : LdpcBaseGraph::bg2, z, 0, 1};
      Blocks b;
      b.plan = make_plan(shape);
      b.soft_bits = HostTensor<std::int8_t, 2>({1, b.plan.encoded_bits});
      b.decoded = HostTensor<std::uint8_t, 2>({1, (b.plan.info_bits + 7) / 8});
      b.verdicts = HostTensor<CodeBlockVerdict, 1>({1});
      for (std::int64_t i = 0; i < b.soft_bits.size(); ++i)
        b.soft_bits.data()[i] = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
      decode(b, 4);
      EXPECT_EQ(b.verdicts.view()(0).crc_ok, 0);
    }
}

TEST(DecodeLdpcSimd, GivesTheSameResultOnEveryInstructionSet) {
  CodeShape shape{LdpcBaseGraph::bg1, 120, 5};
  shape.n_code_blocks = 3;
  for (const double variance : {0.05, 0.36, 0.5}) {
    std::vector<std::vector<std::uint8_t>> results;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
      hwy::SetSupportedTargetsForTest(target);
      hwy::GetChosenTarget().DeInit();
      Blocks b = make_blocks(shape, 0, 40 * 120, variance, 14);
      const DecodeLdpcCodeword codeword{&b.plan, b.soft_bits.ref(), b.decoded.ref(),
                                        b.verdicts.ref(), 8};
      InlineQueue queue;
      decode_ldpc_rows().front().make(PlanLimits{})->run({std::span(&codeword, 1)}, queue);
      std::vector<std::uint8_t> result(b.decoded.data(), b.decoded.data() + b.decoded.size());
      for (std::int32_t block = 0; block < 3; ++block) {
        const CodeBlockVerdict& verdict = b.verdicts.view()(block);
        result.insert(result.end(), {verdict.crc_ok, verdict.parity_ok,
                                     static_cast<std::uint8_t>(verdict.iterations)});
      }
      results.push_back(result);
    }
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().DeInit();
    for (const auto& result : results)
      EXPECT_EQ(result, results.front()) << "noise variance " << variance;
  }
}

TEST(DecodeLdpc, LosesNoMoreInInt8ThanTheFloatReferenceAtItsThreshold) {
  // Near 50 % BLER of the reference (BPSK, 10 iterations); the int8 row is to fail no more often.
  struct Case {
    LdpcBaseGraph base_graph;
    double rate;
    double snr_db;
  };
  for (const Case& c : {Case{LdpcBaseGraph::bg1, 0.926, 7.0}, Case{LdpcBaseGraph::bg1, 0.55, 2.15},
                        Case{LdpcBaseGraph::bg2, 0.2, -3.1}}) {
    CodeShape shape{c.base_graph, 384, 0};
    shape.n_code_blocks = 24;
    const CodewordPlan plan = make_plan(shape);
    Blocks b = make_blocks(shape, 0, static_cast<std::int32_t>(plan.info_bits / c.rate),
                           std::pow(10.0, -c.snr_db / 10.0), 12);
    std::int32_t n_ok[2] = {};
    for (std::size_t row = 0; row < 2; ++row) {
      const DecodeLdpcCodeword codeword{&b.plan, b.soft_bits.ref(), b.decoded.ref(),
                                        b.verdicts.ref(), 10};
      InlineQueue queue;
      decode_ldpc_rows()[row].make(PlanLimits{})->run({std::span(&codeword, 1)}, queue);
      for (std::int32_t block = 0; block < plan.n_code_blocks; ++block)
        n_ok[row] += b.verdicts.view()(block).crc_ok;
    }
    // The same noise: outcomes differ in few blocks. 0.05 dB is about a fifth of the blocks here.
    EXPECT_GE(n_ok[0], n_ok[1] - 5) << "rate " << c.rate;
  }
}

} // namespace
} // namespace airan::test
