// SPDX-License-Identifier: Apache-2.0
// The choice of the smoothing filter by maximum likelihood, and smoothing itself.
#include "kernels/cpu/smooth_estimator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace airan {
namespace {
// Windows per port and node that the likelihood looks at, at most.
constexpr std::int32_t max_windows = 8;
// A mode whose gain would be below this is left out.
constexpr double min_gain = 0.02;
// A window puts out this part of itself.
constexpr std::int32_t window_to_step = 2;
// The power that a mode has by the profile weighs as much as this many measurements of it.
constexpr double prior_weight = 2;
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

double gain(double mode_power, double q) {
  const double g = mode_power / (mode_power + q);
  return g < min_gain ? 0 : g;
}

// Mean error over the window relative to the signal, when the modes have the given powers l':
// what the modes do not explain, and of each |v|^2 l' q / (l' + q).
double
smoothing_error(const DelayBasis& b, const std::array<double, max_basis_rank>& power, double q) {
  double error = 1;
  for (std::int32_t m = 0; m < b.rank; ++m) {
    double explained = 0;
    for (std::int32_t prb = 0; prb < b.n_prb; ++prb)
      explained += static_cast<double>(b.explained[size(prb * b.rank + m)]) / b.n_prb;
    const double l = power[size(m)];
    const double prior = static_cast<double>(b.eigenvalue[size(m)]);
    error += explained * (l / prior * q / (l + q) - 1);
  }
  return std::max(error, 1e-9);
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

const DelayBasis& SmoothEstimator::basis(const User& user, const Filter& filter) const {
  const bool is_test = filter.use == FilterUse::likelihood;
  const BasisInput input = filter.wide ? BasisInput::pilot : BasisInput::prb_average;
  const std::int32_t n_prb = user.grant->n_prb();
  const std::int32_t test_prb = filter.wide ? pilot_test_prb : cell_test_prb;
  return bank_.find(input, user.grant->dmrs.type, filter.shared, filter.spread,
                    is_test ? std::min(n_prb, test_prb) : n_prb);
}

bool SmoothEstimator::any_shared(const User& user) {
  bool any = false;
  for (std::int32_t s = 0; s < user.streams.size(); ++s)
    any = any || user.streams[s].shared;
  return any;
}

// Mean over windows of |u_m^H x|^2 per mode, and of |x|^2. One filter for all layers keeps the
// statistics comparable.
SmoothEstimator::WindowPower
SmoothEstimator::measure_windows(const User& user, bool wide, const DelayBasis& b) {
  const std::int32_t per_prb = wide ? user.grant->dmrs.pilots_per_prb() : 1;
  // The energy of the windows is the same for every spread.
  const bool known = window_energy_of_ == (wide ? 2 : 1);
  WindowPower w;
  w.energy = known ? window_energy_ : 0;
  spectrum_ = {};
  const std::int32_t n_windows = std::clamp(user.grant->n_prb() / b.n_prb, 1, max_windows);
  const std::int32_t room = user.grant->n_prb() - b.n_prb;
  for (std::int32_t l = 0; l < user.grant->n_layers; ++l)
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t t = 0; t < user.grant->dmrs.nodes.size(); ++t) {
        if (node_whole_[size(p * max_time_nodes + t)] == 0)
          continue;
        const Split x = wide ? stream_pilots(user.stream_of_layer[size(l)], p, t) : cells(l, p, t);
        for (std::int32_t i = 0; i < n_windows; ++i) {
          const std::int32_t first = n_windows == 1 ? room / 2 : room * i / (n_windows - 1);
          const Split in = x + first * per_prb;
          kernels_.project(b, b.rank, wide && user.alternating[size(l)], in, modes_);
          for (std::int32_t m = 0; m < b.rank; ++m)
            spectrum_[size(m)] += static_cast<double>(modes_.re[m]) * modes_.re[m] +
                                  static_cast<double>(modes_.im[m]) * modes_.im[m];
          if (!known)
            w.energy += kernels_.correlate(b.n_inputs, in, in).re;
          ++w.count;
        }
      }
  window_energy_ = w.energy;
  window_energy_of_ = wide ? 2 : 1;
  w.energy /= std::max(w.count, 1);
  for (std::int32_t m = 0; m < b.rank; ++m) {
    spectrum_[size(m)] /= std::max(w.count, 1);
    w.inside += spectrum_[size(m)];
  }
  return w;
}

// P = (sum p_m / (l_m + q) + (E - sum p_m) / q) / M; `inverse` holds 1 / (l_m + q).
double SmoothEstimator::power_at(const DelayBasis& b,
                                 const WindowPower& w,
                                 const float* inverse,
                                 double q) const {
  // Rounding leaves this much outside of all modes.
  const double outside = std::max(w.energy - w.inside, 3e-7 * w.energy);
  double sum = b.n_inputs > b.rank ? outside / q : 0.0;
  for (std::int32_t m = 0; m < b.rank; ++m)
    sum += spectrum_[size(m)] * static_cast<double>(inverse[m]);
  return sum / b.n_inputs;
}

// Minus the log-likelihood of the pilots per window, minimal over power and noise. With p_m the
// mean of |u_m^H x|^2 and E that of |x|^2, for M inputs:
//   M log P + log det(R + q I),  P as in power_at().
SmoothEstimator::Fit SmoothEstimator::likelihood(const User& user, bool wide, std::int32_t spread) {
  const DelayBasis& b = basis(user, {FilterUse::likelihood, any_shared(user), wide, spread});
  const WindowPower w = measure_windows(user, wide, b);
  Fit fit;
  if (w.count == 0 || !(w.energy > 0))
    return fit;
  mean_energy_ = w.energy / b.n_inputs;
  std::array<double, n_noise_ratios> cost{};
  std::int32_t best = 0;
  const auto visit = [&](std::int32_t j) {
    const double power = power_at(b, w, b.inverse.data() + j * b.rank, noise_ratios()[size(j)]);
    cost[size(j)] = b.n_inputs * std::log(power) + static_cast<double>(b.log_det[size(j)]);
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
  fit.cost = cost[size(best)];
  fit.ratio = noise_ratios()[size(best)] * std::pow(10.0, noise_ratio_step_db * shift / 10);
  std::array<float, max_basis_rank> inverse{};
  fit.noise_freedom = (b.n_inputs - b.rank) * w.count;
  for (std::int32_t m = 0; m < b.rank; ++m) {
    inverse[size(m)] = 1 / (b.eigenvalue[size(m)] + static_cast<float>(fit.ratio));
    fit.noise_freedom += fit.ratio * static_cast<double>(inverse[size(m)]) * w.count;
  }
  fit.power = power_at(b, w, inverse.data(), fit.ratio);
  return fit;
}

// A channel that varies inside a PRB looks like noise to filters on PRB averages: then they find
// clearly more noise than a filter for wide profiles does on single pilots.
bool SmoothEstimator::averages_lose_channel(const User& user) {
  if (user.noise_ratio < 1.1 * noise_ratios()[0] * user.grant->dmrs.pilots_per_prb())
    return false; // there is no noise to speak of
  const Fit fit = likelihood(user, true, noise_test_spread);
  const double n_averages =
      1.0 * user.grant->n_prb() * user.grant->n_layers * n_ports_ * user.grant->dmrs.nodes.size();
  const double deviations = 3 * std::sqrt(1 / std::max(fit.noise_freedom, 1.0) + 1 / n_averages);
  return user.power * user.noise_ratio > fit.power * fit.ratio * (1.05 + deviations);
}

void SmoothEstimator::choose_filter(User& user) {
  window_energy_of_ = 0;
  mean_energy_ = 0;
  const auto search = [&](bool wide, std::int32_t first, std::int32_t last) {
    double best = std::numeric_limits<double>::infinity();
    for (std::int32_t s = first; s <= last; ++s) {
      const Fit fit = likelihood(user, wide, s);
      if (fit.cost < best) {
        best = fit.cost;
        user.spread = s;
        user.power = fit.power;
        user.noise_ratio = wide ? fit.ratio : fit.ratio * user.grant->dmrs.pilots_per_prb();
      }
    }
    user.wide = wide;
  };
  if (user.grant->n_prb() <= pilot_test_prb) {
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
  const bool shared = any_shared(user);
  const double cell_ratio = user.noise_ratio / user.grant->dmrs.pilots_per_prb();
  user.wide = theoretical_error(basis(user, {FilterUse::smoothing, shared, true, user.spread}),
                                user.noise_ratio) <
              theoretical_error(basis(user, {FilterUse::smoothing, shared, false, user.spread}),
                                cell_ratio);
}

// Windows overlap; `put_out` are the PRBs that this one serves.
SmoothEstimator::Window
SmoothEstimator::next_window(const DelayBasis& b, std::int32_t n_prb, std::int32_t at) {
  // Estimates near the end of a window lean on few pilots: only its inner part is put out.
  const std::int32_t step = std::max(1, b.n_prb / window_to_step);
  const std::int32_t margin = (b.n_prb - step) / 2;
  const std::int32_t start = std::clamp(at - margin, 0, n_prb - b.n_prb);
  // The first window also serves its lower margin, the last one its upper margin.
  const bool is_last = start == n_prb - b.n_prb;
  return {start, {at, (is_last ? n_prb : std::min(n_prb, start + margin + step)) - at}};
}

// Modes of every window, kept for smooth(), and their mean power per kind of filter.
void SmoothEstimator::project_windows(User& user) {
  const std::int32_t n_prb = user.grant->n_prb();
  const std::int32_t per_prb = user.wide ? user.grant->dmrs.pilots_per_prb() : 1;
  const std::int32_t n_nodes = user.grant->dmrs.nodes.size();
  std::array<double, 2> samples{};
  for (auto& power : user.mode_power)
    power = {};
  for (std::int32_t l = 0; l < user.grant->n_layers; ++l) {
    const std::int32_t stream = user.stream_of_layer[size(l)];
    const bool shared = user.streams[stream].shared;
    const DelayBasis& b = basis(user, {FilterUse::smoothing, shared, user.wide, user.spread});
    std::array<double, max_basis_rank>& power = user.mode_power[shared ? 1 : 0];
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t t = 0; t < n_nodes; ++t) {
        const Split x = user.wide ? stream_pilots(stream, p, t) : cells(l, p, t);
        Split g = modes(l, p, t);
        for (std::int32_t at = 0; at < n_prb; g = g + b.padded_rank) {
          const Window w = next_window(b, n_prb, at);
          AIRAN_ASSERT(g.re + b.padded_rank <= modes(l, p, t).im, std::string("too many windows"));
          kernels_.project(b, b.rank, user.wide && user.alternating[size(l)], x + w.start * per_prb,
                           g);
          for (std::int32_t m = 0; m < b.rank; ++m)
            power[size(m)] +=
                static_cast<double>(g.re[m]) * g.re[m] + static_cast<double>(g.im[m]) * g.im[m];
          samples[shared ? 1 : 0] += 1;
          at = w.put_out.end();
        }
      }
  }
  const double q = user.noise_ratio / (user.wide ? 1.0 : user.grant->dmrs.pilots_per_prb());
  for (const bool shared : {false, true}) {
    const double n = samples[shared ? 1 : 0];
    if (n == 0)
      continue;
    const DelayBasis& b = basis(user, {FilterUse::smoothing, shared, user.wide, user.spread});
    // The nodes see much the same channel, and neighbouring windows overlap.
    const double n_independent = n / n_nodes / window_to_step;
    for (std::int32_t m = 0; m < b.rank; ++m) {
      double& l = user.mode_power[shared ? 1 : 0][size(m)];
      const double prior = static_cast<double>(b.eigenvalue[size(m)]);
      const double seen = user.power > 0 ? std::max(l / n / user.power - q, 0.0) : 0.0;
      l = (prior_weight * prior + n_independent * seen) / (prior_weight + n_independent);
    }
  }
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
    const DelayBasis& b = basis(user, {FilterUse::smoothing, shared, user.wide, user.spread});
    const std::array<double, max_basis_rank>& power = user.mode_power[shared ? 1 : 0];
    double leverage = 0;
    for (std::int32_t m = 0; m < b.rank; ++m) {
      const double l = power[size(m)];
      const double s = gain(l, q);
      double own = 0;
      for (std::int32_t prb = 0; prb < b.n_prb; ++prb)
        own += static_cast<double>(b.leverage[size(prb * b.rank + m)]) / (b.n_prb * per_prb);
      // What is left of a mode, signal included, is (1 - s)^2 (l + q) / q of its noise.
      leverage += own * (1 - (1 - s) * (1 - s) * (l + q_one) / q_one);
    }
    user.leverage[shared ? 1 : 0] = std::clamp(leverage, 0.0, 0.95);
    user.node_error = std::max(user.node_error, smoothing_error(b, power, q_one));
    user.smooth_error = std::max(user.smooth_error, smoothing_error(b, power, q));
    if (!any_shared(user))
      break;
  }
}

void SmoothEstimator::smooth(User& user) {
  make_rotation(user, user.timing_s);
  const double per_prb = user.wide ? 1.0 : user.grant->dmrs.pilots_per_prb();
  const double q = user.noise_ratio / per_prb / user.averaged_nodes;
  for (std::int32_t l = 0; l < user.grant->n_layers; ++l) {
    const bool shared = user.streams[user.stream_of_layer[size(l)]].shared;
    for (std::int32_t m = 0; m < max_basis_rank; ++m)
      gain_[size(m)] = static_cast<float>(gain(user.mode_power[shared ? 1 : 0][size(m)], q));
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
  const DelayBasis& b = basis(user, {FilterUse::smoothing, stream.shared, user.wide, user.spread});
  const std::int32_t n_prb = user.grant->n_prb();
  std::int32_t rank = b.rank;
  while (rank > 0 && gain_[size(rank - 1)] == 0)
    --rank;
  Split g = modes(layer, port, node);
  for (std::int32_t at = 0; at < n_prb; g = g + b.padded_rank) {
    const Window w = next_window(b, n_prb, at);
    for (std::int32_t m = 0; m < rank; ++m) {
      g.re[m] *= gain_[size(m)];
      g.im[m] *= gain_[size(m)];
    }
    const std::int32_t first =
        (at - w.start) * subcarriers_per_prb + max_basis_delta - stream.delta;
    kernels_.expand(b, rank, first, w.put_out.n_subcarriers(), g,
                    output_ + w.put_out.first_subcarrier());
    at = w.put_out.end();
  }
  const DmrsNode& where = user.grant->dmrs.nodes[node];
  const std::int32_t first =
      (user.grant->hops[where.hop].prbs.first - group_->group->prbs.first) * subcarriers_per_prb;
  kernels_.write_rotated(n_prb * subcarriers_per_prb, rotation_, output_,
                         &h_(user.first_layer + layer, port, node, first));
}

} // namespace airan
