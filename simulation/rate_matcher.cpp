// SPDX-License-Identifier: Apache-2.0
// LDPC rate matching: bit selection and bit interleaving of TS 38.212 5.4.2.
#include "simulation/rate_matcher.hpp"

#include "core/assert.hpp"

#include <string>

namespace airan::simulation {

void match_rate(const CodewordPlan& plan,
                std::span<const std::uint8_t> circular,
                std::span<std::uint8_t> out) {
  const auto n = static_cast<std::int32_t>(out.size());
  AIRAN_ASSERT(std::ssize(circular) == plan.encoded_bits,
               "a circular buffer of " + std::to_string(circular.size()) + " bits");
  AIRAN_ASSERT(n % plan.bits_per_symbol == 0,
               std::to_string(n) + " bits are not whole modulation symbols");
  const std::int32_t first_filler = plan.first_filler();
  const std::int32_t end_filler = first_filler + plan.n_filler();
  // 5.4.2.2: f(i + j Q_m) = e(i E / Q_m + j)
  const std::int32_t n_symbols = n / plan.bits_per_symbol;
  std::int32_t position = plan.k0;
  for (std::int32_t i = 0; i < plan.bits_per_symbol; ++i) {
    for (std::int32_t j = 0; j < n_symbols; ++j) {
      // 5.4.2.1: e(k) = d((k_0 + j) mod N_cb), filler bits passed over.
      while (position >= plan.circular_bits || (position >= first_filler && position < end_filler))
        position = position >= plan.circular_bits ? 0 : end_filler;
      out[static_cast<std::size_t>(i + j * plan.bits_per_symbol)] =
          circular[static_cast<std::size_t>(position++)];
    }
  }
}

} // namespace airan::simulation
