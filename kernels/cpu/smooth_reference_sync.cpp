// SPDX-License-Identifier: Apache-2.0
// Reference of "smooth": timing, carrier offset, Doppler spread and weights over time.
#include "kernels/cpu/smooth_reference.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace airan {
namespace {
constexpr double two_pi = 2 * std::numbers::pi;
// Longer lags refine the timing while the channel stays this coherent over them.
constexpr double min_coherence = 0.8;

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}
} // namespace

// Phase over two pilots, which have the same cover code: arg sum z[i + 2] conj(z[i]).
double SmoothReference::coarse_timing() {
  const Dmrs& dmrs = grant_->dmrs;
  cf64 sum;
  for (std::int32_t l = 0; l < grant_->n_layers; ++l)
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t n = 0; n < dmrs.nodes.size(); ++n) {
        const auto x = z(l, p, n); // 0 where nothing was seen
        for (std::size_t i = 0; i + 2 < x.size(); ++i)
          sum += x[i + 2] * conj(x[i]);
      }
  return -arg(sum) / (two_pi * dmrs.pilot_subcarrier(2, 0) * spacing_hz_);
}

cf64 SmoothReference::prb_average(std::int32_t l, std::int32_t p, std::int32_t n, std::int32_t b) {
  const std::int32_t per_prb = grant_->dmrs.pilots_per_prb();
  cf64 sum;
  for (const cf64& x : z(l, p, n).subspan(size(b * per_prb), size(per_prb)))
    sum += x;
  return sum * (1.0 / per_prb);
}

// Phase of PRB averages over 1, 2, 4, ... PRBs, each resolved by the one before.
double SmoothReference::fine_timing() {
  const std::int32_t n_prb = grant_->n_prb();
  double timing = 0;
  double first = 0;
  for (std::int32_t lag = 1; lag <= std::max(1, n_prb / 2) && lag < n_prb; lag *= 2) {
    cf64 sum;
    for (std::int32_t l = 0; l < grant_->n_layers; ++l)
      for (std::int32_t p = 0; p < n_ports_; ++p)
        for (std::int32_t n = 0; n < grant_->dmrs.nodes.size(); ++n)
          for (std::int32_t b = 0; b + lag < n_prb; ++b)
            sum += prb_average(l, p, n, b + lag) * conj(prb_average(l, p, n, b));
    const double strength = std::sqrt(norm(sum)) / (n_prb - lag);
    first = lag == 1 ? strength : first;
    if (!(strength > 0) || strength < min_coherence * first)
      break;
    const double per_second = two_pi * lag * subcarriers_per_prb * spacing_hz_;
    timing -= arg(sum * unit_phasor(per_second * timing)) / per_second;
  }
  return timing;
}

// sum of h(later) conj(h(earlier)) over layers, ports and PRBs.
cf64 SmoothReference::node_product(std::int32_t later, std::int32_t earlier) {
  cf64 sum;
  for (std::int32_t l = 0; l < grant_->n_layers; ++l)
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t b = 0; b < grant_->n_prb(); ++b)
        if (seen(p, later)[size(b)] != 0 && seen(p, earlier)[size(b)] != 0)
          sum += prb_average(l, p, later, b) * conj(prb_average(l, p, earlier, b));
  return sum;
}

// Phase between nodes of a hop over their gap: least squares weighted with |sum| gap^2, first over
// the shortest gaps, then, with the ambiguity resolved, over those up to 2.1 times as long, then
// all.
void SmoothReference::measure_cfo() {
  const Dmrs& dmrs = grant_->dmrs;
  const auto gap = [&](std::int32_t i, std::int32_t j) {
    return node_time(*grant_, j) - node_time(*grant_, i);
  };
  double shortest = 1;
  for (std::int32_t i = 0; i < dmrs.nodes.size(); ++i)
    for (std::int32_t j = i + 1; j < dmrs.nodes.size(); ++j)
      if (dmrs.nodes[i].hop == dmrs.nodes[j].hop && norm(node_product(j, i)) > 0)
        shortest = std::min(shortest, gap(i, j));
  for (const double longest : {1.1 * shortest, 2.1 * shortest, 1.0}) {
    double top = 0;
    double bottom = 0;
    for (std::int32_t i = 0; i < dmrs.nodes.size(); ++i)
      for (std::int32_t j = i + 1; j < dmrs.nodes.size(); ++j) {
        if (dmrs.nodes[i].hop != dmrs.nodes[j].hop || gap(i, j) > longest)
          continue;
        const cf64 sum = node_product(j, i);
        const double w = std::sqrt(norm(sum)) * gap(i, j);
        top += w * arg(sum * unit_phasor(-two_pi * user_->cfo_hz * gap(i, j)));
        bottom += w * gap(i, j) * two_pi;
      }
    if (bottom > 0)
      user_->cfo_hz += top / bottom;
  }
}

// Neighbouring nodes: E |h_j - h_i|^2 / 2 = P (1 - J0(2 pi f gap)) + noise, for small arguments
// J0(x) = 1 - x^2/4 + x^4/64.
void SmoothReference::measure_doppler() {
  const Dmrs& dmrs = grant_->dmrs;
  const double noise = user_->power * user_->noise_ratio / dmrs.pilots_per_prb();
  double top = 0;
  double bottom = 0;
  for (std::int32_t i = 0; i + 1 < dmrs.nodes.size(); ++i) {
    const std::int32_t j = i + 1;
    double count = 0;
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t b = 0; b < grant_->n_prb(); ++b)
        count += seen(p, i)[size(b)] * seen(p, j)[size(b)] * grant_->n_layers;
    if (dmrs.nodes[i].hop != dmrs.nodes[j].hop || count == 0)
      continue;
    const double gap = node_time(*grant_, j) - node_time(*grant_, i);
    const double power = (node_product(i, i).re + node_product(j, j).re) / 2;
    const double cross = (node_product(j, i) * unit_phasor(-two_pi * user_->cfo_hz * gap)).re;
    // Twice the standard deviation of the noise part is not taken for Doppler.
    const double from_noise = count * noise + 2 * noise * std::sqrt(count);
    const double signal = std::max(power - count * noise, 1e-3 * power);
    if (!(signal > 0))
      continue;
    const double lost = std::clamp((power - cross - from_noise) / signal, 0.0, 0.9);
    top += 8 * (1 - std::sqrt(1 - lost)); // x^2
    bottom += two_pi * two_pi * gap * gap;
  }
  user_->doppler_hz = bottom > 0 ? std::sqrt(top / bottom) : 0;
}

// LMMSE over the nodes of a symbol's hop with Jakes' correlation r: (R + e I) w = r(symbol), e the
// error of a node; scaled to sum 1, for smoothing over frequency has already shrunk the estimates.
void SmoothReference::choose_time_weights(double node_error) {
  const Dmrs& dmrs = grant_->dmrs;
  double sum_of_squares = 0;
  const auto jakes = [&](double gap) {
    return std::cyl_bessel_j(0.0, std::min(two_pi * user_->doppler_hz * std::abs(gap), 3.0));
  };
  for (std::int32_t s = grant_->first_symbol; s < grant_->first_symbol + grant_->n_symbols; ++s) {
    std::array<std::int32_t, max_time_nodes> node{};
    std::size_t n = 0;
    for (std::int32_t i = 0; i < dmrs.nodes.size(); ++i) {
      bool any = false;
      for (std::int32_t p = 0; p < n_ports_; ++p)
        any = any || any_seen(p, i);
      if (any && &grant_->hops[dmrs.nodes[i].hop] == &grant_->hop_of_symbol(s))
        node[n++] = i;
    }
    ReferenceUser::Error& error = user_->error[size(s)];
    error.mismatch = 1;
    if (n == 0)
      continue;
    std::array<std::array<double, max_time_nodes + 1>, max_time_nodes> a{}; // [R + e I | r]
    const auto r = [&](std::size_t i, std::size_t j) {
      return jakes(node_time(*grant_, node[i]) - node_time(*grant_, node[j]));
    };
    const auto to = [&](std::size_t i) {
      return jakes(symbol_time(s) - node_time(*grant_, node[i]));
    };
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j)
        a[i][j] = r(i, j) + (i == j ? node_error : 0);
      a[i][n] = to(i);
    }
    for (std::size_t i = 0; i < n; ++i) // Gauss and Jordan
      for (std::size_t j = 0; j < n; ++j) {
        const double f = a[j][i] / a[i][i];
        for (std::size_t k = 0; k <= n && j != i; ++k)
          a[j][k] -= f * a[i][k];
      }
    auto& weight = user_->weight[size(s)];
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i)
      sum += a[i][n] / a[i][i];
    for (std::size_t i = 0; i < n; ++i) {
      weight[size(node[i])] = a[i][n] / a[i][i] / (sum > 0.2 ? sum : 1);
      error.squares += std::pow(weight[size(node[i])], 2);
    }
    for (std::size_t i = 0; i < n; ++i) {
      error.mismatch -= 2 * weight[size(node[i])] * to(i);
      for (std::size_t j = 0; j < n; ++j)
        error.mismatch += weight[size(node[i])] * weight[size(node[j])] * r(i, j);
    }
    error.mismatch = std::max(error.mismatch, 0.0);
    sum_of_squares += error.squares / grant_->n_symbols;
  }
  user_->averaged_nodes = sum_of_squares > 0 ? std::max(1.0, 1 / sum_of_squares) : 1;
}

} // namespace airan
