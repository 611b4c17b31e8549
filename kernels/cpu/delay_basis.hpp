// SPDX-License-Identifier: Apache-2.0
// Low-rank LMMSE smoothing filters of the channel over frequency, made once at plan time.
#pragma once

#include "core/checked_grant.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace airan {

/// RMS delay spreads of the bank in units of 1 / subcarrier spacing (0.001 is 33 ns at 30 kHz).
/// The profile is a steep rise and an exponential decay around its mean; 0 is a flat channel.
inline constexpr std::array<double, 8> smooth_delay_spreads{0,      0.0006, 0.0012, 0.0024,
                                                            0.0048, 0.0096, 0.0192, 0.0384};
inline constexpr std::int32_t n_delay_spreads = 8;
/// PRB-averaged pilots serve the spreads below this index; at it, single pilots take over.
inline constexpr std::int32_t first_wide_spread = 4;

inline constexpr std::int32_t pilot_window_prb = 6; ///< window of the filters on single pilots
inline constexpr std::int32_t pilot_step_prb = 2;   ///< PRBs that one window puts out
inline constexpr std::int32_t cell_window_prb = 24; ///< window of the filters on PRB averages
inline constexpr std::int32_t cell_step_prb = 8;
inline constexpr std::int32_t max_basis_inputs = 36;
inline constexpr std::int32_t max_basis_rank = 48; ///< multiple of the longest SIMD vector
inline constexpr std::int32_t max_basis_delta = 4; ///< largest DmrsLayer::delta

/// Noise-to-signal ratios per input at which the likelihood is evaluated.
inline constexpr std::int32_t n_noise_ratios = 40;
inline constexpr double min_noise_ratio_db = -56.0;
inline constexpr double noise_ratio_step_db = 2.0;

/// What a filter's inputs are.
enum class BasisInput : std::uint8_t { pilot, prb_average };

/// Eigenvectors of the inputs' covariance R_ii (unit power, without noise) over a window of
/// `n_prb` PRBs, and their continuation to every subcarrier: with R_ii = U L U^H and
/// V = R_oi U / L, the LMMSE estimate for a noise-to-signal ratio q is
///   h = V diag(l / (l + q)) U^H x.
/// With a second layer under the other frequency cover code, R_ii holds that layer as well, so that
/// the filter separates the two jointly. Axes are relative to the CDM group's first subcarrier.
struct DelayBasis {
  BasisInput input = BasisInput::pilot;
  std::int32_t n_prb = 0;
  std::int32_t n_inputs = 0;
  std::int32_t n_outputs = 0; ///< 12 n_prb + max_basis_delta; output max_basis_delta lies on delta
  std::int32_t rank = 0;      ///< modes in descending order of eigenvalue
  std::int32_t padded_rank = 0;  ///< multiple of 16
  std::vector<float> u_re, u_im; ///< [input, padded rank]
  std::vector<float> v_re, v_im; ///< [mode, output]
  std::vector<float> eigenvalue; ///< [mode]
  std::vector<float> leverage;   ///< [prb, mode]: sum over the PRB's pilots of d h / d pilot
  std::vector<float> explained;  ///< [prb, mode]: mean over the PRB of l |v|^2
  std::vector<float> inverse;    ///< [noise ratio, mode]: 1 / (l + q)
  std::array<float, n_noise_ratios> log_det{}; ///< log det(R_ii + q I)
};

/// All filters of the algorithm; immutable, shared by every plan of the process.
class DelayBasisBank {
public:
  DelayBasisBank();
  /// `spread` indexes smooth_delay_spreads; `shared_cdm`: a layer with the other w_f is present.
  const DelayBasis&
  pilot(DmrsType type, bool shared_cdm, std::int32_t spread, std::int32_t n_prb) const;
  const DelayBasis&
  cell(DmrsType type, bool shared_cdm, std::int32_t spread, std::int32_t n_prb) const;

private:
  std::vector<DelayBasis> pilot_; ///< [type, shared, spread, n_prb - 1]
  std::vector<DelayBasis> cell_;  ///< [type, shared, spread <= first_wide_spread, n_prb - 1]
};

/// The process-wide bank; made on the first call.
const DelayBasisBank& delay_basis_bank();

} // namespace airan
