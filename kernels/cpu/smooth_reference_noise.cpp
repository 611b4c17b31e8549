// SPDX-License-Identifier: Apache-2.0
// Reference of "smooth": the profile of maximum likelihood, and the noise per port.
#include "kernels/cpu/smooth_reference.hpp"
#include "kernels/primitives/dmrs_sequence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace airan {
namespace {
constexpr double two_pi = 2 * std::numbers::pi;
constexpr std::int32_t max_test_windows = 8; // per layer, port and node
// Noise-to-signal ratios of the search, and the steps that refine it.
constexpr double first_ratio_db = -56;
constexpr double last_ratio_db = 22;
constexpr double ratio_step_db = 6;
constexpr double last_step_db = 0.3;

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}
cf64 wide(cf32 v) {
  return {static_cast<double>(v.re), static_cast<double>(v.im)};
}
bool uses(const CheckedGrant& grant, std::int32_t symbol, std::int32_t prb) {
  if (symbol < grant.first_symbol || symbol >= grant.first_symbol + grant.n_symbols)
    return false;
  const PrbRange prbs = grant.hop_of_symbol(symbol).prbs;
  return prb >= prbs.first && prb < prbs.end();
}
const DmrsSymbol* find_symbol(const CheckedGrant& grant, std::int32_t symbol) {
  for (const DmrsSymbol& s : grant.dmrs.symbols)
    if (s.symbol == symbol)
      return &s;
  return nullptr;
}
} // namespace

// Minus the log-likelihood per window of M pilots, M log P + log det (R + q I), at its best power
// P = mean of z^H (R + q I)^-1 z / M. Infinite without a window that was seen whole.
double SmoothReference::fit_profile(std::int32_t spread, double ratio_db, double& power) {
  const std::int32_t n_prb = grant_->n_prb();
  const std::int32_t per_prb = grant_->dmrs.pilots_per_prb();
  // Some PRBs of a long window say as much about the profile as all of them.
  const std::int32_t stride =
      std::max(1, std::min(n_prb, reference_test_prb) / reference_test_used_prb);
  const std::int32_t window = std::min(n_prb, reference_test_prb) - (stride - 1);
  for (std::int32_t b = 0; b < window; ++b)
    mask_[size(b)] = b % stride == 0 ? 1 : 0;
  other_filter_.make(profiles_[size(spread)],
                     {grant_->dmrs.type, user_->shared, std::pow(10.0, ratio_db / 10), window},
                     mask_);
  const std::int32_t n_windows = std::clamp(n_prb / reference_test_used_prb, 1, max_test_windows);
  double sum = 0;
  double count = 0;
  for (std::int32_t l = 0; l < grant_->n_layers; ++l)
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t n = 0; n < grant_->dmrs.nodes.size(); ++n)
        for (std::int32_t w = 0; w < n_windows; ++w) {
          const std::int32_t first = (n_prb - window) * w / std::max(1, n_windows - 1);
          const auto s = seen(p, n).subspan(size(first), size(window));
          bool is_whole = true;
          for (std::int32_t b = 0; b < window; b += stride)
            is_whole = is_whole && s[size(b)] != 0;
          if (!is_whole)
            continue;
          sum += other_filter_.quadratic(
              z(l, p, n).subspan(size(first * per_prb), size(window * per_prb)));
          ++count;
        }
  const std::int32_t m = other_filter_.n_pilots();
  power = count > 0 ? sum / count / m : 0;
  return power > 0 ? m * std::log(power) + other_filter_.log_det()
                   : std::numeric_limits<double>::infinity();
}

void SmoothReference::choose_profile() {
  double count = 0;
  for (std::int32_t l = 0; l < grant_->n_layers; ++l)
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t n = 0; n < grant_->dmrs.nodes.size(); ++n)
        for (const cf64& x : z(l, p, n)) {
          user_->signal += norm(x);
          ++count;
        }
  user_->signal /= std::max(count, 1.0);
  for (const DmrsLayer& layer : grant_->dmrs.layers)
    for (const CheckedGrant* other : g_->group->grants)
      for (const DmrsLayer& o : other->dmrs.layers)
        if (o.cdm_group == layer.cdm_group && o.w_f != layer.w_f &&
            (grant_->dmrs.nodes.front().n_symbols == 1 || o.w_t == layer.w_t))
          user_->shared = true;
  double best = std::numeric_limits<double>::infinity();
  double best_db = 0;
  const auto visit = [&](std::int32_t spread, double ratio_db) {
    double power = 0;
    const double cost = fit_profile(spread, ratio_db, power);
    if (cost < best) {
      best = cost;
      best_db = ratio_db;
      user_->spread = spread;
      user_->power = power;
      user_->noise_ratio = std::pow(10.0, ratio_db / 10);
    }
  };
  for (std::int32_t s = 0; s < n_delay_spreads; ++s)
    for (double db = first_ratio_db; db <= last_ratio_db; db += ratio_step_db)
      visit(s, db);
  for (const bool look_beside : {true, false}) {
    for (double step = ratio_step_db / 2; step > last_step_db; step /= 2) {
      const double middle = best_db;
      visit(user_->spread, middle - step);
      visit(user_->spread, middle + step);
    }
    const std::int32_t middle = user_->spread;
    for (const std::int32_t s : {middle - 1, middle + 1})
      if (look_beside && s >= 0 && s < n_delay_spreads)
        visit(s, best_db);
  }
}

// Per port: what is left of DM-RS REs after all layers of the group.
void SmoothReference::measure_noise() {
  noise_energy_ = {};
  noise_freedom_ = {};
  double signal = 0;
  for (std::size_t u = 0; u < g_->group->grants.size(); ++u) {
    grant_ = g_->group->grants[u];
    signal += users_[u].signal * grant_->n_layers;
    for (const DmrsSymbol& symbol : grant_->dmrs.symbols)
      for (std::int32_t p = 0; p < n_ports_; ++p)
        for (std::int32_t c = 0; c < grant_->dmrs.n_cdm_groups_without_data; ++c)
          add_residual(symbol, p, c);
  }
  double mean = 0; // for ports without an observation
  double n_seen = 0;
  for (std::size_t p = 0; p < size(n_ports_); ++p)
    if (noise_freedom_[p] > 0.5) {
      noise_energy_[p] /= noise_freedom_[p];
      mean += noise_energy_[p];
      ++n_seen;
    }
  const double floor = std::max(1e-9 * signal, 1e-30);
  const View<cf32, 3> out = g_->estimate.noise_covariance.on_host();
  for (std::int32_t g = 0; g < out.extent(0); ++g)
    for (std::int32_t i = 0; i < out.extent(1); ++i) {
      for (std::int32_t j = 0; j < out.extent(2); ++j)
        out(g, i, j) = {};
      const double own =
          noise_freedom_[size(i)] > 0.5 ? noise_energy_[size(i)] : mean / std::max(n_seen, 1.0);
      out(g, i, i) = {static_cast<float>(std::max(own, floor)), 0};
    }
}

// Somebody of the group may have data on a CDM group's REs.
bool SmoothReference::has_data(std::int32_t symbol,
                               std::int32_t prb,
                               std::int32_t cdm_group) const {
  for (const CheckedGrant* g : g_->group->grants)
    if (uses(*g, symbol, prb) &&
        (find_symbol(*g, symbol) == nullptr || g->dmrs.type != grant_->dmrs.type ||
         cdm_group >= g->dmrs.n_cdm_groups_without_data))
      return true;
  return false;
}

// y - sum over layers of amplitude w_f w_t r h exp(j 2 pi f (t - t_node)), for grant_'s PRBs.
void SmoothReference::add_residual(const DmrsSymbol& symbol,
                                   std::int32_t p,
                                   std::int32_t cdm_group) {
  const Dmrs& dmrs = grant_->dmrs;
  const std::int32_t per_prb = dmrs.pilots_per_prb();
  const PrbRange prbs = grant_->hop_of_symbol(symbol.symbol).prbs;
  const std::int32_t delta = dmrs.type == DmrsType::type1 ? cdm_group : 2 * cdm_group;
  const auto subcarrier = [&](std::int32_t prb, std::int32_t i) {
    return prb * subcarriers_per_prb + dmrs.pilot_subcarrier(i, delta);
  };
  const auto left = z(0, 0, 0); // the pilots are done with
  for (std::int32_t i = 0; i < prbs.count * per_prb; ++i)
    left[size(i)] = wide(re_(p, symbol.symbol, subcarrier(prbs.first + i / per_prb, i % per_prb)));
  std::array<double, max_prb> freedom{}; // per pilot, [prb of the hop]
  freedom.fill(1);
  for (std::size_t u = 0; u < g_->group->grants.size(); ++u) {
    const CheckedGrant& other = *g_->group->grants[u];
    const DmrsSymbol* there = find_symbol(other, symbol.symbol);
    if (there == nullptr || other.dmrs.type != dmrs.type)
      continue;
    const DmrsNode& node = other.dmrs.nodes[there->node];
    const PrbRange theirs = other.hop_of_symbol(symbol.symbol).prbs;
    dmrs_sequence(other, *there, {sequence_.data(), size(theirs.count * per_prb)});
    const cf64 turn = unit_phasor(two_pi * users_[u].cfo_hz *
                                  (symbol_time(symbol.symbol) - node_time(other, there->node)));
    for (std::int32_t l = 0; l < other.n_layers; ++l) {
      const DmrsLayer& layer = other.dmrs.layers[l];
      if (layer.cdm_group != cdm_group)
        continue;
      const double w_t = node.n_symbols == 2 ? layer.w_t[size(there->l_prime)] : 1;
      // Two layers that differ in w_f use up the freedom of one least-squares value together.
      const double absorbed =
          (1 - users_[u].residual_share) / node.n_symbols / (users_[u].shared ? 2 : 1);
      for (std::int32_t b = std::max(prbs.first, theirs.first);
           b < std::min(prbs.end(), theirs.end()); ++b) {
        freedom[size(b - prbs.first)] -= absorbed;
        for (std::int32_t i = 0; i < per_prb; ++i) {
          const cf64 h = wide(h_(users_[u].first_layer + l, p, there->node,
                                 subcarrier(b - g_->group->prbs.first, i)));
          const cf64 r = wide(sequence_[size((b - theirs.first) * per_prb + i)]);
          left[size((b - prbs.first) * per_prb + i)] -=
              r * h * turn *
              (static_cast<double>(other.dmrs.amplitude) * w_t * layer.w_f[size(i % 2)]);
        }
      }
    }
  }
  for (std::int32_t b = 0; b < prbs.count; ++b) {
    if (good(p, symbol.symbol, prbs.first + b) == 0 ||
        has_data(symbol.symbol, prbs.first + b, cdm_group))
      continue;
    for (std::int32_t i = 0; i < per_prb; ++i)
      noise_energy_[size(p)] += norm(left[size(b * per_prb + i)]);
    noise_freedom_[size(p)] += per_prb * std::max(0.05, freedom[size(b)]);
  }
}

} // namespace airan
