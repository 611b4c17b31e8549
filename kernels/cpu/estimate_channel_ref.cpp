// SPDX-License-Identifier: Apache-2.0
// Algorithm "smooth" as a textbook would write it: least squares, phase slopes, direct LMMSE.
#include "kernels/cpu/estimate_channel_ref.hpp"

#include "kernels/cpu/lmmse_filter.hpp"
#include "kernels/cpu/smooth_reference.hpp"
#include "kernels/primitives/dmrs_sequence.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace airan {
namespace {
constexpr double two_pi = 2 * std::numbers::pi;
std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}
cf64 wide(cf32 v) {
  return {static_cast<double>(v.re), static_cast<double>(v.im)};
}
cf32 narrow(cf64 v) {
  return {static_cast<float>(v.re), static_cast<float>(v.im)};
}
} // namespace

SmoothReference::SmoothReference(const PlanLimits& limits)
    : max_prb_(limits.n_prb), max_ports_(limits.n_ports),
      z_(size(1LL * max_layers_per_user * limits.n_ports * max_time_nodes * limits.n_prb * 6)),
      good_(size(1LL * limits.n_ports * max_symbols_per_slot * limits.n_prb)),
      seen_(size(1LL * limits.n_ports * max_time_nodes * limits.n_prb)),
      sequence_(size(limits.n_prb * 6LL)), filter_(reference_window_prb),
      other_filter_(reference_window_prb) {
  for (const double spread : smooth_delay_spreads)
    profiles_.emplace_back(spread);
}

std::span<cf64> SmoothReference::z(std::int32_t l, std::int32_t p, std::int32_t n) {
  const std::int64_t at = ((1LL * l * max_ports_ + p) * max_time_nodes + n) * max_prb_ * 6;
  return {z_.data() + at, size(grant_->n_prb() * grant_->dmrs.pilots_per_prb())};
}
std::span<std::uint8_t> SmoothReference::seen(std::int32_t p, std::int32_t n) {
  return {seen_.data() + (1LL * p * max_time_nodes + n) * max_prb_, size(grant_->n_prb())};
}
bool SmoothReference::any_seen(std::int32_t p, std::int32_t n) {
  const auto s = seen(p, n);
  return std::find(s.begin(), s.end(), 1) != s.end();
}
std::uint8_t& SmoothReference::good(std::int32_t p, std::int32_t symbol, std::int32_t prb) {
  return good_[size((1LL * p * max_symbols_per_slot + symbol) * max_prb_ + prb)];
}
double SmoothReference::symbol_time(std::int32_t symbol) const {
  const OfdmTiming timing{g_->numerology, g_->cyclic_prefix, 2048};
  const auto slot = static_cast<std::int32_t>(g_->group->id.slot);
  return (timing.symbol_start(slot, symbol) + timing.cp_samples(slot, symbol)) /
         timing.sample_rate_hz();
}
double SmoothReference::node_time(const CheckedGrant& grant, std::int32_t node) const {
  const DmrsNode& n = grant.dmrs.nodes[node];
  return (symbol_time(n.first_symbol) + symbol_time(n.first_symbol + n.n_symbols - 1)) / 2;
}

void SmoothReference::run(const EstimateChannelArgs& args, Queue&) noexcept {
  for (const EstimateChannelGroup& g : args.groups) {
    g_ = &g;
    re_ = g.grid.re.on_host();
    h_ = g.estimate.h.on_host();
    n_ports_ = re_.extent(0);
    spacing_hz_ = subcarrier_spacing_hz(g.numerology);
    AIRAN_ASSERT(n_ports_ <= max_ports_, std::string("more ports than planned"));
    find_good_prbs();
    std::int32_t first_layer = 0;
    for (std::size_t u = 0; u < g.group->grants.size(); ++u) {
      grant_ = g.group->grants[u];
      user_ = &users_[u];
      *user_ = ReferenceUser{};
      user_->first_layer = first_layer;
      first_layer += grant_->n_layers;
      estimate_user();
      write_user(static_cast<std::int32_t>(u));
    }
    measure_noise();
  }
}

// PRBs of DM-RS symbols that have arrived, with numbers in them.
void SmoothReference::find_good_prbs() {
  const View<std::uint8_t, 3> valid = g_->grid.valid.on_host();
  for (std::int32_t p = 0; p < n_ports_; ++p)
    for (std::int32_t s = 0; s < re_.extent(1); ++s)
      for (std::int32_t b = g_->group->prbs.first; b < g_->group->prbs.end(); ++b) {
        bool is_good = valid(p, s, b) != 0;
        for (std::int32_t k = 0; k < subcarriers_per_prb && is_good; ++k) {
          const cf32 y = re_(p, s, b * subcarriers_per_prb + k);
          is_good = std::abs(y.re) < 1e15F && std::abs(y.im) < 1e15F; // also false for NaN
        }
        good(p, s, b) = is_good ? 1 : 0;
      }
}

void SmoothReference::estimate_user() {
  const Dmrs& dmrs = grant_->dmrs;
  least_squares();
  user_->timing_s = coarse_timing();
  rotate(user_->timing_s);
  const double fine = fine_timing();
  user_->timing_s += fine;
  rotate(fine);
  measure_cfo();
  if (dmrs.nodes.front().n_symbols == 2 && user_->cfo_hz != 0) { // separate w_t without the offset
    least_squares();
    rotate(user_->timing_s);
  }
  choose_profile();
  measure_doppler();
  smooth();
}

// z = sum over the node's symbols of y conj(w_f w_t r) exp(-j 2 pi f (t - t_node)) / (amplitude n)
void SmoothReference::least_squares() {
  const Dmrs& dmrs = grant_->dmrs;
  const std::int32_t per_prb = dmrs.pilots_per_prb();
  for (std::int32_t n = 0; n < dmrs.nodes.size(); ++n) {
    const DmrsNode& node = dmrs.nodes[n];
    const PrbRange prbs = grant_->hops[node.hop].prbs;
    for (std::int32_t p = 0; p < n_ports_; ++p) {
      for (std::int32_t b = 0; b < prbs.count; ++b) {
        seen(p, n)[size(b)] = 1;
        for (std::int32_t i = 0; i < node.n_symbols; ++i)
          seen(p, n)[size(b)] &= good(p, node.first_symbol + i, prbs.first + b);
      }
      for (std::int32_t l = 0; l < grant_->n_layers; ++l)
        std::fill(z(l, p, n).begin(), z(l, p, n).end(), cf64{});
    }
  }
  for (const DmrsSymbol& symbol : dmrs.symbols) {
    const DmrsNode& node = dmrs.nodes[symbol.node];
    const PrbRange prbs = grant_->hops[node.hop].prbs;
    dmrs_sequence(*grant_, symbol, {sequence_.data(), size(prbs.count * per_prb)});
    const double gap = symbol_time(symbol.symbol) - node_time(*grant_, symbol.node);
    const cf64 turn = unit_phasor(-two_pi * user_->cfo_hz * gap);
    for (std::int32_t l = 0; l < grant_->n_layers; ++l)
      for (std::int32_t p = 0; p < n_ports_; ++p)
        for (std::int32_t i = 0; i < prbs.count * per_prb; ++i) {
          if (seen(p, symbol.node)[size(i / per_prb)] == 0)
            continue;
          const DmrsLayer& layer = dmrs.layers[l];
          const std::int32_t k = prbs.first_subcarrier() + i / per_prb * subcarriers_per_prb +
                                 dmrs.pilot_subcarrier(i % per_prb, layer.delta);
          const double w =
              layer.w_f[size(i % 2)] * (node.n_symbols == 2 ? layer.w_t[size(symbol.l_prime)] : 1);
          const double scale = w / static_cast<double>(dmrs.amplitude) / node.n_symbols;
          z(l, p, symbol.node)[size(i)] +=
              wide(re_(p, symbol.symbol, k)) * conj(wide(sequence_[size(i)])) * turn * scale;
        }
  }
}

// Takes a delay out of the pilots.
void SmoothReference::rotate(double timing_s) {
  const Dmrs& dmrs = grant_->dmrs;
  const std::int32_t per_prb = dmrs.pilots_per_prb();
  for (std::int32_t l = 0; l < grant_->n_layers; ++l)
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t n = 0; n < dmrs.nodes.size(); ++n)
        for (std::int32_t i = 0; i < grant_->n_prb() * per_prb; ++i) {
          const std::int32_t k = i / per_prb * subcarriers_per_prb +
                                 dmrs.pilot_subcarrier(i % per_prb, dmrs.layers[l].delta);
          z(l, p, n)[size(i)] =
              z(l, p, n)[size(i)] * unit_phasor(two_pi * k * spacing_hz_ * timing_s);
        }
}

void SmoothReference::smooth() {
  const Dmrs& dmrs = grant_->dmrs;
  const std::int32_t n_prb = grant_->n_prb();
  make_filter(user_->noise_ratio);
  choose_time_weights(filter_.error());
  const double averaged = user_->averaged_nodes;
  make_filter(user_->noise_ratio / averaged);
  user_->residual_share = filter_.residual_share(user_->noise_ratio);
  const double error = filter_.error();
  for (auto& e : user_->error) // so far only what changes over time
    e.total = e.mismatch + error * e.squares * averaged;
  for (std::int32_t l = 0; l < grant_->n_layers; ++l)
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t n = 0; n < dmrs.nodes.size(); ++n)
        if (user_->power > 0 && any_seen(p, n))
          for (std::int32_t at = 0; at < n_prb;)
            at = smooth_window(l, p, n, at);
  for (std::int32_t p = 0; p < n_ports_; ++p)
    for (std::int32_t n = 0; n < dmrs.nodes.size(); ++n)
      if (!any_seen(p, n))
        copy_node(p, n);
}

void SmoothReference::make_filter(double q) {
  const std::int32_t window = std::min(grant_->n_prb(), reference_window_prb);
  setup_ = {grant_->dmrs.type, user_->shared, q, window};
  mask_.fill(1);
  filter_.make(profiles_[size(user_->spread)], setup_, mask_);
}

// One window, of which the inner half is put out; returns where the next one goes on.
std::int32_t
SmoothReference::smooth_window(std::int32_t l, std::int32_t p, std::int32_t n, std::int32_t at) {
  const Dmrs& dmrs = grant_->dmrs;
  const std::int32_t per_prb = dmrs.pilots_per_prb();
  const std::int32_t n_prb = grant_->n_prb();
  const std::int32_t step = std::max(1, setup_.n_prb / 2);
  const std::int32_t margin = (setup_.n_prb - step) / 2;
  const std::int32_t start = std::clamp(at - margin, 0, n_prb - setup_.n_prb);
  const std::int32_t end = start + setup_.n_prb == n_prb ? n_prb : start + margin + step;
  const auto seen_here = seen(p, n).subspan(size(start), size(setup_.n_prb));
  LmmseFilter* filter = &filter_;
  if (std::find(seen_here.begin(), seen_here.end(), 0) != seen_here.end()) {
    other_filter_.make(profiles_[size(user_->spread)], setup_, seen_here);
    filter = &other_filter_;
  }
  filter->solve(z(l, p, n).subspan(size(start * per_prb), size(setup_.n_prb * per_prb)));
  const DmrsNode& node = dmrs.nodes[n];
  const std::int32_t offset =
      (grant_->hops[node.hop].prbs.first - g_->group->prbs.first) * subcarriers_per_prb;
  for (std::int32_t k = at * subcarriers_per_prb; k < end * subcarriers_per_prb; ++k)
    h_(user_->first_layer + l, p, n, offset + k) =
        narrow(filter->estimate(k - start * subcarriers_per_prb - dmrs.layers[l].delta) *
               unit_phasor(-two_pi * k * spacing_hz_ * user_->timing_s));
  return end;
}

// A node that a port misses takes the port's nearest node of the same hop.
void SmoothReference::copy_node(std::int32_t p, std::int32_t n) {
  const Dmrs& dmrs = grant_->dmrs;
  std::int32_t from = n;
  for (std::int32_t o = 0; o < dmrs.nodes.size(); ++o)
    if (dmrs.nodes[o].hop == dmrs.nodes[n].hop && any_seen(p, o) &&
        (from == n || std::abs(o - n) < std::abs(from - n)))
      from = o;
  const double gap = node_time(*grant_, n) - node_time(*grant_, from);
  const cf64 turn = unit_phasor(two_pi * user_->cfo_hz * gap);
  if (from != n)
    for (std::int32_t l = user_->first_layer; l < user_->first_layer + grant_->n_layers; ++l)
      for (std::int32_t k = 0; k < h_.extent(3); ++k)
        h_(l, p, n, k) = narrow(wide(h_(l, p, from, k)) * turn);
}

void SmoothReference::write_user(std::int32_t index) {
  const ChannelEstimate& e = g_->estimate;
  e.timing_ns.on_host()(index) = static_cast<float>(user_->timing_s * 1e9);
  e.cfo_hz.on_host()(index) = static_cast<float>(user_->cfo_hz);
  const View<cf32, 3> weight = e.time_weight.on_host();
  const View<float, 3> error = e.h_error_var.on_host();
  for (std::int32_t l = user_->first_layer; l < user_->first_layer + grant_->n_layers; ++l)
    for (std::int32_t s = 0; s < weight.extent(1); ++s) {
      for (std::int32_t n = 0; n < weight.extent(2); ++n) {
        weight(l, s, n) = {};
        if (n >= grant_->dmrs.nodes.size())
          continue;
        const double gap = symbol_time(s) - node_time(*grant_, n);
        weight(l, s, n) =
            narrow(unit_phasor(two_pi * user_->cfo_hz * gap) * user_->weight[size(s)][size(n)]);
      }
      const std::int32_t n_k = error.stride(2) == 0 ? 1 : error.extent(2);
      for (std::int32_t k = 0; k < n_k; ++k)
        error(l, s, k) = static_cast<float>(user_->power * user_->error[size(s)].total);
    }
}

std::unique_ptr<EstimateChannel> make_estimate_channel_ref(const PlanLimits& limits) {
  return std::make_unique<SmoothReference>(limits);
}

} // namespace airan
