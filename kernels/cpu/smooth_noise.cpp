// SPDX-License-Identifier: Apache-2.0
// Noise per port: what is left of the pilots after all layers, and empty CDM groups.
#include "kernels/cpu/smooth_estimator.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace airan {
namespace {
constexpr double noise_floor = 1e-9; // of the signal
constexpr double smallest_noise = 1e-30;

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}
bool overlap(PrbRange a, PrbRange b) {
  return a.first < b.end() && b.first < a.end();
}
bool has_symbol(const CheckedGrant& g, std::int32_t symbol) {
  return symbol >= g.first_symbol && symbol < g.first_symbol + g.n_symbols;
}
const DmrsSymbol* find_symbol(const CheckedGrant& g, std::int32_t symbol) {
  for (const DmrsSymbol& s : g.dmrs.symbols)
    if (s.symbol == symbol)
      return &s;
  return nullptr;
}
} // namespace

void SmoothEstimator::measure_noise() {
  noise_energy_ = {};
  noise_freedom_ = {};
  double signal = 0;
  for (std::int32_t u = 0; u < n_users_; ++u) {
    const User& user = users_[size(u)];
    const Dmrs& dmrs = user.grant->dmrs;
    signal += user.signal * user.grant->n_layers;
    for (const DmrsSymbol& symbol : dmrs.symbols)
      for (std::int32_t p = 0; p < n_ports_; ++p) {
        std::uint32_t done = 0;
        for (std::int32_t s = 0; s < user.streams.size(); ++s) {
          const std::int32_t cdm = user.streams[s].cdm_group;
          if ((done >> cdm & 1U) == 0)
            add_residual(user, symbol, cdm, p);
          done |= 1U << cdm;
        }
        add_empty_groups(user, symbol, p);
      }
  }
  const View<cf32, 3> out = group_->estimate.noise_covariance.on_host();
  double mean = 0; // for ports without an observation
  std::int32_t n_seen = 0;
  for (std::int32_t p = 0; p < n_ports_; ++p)
    if (noise_freedom_[size(p)] > 0.5) {
      mean += noise_energy_[size(p)] / noise_freedom_[size(p)];
      ++n_seen;
    }
  mean = n_seen > 0 ? mean / n_seen : 0;
  const double floor = std::max(noise_floor * signal, smallest_noise);
  for (std::int32_t g = 0; g < out.extent(0); ++g)
    for (std::int32_t i = 0; i < out.extent(1); ++i) {
      for (std::int32_t j = 0; j < out.extent(2); ++j)
        out(g, i, j) = {};
      const double own =
          noise_freedom_[size(i)] > 0.5 ? noise_energy_[size(i)] / noise_freedom_[size(i)] : mean;
      out(g, i, i) = {static_cast<float>(std::max(own, floor)), 0};
    }
}

// Adds the energy of load_ over the PRBs that are there; `freedom` per pilot.
void SmoothEstimator::add_noise_energy(const User& user,
                                       const DmrsSymbol& symbol,
                                       std::int32_t port,
                                       double freedom) {
  const PrbRange prbs = user.grant->hop_of_symbol(symbol.symbol).prbs;
  const std::int32_t per_prb = user.grant->dmrs.pilots_per_prb();
  const std::uint8_t* mask = symbol_mask(port, symbol.symbol) + prbs.first;
  for (std::int32_t b = 0; b < prbs.count;) { // runs of PRBs that are there
    if (mask[b] == 0) {
      ++b;
      continue;
    }
    std::int32_t end = b;
    while (end < prbs.count && mask[end] != 0)
      ++end;
    const Split y = load_ + b * per_prb;
    const double energy = kernels_.correlate((end - b) * per_prb, y, y).re;
    if (std::isfinite(energy)) {
      noise_energy_[size(port)] += energy;
      noise_freedom_[size(port)] += freedom * (end - b) * per_prb;
    }
    b = end;
  }
}

void SmoothEstimator::add_residual(const User& user,
                                   const DmrsSymbol& symbol,
                                   std::int32_t cdm_group,
                                   std::int32_t port) {
  std::int32_t delta = 0;
  for (std::int32_t s = 0; s < user.streams.size(); ++s)
    if (user.streams[s].cdm_group == cdm_group)
      delta = user.streams[s].delta;
  load_pilots(user, symbol.symbol, port, delta, load_);
  subtract_layers(user, symbol, cdm_group, port);
  add_noise_energy(user, symbol, port, std::max(0.05, 1 - used_leverage(user, symbol, cdm_group)));
}

// load_ -= amplitude w_f w_t r h exp(j 2 pi f (t - t_node)) of every layer of the CDM group.
void SmoothEstimator::subtract_layers(const User& user,
                                      const DmrsSymbol& symbol,
                                      std::int32_t cdm_group,
                                      std::int32_t port) {
  const PrbRange prbs = user.grant->hop_of_symbol(symbol.symbol).prbs;
  const std::int32_t per_prb = user.grant->dmrs.pilots_per_prb();
  const double t = symbol_time(symbol.symbol);
  for (std::int32_t u = 0; u < n_users_; ++u) {
    const User& other = users_[size(u)];
    const Dmrs& dmrs = other.grant->dmrs;
    const DmrsSymbol* there = find_symbol(*other.grant, symbol.symbol);
    if (there == nullptr || dmrs.type != user.grant->dmrs.type)
      continue;
    const PrbRange theirs = other.grant->hop_of_symbol(symbol.symbol).prbs;
    if (!overlap(prbs, theirs))
      continue;
    const std::int32_t first = std::max(prbs.first, theirs.first);
    const std::int32_t count = std::min(prbs.end(), theirs.end()) - first;
    const auto index = static_cast<std::int32_t>(there - dmrs.symbols.begin());
    const DmrsNode& node = dmrs.nodes[there->node];
    const double phase =
        2 * std::numbers::pi * other.cfo_hz * (t - other.node_time[size(there->node)]);
    for (std::int32_t l = 0; l < other.grant->n_layers; ++l) {
      const DmrsLayer& layer = dmrs.layers[l];
      if (layer.cdm_group != cdm_group)
        continue;
      const double w_t = node.n_symbols == 2 ? layer.w_t[size(there->l_prime)] : 1;
      const double scale = static_cast<double>(dmrs.amplitude) * w_t;
      const std::int64_t k =
          (first - group_->group->prbs.first) * std::int64_t{subcarriers_per_prb};
      gather(dmrs.type, &h_(other.first_layer + l, port, there->node, k), layer.delta, count,
             channel_);
      kernels_.subtract_product(count * per_prb,
                                {static_cast<float>(scale * std::cos(phase)),
                                 static_cast<float>(scale * std::sin(phase))},
                                other.alternating[size(l)],
                                sequence(u, index) + (first - theirs.first) * per_prb, channel_,
                                load_ + (first - prbs.first) * per_prb);
    }
  }
}

// Share of a pilot's noise that the estimates of all layers of the CDM group have absorbed.
double SmoothEstimator::used_leverage(const User& user,
                                      const DmrsSymbol& symbol,
                                      std::int32_t cdm_group) const {
  const PrbRange prbs = user.grant->hop_of_symbol(symbol.symbol).prbs;
  double sum = 0;
  for (std::int32_t u = 0; u < n_users_; ++u) {
    const User& other = users_[size(u)];
    const DmrsSymbol* there = find_symbol(*other.grant, symbol.symbol);
    if (there == nullptr || other.grant->dmrs.type != user.grant->dmrs.type)
      continue;
    const PrbRange theirs = other.grant->hop_of_symbol(symbol.symbol).prbs;
    const double share =
        std::max(0, std::min(prbs.end(), theirs.end()) - std::max(prbs.first, theirs.first)) /
        static_cast<double>(prbs.count);
    for (std::int32_t l = 0; l < other.grant->n_layers; ++l)
      if (other.grant->dmrs.layers[l].cdm_group == cdm_group) {
        const Stream& s = other.streams[other.stream_of_layer[size(l)]];
        sum += share * other.leverage[s.shared ? 1 : 0] /
               other.grant->dmrs.nodes[there->node].n_symbols;
      }
  }
  return sum;
}

// Nobody of the detection group sends on a CDM group's REs of the user's PRBs in this symbol.
bool SmoothEstimator::is_empty(const User& user,
                               std::int32_t symbol,
                               std::int32_t cdm_group) const {
  const PrbRange prbs = user.grant->hop_of_symbol(symbol).prbs;
  for (std::int32_t u = 0; u < n_users_; ++u) {
    const CheckedGrant& g = *users_[size(u)].grant;
    if (!has_symbol(g, symbol) || !overlap(prbs, g.hop_of_symbol(symbol).prbs))
      continue;
    if (find_symbol(g, symbol) == nullptr || g.dmrs.type != user.grant->dmrs.type ||
        g.dmrs.n_cdm_groups_without_data <= cdm_group)
      return false;
    for (const DmrsLayer& layer : g.dmrs.layers)
      if (layer.cdm_group == cdm_group)
        return false;
  }
  return true;
}

void SmoothEstimator::add_empty_groups(const User& user,
                                       const DmrsSymbol& symbol,
                                       std::int32_t port) {
  const DmrsType type = user.grant->dmrs.type;
  for (std::int32_t cdm = 0; cdm < user.grant->dmrs.n_cdm_groups_without_data; ++cdm) {
    if (!is_empty(user, symbol.symbol, cdm))
      continue;
    // TS 38.211 tables 6.4.1.1.3-1 and -2: delta of a CDM group.
    load_pilots(user, symbol.symbol, port, type == DmrsType::type1 ? cdm : 2 * cdm, load_);
    add_noise_energy(user, symbol, port, 1);
  }
}

} // namespace airan
