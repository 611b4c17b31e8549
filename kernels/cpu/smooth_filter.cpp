// SPDX-License-Identifier: Apache-2.0
// The choice of the smoothing filter by maximum likelihood, and smoothing itself.
#include "kernels/cpu/smooth_estimator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace airan {
namespace {
// Windows per port and node that the likelihood looks at, at most.
constexpr std::int32_t max_likelihood_windows = 8;
// A mode whose gain would be below this is left out.
constexpr double min_gain = 0.02;
// The ratios of the likelihood are first searched with this step.
constexpr std::int32_t coarse_ratio_step = 4;
// Its modes leave room for noise and hold everything that arrives within a cyclic prefix.
constexpr std::int32_t noise_test_spread = n_delay_spreads - 3;

const std::array<double, n_noise_ratios>& noise_ratios() {
  static const std::array<double, n_noise_ratios> ratios = [] {
    std::array<double, n_noise_ratios> r{};
    for (std::size_t j = 0; j < n_noise_ratios; ++j)
      r[j] =
          std::pow(10.0, (min_noise_ratio_db + noise_ratio_step_db * static_cast<double>(j)) / 10);
    return r;
  }();
  return ratios;
}

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

// Mean error over the window relative to the signal, for a noise-to-signal ratio q per input.
double theoretical_error(const DelayBasis& b, double q) {
  double error = 1;
  for (std::int32_t m = 0; m < b.rank; ++m) {
    const double l = static_cast<double>(b.eigenvalue[size(m)]);
    double explained = 0;
    for (std::int32_t prb = 0; prb < b.n_prb; ++prb)
      explained += static_cast<double>(b.explained[size(prb * b.rank + m)]);
    error -= l / (l + q) * explained / b.n_prb;
  }
  return std::max(error, 1e-9);
}
} // namespace

const DelayBasis&
SmoothEstimator::basis(const User& user, bool shared, bool wide, std::int32_t spread) const {
  const std::int32_t n_prb = user.grant->n_prb();
  const DmrsType type = user.grant->dmrs.type;
  return wide ? bank_.pilot(type, shared, spread, std::min(n_prb, pilot_window_prb))
              : bank_.cell(type, shared, spread, std::min(n_prb, cell_window_prb));
}

// Minus the log-likelihood of the pilots per window, minimal over power and noise. With p_m the
// mean of |u_m^H x|^2 and E that of |x|^2:
//   M log P + log det(R + q I),  P = (sum p_m / (l_m + q) + (E - sum p_m) / q) / M.
double SmoothEstimator::likelihood(
    const User& user, bool wide, std::int32_t spread, double& power, double& ratio) {
  const std::int32_t per_prb = wide ? user.grant->dmrs.pilots_per_prb() : 1;
  const DelayBasis* used = nullptr;
  // The energy of the windows is the same for every spread.
  const bool known = window_energy_of_ == (wide ? 2 : 1);
  double total = known ? window_energy_ : 0;
  std::int32_t count = 0;
  spectrum_ = {};
  bool any_shared = false; // one filter for all layers keeps the statistics comparable
  for (std::int32_t s = 0; s < user.streams.size(); ++s)
    any_shared = any_shared || user.streams[s].shared;
  used = &basis(user, any_shared, wide, spread);
  const std::int32_t n_windows =
      std::clamp(user.grant->n_prb() / used->n_prb, 1, max_likelihood_windows);
  const std::int32_t room = user.grant->n_prb() - used->n_prb;
  for (std::int32_t l = 0; l < user.grant->n_layers; ++l)
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t t = 0; t < user.grant->dmrs.nodes.size(); ++t) {
        if (node_whole_[size(p * max_time_nodes + t)] == 0)
          continue;
        const Split x = wide ? stream_pilots(user.stream_of_layer[size(l)], p, t) : cells(l, p, t);
        for (std::int32_t w = 0; w < n_windows; ++w) {
          const std::int32_t first = n_windows == 1 ? room / 2 : room * w / (n_windows - 1);
          const Split in = x + first * per_prb;
          kernels_.project(*used, used->rank, wide && user.alternating[size(l)], in, modes_);
          for (std::int32_t m = 0; m < used->rank; ++m)
            spectrum_[size(m)] += static_cast<double>(modes_.re[m]) * modes_.re[m] +
                                  static_cast<double>(modes_.im[m]) * modes_.im[m];
          if (!known)
            total += kernels_.correlate(used->n_inputs, in, in).re;
          ++count;
        }
      }
  window_energy_ = total;
  window_energy_of_ = wide ? 2 : 1;
  power = 0;
  ratio = 1;
  if (count == 0 || !(total > 0))
    return 0;
  double inside = 0;
  for (std::int32_t m = 0; m < used->rank; ++m) {
    spectrum_[size(m)] /= count;
    inside += spectrum_[size(m)];
  }
  total /= count;
  mean_energy_ = total / used->n_inputs;
  const double outside = std::max(total - inside, 3e-7 * total);
  const std::int32_t n_outside = used->n_inputs - used->rank;
  const auto power_at = [&](const float* inverse, double q) {
    double sum = n_outside > 0 ? outside / q : 0.0;
    for (std::int32_t m = 0; m < used->rank; ++m)
      sum += spectrum_[size(m)] * static_cast<double>(inverse[m]);
    return sum / used->n_inputs;
  };
  std::array<double, n_noise_ratios> cost{};
  std::int32_t best = 0;
  const auto visit = [&](std::int32_t j) {
    cost[size(j)] = used->n_inputs * std::log(power_at(used->inverse.data() + j * used->rank,
                                                       noise_ratios()[size(j)])) +
                    static_cast<double>(used->log_det[size(j)]);
    if (cost[size(j)] < cost[size(best)])
      best = j;
  };
  for (std::int32_t j = 0; j < n_noise_ratios; j += coarse_ratio_step)
    visit(j);
  const std::int32_t coarse = best;
  for (std::int32_t j = std::max(coarse - coarse_ratio_step + 1, 0);
       j < std::min(coarse + coarse_ratio_step, n_noise_ratios); ++j)
    if (j % coarse_ratio_step != 0)
      visit(j);
  // The vertex of the parabola through the best ratio and its neighbours.
  double shift = 0;
  if (best > 0 && best + 1 < n_noise_ratios && cost[size(best + 1)] != 0) {
    const double below = cost[size(best - 1)] - cost[size(best)];
    const double above = cost[size(best + 1)] - cost[size(best)];
    shift = below + above > 0 ? 0.5 * (below - above) / (below + above) : 0;
  }
  ratio = noise_ratios()[size(best)] * std::pow(10.0, noise_ratio_step_db * shift / 10);
  std::array<float, max_basis_rank> inverse{};
  for (std::int32_t m = 0; m < used->rank; ++m)
    inverse[size(m)] = 1 / (used->eigenvalue[size(m)] + static_cast<float>(ratio));
  power = power_at(inverse.data(), ratio);
  noise_freedom_of_likelihood_ = n_outside * count;
  for (std::int32_t m = 0; m < used->rank; ++m)
    noise_freedom_of_likelihood_ += ratio * static_cast<double>(inverse[size(m)]) * count;
  return cost[size(best)];
}

// A channel that varies inside a PRB looks like noise to filters on PRB averages: then they find
// clearly more noise than a filter for wide profiles does on single pilots.
bool SmoothEstimator::averages_lose_channel(const User& user) {
  double power = 0;
  double ratio = 1;
  likelihood(user, true, noise_test_spread, power, ratio);
  const double n_averages =
      1.0 * user.grant->n_prb() * user.grant->n_layers * n_ports_ * user.grant->dmrs.nodes.size();
  const double deviations =
      3 * std::sqrt(1 / std::max(noise_freedom_of_likelihood_, 1.0) + 1 / n_averages);
  return user.power * user.noise_ratio > power * ratio * (1.05 + deviations);
}

void SmoothEstimator::choose_filter(User& user) {
  window_energy_of_ = 0;
  mean_energy_ = 0;
  const auto search = [&](bool wide, std::int32_t first, std::int32_t last) {
    double best = std::numeric_limits<double>::infinity();
    for (std::int32_t s = first; s <= last; ++s) {
      double power = 0;
      double ratio = 1;
      const double cost = likelihood(user, wide, s, power, ratio);
      if (cost < best) {
        best = cost;
        user.spread = s;
        user.power = power;
        user.noise_ratio = wide ? ratio : ratio * user.grant->dmrs.pilots_per_prb();
      }
    }
    user.wide = wide;
  };
  if (user.grant->n_prb() <= pilot_window_prb) {
    search(true, 0, n_delay_spreads - 1);
    user.signal = mean_energy_;
    return;
  }
  search(false, 0, first_wide_spread);
  user.signal = mean_energy_;
  if (user.spread == first_wide_spread || averages_lose_channel(user)) {
    search(true, first_wide_spread - 1, n_delay_spreads - 1);
    return;
  }
  // Averages separate layers of a CDM group less well: at high SNR single pilots win.
  bool any_shared = false;
  for (std::int32_t s = 0; s < user.streams.size(); ++s)
    any_shared = any_shared || user.streams[s].shared;
  const double cell_ratio = user.noise_ratio / user.grant->dmrs.pilots_per_prb();
  user.wide = theoretical_error(basis(user, any_shared, true, user.spread), user.noise_ratio) <
              theoretical_error(basis(user, any_shared, false, user.spread), cell_ratio);
}

// Errors of smoothing in theory, with the noise of one node and of as many as time averages, and
// the share of the noise that smoothing takes out of the residual.
void SmoothEstimator::filter_errors(User& user) {
  const double per_prb = user.grant->dmrs.pilots_per_prb();
  const double q_one = user.noise_ratio / (user.wide ? 1.0 : per_prb);
  const double q = q_one / user.averaged_nodes;
  user.node_error = 0;
  user.smooth_error = 0;
  for (const bool shared : {false, true}) {
    const DelayBasis& b = basis(user, shared, user.wide, user.spread);
    double leverage = 0;
    for (std::int32_t m = 0; m < b.rank; ++m) {
      const double l = static_cast<double>(b.eigenvalue[size(m)]);
      double s = l / (l + q);
      s = s < min_gain ? 0 : s;
      double own = 0;
      for (std::int32_t prb = 0; prb < b.n_prb; ++prb)
        own += static_cast<double>(b.leverage[size(prb * b.rank + m)]) / (b.n_prb * per_prb);
      // What is left of a mode, signal included, is (1 - s)^2 (l + q) / q of its noise.
      leverage += own * (1 - (1 - s) * (1 - s) * (l + q_one) / q_one);
    }
    user.leverage[shared ? 1 : 0] = std::clamp(leverage, 0.0, 0.95);
    user.node_error = std::max(user.node_error, theoretical_error(b, q_one));
    user.smooth_error = std::max(user.smooth_error, theoretical_error(b, q));
    bool any = false;
    for (std::int32_t s = 0; s < user.streams.size(); ++s)
      any = any || user.streams[s].shared;
    if (!any)
      break;
  }
}

void SmoothEstimator::smooth(User& user) {
  make_rotation(user, user.timing_s);
  for (std::int32_t l = 0; l < user.grant->n_layers; ++l) {
    const DelayBasis& b =
        basis(user, user.streams[user.stream_of_layer[size(l)]].shared, user.wide, user.spread);
    const double per_prb = user.wide ? 1.0 : user.grant->dmrs.pilots_per_prb();
    const double q = user.noise_ratio / per_prb / user.averaged_nodes;
    gain_ = {};
    for (std::int32_t m = 0; m < b.rank; ++m) {
      const double e = static_cast<double>(b.eigenvalue[size(m)]);
      gain_[size(m)] = e / (e + q) < min_gain ? 0 : e / (e + q);
    }
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t n = 0; n < user.grant->dmrs.nodes.size(); ++n)
        if (user.power > 0)
          smooth_node(user, l, p, n);
  }
}

void SmoothEstimator::smooth_node(const User& user,
                                  std::int32_t layer,
                                  std::int32_t port,
                                  std::int32_t node) {
  const Stream& stream = user.streams[user.stream_of_layer[size(layer)]];
  const DelayBasis& b = basis(user, stream.shared, user.wide, user.spread);
  const std::int32_t per_prb = user.wide ? user.grant->dmrs.pilots_per_prb() : 1;
  const std::int32_t step = user.wide ? pilot_step_prb : cell_step_prb;
  const std::int32_t n_prb = user.grant->n_prb();
  const std::int32_t margin = (b.n_prb - step) / 2;
  const Split x = user.wide ? stream_pilots(user.stream_of_layer[size(layer)], port, node)
                            : cells(layer, port, node);
  std::int32_t rank = 0;
  while (rank < b.rank && gain_[size(rank)] > 0)
    ++rank;
  for (std::int32_t at = 0; at < n_prb;) {
    const std::int32_t start = std::clamp(at - margin, 0, n_prb - b.n_prb);
    // The first window also serves its lower margin, the last one its upper margin.
    const bool is_last = start == n_prb - b.n_prb;
    const std::int32_t end = is_last ? n_prb : std::min(n_prb, start + margin + step);
    kernels_.project(b, rank, user.wide && user.alternating[size(layer)], x + start * per_prb,
                     modes_);
    for (std::int32_t m = 0; m < rank; ++m) {
      modes_.re[m] *= static_cast<float>(gain_[size(m)]);
      modes_.im[m] *= static_cast<float>(gain_[size(m)]);
    }
    kernels_.expand(b, rank, (at - start) * subcarriers_per_prb + max_basis_delta - stream.delta,
                    (end - at) * subcarriers_per_prb, modes_, output_ + at * subcarriers_per_prb);
    at = end;
  }
  const DmrsNode& where = user.grant->dmrs.nodes[node];
  const std::int32_t first =
      (user.grant->hops[where.hop].prbs.first - group_->group->prbs.first) * subcarriers_per_prb;
  kernels_.write_rotated(n_prb * subcarriers_per_prb, rotation_, output_,
                         &h_(user.first_layer + layer, port, node, first));
}

} // namespace airan
