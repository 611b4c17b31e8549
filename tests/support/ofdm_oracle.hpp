// SPDX-License-Identifier: Apache-2.0
// OFDM baseband signal generation as TS 38.211 5.3.1 and 5.4 write it, one exponential at a time.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

namespace airan::oracle {

struct OfdmOracle {
  std::int32_t mu = 1; ///< numerology
  bool extended_prefix = false;
  std::int32_t fft_size = 512;
  /// f0 of 5.4: what up-conversion at f0 and down-conversion without it leaves is
  /// exp(-j 2 pi f0 (t_start,l + N_CP,l Tc)). 0: none.
  double f0_hz = 0;
};

/// The samples of one slot, `slot` counted in its subframe. grid [symbol][subcarrier], subcarrier
/// k at (k - size/2) subcarrier spacings. Each RE has unit gain after an FFT scaled by 1/sqrt(N):
/// the sum of 5.3.1 is divided by sqrt(N).
std::vector<std::complex<double>>
ofdm_slot(const OfdmOracle& ofdm,
          std::int32_t slot,
          const std::vector<std::vector<std::complex<double>>>& grid);

} // namespace airan::oracle
