// SPDX-License-Identifier: Apache-2.0
// Low-rank LMMSE smoothing filters of the channel over frequency, made once at plan time.
#pragma once

#include "core/checked_grant.hpp"
#include "kernels/cpu/delay_profile.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace airan {

/// PRB-averaged pilots serve the spreads below this index; at it, single pilots take over.
inline constexpr std::int32_t first_wide_spread = 4;

/// Windows of the filters on single pilots, in PRBs. The likelihood looks through short ones;
/// smoothing uses the longest that the spread allows.
inline constexpr std::array<std::int32_t, 9> pilot_windows_prb{1, 2, 3, 4, 5, 6, 8, 12, 16};
inline constexpr std::int32_t pilot_test_prb = 6;
/// Windows of the filters on PRB averages.
inline constexpr std::array<std::int32_t, 9> cell_windows_prb{7, 8, 10, 12, 16, 20, 24, 32, 48};
inline constexpr std::int32_t cell_test_prb = 24;
inline constexpr std::int32_t max_basis_rank = 96; ///< multiple of the longest SIMD vector
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

/// Longest pilot window of a spread: beyond some ten coherence bandwidths a longer one gains
/// nothing. A second layer doubles the modes of a window, so there they are shorter.
constexpr std::int32_t longest_pilot_window(std::int32_t spread, bool shared_cdm) {
  return spread == n_delay_spreads - 1 ? pilot_test_prb : shared_cdm ? 12 : 16;
}

/// Longest window of PRB averages. Where delays spread, a longer one trusts the assumed profile
/// more than it deserves.
constexpr std::int32_t longest_cell_window(std::int32_t spread) {
  return spread < 2 ? 48 : cell_test_prb;
}

/// All filters of the algorithm; immutable, shared by every plan of the process.
class DelayBasisBank {
public:
  DelayBasisBank();
  /// The longest window of at most `max_n_prb`, which is 1 or more, 7 or more for PRB averages.
  /// `spread` indexes smooth_delay_spreads; `shared_cdm`: a layer with the other w_f is present.
  const DelayBasis& find(BasisInput input,
                         DmrsType type,
                         bool shared_cdm,
                         std::int32_t spread,
                         std::int32_t max_n_prb) const;

private:
  static constexpr std::size_t n_kinds = 4 * n_delay_spreads;
  static std::size_t index(DmrsType type, bool shared_cdm, std::int32_t spread);

  std::array<std::vector<DelayBasis>, n_kinds> pilot_; ///< [type, shared, spread], by n_prb
  std::array<std::vector<DelayBasis>, n_kinds> cell_;  ///< those for spread <= first_wide_spread
};

/// The process-wide bank; made on the first call.
const DelayBasisBank& delay_basis_bank();

} // namespace airan
