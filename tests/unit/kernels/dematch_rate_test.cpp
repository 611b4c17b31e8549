// SPDX-License-Identifier: Apache-2.0
// DematchRate, every row through the same body, against the clause's loops run forwards.
#include "core/modulation.hpp"
#include "kernels/dematch_rate.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "tests/support/coding_oracle.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>

namespace airan::test {
namespace {

constexpr LdpcBaseGraph bg1 = LdpcBaseGraph::bg1;
constexpr LdpcBaseGraph bg2 = LdpcBaseGraph::bg2;

/// base graph, Z_c, filler, blocks, Q_m, layers, E short, E long, short blocks, rv, N_cb
const CodeShape shapes[] = {
    {bg1, 384, 0, 3, 6, 1, 14742, 14748, 1, 0, 0},   // 64QAM, two lengths
    {bg1, 384, 52, 2, 8, 2, 9120, 9120, 0, 0, 0},    // 256QAM, high rate
    {bg1, 352, 28, 2, 4, 1, 20000, 20000, 0, 1, 0},  // 16QAM, rv 1
    {bg1, 208, 11, 2, 2, 1, 9998, 10000, 1, 2, 0},   // QPSK, rv 2: wraps over the filler
    {bg1, 384, 100, 1, 6, 1, 12000, 0, 0, 3, 20000}, // limited buffer
    {bg2, 72, 3, 1, 2, 1, 10000, 0, 0, 0, 0},        // repeats nearly three times
    {bg2, 30, 9, 1, 1, 1, 801, 0, 0, 3, 0},          // pi/2-BPSK, odd length
    {bg2, 6, 5, 1, 2, 1, 2400, 0, 0, 0, 0},          // repeats eight times
    {bg2, 13, 17, 1, 8, 1, 8, 0, 0, 0, 0},           // one symbol
    {bg2, 384, 0, 4, 4, 4, 5008, 5024, 3, 2, 12000}, // limited buffer, rv 2
};

struct Received {
  CodewordPlan plan;
  HostTensor<std::int8_t, 1> llrs;
  HostTensor<std::int8_t, 2> stored;
  HostTensor<std::int8_t, 2> soft_bits;
};

Received make_run(const CodeShape& shape, std::int32_t largest, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> value(-largest, largest);
  Received r;
  r.plan = make_plan(shape);
  r.llrs = HostTensor<std::int8_t, 1>({r.plan.codeword_bits});
  r.stored = HostTensor<std::int8_t, 2>({r.plan.n_code_blocks, r.plan.encoded_bits});
  r.soft_bits = HostTensor<std::int8_t, 2>({r.plan.n_code_blocks, r.plan.encoded_bits});
  for (std::int64_t i = 0; i < r.llrs.size(); ++i)
    r.llrs.data()[i] = static_cast<std::int8_t>(value(random));
  for (std::int64_t i = 0; i < r.stored.size(); ++i)
    r.stored.data()[i] = static_cast<std::int8_t>(value(random));
  std::fill_n(r.soft_bits.data(), r.soft_bits.size(), std::int8_t{99});
  return r;
}

bool is_filler(const CodewordPlan& plan, std::int32_t n) {
  return n >= plan.first_filler() && n < plan.first_filler() + plan.n_filler();
}

/// Saturates after each addition, as repetitions arrive.
std::vector<std::int8_t>
expected_soft_bits(const Received& r, std::int32_t block, bool has_stored) {
  const CodewordPlan& plan = r.plan;
  std::vector<std::int8_t> sums(static_cast<std::size_t>(plan.encoded_bits), 0);
  for (std::int32_t n = 0; n < plan.circular_bits && has_stored; ++n)
    sums[static_cast<std::size_t>(n)] = r.stored.view()(block, n);
  const std::int32_t n_bits = plan.rate_matched_bits(block);
  const std::vector<std::int32_t> positions = rate_match_positions(plan, n_bits);
  // In the order of e_k: f_(i + j Q_m) = e_(i E/Q_m + j)
  for (std::int32_t i = 0; i < plan.bits_per_symbol; ++i)
    for (std::int32_t j = 0; j < n_bits / plan.bits_per_symbol; ++j) {
      const std::int32_t f = i + j * plan.bits_per_symbol;
      auto& sum = sums[static_cast<std::size_t>(positions[static_cast<std::size_t>(f)])];
      sum = static_cast<std::int8_t>(
          std::clamp(sum + r.llrs.view()(plan.first_bit(block) + f), -llr_max, llr_max));
    }
  for (std::int32_t n = 0; n < plan.encoded_bits; ++n)
    if (is_filler(plan, n))
      sums[static_cast<std::size_t>(n)] = llr_max;
  return sums;
}

class DematchRateRows : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    for (const Row<DematchRate>& row : dematch_rate_rows())
      if (row.name == GetParam())
        operation_ = row.make(PlanLimits{});
    ASSERT_NE(operation_, nullptr);
  }
  void dematch(Received& r, const TensorRef<const std::int8_t, 2>& stored) {
    const DematchRateCodeword codeword{&r.plan, r.llrs.ref(), stored, r.soft_bits.ref()};
    InlineQueue queue;
    operation_->run({std::span(&codeword, 1)}, queue);
  }
  void expect_equal(const Received& r, bool has_stored) {
    for (std::int32_t block = 0; block < r.plan.n_code_blocks; ++block) {
      const auto got = r.soft_bits.view().row(block);
      const auto expected = expected_soft_bits(r, block, has_stored);
      const auto [a, b] = std::mismatch(got.begin(), got.end(), expected.begin());
      EXPECT_TRUE(a == got.end()) << "Z=" << r.plan.lifting_size << " block " << block
                                  << " position " << (a - got.begin()) << ": " << int{*a} << " for "
                                  << int{*b};
    }
  }
  std::unique_ptr<DematchRate> operation_;
};

INSTANTIATE_TEST_SUITE_P(EveryRow,
                         DematchRateRows,
                         testing::Values("cpu:simd", "cpu:ref"),
                         [](const auto& row) {
                           return row.param.substr(0, 3) + "_" + row.param.substr(4);
                         });

TEST_P(DematchRateRows, InvertTheClausesLoopsForNewData) {
  for (const CodeShape& shape : shapes) {
    Received r = make_run(shape, 30, 1);
    dematch(r, {});
    expect_equal(r, false);
  }
}

TEST_P(DematchRateRows, DoSoOnEveryInstructionSet) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().DeInit();
    for (const CodeShape& shape : shapes) {
      Received r = make_run(shape, 100, 6);
      dematch(r, r.stored.ref());
      expect_equal(r, true);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
}

TEST_P(DematchRateRows, AddToWhatWasStored) {
  for (const CodeShape& shape : shapes) {
    Received r = make_run(shape, 30, 2);
    dematch(r, r.stored.ref());
    expect_equal(r, true);
  }
}

TEST_P(DematchRateRows, CombineInPlace) {
  for (const CodeShape& shape : shapes) {
    Received r = make_run(shape, 30, 3);
    std::copy_n(r.stored.data(), r.stored.size(), r.soft_bits.data());
    dematch(r, r.soft_bits.ref());
    expect_equal(r, true);
  }
}

TEST_P(DematchRateRows, SaturateAtTheLargestSoftBit) {
  for (const CodeShape& shape : shapes) {
    Received r = make_run(shape, 127, 4);
    dematch(r, r.stored.ref());
    expect_equal(r, true);
    for (std::int64_t i = 0; i < r.soft_bits.size(); ++i)
      EXPECT_GE(r.soft_bits.data()[i], -127);
  }
}

TEST_P(DematchRateRows, LeaveErasuresWhereNothingWasSent) {
  CodeShape shape{bg2, 64, 0};
  shape.e_short = 640;
  Received r = make_run(shape, 0, 5);
  std::fill_n(r.llrs.data(), r.llrs.size(), std::int8_t{-5});
  dematch(r, {});
  for (std::int32_t n = 0; n < r.plan.encoded_bits; ++n)
    EXPECT_EQ(r.soft_bits.view()(0, n), n < 640 ? -5 : 0);
}

} // namespace
} // namespace airan::test
