// SPDX-License-Identifier: Apache-2.0
// Covariances from delay profiles, their eigenvectors, and the tables derived from them.
#include "kernels/cpu/delay_basis.hpp"

#include "kernels/cpu/delay_profile.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>

namespace airan {
namespace {

using Cx = std::complex<double>;
using Matrix = std::vector<Cx>; // row by row

// Modes weaker than this share of all inputs are dropped: it bounds the filters' error floor.
constexpr double min_eigenvalue = 2e-6;
// What the Cholesky factor may leave of the trace: far below the weakest mode that is kept.
constexpr double factor_remainder = 1e-10;
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

// R = L L^H with as many columns as R has numerical rank, largest pivots first; L [column, row].
Matrix pivoted_cholesky(const Matrix& r, std::size_t n) {
  Matrix l;
  std::vector<double> rest(n);
  for (std::size_t i = 0; i < n; ++i)
    rest[i] = r[i * n + i].real();
  for (std::size_t c = 0; c < n; ++c) {
    if (std::accumulate(rest.begin(), rest.end(), 0.0) < factor_remainder * static_cast<double>(n))
      break;
    const auto pivot =
        static_cast<std::size_t>(std::max_element(rest.begin(), rest.end()) - rest.begin());
    const double root = std::sqrt(rest[pivot]);
    l.resize((c + 1) * n);
    for (std::size_t i = 0; i < n; ++i) {
      Cx sum = r[i * n + pivot];
      for (std::size_t k = 0; k < c; ++k)
        sum -= l[k * n + i] * std::conj(l[k * n + pivot]);
      l[c * n + i] = sum / root;
      rest[i] = i == pivot ? 0.0 : std::max(0.0, rest[i] - std::norm(l[c * n + i]));
    }
  }
  return l;
}

// Eigenvectors [mode, input] in descending order of eigenvalue. The covariance is of low rank:
// with L^H L = W D W^H the vectors are L W D^-1/2.
struct Modes {
  std::vector<double> eigenvalue;
  Matrix vector;
};

Modes make_modes(const Matrix& covariance, std::size_t n) {
  const Matrix l = pivoted_cholesky(covariance, n);
  const std::size_t rank = l.size() / n;
  Matrix gram(rank * rank);
  for (std::size_t i = 0; i < rank; ++i)
    for (std::size_t j = 0; j < rank; ++j)
      for (std::size_t k = 0; k < n; ++k)
        gram[i * rank + j] += std::conj(l[i * n + k]) * l[j * n + k];
  Matrix w(rank * rank);
  diagonalise(gram, w, static_cast<int>(rank));
  std::vector<std::size_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  const auto value = [&](std::size_t i) { return gram[i * rank + i].real(); };
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return value(i) > value(j); });
  Modes modes;
  for (const std::size_t m : order) {
    if (!(value(m) > factor_remainder * static_cast<double>(n)))
      break;
    modes.eigenvalue.push_back(value(m));
    for (std::size_t i = 0; i < n; ++i) {
      Cx sum = 0;
      for (std::size_t k = 0; k < rank; ++k)
        sum += l[k * n + i] * w[k * rank + m];
      modes.vector.push_back(sum / std::sqrt(value(m)));
    }
  }
  return modes;
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

Matrix input_covariance(const Geometry& g, const DelayCorrelation& correlation, bool shared) {
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
            sum += sign * c * other_user_correlation(d);
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
                      const DelayCorrelation& correlation,
                      std::int32_t n_prb) {
  const Geometry g = make_geometry(input, type, n_prb);
  const int n = static_cast<int>(g.pilots.size());
  const auto un = static_cast<std::size_t>(n);
  const Modes modes = make_modes(input_covariance(g, correlation, shared), un);
  DelayBasis b;
  b.input = input;
  b.n_prb = n_prb;
  b.n_inputs = n;
  b.n_outputs = 12 * n_prb + max_basis_delta;
  while (b.rank < static_cast<std::int32_t>(modes.eigenvalue.size()) &&
         modes.eigenvalue[static_cast<std::size_t>(b.rank)] > min_eigenvalue * n)
    ++b.rank;
  b.padded_rank = (b.rank + 15) / 16 * 16;
  const auto padded = static_cast<std::size_t>(b.padded_rank);
  b.u_re.assign(un * padded, 0);
  b.u_im.assign(un * padded, 0);
  b.v_re.assign(static_cast<std::size_t>(b.rank * b.n_outputs), 0);
  b.v_im = b.v_re;
  for (std::size_t m = 0; m < static_cast<std::size_t>(b.rank); ++m) {
    b.eigenvalue.push_back(static_cast<float>(modes.eigenvalue[m]));
    for (std::size_t i = 0; i < un; ++i) {
      b.u_re[i * padded + m] = static_cast<float>(modes.vector[m * un + i].real());
      b.u_im[i * padded + m] = static_cast<float>(modes.vector[m * un + i].imag());
    }
  }
  for (int k = 0; k < b.n_outputs; ++k)
    for (std::size_t i = 0; i < un; ++i) {
      Cx r = 0;
      for (const int p : g.pilots[i])
        r += correlation(k - max_basis_delta - p);
      r /= static_cast<double>(g.pilots[i].size());
      for (std::size_t m = 0; m < static_cast<std::size_t>(b.rank); ++m) {
        const Cx w = r * modes.vector[m * un + i] / modes.eigenvalue[m];
        const std::size_t at =
            m * static_cast<std::size_t>(b.n_outputs) + static_cast<std::size_t>(k);
        b.v_re[at] += static_cast<float>(w.real());
        b.v_im[at] += static_cast<float>(w.imag());
      }
    }
  fill_tables(b, g);
  return b;
}

} // namespace

DelayBasisBank::DelayBasisBank() {
  for (std::int32_t s = 0; s < n_delay_spreads; ++s) {
    const DelayCorrelation correlation(smooth_delay_spreads[static_cast<std::size_t>(s)]);
    for (const DmrsType type : {DmrsType::type1, DmrsType::type2})
      for (const bool shared : {false, true}) {
        for (const std::int32_t n : pilot_windows_prb)
          if (n <= longest_pilot_window(s, shared))
            pilot_[index(type, shared, s)].push_back(
                make_basis(BasisInput::pilot, type, shared, correlation, n));
        for (const std::int32_t n : cell_windows_prb)
          if (s <= first_wide_spread && n <= longest_cell_window(s))
            cell_[index(type, shared, s)].push_back(
                make_basis(BasisInput::prb_average, type, shared, correlation, n));
      }
  }
}

std::size_t DelayBasisBank::index(DmrsType type, bool shared_cdm, std::int32_t spread) {
  const std::int32_t t = type == DmrsType::type1 ? 0 : 1;
  return static_cast<std::size_t>((t * 2 + (shared_cdm ? 1 : 0)) * n_delay_spreads + spread);
}

const DelayBasis& DelayBasisBank::find(BasisInput input,
                                       DmrsType type,
                                       bool shared_cdm,
                                       std::int32_t spread,
                                       std::int32_t max_n_prb) const {
  const std::size_t i = index(type, shared_cdm, spread);
  const std::vector<DelayBasis>& all = input == BasisInput::pilot ? pilot_[i] : cell_[i];
  std::size_t last = 0;
  while (last + 1 < all.size() && all[last + 1].n_prb <= max_n_prb)
    ++last;
  return all[last];
}

const DelayBasisBank& delay_basis_bank() {
  static const DelayBasisBank bank;
  return bank;
}

} // namespace airan
