// SPDX-License-Identifier: Apache-2.0
// Rate de-matching by the loops of TS 38.212 5.4.2, one bit at a time.
#include "kernels/cpu/dematch_rate_ref.hpp"

#include "core/modulation.hpp"

#include <algorithm>

namespace airan {
namespace {

class DematchRateRef final : public DematchRate {
public:
  void run(const DematchRateArgs& args, Queue&) noexcept override {
    for (const DematchRateCodeword& codeword : args.codewords)
      for (std::int32_t block = 0; block < codeword.plan->n_code_blocks; ++block)
        dematch(codeword, block);
  }

private:
  static bool is_filler(const CodewordPlan& plan, std::int32_t position) {
    return position >= plan.first_filler() && position < plan.first_filler() + plan.n_filler();
  }

  static void dematch(const DematchRateCodeword& codeword, std::int32_t block) {
    const CodewordPlan& plan = *codeword.plan;
    const auto llrs = codeword.llrs.on_host();
    const auto soft_bits = codeword.soft_bits.on_host();
    const bool has_stored = !codeword.stored.empty();
    for (std::int32_t n = 0; n < plan.encoded_bits; ++n) {
      std::int8_t start = 0;
      if (is_filler(plan, n))
        start = static_cast<std::int8_t>(llr_max);
      else if (has_stored && n < plan.circular_bits)
        start = codeword.stored.on_host()(block, n);
      soft_bits(block, n) = start;
    }
    const std::int32_t n_bits = plan.rate_matched_bits(block);
    const std::int32_t n_columns = n_bits / plan.bits_per_symbol;
    std::int32_t position = plan.k0;
    for (std::int32_t k = 0; k < n_bits; ++k) {
      while (is_filler(plan, position))
        position = (position + 1) % plan.circular_bits;
      // 5.4.2.2: f_(i + j Q_m) = e_(i E / Q_m + j)
      const std::int32_t i = k / n_columns;
      const std::int32_t j = k % n_columns;
      const std::int32_t sum =
          soft_bits(block, position) + llrs(plan.first_bit(block) + i + j * plan.bits_per_symbol);
      soft_bits(block, position) = static_cast<std::int8_t>(std::clamp(sum, -llr_max, llr_max));
      position = (position + 1) % plan.circular_bits;
    }
  }
};

} // namespace

std::unique_ptr<DematchRate> make_dematch_rate_ref(const PlanLimits&) {
  return std::make_unique<DematchRateRef>();
}

} // namespace airan
