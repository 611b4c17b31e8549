// SPDX-License-Identifier: Apache-2.0
// Bit selection and interleaving against the two formulas of TS 38.212 5.4.2.
#include "simulation/rate_matcher.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace airan::simulation {
namespace {

/// Base graph 2 with Z_c = 12: K = 120, N = 600; K' leaves filler bits.
CodewordPlan small_plan(std::int32_t info_bits) {
  CodewordPlan plan;
  plan.base_graph = LdpcBaseGraph::bg2;
  plan.lifting_size = 12;
  plan.n_code_blocks = 1;
  plan.info_bits = info_bits;
  plan.code_block_bits = 120;
  plan.encoded_bits = 600;
  plan.circular_bits = 600;
  plan.bits_per_symbol = 4;
  return plan;
}

/// 5.4.2.1 and 5.4.2.2 as they are written: the bit at each place of the output.
std::vector<std::uint8_t>
oracle(const CodewordPlan& plan, const std::vector<std::uint8_t>& d, std::size_t n_bits) {
  std::vector<std::uint8_t> e;
  for (std::int32_t j = 0; e.size() < n_bits; ++j) {
    const std::int32_t position = (plan.k0 + j) % plan.circular_bits;
    // d_k = c_{k + 2 Z_c}, and c is NULL from K' to K - 1.
    const std::int32_t bit_of_block = position + 2 * plan.lifting_size;
    if (bit_of_block < plan.info_bits || bit_of_block >= plan.code_block_bits)
      e.push_back(d[static_cast<std::size_t>(position)]);
  }
  const auto q_m = static_cast<std::size_t>(plan.bits_per_symbol);
  std::vector<std::uint8_t> f(n_bits);
  for (std::size_t j = 0; j < n_bits / q_m; ++j)
    for (std::size_t i = 0; i < q_m; ++i)
      f[i + j * q_m] = e[i * (n_bits / q_m) + j];
  return f;
}

std::vector<std::uint8_t> random_buffer(std::size_t n) {
  std::mt19937 rng(3);
  std::vector<std::uint8_t> d(n);
  std::generate(d.begin(), d.end(), [&] { return static_cast<std::uint8_t>(rng() & 1U); });
  return d;
}

TEST(RateMatcher, EqualsTheFormulasForAllStartsLimitsAndOrders) {
  const auto d = random_buffer(600);
  std::int32_t n_cases = 0;
  for (const std::int32_t info_bits : {120, 97, 30})
    for (const std::int32_t circular : {600, 408, 175})
      for (const std::int32_t k0 : {0, 156, 84, 72, 348})
        for (const std::int32_t order : {1, 2, 4, 6, 8})
          for (const std::size_t n_bits : {24U, 480U, 2400U}) {
            if (k0 >= circular)
              continue;
            CodewordPlan plan = small_plan(info_bits);
            plan.circular_bits = circular;
            plan.k0 = k0;
            plan.bits_per_symbol = order;
            std::vector<std::uint8_t> out(n_bits);
            match_rate(plan, d, out);
            ASSERT_EQ(out, oracle(plan, d, n_bits))
                << "K' " << info_bits << " N_cb " << circular << " k0 " << k0 << " Q_m " << order
                << " E " << n_bits;
            ++n_cases;
          }
  EXPECT_GT(n_cases, 500);
}

TEST(RateMatcher, WrapsAroundToTheStartOfTheCircularBuffer) {
  CodewordPlan plan = small_plan(120);
  plan.bits_per_symbol = 1;
  plan.k0 = 516;
  std::vector<std::uint8_t> d(600);
  d[0] = 1; // the only one: 84 bits after k0
  std::vector<std::uint8_t> out(700);
  match_rate(plan, d, out);
  for (std::size_t i = 0; i < out.size(); ++i)
    EXPECT_EQ(out[i], i == 84 || i == 684 ? 1 : 0) << i;
}

TEST(RateMatcher, NeverSendsFillerBits) {
  CodewordPlan plan = small_plan(60);
  std::vector<std::uint8_t> d(600);
  std::fill(d.begin() + plan.first_filler(), d.begin() + plan.first_filler() + plan.n_filler(),
            std::uint8_t{1});
  std::vector<std::uint8_t> out(2000);
  match_rate(plan, d, out);
  EXPECT_EQ(std::count(out.begin(), out.end(), 1), 0);
}

} // namespace
} // namespace airan::simulation
