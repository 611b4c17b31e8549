// SPDX-License-Identifier: Apache-2.0
// Timing, carrier offset and Doppler spread of a user from its pilots, and weights over time.
#include "kernels/cpu/smooth_estimator.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace airan {
namespace {

constexpr double two_pi = 2 * std::numbers::pi;
// Longer lags refine the timing while the channel stays this coherent over them.
constexpr double min_coherence = 0.8;
// Rounds of the carrier offset, from the shortest gaps between nodes to all.
constexpr std::int32_t cfo_rounds = 3;

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

/// Bessel function of the first kind and order 0, |x| < 4: Jakes' correlation over time.
double bessel_j0(double x) {
  const double y = x * x / 4;
  double term = 1;
  double sum = 1;
  for (int k = 1; k < 16; ++k) {
    term *= -y / (k * k);
    sum += term;
  }
  return sum;
}

/// Solves a x = b for a positive definite a; n <= 4.
using Small = std::array<std::array<double, max_time_nodes>, max_time_nodes>;
std::array<double, max_time_nodes>
solve(Small a, std::array<double, max_time_nodes> b, std::int32_t n) {
  for (std::int32_t i = 0; i < n; ++i)
    for (std::int32_t j = i + 1; j < n; ++j) {
      const double f = a[size(j)][size(i)] / a[size(i)][size(i)];
      for (std::int32_t k = i; k < n; ++k)
        a[size(j)][size(k)] -= f * a[size(i)][size(k)];
      b[size(j)] -= f * b[size(i)];
    }
  for (std::int32_t i = n; i-- > 0;) {
    for (std::int32_t k = i + 1; k < n; ++k)
      b[size(i)] -= a[size(i)][size(k)] * b[size(k)];
    b[size(i)] /= a[size(i)][size(i)];
  }
  return b;
}

} // namespace

// Phase over two pilots: those have the same cover code, so that layers do not mix.
double SmoothEstimator::coarse_timing(const User& user) const {
  const Dmrs& dmrs = user.grant->dmrs;
  const std::int32_t n = user.grant->n_prb() * dmrs.pilots_per_prb();
  const std::int32_t distance = dmrs.pilot_subcarrier(2, 0);
  cf64 sum;
  for (std::int32_t s = 0; s < user.streams.size(); ++s)
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t t = 0; t < dmrs.nodes.size(); ++t) {
        const Split z = stream_pilots(s, p, t);
        sum += kernels_.correlate(n - 2, z + 2, z);
      }
  return -arg(sum) / (two_pi * distance * spacing_hz_);
}

// Phase over 1, 2, 4, ... PRBs, each resolved by the one before.
double SmoothEstimator::fine_timing(const User& user) const {
  const std::int32_t n_prb = user.grant->n_prb();
  double timing = 0;
  double first = 0;
  for (std::int32_t lag = 1; lag == 1 ? n_prb > 1 : lag <= n_prb / 2; lag *= 2) {
    cf64 sum;
    for (std::int32_t l = 0; l < user.grant->n_layers; ++l)
      for (std::int32_t p = 0; p < n_ports_; ++p)
        for (std::int32_t t = 0; t < user.grant->dmrs.nodes.size(); ++t) {
          const Split c = cells(l, p, t);
          sum += kernels_.correlate(n_prb - lag, c + lag, c);
        }
    const double strength = abs(sum) / (n_prb - lag);
    if (lag == 1)
      first = strength;
    if (!(strength > 0) || strength < min_coherence * first)
      break;
    const double per_second = two_pi * lag * subcarriers_per_prb * spacing_hz_;
    timing -= arg(sum * unit_phasor(per_second * timing)) / per_second;
  }
  return timing;
}

// Phase between nodes of the same hop: short gaps first, then all of them, each resolved by the
// estimate so far.
void SmoothEstimator::measure_cfo(User& user) const {
  const Dmrs& dmrs = user.grant->dmrs;
  struct Pair {
    double gap = 0;
    cf64 sum;
  };
  InlineVector<Pair, 6> pairs;
  double shortest = 1;
  for (std::int32_t i = 0; i < dmrs.nodes.size(); ++i)
    for (std::int32_t j = i + 1; j < dmrs.nodes.size(); ++j) {
      if (dmrs.nodes[i].hop != dmrs.nodes[j].hop)
        continue;
      Pair pair{user.node_time[size(j)] - user.node_time[size(i)], {}};
      for (std::int32_t l = 0; l < user.grant->n_layers; ++l)
        for (std::int32_t p = 0; p < n_ports_; ++p)
          pair.sum += kernels_.correlate(user.grant->n_prb(), cells(l, p, j), cells(l, p, i));
      if (norm(pair.sum) > 0) {
        pairs.push_back(pair);
        shortest = std::min(shortest, pair.gap);
      }
    }
  user.cfo_hz = 0;
  for (std::int32_t round = 0; round < cfo_rounds; ++round) {
    // Round 0 takes the shortest gaps, round 1 those up to twice as long, the last all of them.
    const double longest = round + 1 == cfo_rounds ? 1.0 : shortest * (1.1 + round);
    double top = 0;
    double bottom = 0;
    for (const Pair& pair : pairs) {
      if (pair.gap > longest)
        continue;
      const double w = abs(pair.sum) * pair.gap;
      top += w * arg(pair.sum * unit_phasor(-two_pi * user.cfo_hz * pair.gap));
      bottom += w * pair.gap * two_pi;
    }
    if (bottom > 0)
      user.cfo_hz += top / bottom;
  }
}

// E |h_j - h_i|^2 / 2 = P (1 - J0(2 pi f gap)) + noise; J0(x) = 1 - x^2/4 + x^4/64.
void SmoothEstimator::measure_doppler(User& user) const {
  const Dmrs& dmrs = user.grant->dmrs;
  const std::int32_t n_prb = user.grant->n_prb();
  const double cell_noise = user.power * user.noise_ratio / dmrs.pilots_per_prb();
  double top = 0;
  double bottom = 0;
  for (std::int32_t i = 0; i + 1 < dmrs.nodes.size(); ++i) {
    const std::int32_t j = i + 1;
    if (dmrs.nodes[i].hop != dmrs.nodes[j].hop || !user.node_seen[size(i)] ||
        !user.node_seen[size(j)])
      continue;
    const double gap = user.node_time[size(j)] - user.node_time[size(i)];
    const cf64 turn = unit_phasor(-two_pi * user.cfo_hz * gap);
    double power = 0;
    double cross = 0;
    std::int32_t count = 0;
    for (std::int32_t l = 0; l < user.grant->n_layers; ++l)
      for (std::int32_t p = 0; p < n_ports_; ++p) {
        if (node_whole_[size(p * max_time_nodes + i)] == 0 ||
            node_whole_[size(p * max_time_nodes + j)] == 0)
          continue;
        const Split a = cells(l, p, i);
        const Split b = cells(l, p, j);
        power += (kernels_.correlate(n_prb, a, a).re + kernels_.correlate(n_prb, b, b).re) / 2;
        cross += (kernels_.correlate(n_prb, b, a) * turn).re;
        count += n_prb;
      }
    // Twice the standard deviation of the noise part is not taken for Doppler.
    const double noise = count * cell_noise + 2 * cell_noise * std::sqrt(count);
    const double signal = std::max(power - count * cell_noise, 1e-3 * power);
    if (!(signal > 0))
      continue;
    const double lost = std::clamp((power - cross - noise) / signal, 0.0, 0.9);
    top += 8 * (1 - std::sqrt(1 - lost)); // x^2
    bottom += two_pi * two_pi * gap * gap;
  }
  user.doppler_hz = bottom > 0 ? std::sqrt(top / bottom) : 0;
}

// LMMSE over the given nodes: (R + e I) w = r(t), e the error of a node; scaled to sum 1, for
// smoothing over frequency has already shrunk the estimates.
SmoothEstimator::TimeWeights
SmoothEstimator::time_weights(const User& user, const Nodes& nodes, double t) {
  const auto rho = [&](double gap) {
    return bessel_j0(std::min(two_pi * user.doppler_hz * std::abs(gap), 3.0));
  };
  Small r{};
  TimeWeights out;
  std::array<double, max_time_nodes> to{};
  for (std::int32_t i = 0; i < nodes.size(); ++i) {
    to[size(i)] = rho(t - user.node_time[size(nodes[i])]);
    for (std::int32_t j = 0; j < nodes.size(); ++j)
      r[size(i)][size(j)] = rho(user.node_time[size(nodes[i])] - user.node_time[size(nodes[j])]);
  }
  Small noisy = r;
  for (std::int32_t i = 0; i < nodes.size(); ++i)
    noisy[size(i)][size(i)] += std::max(user.node_error, 1e-7);
  std::array<double, max_time_nodes> w = solve(noisy, to, nodes.size());
  double sum = 0;
  for (std::int32_t i = 0; i < nodes.size(); ++i)
    sum += w[size(i)];
  const double scale = sum > 0.2 ? 1 / sum : 1;
  for (std::int32_t i = 0; i < nodes.size(); ++i) {
    w[size(i)] *= scale;
    out.squares += w[size(i)] * w[size(i)];
    out.weight[size(nodes[i])] = w[size(i)];
  }
  out.mismatch = 1;
  for (std::int32_t i = 0; i < nodes.size(); ++i) {
    out.mismatch -= 2 * w[size(i)] * to[size(i)];
    for (std::int32_t j = 0; j < nodes.size(); ++j)
      out.mismatch += w[size(i)] * w[size(j)] * r[size(i)][size(j)];
  }
  return out;
}

// Weights and errors of every symbol from the nodes of its hop.
void SmoothEstimator::choose_time_weights(User& user) const {
  const Dmrs& dmrs = user.grant->dmrs;
  const CheckedGrant& grant = *user.grant;
  double sum_of_squares = 0;
  // Timing and carrier offset are two real unknowns of all pilots together: half the noise of one
  // pilot each, spread over all.
  const double sync_error = user.noise_ratio / (1.0 * grant.n_prb() * dmrs.pilots_per_prb() *
                                                grant.n_layers * n_ports_ * dmrs.nodes.size());
  for (std::int32_t s = 0; s < max_symbols_per_slot; ++s) {
    user.weight[size(s)] = {};
    user.error[size(s)] = 0;
    if (s < grant.first_symbol || s >= grant.first_symbol + grant.n_symbols)
      continue;
    const std::int32_t hop = grant.hops.size() == 2 && s >= grant.hops[1].first_symbol ? 1 : 0;
    Nodes nodes;
    for (std::int32_t n = 0; n < dmrs.nodes.size(); ++n)
      if (dmrs.nodes[n].hop == hop && user.node_seen[size(n)])
        nodes.push_back(n);
    user.error[size(s)] = 1;
    if (nodes.empty())
      continue;
    const TimeWeights w = time_weights(user, nodes, symbol_time(s));
    user.weight[size(s)] = w.weight;
    user.error[size(s)] = std::max(w.mismatch, 0.0) +
                          user.smooth_error * w.squares * user.averaged_nodes + sync_error;
    sum_of_squares += w.squares / grant.n_symbols;
  }
  user.averaged_nodes = sum_of_squares > 0 ? std::max(1.0, 1 / sum_of_squares) : 1;
}

} // namespace airan
