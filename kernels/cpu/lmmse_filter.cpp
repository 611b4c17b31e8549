// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/lmmse_filter.hpp"

#include <algorithm>
#include <cmath>

namespace airan {
namespace {
std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}
} // namespace

LmmseFilter::LmmseFilter(std::int32_t max_n_prb) {
  const std::size_t n = size(6LL * max_n_prb);
  pilot_.reserve(n);
  subcarrier_.reserve(n);
  l_.reserve(n * n);
  x_.reserve(n);
}

void LmmseFilter::make(const DelayCorrelation& profile,
                       const Setup& setup,
                       std::span<const std::uint8_t> seen) {
  setup_ = setup;
  profile_ = &profile;
  Dmrs dmrs;
  dmrs.type = setup.type;
  const std::int32_t per_prb = dmrs.pilots_per_prb();
  pilot_.clear();
  subcarrier_.clear();
  for (std::int32_t i = 0; i < setup.n_prb * per_prb; ++i)
    if (seen[size(i / per_prb)] != 0) {
      pilot_.push_back(i);
      subcarrier_.push_back(i / per_prb * subcarriers_per_prb +
                            dmrs.pilot_subcarrier(i % per_prb, 0));
    }
  n_ = static_cast<std::int32_t>(pilot_.size());
  l_.assign(size(n_) * size(n_), cf64{});
  x_.assign(size(n_), cf64{});
  for (std::int32_t i = 0; i < n_; ++i)
    for (std::int32_t j = 0; j <= i; ++j) {
      const std::int32_t d = subcarrier_[size(i)] - subcarrier_[size(j)];
      const std::complex<double> own = profile(d);
      double layers = 1; // the other one has the opposite sign on every second pilot
      if (setup.shared)
        layers +=
            ((pilot_[size(i)] - pilot_[size(j)]) % 2 == 0 ? 1 : -1) * other_user_correlation(d);
      at(i, j) = cf64{own.real(), own.imag()} * layers;
      if (i == j)
        at(i, j).re += setup.q;
    }
  factor();
}

// A = L L^H, in place.
void LmmseFilter::factor() {
  for (std::int32_t j = 0; j < n_; ++j) {
    double d = at(j, j).re;
    for (std::int32_t k = 0; k < j; ++k)
      d -= norm(at(j, k));
    const double root = std::sqrt(std::max(d, 1e-14));
    at(j, j) = {root, 0};
    for (std::int32_t i = j + 1; i < n_; ++i) {
      cf64 sum = at(i, j);
      for (std::int32_t k = 0; k < j; ++k)
        sum -= at(i, k) * conj(at(j, k));
      at(i, j) = sum * (1 / root);
    }
  }
}

void LmmseFilter::forward(std::span<cf64> x) const { // L^-1 x
  for (std::int32_t i = 0; i < n_; ++i) {
    for (std::int32_t k = 0; k < i; ++k)
      x[size(i)] -= at(i, k) * x[size(k)];
    x[size(i)] *= 1 / at(i, i).re;
  }
}

void LmmseFilter::backward(std::span<cf64> x) const { // L^-H x
  for (std::int32_t i = n_; i-- > 0;) {
    for (std::int32_t k = i + 1; k < n_; ++k)
      x[size(i)] -= conj(at(k, i)) * x[size(k)];
    x[size(i)] *= 1 / at(i, i).re;
  }
}

double LmmseFilter::log_det() const {
  double sum = 0;
  for (std::int32_t i = 0; i < n_; ++i)
    sum += 2 * std::log(at(i, i).re);
  return sum;
}

double LmmseFilter::quadratic(std::span<const cf64> z) {
  for (std::int32_t i = 0; i < n_; ++i)
    x_[size(i)] = z[size(pilot_[size(i)])];
  forward(x_);
  double sum = 0;
  for (const cf64& x : x_)
    sum += norm(x);
  return sum;
}

void LmmseFilter::solve(std::span<const cf64> z) {
  for (std::int32_t i = 0; i < n_; ++i)
    x_[size(i)] = z[size(pilot_[size(i)])];
  forward(x_);
  backward(x_);
}

cf64 LmmseFilter::estimate(std::int32_t subcarrier) const {
  cf64 sum;
  for (std::int32_t i = 0; i < n_; ++i) {
    const std::complex<double> r = (*profile_)(subcarrier - subcarrier_[size(i)]);
    sum += cf64{r.real(), r.imag()} * x_[size(i)];
  }
  return sum;
}

double LmmseFilter::error() {
  double sum = 0; // 1 - r^H (R + q I)^-1 r
  for (std::int32_t prb = 0; prb < setup_.n_prb; ++prb) {
    const std::int32_t k = prb * subcarriers_per_prb + subcarriers_per_prb / 2;
    for (std::int32_t i = 0; i < n_; ++i) {
      const std::complex<double> r = (*profile_)(subcarrier_[size(i)] - k);
      x_[size(i)] = {r.real(), r.imag()};
    }
    forward(x_);
    sum += 1;
    for (const cf64& x : x_)
      sum -= norm(x);
  }
  return std::max(sum / setup_.n_prb, 1e-9);
}

double LmmseFilter::residual_share(double q_node) {
  double trace = 0;   // of B, the sum over columns e of |L^-1 e|^2
  double squares = 0; // of B^2, the sum of |L^-H L^-1 e|^2
  for (std::int32_t j = 0; j < n_; ++j) {
    std::fill(x_.begin(), x_.end(), cf64{});
    x_[size(j)] = {1, 0};
    forward(x_);
    for (const cf64& x : x_)
      trace += norm(x);
    backward(x_);
    for (const cf64& x : x_)
      squares += norm(x);
  }
  return n_ == 0 ? 1.0
                 : setup_.q * setup_.q * (trace + (q_node - setup_.q) * squares) / (n_ * q_node);
}

} // namespace airan
