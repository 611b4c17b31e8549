// SPDX-License-Identifier: Apache-2.0
// The delay profiles that the channel estimator "smooth" assumes, as correlation over frequency.
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <vector>

namespace airan {

/// RMS delay spreads of the bank in units of 1 / subcarrier spacing (0.001 is 33 ns at 30 kHz).
/// The profile is a steep rise and an exponential decay around its mean; 0 is a flat channel.
inline constexpr std::array<double, 8> smooth_delay_spreads{0,      0.0006, 0.0012, 0.0024,
                                                            0.0048, 0.0096, 0.0192, 0.0384};
inline constexpr std::int32_t n_delay_spreads = 8;

/// E h(k + d) h*(k) for |d| subcarriers up to `reach`, of a profile of unit power with mean delay 0
/// and the given RMS width in 1 / subcarrier spacing.
class DelayCorrelation {
public:
  static constexpr std::int32_t reach = 12 * 48 + 16;
  explicit DelayCorrelation(double spread);
  std::complex<double> operator()(std::int32_t d) const {
    return table_[static_cast<std::size_t>(d + reach)];
  }

private:
  std::vector<std::complex<double>> table_;
};

/// By this the correlation of another user under the same CDM group is multiplied: its arrival
/// relative to the user in work is uniform over a width that a cell's timing advance leaves.
double other_user_correlation(std::int32_t d);

} // namespace airan
