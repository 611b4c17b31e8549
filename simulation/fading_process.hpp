// SPDX-License-Identifier: Apache-2.0
// Time-varying gains of the taps between every transmit and receive port.
#pragma once

#include "config/made_signals.hpp"
#include "core/complex.hpp"
#include "core/view.hpp"
#include "simulation/delay_profile.hpp"

#include <cstdint>
#include <vector>

namespace airan::simulation {

struct FadingSettings {
  std::vector<Tap> taps;
  std::int32_t n_rx = 1;
  std::int32_t n_tx = 1;
  double doppler_hz = 0; ///< maximum Doppler shift f_D
  config::Correlation correlation = config::Correlation::low;
  config::Fading fading = config::Fading::doppler;
  std::uint64_t seed = 1;
};

/// Each Rayleigh tap between a pair of ports is a sum of sinusoids with complex Gaussian amplitudes
/// and random angles of arrival: Gaussian at every instant, with the autocorrelation J0(2 pi f_D t)
/// in the mean over realisations. MIMO correlation after TS 38.104 annex G.2.3: H = L_rx G L_tx^T
/// with L L^T = R, R[i, j] = a^(((i - j) / (N - 1))^2). Line-of-sight taps have a constant
/// amplitude and a random phase per pair of ports; a channel of one such tap (AWGN) has orthogonal
/// columns instead, so that several layers can be told apart.
class FadingProcess {
public:
  /// `realisation` numbers independent draws of the same seed.
  FadingProcess(const FadingSettings& settings, std::uint64_t realisation);

  /// gains [tap, rx, tx] at `time_s`.
  void gains_at(double time_s, View<cf32, 3> gains) const;
  /// Gains stay the same for ever (no Doppler).
  bool is_static() const { return settings_.doppler_hz == 0; }

private:
  struct Sinusoid {
    cf32 amplitude;
    double frequency_hz;
  };
  FadingSettings settings_;
  std::vector<float> rx_root_;               ///< lower triangle, [n_rx, n_rx]
  std::vector<float> tx_root_;               ///< [n_tx, n_tx]
  std::vector<std::int32_t> first_sinusoid_; ///< [tap, rx, tx] + 1
  std::vector<Sinusoid> sinusoids_;
};

/// The correlation matrix's lower Cholesky factor [n, n] for correlation `a` between the outermost
/// antennas of a uniform linear array; made positive definite as TS 38.104 does (R + e I) / (1 +
/// e).
std::vector<float> correlation_root(double a, std::int32_t n);

} // namespace airan::simulation
