// SPDX-License-Identifier: Apache-2.0
// Sequences, channels and the LMMSE bound in double precision, straight from their definitions.
#include "tests/support/estimate_channel_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace airan::test {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double spacing_hz = 30e3;

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

// c(0) .. c(n-1) of TS 38.211 5.2.1, one bit at a time.
std::vector<int> gold_bits(std::uint32_t c_init, std::size_t n) {
  constexpr std::size_t nc = 1600;
  std::vector<int> x1(nc + n + 31);
  std::vector<int> x2(nc + n + 31);
  x1[0] = 1;
  for (std::size_t i = 0; i < 31; ++i)
    x2[i] = static_cast<int>(c_init >> i & 1U);
  for (std::size_t i = 0; i + 31 < x1.size(); ++i) {
    x1[i + 31] = (x1[i + 3] + x1[i]) % 2;
    x2[i + 31] = (x2[i + 3] + x2[i + 2] + x2[i + 1] + x2[i]) % 2;
  }
  std::vector<int> c(n);
  for (std::size_t i = 0; i < n; ++i)
    c[i] = (x1[i + nc] + x2[i + nc]) % 2;
  return c;
}

bool is_prime(int n) {
  for (int d = 2; d * d <= n; ++d)
    if (n % d == 0)
      return false;
  return n > 1;
}

// TS 38.211 tables 6.4.1.1.3-1 (type 1) and -2 (type 2).
DmrsLayer port_parameters(DmrsType type, std::int32_t port) {
  DmrsLayer layer;
  layer.port = port;
  const std::int32_t half = type == DmrsType::type1 ? 4 : 6;
  layer.cdm_group = port % half / 2;
  layer.delta = type == DmrsType::type1 ? layer.cdm_group : 2 * layer.cdm_group;
  layer.w_f = {1, static_cast<std::int8_t>(port % 2 == 0 ? 1 : -1)};
  layer.w_t = {1, static_cast<std::int8_t>(port < half ? 1 : -1)};
  return layer;
}

} // namespace

std::vector<Tap> delay_profile(const std::string& name) {
  const auto db = [](std::vector<Tap> taps) {
    double sum = 0;
    for (Tap& t : taps) {
      t.power = std::pow(10, t.power / 10);
      sum += t.power;
    }
    for (Tap& t : taps)
      t.power /= sum;
    return taps;
  };
  if (name == "A30")
    return db({{0, -15.5},
               {10, 0},
               {15, -5.1},
               {20, -5.1},
               {25, -9.6},
               {50, -8.2},
               {65, -13.1},
               {75, -11.5},
               {105, -11.0},
               {135, -16.2},
               {150, -16.6},
               {290, -26.2}});
  if (name == "B100")
    return db({{0, 0},
               {10, -2.2},
               {20, -0.6},
               {30, -0.6},
               {35, -0.3},
               {45, -1.2},
               {55, -5.9},
               {120, -2.2},
               {170, -0.8},
               {245, -6.3},
               {330, -7.5},
               {480, -7.1}});
  if (name == "C300")
    return db({{0, -6.9},
               {65, 0},
               {70, -7.7},
               {190, -2.5},
               {195, -2.4},
               {200, -9.9},
               {240, -8.0},
               {325, -6.6},
               {520, -7.1},
               {1045, -13.0},
               {1510, -14.2},
               {2595, -16.0}});
  return {{0, 1}};
}

std::vector<Cx> oracle_dmrs(const CheckedGrant& grant, const DmrsSymbol& symbol) {
  const std::int32_t per_prb = grant.dmrs.pilots_per_prb();
  const PrbRange prbs = grant.hop_of_symbol(symbol.symbol).prbs;
  const std::int32_t n = prbs.count * per_prb;
  std::vector<Cx> r(size(n));
  if (grant.waveform == Waveform::cp_ofdm) {
    const std::int32_t skip = (grant.grid_first_prb + prbs.first) * per_prb;
    const std::vector<int> c = gold_bits(symbol.c_init, size(2 * (skip + n)));
    for (std::int32_t i = 0; i < n; ++i)
      r[size(i)] =
          Cx(1 - 2 * c[size(2 * (skip + i))], 1 - 2 * c[size(2 * (skip + i) + 1)]) / std::sqrt(2.0);
    return r;
  }
  int nzc = n - 1;
  while (!is_prime(nzc))
    --nzc;
  const double q_bar = nzc * (symbol.papr_group + 1) / 31.0;
  const double q = std::floor(q_bar + 0.5) +
                   symbol.papr_sequence * (static_cast<int>(std::floor(2 * q_bar)) % 2 ? -1 : 1);
  for (std::int32_t i = 0; i < n; ++i) {
    const double m = i % nzc;
    r[size(i)] = std::polar(1.0, -pi * q * m * (m + 1) / nzc);
  }
  return r;
}

Scenario::Scenario(const ScenarioSetup& s, std::uint64_t seed) : setup(s) {
  std::mt19937_64 random(seed);
  n_symbols = setup.cyclic_prefix == CyclicPrefix::normal ? 14 : 12;
  make_grants();
  make_channel(random);
  make_grid(random);
  make_estimate();
}

void Scenario::make_grants() {
  for (std::size_t u = 0; u < setup.users.size(); ++u) {
    const UserSetup& user = setup.users[u];
    CheckedGrant g;
    g.rnti = static_cast<std::int32_t>(u) + 1;
    g.waveform = setup.waveform;
    g.n_layers = static_cast<std::int32_t>(user.ports.size());
    g.n_symbols = n_symbols;
    if (setup.second_hop_prb < 0) {
      g.hops.push_back({user.prbs, 0, n_symbols});
    } else {
      g.hops.push_back({user.prbs, 0, 7});
      g.hops.push_back({{setup.second_hop_prb, user.prbs.count}, 7, 7});
    }
    g.dmrs.type = setup.type;
    g.dmrs.n_cdm_groups_without_data = setup.n_cdm_groups_without_data;
    g.dmrs.amplitude = std::sqrt(static_cast<float>(setup.n_cdm_groups_without_data));
    for (const std::int32_t first : setup.symbols) {
      const std::int32_t node = g.dmrs.nodes.size();
      const std::int32_t count = setup.is_double ? 2 : 1;
      g.dmrs.nodes.push_back({first, count, g.hops.size() == 2 && first >= 7 ? 1 : 0});
      for (std::int32_t i = 0; i < count; ++i)
        g.dmrs.symbols.push_back(
            {first + i, node, i, 1234567U + 77777U * static_cast<std::uint32_t>(first + i), 5, 0});
    }
    for (const std::int32_t port : user.ports) {
      g.dmrs.layers.push_back(port_parameters(setup.type, port));
      group.layers.push_back({static_cast<std::int32_t>(u), g.dmrs.layers.size() - 1});
      user_of_layer_.push_back(static_cast<std::int32_t>(u));
    }
    grants.push_back(g);
  }
  std::int32_t first = grants.front().hops.front().prbs.first;
  std::int32_t end = 0;
  for (const CheckedGrant& g : grants) {
    pointers.push_back(&g);
    for (const Hop& hop : g.hops) {
      first = std::min(first, hop.prbs.first);
      end = std::max(end, hop.prbs.end());
    }
  }
  n_prb = std::max(setup.n_prb, end);
  group.grants = pointers;
  group.prbs = {first, end - first};
  group.n_time_nodes = static_cast<std::int32_t>(setup.symbols.size());
}

double Scenario::body_time(std::int32_t symbol) const {
  const OfdmTiming frame{setup.numerology, setup.cyclic_prefix, 4096};
  return (frame.symbol_start(0, symbol) + frame.cp_samples(0, symbol)) / frame.sample_rate_hz();
}

void Scenario::make_channel(std::mt19937_64& random) {
  std::normal_distribution<double> normal(0, std::sqrt(0.5));
  std::uniform_real_distribution<double> turn(0, 2 * pi);
  constexpr int sinusoids = 24;
  for (std::size_t l = 0; l < user_of_layer_.size(); ++l) {
    const UserSetup& user = setup.users[size(user_of_layer_[l])];
    for (std::int32_t p = 0; p < setup.n_ports; ++p) {
      std::vector<Ray> rays;
      const Cx phase = std::polar(1.0, turn(random));
      for (const Tap& tap : setup.profile) {
        const int n = setup.doppler_hz > 0 ? sinusoids : 1;
        for (int i = 0; i < n; ++i) {
          const double amplitude = std::sqrt(tap.power * user.power / n);
          const Cx gain =
              setup.fading ? amplitude * Cx(normal(random), normal(random)) : amplitude * phase;
          const double doppler = setup.doppler_hz * std::cos(turn(random));
          rays.push_back({(tap.delay_ns + user.timing_ns) * 1e-9, doppler + user.cfo_hz, gain});
        }
      }
      rays_.push_back(rays);
    }
  }
}

Cx Scenario::channel(std::int32_t layer,
                     std::int32_t port,
                     std::int32_t symbol,
                     std::int32_t k) const {
  Cx sum = 0;
  const double t = body_time(symbol);
  const double f = (k - 6 * n_prb) * subcarrier_spacing_hz(setup.numerology);
  for (const Ray& ray : rays_[size(layer * setup.n_ports + port)])
    sum += ray.gain * std::polar(1.0, 2 * pi * (ray.doppler_hz * t - f * ray.delay_s));
  return sum * setup.gain;
}

void Scenario::make_grid(std::mt19937_64& random) {
  const std::int32_t n_k = n_prb * 12;
  std::normal_distribution<double> normal(0, std::sqrt(setup.noise_power / 2));
  std::vector<Cx> y(size(1LL * setup.n_ports * n_symbols * n_k));
  for (Cx& v : y)
    v = setup.gain * Cx(normal(random), normal(random));
  std::int32_t layer = 0;
  for (const CheckedGrant& g : grants)
    for (const DmrsLayer& l : g.dmrs.layers) {
      for (const DmrsSymbol& s : g.dmrs.symbols) {
        const std::vector<Cx> r = oracle_dmrs(g, s);
        const PrbRange prbs = g.hop_of_symbol(s.symbol).prbs;
        const std::int32_t per_prb = g.dmrs.pilots_per_prb();
        for (std::int32_t i = 0; i < prbs.count * per_prb; ++i) {
          const std::int32_t k = prbs.first_subcarrier() + i / per_prb * 12 +
                                 g.dmrs.pilot_subcarrier(i % per_prb, l.delta);
          const double w = l.w_f[size(i % 2)] * (setup.is_double ? l.w_t[size(s.l_prime)] : 1);
          const Cx a = static_cast<double>(g.dmrs.amplitude) * w * r[size(i)];
          for (std::int32_t p = 0; p < setup.n_ports; ++p)
            y[size((1LL * p * n_symbols + s.symbol) * n_k + k)] +=
                a * channel(layer, p, s.symbol, k);
        }
      }
      ++layer;
    }
  for (const Cx& v : y)
    re.push_back({static_cast<float>(v.real()), static_cast<float>(v.imag())});
  valid.assign(size(1LL * setup.n_ports * n_symbols * n_prb), 1);
  grid.re = {View<cf32, 3>(re.data(), {setup.n_ports, n_symbols, n_k}), MemorySpace::host};
  grid.valid = {View<std::uint8_t, 3>(valid.data(), {setup.n_ports, n_symbols, n_prb}),
                MemorySpace::host};
}

void Scenario::make_estimate() {
  const std::int32_t n_layers = group.layers.size();
  const std::int32_t n_k = group.prbs.n_subcarriers();
  const auto n_grants = static_cast<std::int32_t>(grants.size());
  const std::int32_t n_nodes = group.n_time_nodes;
  h.resize(size(1LL * n_layers * setup.n_ports * n_nodes * n_k));
  time_weight.resize(size(n_layers * n_symbols * n_nodes));
  noise_covariance.resize(size(setup.n_ports * setup.n_ports));
  error.resize(size(n_layers * n_symbols));
  timing.resize(size(n_grants));
  cfo.resize(size(n_grants));
  const MemorySpace host = MemorySpace::host;
  estimate.h = {View<cf32, 4>(h.data(), {n_layers, setup.n_ports, n_nodes, n_k}), host};
  estimate.time_weight = {View<cf32, 3>(time_weight.data(), {n_layers, n_symbols, n_nodes}), host};
  estimate.h_error_var = {
      View<float, 3>(error.data(), {n_layers, n_symbols, n_k}, {n_symbols, 1, 0}), host};
  estimate.noise_covariance = {
      View<cf32, 3>(noise_covariance.data(), {1, setup.n_ports, setup.n_ports}), host};
  estimate.timing_ns = {View<float, 1>(timing.data(), {n_grants}), host};
  estimate.cfo_hz = {View<float, 1>(cfo.data(), {n_grants}), host};
}

Cx Scenario::estimated(std::int32_t layer,
                       std::int32_t port,
                       std::int32_t symbol,
                       std::int32_t k) const {
  const View<cf32, 4> hv = estimate.h.on_host();
  const View<cf32, 3> w = estimate.time_weight.on_host();
  Cx sum = 0;
  for (std::int32_t n = 0; n < group.n_time_nodes; ++n) {
    const cf32 a = w(layer, symbol, n);
    const cf32 b = hv(layer, port, n, k - group.prbs.first_subcarrier());
    sum += Cx(static_cast<double>(a.re), static_cast<double>(a.im)) *
           Cx(static_cast<double>(b.re), static_cast<double>(b.im));
  }
  return sum;
}

double Scenario::relative_error(std::int32_t layer) const {
  const std::int32_t u = user_of_layer_[size(layer)];
  double sum = 0;
  std::int64_t n = 0;
  for (std::int32_t s = 0; s < n_symbols; ++s) {
    const PrbRange prbs = grants[size(u)].hop_of_symbol(s).prbs;
    for (std::int32_t k = prbs.first_subcarrier(); k < prbs.end() * 12; k += 5)
      for (std::int32_t p = 0; p < setup.n_ports; ++p, ++n)
        sum += std::norm(estimated(layer, p, s, k) - channel(layer, p, s, k));
  }
  return sum / (static_cast<double>(n) * setup.users[size(u)].power * setup.gain * setup.gain);
}

double Scenario::noise_estimate(std::int32_t port) const {
  return static_cast<double>(estimate.noise_covariance.on_host()(0, port, port).re);
}

double lmmse_bound(const std::vector<Tap>& profile,
                   DmrsType type,
                   std::int32_t n_prb,
                   double noise_to_signal) {
  Dmrs dmrs;
  dmrs.type = type;
  const std::int32_t per_prb = dmrs.pilots_per_prb();
  const std::size_t n = size(n_prb * per_prb);
  const std::int32_t n_k = n_prb * 12;
  std::vector<Cx> rho(size(2 * n_k));
  for (std::int32_t d = 0; d < 2 * n_k; ++d)
    for (const Tap& tap : profile)
      rho[size(d)] +=
          tap.power * std::polar(1.0, -2 * pi * (d - n_k) * spacing_hz * tap.delay_ns * 1e-9);
  const auto place = [&](std::size_t i) {
    const auto m = static_cast<std::int32_t>(i);
    return m / per_prb * 12 + dmrs.pilot_subcarrier(m % per_prb, 0);
  };
  // Cholesky R + q I = L L^H, then 1 - |L^-1 r|^2 for each subcarrier.
  std::vector<Cx> l(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      Cx s = rho[size(place(i) - place(j) + n_k)];
      if (i == j)
        s += noise_to_signal;
      for (std::size_t k = 0; k < j; ++k)
        s -= l[i * n + k] * std::conj(l[j * n + k]);
      l[i * n + j] = i == j ? Cx(std::sqrt(s.real())) : s / l[j * n + j].real();
    }
  double sum = 0;
  std::int32_t count = 0;
  std::vector<Cx> x(n);
  for (std::int32_t k = 0; k < n_k; k += 5, ++count) {
    double explained = 0;
    for (std::size_t i = 0; i < n; ++i) {
      Cx s = rho[size(place(i) - k + n_k)];
      for (std::size_t j = 0; j < i; ++j)
        s -= l[i * n + j] * x[j];
      x[i] = s / l[i * n + i].real();
      explained += std::norm(x[i]);
    }
    sum += 1 - explained;
  }
  return sum / count;
}

} // namespace airan::test
