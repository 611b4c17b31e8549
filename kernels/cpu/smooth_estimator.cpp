// SPDX-License-Identifier: Apache-2.0
// The order of the steps of the estimator "smooth", its workspace and its outputs.
#include "kernels/cpu/smooth_estimator.hpp"

#include "kernels/primitives/dmrs_sequence.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace airan {
namespace {
constexpr std::int32_t max_pilots_per_prb = 6;
constexpr std::int32_t max_dmrs_symbols = 8;
std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}
} // namespace

std::string smooth_reason_to_decline(const PlanLimits& limits) {
  if (limits.n_prb > max_prb)
    return "more than 275 PRBs";
  if (limits.n_ports > max_rx_ports)
    return "more than 64 ports";
  return {};
}

SmoothEstimator::SmoothEstimator(const PlanLimits& limits, const SmoothKernels& kernels)
    : kernels_(kernels), bank_(delay_basis_bank()), max_ports_(limits.n_ports),
      max_prb_(limits.n_prb), max_pilots_(limits.n_prb * max_pilots_per_prb),
      max_modes_((limits.n_prb / 3 + 4) * 48),
      pilot_store_(size(2LL * max_streams * max_ports_ * max_time_nodes * max_pilots_)),
      cell_store_(size(2LL * max_layers_per_user * max_ports_ * max_time_nodes * max_prb_)),
      mode_store_(size(2LL * max_layers_per_user * max_ports_ * max_time_nodes * max_modes_)),
      seq_store_(size(2LL * max_grants * max_dmrs_symbols * max_pilots_)),
      scratch_(size(2LL * (2 * max_pilots_ + 24 * max_prb_ + max_basis_rank))),
      sequence_(size(max_pilots_)), mask_(size(1LL * max_ports_ * max_symbols_per_slot * max_prb_)),
      node_mask_(size(1LL * max_ports_ * max_time_nodes * max_prb_)),
      node_whole_(size(1LL * max_ports_ * max_time_nodes)) {
  float* next = scratch_.data();
  const auto take = [&next](std::int32_t n) {
    const Split s{next, next + n};
    next += 2 * n;
    return s;
  };
  load_ = take(max_pilots_);
  channel_ = take(max_pilots_);
  rotation_ = take(max_prb_ * subcarriers_per_prb);
  output_ = take(max_prb_ * subcarriers_per_prb);
  modes_ = take(max_basis_rank);
}

Split SmoothEstimator::stream_pilots(std::int32_t stream,
                                     std::int32_t port,
                                     std::int32_t node) const {
  const std::int64_t at = (1LL * stream * max_ports_ + port) * max_time_nodes + node;
  float* p = const_cast<float*>(pilot_store_.data()) + 2 * at * max_pilots_;
  return {p, p + max_pilots_};
}
Split SmoothEstimator::cells(std::int32_t layer, std::int32_t port, std::int32_t node) const {
  const std::int64_t at = (1LL * layer * max_ports_ + port) * max_time_nodes + node;
  float* p = const_cast<float*>(cell_store_.data()) + 2 * at * max_prb_;
  return {p, p + max_prb_};
}
Split SmoothEstimator::modes(std::int32_t layer, std::int32_t port, std::int32_t node) const {
  const std::int64_t at = (1LL * layer * max_ports_ + port) * max_time_nodes + node;
  float* p = const_cast<float*>(mode_store_.data()) + 2 * at * max_modes_;
  return {p, p + max_modes_};
}
Split SmoothEstimator::sequence(std::int32_t user, std::int32_t dmrs_symbol) const {
  const std::int64_t at = 1LL * user * max_dmrs_symbols + dmrs_symbol;
  float* p = const_cast<float*>(seq_store_.data()) + 2 * at * max_pilots_;
  return {p, p + max_pilots_};
}
std::uint8_t* SmoothEstimator::symbol_mask(std::int32_t port, std::int32_t symbol) {
  return mask_.data() + (1LL * port * max_symbols_per_slot + symbol) * max_prb_;
}
std::uint8_t* SmoothEstimator::node_mask(std::int32_t port, std::int32_t node) {
  return node_mask_.data() + (1LL * port * max_time_nodes + node) * max_prb_;
}
const std::uint8_t* SmoothEstimator::node_mask(std::int32_t port, std::int32_t node) const {
  return node_mask_.data() + (1LL * port * max_time_nodes + node) * max_prb_;
}

void SmoothEstimator::run(const EstimateChannelArgs& args, Queue&) noexcept {
  for (const EstimateChannelGroup& g : args.groups)
    estimate_group(g);
}

void SmoothEstimator::estimate_group(const EstimateChannelGroup& g) {
  group_ = &g;
  re_ = g.grid.re.on_host();
  h_ = g.estimate.h.on_host();
  n_ports_ = re_.extent(0);
  spacing_hz_ = subcarrier_spacing_hz(g.numerology);
  n_users_ = static_cast<std::int32_t>(g.group->grants.size());
  AIRAN_ASSERT(n_ports_ <= max_ports_, std::string("more ports than planned"));
  AIRAN_ASSERT(n_users_ <= max_grants, std::string("more grants in a group than layers"));
  AIRAN_ASSERT(h_.stride(3) == 1, std::string("subcarriers of h must be contiguous"));
  for (std::int32_t l = 0; l < h_.extent(0); ++l)
    for (std::int32_t p = 0; p < h_.extent(1); ++p)
      for (std::int32_t n = 0; n < h_.extent(2); ++n)
        std::fill_n(&h_(l, p, n, 0), h_.extent(3), cf32{});
  prepare_masks();
  prepare_users();
  for (std::int32_t u = 0; u < n_users_; ++u) {
    User& user = users_[size(u)];
    least_squares(user, 0);
    user.timing_s = coarse_timing(user);
    rotate_pilots(user, user.timing_s);
    average_cells(user);
    const double fine = fine_timing(user);
    user.timing_s += fine;
    rotate_pilots(user, fine);
    average_cells(user);
    measure_cfo(user);
    const bool is_double = user.grant->dmrs.nodes.front().n_symbols == 2;
    if (is_double && user.cfo_hz != 0) { // separate w_t again, without the carrier offset
      least_squares(user, user.cfo_hz);
      rotate_pilots(user, user.timing_s);
      average_cells(user);
    }
    fill_missing(user);
    choose_filter(user);
    measure_doppler(user);
    fill_missing_nodes(user);
    project_windows(user);
    filter_errors(user);
    choose_time_weights(user);
    filter_errors(user);
    choose_time_weights(user);
    smooth(user);
    write_user(user, u);
  }
  measure_noise();
}

// Time at which the body of a symbol begins, from the start of the slot.
double SmoothEstimator::symbol_time(std::int32_t symbol) const {
  const OfdmTiming timing{group_->numerology, group_->cyclic_prefix, 2048};
  const auto slot = static_cast<std::int32_t>(group_->group->id.slot);
  return (timing.symbol_start(slot, symbol) + timing.cp_samples(slot, symbol)) /
         timing.sample_rate_hz();
}

// Only the DM-RS symbols of the group's grants.
void SmoothEstimator::prepare_masks() {
  const View<std::uint8_t, 3> valid = group_->grid.valid.on_host();
  std::uint32_t done = 0;
  for (const CheckedGrant* grant : group_->group->grants)
    for (const DmrsSymbol& s : grant->dmrs.symbols) {
      if ((done >> s.symbol & 1U) != 0)
        continue;
      done |= 1U << s.symbol;
      const PrbRange prbs = group_->group->prbs;
      for (std::int32_t p = 0; p < n_ports_; ++p)
        for (std::int32_t b = prbs.first; b < prbs.end(); ++b)
          symbol_mask(p, s.symbol)[b] = valid(p, s.symbol, b) != 0 ? 1 : 0;
    }
}

void SmoothEstimator::prepare_users() {
  const std::span<const CheckedGrant* const> grants = group_->group->grants;
  std::int32_t first_layer = 0;
  for (std::int32_t u = 0; u < n_users_; ++u) {
    User& user = users_[size(u)];
    user = User{};
    user.grant = grants[size(u)];
    user.first_layer = first_layer;
    first_layer += user.grant->n_layers;
    const Dmrs& dmrs = user.grant->dmrs;
    const std::int32_t n_pilots = user.grant->n_prb() * dmrs.pilots_per_prb();
    for (std::int32_t n = 0; n < dmrs.nodes.size(); ++n) {
      const DmrsNode& node = dmrs.nodes[n];
      user.node_time[size(n)] =
          (symbol_time(node.first_symbol) + symbol_time(node.first_symbol + node.n_symbols - 1)) /
          2;
    }
    for (std::int32_t s = 0; s < dmrs.symbols.size(); ++s) {
      dmrs_sequence(*user.grant, dmrs.symbols[s], {sequence_.data(), size(n_pilots)});
      const Split out = sequence(u, s);
      for (std::int32_t i = 0; i < n_pilots; ++i) {
        out.re[i] = sequence_[size(i)].re;
        out.im[i] = sequence_[size(i)].im;
      }
    }
    const bool is_double = dmrs.nodes.front().n_symbols == 2;
    for (std::int32_t l = 0; l < user.grant->n_layers; ++l) {
      const DmrsLayer& layer = dmrs.layers[l];
      user.alternating[size(l)] = layer.w_f[1] != layer.w_f[0];
      std::int32_t at = 0;
      while (at < user.streams.size() && !(user.streams[at].cdm_group == layer.cdm_group &&
                                           (!is_double || user.streams[at].w_t == layer.w_t)))
        ++at;
      user.stream_of_layer[size(l)] = at;
      if (at == user.streams.size())
        user.streams.push_back({layer.cdm_group, layer.delta, layer.w_t, false, false});
      for (const CheckedGrant* other : grants)
        for (const DmrsLayer& o : other->dmrs.layers) {
          if (o.cdm_group != layer.cdm_group)
            continue;
          const bool same_time = !is_double || o.w_t == layer.w_t;
          if (same_time && o.w_f != layer.w_f)
            user.streams[at].shared = true;
          if (!same_time)
            user.streams[at].needs_both = true;
        }
    }
  }
}

void SmoothEstimator::write_user(const User& user, std::int32_t index) {
  const ChannelEstimate& e = group_->estimate;
  e.timing_ns.on_host()(index) = static_cast<float>(user.timing_s * 1e9);
  e.cfo_hz.on_host()(index) = static_cast<float>(user.cfo_hz);
  const View<cf32, 3> weight = e.time_weight.on_host();
  const View<float, 3> error = e.h_error_var.on_host();
  for (std::int32_t l = 0; l < user.grant->n_layers; ++l)
    for (std::int32_t s = 0; s < weight.extent(1); ++s) {
      const std::int32_t layer = user.first_layer + l;
      const double t = symbol_time(s);
      for (std::int32_t n = 0; n < weight.extent(2); ++n) {
        const double w = s < max_symbols_per_slot && n < user.grant->dmrs.nodes.size()
                             ? user.weight[size(s)][size(n)]
                             : 0.0;
        const double phase =
            n < max_time_nodes ? 2 * std::numbers::pi * user.cfo_hz * (t - user.node_time[size(n)])
                               : 0.0;
        weight(layer, s, n) = {static_cast<float>(w * std::cos(phase)),
                               static_cast<float>(w * std::sin(phase))};
      }
      const auto var = static_cast<float>(user.power * user.error[size(s)]);
      const std::int32_t n_k = error.stride(2) == 0 ? 1 : error.extent(2);
      for (std::int32_t k = 0; k < n_k; ++k)
        error(layer, s, k) = var;
    }
}

} // namespace airan
