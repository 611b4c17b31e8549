// SPDX-License-Identifier: Apache-2.0
// Makes a slot: random bits, modulation and precoding from the clauses, a random channel.
#include "tests/support/detect_scene.hpp"

#include "tests/support/detect_oracle.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace airan::test {
namespace {
constexpr std::int32_t n_slot_symbols = 14;
constexpr std::int32_t hop_symbol = 7;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}
} // namespace

DetectScene::DetectScene(const SceneSpec& scene_spec, std::uint32_t seed)
    : spec(scene_spec), random_(seed) {
  make_grants();
  make_segments();
  make_estimate();
  make_grid();
}

cf32 DetectScene::gaussian(double power) {
  std::normal_distribution<double> axis(0.0, std::sqrt(power / 2));
  const double re_part = axis(random_);
  return {static_cast<float>(re_part), static_cast<float>(axis(random_))};
}

void DetectScene::make_grants() {
  for (const SceneUser& user : spec.users) {
    CheckedGrant g;
    g.modulation = user.modulation;
    g.waveform = user.waveform;
    g.n_layers = user.n_layers;
    g.first_symbol = user.first_symbol;
    g.n_symbols = user.n_symbols;
    g.hops.push_back({user.prbs, user.first_symbol, user.n_symbols});
    if (user.second_hop_prb) {
      g.hops[0].n_symbols = hop_symbol - user.first_symbol;
      g.hops.push_back({{*user.second_hop_prb, user.prbs.count},
                        hop_symbol,
                        user.first_symbol + user.n_symbols - hop_symbol});
    }
    for (std::int32_t s = user.first_symbol; s < user.first_symbol + user.n_symbols; ++s) {
      g.data_mask[at(s)] = s == 2 || s == 11 ? user.dmrs_symbol_mask : 0xFFF;
      g.n_data_res += std::popcount(g.data_mask[at(s)]) * user.prbs.count;
    }
    g.scrambling_c_init = static_cast<std::uint32_t>(random_()) & 0x7FFFFFFFU;
    g.index = static_cast<std::int32_t>(grants.size());
    for (std::int32_t v = 0; v < user.n_layers; ++v)
      group.layers.push_back({g.index, v});
    grants.push_back(g);
  }
  for (const CheckedGrant& g : grants)
    grant_pointers.push_back(&g);
  group.grants = grant_pointers;
  group.prbs = {0, 0};
  std::int32_t first = spec.grid_prbs;
  std::int32_t end = 0;
  for (const CheckedGrant& g : grants)
    for (const Hop& hop : g.hops) {
      first = std::min(first, hop.prbs.first);
      end = std::max(end, hop.prbs.end());
    }
  group.prbs = {first, end - first};
  group.n_time_nodes = spec.n_time_nodes;
}

/// Runs of PRBs with the same users, for each run of symbols with the same picture.
void DetectScene::make_segments() {
  const auto users_at = [this](std::int32_t symbol, std::int32_t prb) {
    std::uint32_t users = 0;
    for (std::size_t g = 0; g < grants.size(); ++g) {
      const CheckedGrant& grant = grants[g];
      const PrbRange prbs = grant.hop_of_symbol(symbol).prbs;
      if (symbol >= grant.first_symbol && symbol < grant.first_symbol + grant.n_symbols &&
          prb >= prbs.first && prb < prbs.end())
        users |= 1U << g;
    }
    return users;
  };
  const auto same_picture = [&](std::int32_t a, std::int32_t b) {
    for (std::int32_t prb = 0; prb < spec.grid_prbs; ++prb)
      if (users_at(a, prb) != users_at(b, prb))
        return false;
    return true;
  };
  for (std::int32_t s = 0; s < n_slot_symbols;) {
    std::int32_t s_end = s + 1;
    while (s_end < n_slot_symbols && same_picture(s, s_end))
      ++s_end;
    for (std::int32_t prb = 0; prb < spec.grid_prbs;) {
      std::int32_t end = prb + 1;
      while (end < spec.grid_prbs && users_at(s, end) == users_at(s, prb))
        ++end;
      Segment segment{{prb, end - prb}, s, s_end - s, {}};
      for (std::int32_t layer = 0; layer < group.layers.size(); ++layer)
        if ((users_at(s, prb) >> group.layers[layer].grant) & 1U)
          segment.layers.push_back(layer);
      if (!segment.layers.empty())
        segments.push_back(segment);
      prb = end;
    }
    s = s_end;
  }
  group.segments = segments;
}

/// Independent Rayleigh values in every layer, port, node and subcarrier.
void DetectScene::make_estimate() {
  const std::int32_t n_layers = group.layers.size();
  const std::int32_t n_sc = group.prbs.n_subcarriers();
  const std::int32_t n_nodes = spec.n_time_nodes;
  const double power = spec.amplitude * spec.amplitude;
  h.resize(at(std::int64_t{n_layers} * spec.n_ports * n_nodes * n_sc));
  for (cf32& value : h)
    value = gaussian(power);
  // Linear between the first and the last node, times a carrier offset; hops use a node each.
  time_weight.resize(at(n_layers * n_slot_symbols * n_nodes));
  for (std::int32_t layer = 0; layer < n_layers; ++layer)
    for (std::int32_t s = 0; s < n_slot_symbols; ++s) {
      const CheckedGrant& g = grants[at(group.layers[layer].grant)];
      if (s < g.first_symbol || s >= g.first_symbol + g.n_symbols)
        continue;
      const cf32 turn = unit_phasor(0.05F * static_cast<float>((layer + 1) * (s - 6)));
      cf32* w = &time_weight[at((layer * n_slot_symbols + s) * n_nodes)];
      const float late = n_nodes == 1 ? 0.0F : static_cast<float>(s) / 13.0F;
      if (g.hops.size() == 2) {
        w[s < hop_symbol ? 0 : n_nodes - 1] = turn;
      } else {
        w[0] = turn * (1.0F - late);
        w[n_nodes - 1] += turn * late;
      }
    }
  const double noise = power * std::pow(10.0, -spec.snr_db / 10);
  const std::int32_t n_groups =
      (group.prbs.count + spec.prbs_per_covariance - 1) / spec.prbs_per_covariance;
  covariance.resize(at(n_groups * spec.n_ports * spec.n_ports));
  for (std::int32_t i = 0; i < n_groups; ++i)
    for (std::int32_t p = 0; p < spec.n_ports; ++p)
      covariance[at((i * spec.n_ports + p) * spec.n_ports + p)] = {
          static_cast<float>(noise * (1 + 0.3 * p + 0.2 * i)), 0.0F};
  h_error_var.resize(at(n_layers * n_slot_symbols * (spec.error_var_by_subcarrier ? n_sc : 1)));
  for (float& v : h_error_var)
    v = static_cast<float>(spec.channel_error_var * power) *
        std::uniform_real_distribution<float>(0.5F, 1.5F)(random_);
  timing.resize(grants.size());
  cfo.resize(grants.size());
  const auto host = MemorySpace::host;
  estimate.h = {{h.data(), {n_layers, spec.n_ports, n_nodes, n_sc}}, host};
  estimate.time_weight = {{time_weight.data(), {n_layers, n_slot_symbols, n_nodes}}, host};
  const std::int64_t step = spec.error_var_by_subcarrier ? n_sc : 1;
  estimate.h_error_var = {{h_error_var.data(),
                           {n_layers, n_slot_symbols, n_sc},
                           {n_slot_symbols * step, step, spec.error_var_by_subcarrier ? 1 : 0}},
                          host};
  estimate.noise_covariance = {{covariance.data(), {n_groups, spec.n_ports, spec.n_ports}}, host};
  estimate.prbs_per_covariance = spec.prbs_per_covariance;
  estimate.timing_ns = {{timing.data(), {static_cast<std::int32_t>(grants.size())}}, host};
  estimate.cfo_hz = {{cfo.data(), {static_cast<std::int32_t>(grants.size())}}, host};
}

/// TS 38.211 6.3.1.1 to 6.3.1.7 for one user, into layer_grid_.
void DetectScene::send(std::size_t user) {
  const CheckedGrant& g = grants[user];
  const std::int32_t n_bits = bits_per_symbol(g.modulation);
  const std::int64_t n_symbols = std::int64_t{g.n_data_res} * g.n_layers;
  const auto c = gold_oracle(g.scrambling_c_init, n_symbols * n_bits);
  std::int64_t next = 0;
  std::int32_t first_layer = 0;
  while (group.layers[first_layer].grant != static_cast<std::int32_t>(user))
    ++first_layer;
  const std::int32_t n_sc = spec.grid_prbs * 12;
  for (std::int32_t s = g.first_symbol; s < g.first_symbol + g.n_symbols; ++s) {
    const PrbRange prbs = g.hop_of_symbol(s).prbs;
    std::vector<std::size_t> places; // in layer_grid_, in codeword order
    for (std::int32_t k = prbs.first * 12; k < prbs.end() * 12; ++k)
      if ((g.data_mask[at(s)] >> (k % 12)) & 1U)
        for (std::int32_t v = 0; v < g.n_layers; ++v)
          places.push_back(at((std::int64_t{first_layer + v} * n_slot_symbols + s) * n_sc + k));
    std::vector<cf64> values;
    for (std::size_t i = 0; i < places.size(); ++i, ++next) {
      std::uint32_t scrambled = 0;
      for (std::int32_t b = 0; b < n_bits; ++b) {
        const std::uint8_t bit = random_() & 1U;
        sent_bits[user].push_back(bit);
        scrambled |= static_cast<std::uint32_t>(bit ^ c[at(next * n_bits + b)]) << b;
      }
      values.push_back(constellation_oracle(g.modulation, next)[scrambled]);
      sent[user].push_back(
          {static_cast<float>(values.back().re), static_cast<float>(values.back().im)});
    }
    const std::size_t m = values.size();
    for (std::size_t k = 0; k < m; ++k) {
      layer_grid_[places[k]] = values[k];
      if (g.waveform == Waveform::cp_ofdm)
        continue;
      cf64 sum;
      for (std::size_t i = 0; i < m; ++i)
        sum += values[i] * unit_phasor(-2 * std::numbers::pi * static_cast<double>(i * k % m) /
                                       static_cast<double>(m));
      layer_grid_[places[k]] = sum * (1 / std::sqrt(static_cast<double>(m)));
    }
  }
}

void DetectScene::make_grid() {
  const std::int32_t n_sc = spec.grid_prbs * 12;
  layer_grid_.resize(at(std::int64_t{group.layers.size()} * n_slot_symbols * n_sc));
  sent.resize(grants.size());
  sent_bits.resize(grants.size());
  for (std::size_t user = 0; user < grants.size(); ++user)
    send(user);
  re.resize(at(std::int64_t{spec.n_ports} * n_slot_symbols * n_sc));
  valid.assign(at(spec.n_ports * n_slot_symbols * spec.grid_prbs), 1);
  grid.re = {{re.data(), {spec.n_ports, n_slot_symbols, n_sc}}, MemorySpace::host};
  grid.valid = {{valid.data(), {spec.n_ports, n_slot_symbols, spec.grid_prbs}}, MemorySpace::host};
  const auto h_view = estimate.h.on_host();
  const auto weight = estimate.time_weight.on_host();
  const auto noise = estimate.noise_covariance.on_host();
  for (std::int32_t port = 0; port < spec.n_ports; ++port)
    for (std::int32_t s = 0; s < n_slot_symbols; ++s)
      for (std::int32_t k = group.prbs.first * 12; k < group.prbs.end() * 12; ++k) {
        const std::int32_t in_group = k - group.prbs.first * 12;
        cf64 sum;
        for (std::int32_t layer = 0; layer < group.layers.size(); ++layer)
          for (std::int32_t node = 0; node < spec.n_time_nodes; ++node) {
            const cf32 gain = weight(layer, s, node) * h_view(layer, port, node, in_group);
            sum += cf64{gain.re, gain.im} *
                   layer_grid_[at((std::int64_t{layer} * n_slot_symbols + s) * n_sc + k)];
          }
        const cf32 n = gaussian(noise(in_group / 12 / spec.prbs_per_covariance, port, port).re);
        grid.re.on_host()(port, s, k) = {static_cast<float>(sum.re + n.re),
                                         static_cast<float>(sum.im + n.im)};
      }
}

} // namespace airan::test
