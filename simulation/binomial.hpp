// SPDX-License-Identifier: Apache-2.0
// What a count of errors says about an error rate.
#pragma once

#include <cstdint>

namespace airan::simulation {

struct Interval {
  double low = 0;
  double high = 0;
};

/// Clopper-Pearson (exact) limits of a probability after `errors` in `n` trials; each side is
/// exceeded with probability (1 - confidence) / 2 at most.
Interval binomial_interval(std::int64_t errors, std::int64_t n, double confidence);

} // namespace airan::simulation
