// SPDX-License-Identifier: Apache-2.0
// Covariances from delay profiles, their eigenvectors, and the tables derived from them.
#include "kernels/cpu/delay_basis.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>

namespace airan {
namespace {

using Cx = std::complex<double>;
using Matrix = std::vector<Cx>; // row by row

// Modes weaker than this are dropped: their sum bounds the error floor of the filters.
constexpr double min_eigenvalue = 2e-6;
// Other users of a CDM group may arrive earlier or later by this much (1 / subcarrier spacing).
constexpr double shared_timing_width = 0.04;
// The profile: a rise of half a Gaussian, an exponential decay, and a weak long tail of the kind
// that hilly and urban channels show.
constexpr double rise_to_decay = 0.5;
constexpr double longest_rise = 2.0;  // in standard deviations
constexpr double longest_decay = 9.0; // in decay times
constexpr double tail_power = 0.05;   // density at 0, relative to the main decay
constexpr double tail_to_decay = 3.0;
constexpr int n_profile_points = 128;
// Wide profiles expect late clusters anywhere within a cyclic prefix: this share of the power is
// spread evenly over these delays (1 / subcarrier spacing, from the mean).
constexpr double late_power = 0.05;
constexpr double first_late = -0.01;
constexpr double last_late = 0.075;
constexpr double min_late_spread = 0.004;

double uniform_correlation(double width, double d) {
  const double x = std::numbers::pi * width * d;
  return std::abs(x) < 1e-12 ? 1.0 : std::sin(x) / x;
}

// Frequency correlation E h(k + d) h*(k) of a profile with mean 0 and the given RMS width.
class Correlation {
public:
  explicit Correlation(double spread) : table_(2 * reach + 1, Cx(1)) {
    if (spread == 0)
      return;
    std::array<double, n_profile_points> t{};
    std::array<double, n_profile_points> power{};
    double sum = 0;
    double mean = 0;
    double square = 0;
    for (std::size_t i = 0; i < n_profile_points; ++i) {
      const double first = -rise_to_decay * longest_rise;
      t[i] = first + (longest_decay - first) * (static_cast<double>(i) + 0.5) / n_profile_points;
      const double rise = t[i] / rise_to_decay;
      power[i] = t[i] > 0 ? std::exp(-t[i]) + tail_power * std::exp(-t[i] / tail_to_decay)
                          : (1 + tail_power) * std::exp(-rise * rise / 2);
      sum += power[i];
      mean += power[i] * t[i];
      square += power[i] * t[i] * t[i];
    }
    mean /= sum;
    const double unit = spread / std::sqrt(square / sum - mean * mean);
    for (int d = -reach; d <= reach; ++d) {
      Cx r = 0;
      for (std::size_t i = 0; i < n_profile_points; ++i)
        r += std::polar(power[i] / sum, -2 * std::numbers::pi * d * (t[i] - mean) * unit);
      if (spread > min_late_spread)
        r = (1 - late_power) * r +
            late_power * uniform_correlation(last_late - first_late, d) *
                std::polar(1.0, -std::numbers::pi * d * (last_late + first_late));
      table_[static_cast<std::size_t>(d + reach)] = r;
    }
  }
  Cx operator()(int d) const { return table_[static_cast<std::size_t>(d + reach)]; }

private:
  static constexpr int reach = 12 * cell_window_prb + max_basis_delta;
  std::vector<Cx> table_;
};

// Cyclic Jacobi: on return `a` is diagonal and the columns of `v` are the eigenvectors.
void diagonalise(Matrix& a, Matrix& v, int n) {
  const auto at = [n](Matrix& m, int i, int j) -> Cx& {
    return m[static_cast<std::size_t>(i * n + j)];
  };
  std::fill(v.begin(), v.end(), Cx{});
  for (int i = 0; i < n; ++i)
    at(v, i, i) = 1;
  for (int sweep = 0; sweep < 30; ++sweep) {
    double off = 0;
    for (int i = 0; i < n; ++i)
      for (int j = i + 1; j < n; ++j)
        off += std::norm(at(a, i, j));
    if (off < 1e-18 * n * n)
      return;
    for (int p = 0; p < n; ++p)
      for (int q = p + 1; q < n; ++q) {
        const Cx apq = at(a, p, q);
        const double size = std::abs(apq);
        if (size < 1e-12)
          continue;
        const Cx phase = apq / size;
        const double theta = (at(a, q, q).real() - at(a, p, p).real()) / (2 * size);
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::hypot(theta, 1.0));
        const double c = 1 / std::hypot(t, 1.0);
        const Cx s = t * c * phase;
        for (int k = 0; k < n; ++k) { // columns p and q of a and v
          const Cx ap = at(a, k, p);
          const Cx aq = at(a, k, q);
          at(a, k, p) = c * ap - std::conj(s) * aq;
          at(a, k, q) = s * ap + c * aq;
          const Cx vp = at(v, k, p);
          const Cx vq = at(v, k, q);
          at(v, k, p) = c * vp - std::conj(s) * vq;
          at(v, k, q) = s * vp + c * vq;
        }
        for (int k = 0; k < n; ++k) { // rows p and q of a
          const Cx ap = at(a, p, k);
          const Cx aq = at(a, q, k);
          at(a, p, k) = c * ap - s * aq;
          at(a, q, k) = std::conj(s) * ap + c * aq;
        }
      }
  }
}

// The pilots that make up each input: subcarriers relative to delta.
struct Geometry {
  std::vector<std::vector<int>> pilots; // [input]
  std::vector<std::vector<int>> parity; // [input], n mod 2
};

Geometry make_geometry(BasisInput input, DmrsType type, int n_prb) {
  Dmrs dmrs;
  dmrs.type = type;
  const int per_prb = dmrs.pilots_per_prb();
  Geometry g;
  for (int n = 0; n < n_prb * per_prb; ++n) {
    if (input == BasisInput::pilot || n % per_prb == 0) {
      g.pilots.emplace_back();
      g.parity.emplace_back();
    }
    g.pilots.back().push_back(dmrs.pilot_subcarrier(n, 0));
    g.parity.back().push_back(n % 2);
  }
  return g;
}

Matrix input_covariance(const Geometry& g, const Correlation& correlation, bool shared) {
  const std::size_t n = g.pilots.size();
  Matrix r(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      Cx sum = 0;
      for (std::size_t a = 0; a < g.pilots[i].size(); ++a)
        for (std::size_t b = 0; b < g.pilots[j].size(); ++b) {
          const int d = g.pilots[i][a] - g.pilots[j][b];
          const Cx c = correlation(d);
          const double sign = g.parity[i][a] == g.parity[j][b] ? 1 : -1;
          sum += c;
          if (shared)
            sum += sign * c * uniform_correlation(shared_timing_width, d);
        }
      sum /= static_cast<double>(g.pilots[i].size() * g.pilots[j].size());
      r[i * n + j] = sum;
      r[j * n + i] = std::conj(sum);
    }
  return r;
}

void fill_tables(DelayBasis& b, const Geometry& g) {
  const auto rank = static_cast<std::size_t>(b.rank);
  const auto padded = static_cast<std::size_t>(b.padded_rank);
  const auto n_out = static_cast<std::size_t>(b.n_outputs);
  b.leverage.assign(static_cast<std::size_t>(b.n_prb) * rank, 0);
  b.explained.assign(static_cast<std::size_t>(b.n_prb) * rank, 0);
  for (std::size_t m = 0; m < rank; ++m) {
    for (std::size_t i = 0; i < g.pilots.size(); ++i)
      for (const int k : g.pilots[i]) {
        const std::size_t out = m * n_out + static_cast<std::size_t>(k + max_basis_delta);
        const std::size_t in = i * padded + m;
        b.leverage[static_cast<std::size_t>(k / 12) * rank + m] +=
            (b.v_re[out] * b.u_re[in] + b.v_im[out] * b.u_im[in]) /
            static_cast<float>(g.pilots[i].size());
      }
    for (std::size_t k = 0; k < static_cast<std::size_t>(b.n_prb) * 12; ++k) {
      const std::size_t out = m * n_out + k + max_basis_delta;
      b.explained[k / 12 * rank + m] +=
          b.eigenvalue[m] * (b.v_re[out] * b.v_re[out] + b.v_im[out] * b.v_im[out]) / 12;
    }
  }
  b.inverse.resize(n_noise_ratios * rank);
  for (std::size_t j = 0; j < n_noise_ratios; ++j) {
    const double q =
        std::pow(10.0, (min_noise_ratio_db + noise_ratio_step_db * static_cast<double>(j)) / 10);
    double log_det = (b.n_inputs - b.rank) * std::log(q);
    for (std::size_t m = 0; m < rank; ++m) {
      log_det += std::log(static_cast<double>(b.eigenvalue[m]) + q);
      b.inverse[j * rank + m] = static_cast<float>(1 / (static_cast<double>(b.eigenvalue[m]) + q));
    }
    b.log_det[j] = static_cast<float>(log_det);
  }
}

DelayBasis make_basis(BasisInput input,
                      DmrsType type,
                      bool shared,
                      const Correlation& correlation,
                      std::int32_t n_prb) {
  const Geometry g = make_geometry(input, type, n_prb);
  const int n = static_cast<int>(g.pilots.size());
  const auto un = static_cast<std::size_t>(n);
  Matrix a = input_covariance(g, correlation, shared);
  Matrix v(un * un);
  diagonalise(a, v, n);
  std::vector<std::size_t> order(un);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
    return a[i * un + i].real() > a[j * un + j].real();
  });
  DelayBasis b;
  b.input = input;
  b.n_prb = n_prb;
  b.n_inputs = n;
  b.n_outputs = 12 * n_prb + max_basis_delta;
  while (b.rank < n &&
         a[order[static_cast<std::size_t>(b.rank)] * (un + 1)].real() > min_eigenvalue * n)
    ++b.rank;
  b.padded_rank = (b.rank + 15) / 16 * 16;
  const auto padded = static_cast<std::size_t>(b.padded_rank);
  b.u_re.assign(un * padded, 0);
  b.u_im.assign(un * padded, 0);
  b.v_re.assign(static_cast<std::size_t>(b.rank * b.n_outputs), 0);
  b.v_im = b.v_re;
  for (std::size_t m = 0; m < static_cast<std::size_t>(b.rank); ++m) {
    const double l = a[order[m] * (un + 1)].real();
    b.eigenvalue.push_back(static_cast<float>(l));
    for (std::size_t i = 0; i < un; ++i) {
      b.u_re[i * padded + m] = static_cast<float>(v[i * un + order[m]].real());
      b.u_im[i * padded + m] = static_cast<float>(v[i * un + order[m]].imag());
    }
  }
  for (int k = 0; k < b.n_outputs; ++k)
    for (std::size_t i = 0; i < un; ++i) {
      Cx r = 0;
      for (const int p : g.pilots[i])
        r += correlation(k - max_basis_delta - p);
      r /= static_cast<double>(g.pilots[i].size());
      for (std::size_t m = 0; m < static_cast<std::size_t>(b.rank); ++m) {
        const Cx w = r * v[i * un + order[m]] / static_cast<double>(b.eigenvalue[m]);
        const std::size_t at =
            m * static_cast<std::size_t>(b.n_outputs) + static_cast<std::size_t>(k);
        b.v_re[at] += static_cast<float>(w.real());
        b.v_im[at] += static_cast<float>(w.imag());
      }
    }
  fill_tables(b, g);
  return b;
}

std::size_t bank_index(DmrsType type, bool shared, std::int32_t spread, std::int32_t n_spreads) {
  const std::int32_t t = type == DmrsType::type1 ? 0 : 1;
  return static_cast<std::size_t>((t * 2 + (shared ? 1 : 0)) * n_spreads + spread);
}
constexpr std::int32_t n_cell_spreads = first_wide_spread + 1;

} // namespace

DelayBasisBank::DelayBasisBank() {
  std::vector<Correlation> correlations;
  for (const double spread : smooth_delay_spreads)
    correlations.emplace_back(spread);
  for (const DmrsType type : {DmrsType::type1, DmrsType::type2})
    for (const bool shared : {false, true}) {
      for (const Correlation& c : correlations)
        for (std::int32_t n = 1; n <= pilot_window_prb; ++n)
          pilot_.push_back(make_basis(BasisInput::pilot, type, shared, c, n));
      for (std::int32_t s = 0; s < n_cell_spreads; ++s)
        for (std::int32_t n = pilot_window_prb + 1; n <= cell_window_prb; ++n)
          cell_.push_back(make_basis(BasisInput::prb_average, type, shared,
                                     correlations[static_cast<std::size_t>(s)], n));
    }
}

const DelayBasis& DelayBasisBank::pilot(DmrsType type,
                                        bool shared_cdm,
                                        std::int32_t spread,
                                        std::int32_t n_prb) const {
  return pilot_[bank_index(type, shared_cdm, spread, n_delay_spreads) * pilot_window_prb +
                static_cast<std::size_t>(n_prb - 1)];
}
const DelayBasis& DelayBasisBank::cell(DmrsType type,
                                       bool shared_cdm,
                                       std::int32_t spread,
                                       std::int32_t n_prb) const {
  return cell_[bank_index(type, shared_cdm, spread, n_cell_spreads) *
                   (cell_window_prb - pilot_window_prb) +
               static_cast<std::size_t>(n_prb - pilot_window_prb - 1)];
}

const DelayBasisBank& delay_basis_bank() {
  static const DelayBasisBank bank;
  return bank;
}

} // namespace airan
