// SPDX-License-Identifier: Apache-2.0
// Textbook LMMSE over frequency in double precision: one window of pilots, solved by Cholesky.
#pragma once

#include "core/checked_grant.hpp"
#include "core/complex.hpp"
#include "kernels/cpu/delay_profile.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace airan {

/// For least-squares pilots z of one layer of unit power, with covariance R + q I between them and
/// r between a subcarrier and them, the estimate of the subcarrier is r^H (R + q I)^-1 z. With
/// another layer under the other w_f of the CDM group, R holds that layer as well.
class LmmseFilter {
public:
  struct Setup {
    DmrsType type = DmrsType::type1;
    bool shared = false; ///< a layer with the other w_f is present
    double q = 1;        ///< noise-to-signal ratio per pilot
    std::int32_t n_prb = 1;
  };
  explicit LmmseFilter(std::int32_t max_n_prb);

  /// `seen [prb]`: pilots of other PRBs take no part.
  void
  make(const DelayCorrelation& profile, const Setup& setup, std::span<const std::uint8_t> seen);
  /// log det (R + q I).
  double log_det() const;
  /// z^H (R + q I)^-1 z; z [pilot of the window], as below.
  double quadratic(std::span<const cf64> z);
  /// (R + q I)^-1 z for estimate(), kept inside.
  void solve(std::span<const cf64> z);
  /// Estimate of a subcarrier of the window, counted from the first one of the CDM group.
  cf64 estimate(std::int32_t subcarrier) const;
  /// Mean error in theory relative to the signal, seen from the middle of each PRB.
  double error();
  /// Energy of z minus the estimates of all layers at the pilots, relative to that of noise with
  /// ratio `q_node`: q^2 tr(B (R + q_node I) B) / (N q_node) with B = (R + q I)^-1.
  double residual_share(double q_node);
  std::int32_t n_pilots() const { return n_; }

private:
  cf64& at(std::int32_t i, std::int32_t j) { return l_[index(i, j)]; }
  const cf64& at(std::int32_t i, std::int32_t j) const { return l_[index(i, j)]; }
  std::size_t index(std::int32_t i, std::int32_t j) const {
    return static_cast<std::size_t>(i) * static_cast<std::size_t>(n_) + static_cast<std::size_t>(j);
  }
  void factor();
  void forward(std::span<cf64> x) const;
  void backward(std::span<cf64> x) const;

  Setup setup_;
  const DelayCorrelation* profile_ = nullptr;
  std::int32_t n_ = 0;
  std::vector<std::int32_t> pilot_;      ///< [input]: pilot of the window
  std::vector<std::int32_t> subcarrier_; ///< [input]: from the first one of the CDM group
  std::vector<cf64> l_;                  ///< [row, column]: Cholesky factor, lower triangle
  std::vector<cf64> x_;                  ///< [input]: the last solution
};

} // namespace airan
