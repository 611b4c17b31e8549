// SPDX-License-Identifier: Apache-2.0
#include "simulation/binomial.hpp"

#include <boost/math/distributions/beta.hpp>

namespace airan::simulation {

Interval binomial_interval(std::int64_t errors, std::int64_t n, double confidence) {
  if (n <= 0)
    return {0.0, 1.0};
  const double tail = (1.0 - confidence) / 2.0;
  const auto k = static_cast<double>(errors);
  const auto m = static_cast<double>(n);
  Interval i;
  i.low = errors == 0 ? 0.0
                      : boost::math::quantile(boost::math::beta_distribution<>(k, m - k + 1), tail);
  i.high = errors == n
               ? 1.0
               : boost::math::quantile(boost::math::beta_distribution<>(k + 1, m - k), 1.0 - tail);
  return i;
}

} // namespace airan::simulation
