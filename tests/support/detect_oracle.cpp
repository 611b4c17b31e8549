// SPDX-License-Identifier: Apache-2.0
// Textbook LMMSE in the space of ports, W = H^H (H H^H + R)^-1, by Gaussian elimination.
#include "tests/support/detect_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

namespace airan::test {
namespace {

using Cd = std::complex<double>;

Cd widen(const cf32& a) {
  return {a.re, a.im};
}

/// Solves a x = b in place by Gaussian elimination with partial pivoting; b becomes x.
void solve(std::vector<std::vector<Cd>> a, std::vector<Cd>& b) {
  const std::size_t n = b.size();
  for (std::size_t p = 0; p < n; ++p) {
    std::size_t best = p;
    for (std::size_t i = p + 1; i < n; ++i)
      if (std::abs(a[i][p]) > std::abs(a[best][p]))
        best = i;
    std::swap(a[p], a[best]);
    std::swap(b[p], b[best]);
    for (std::size_t i = p + 1; i < n; ++i) {
      const Cd f = a[i][p] / a[p][p];
      for (std::size_t j = p; j < n; ++j)
        a[i][j] -= f * a[p][j];
      b[i] -= f * b[p];
    }
  }
  for (std::size_t p = n; p-- > 0;) {
    for (std::size_t j = p + 1; j < n; ++j)
      b[p] -= a[p][j] * b[j];
    b[p] /= a[p][p];
  }
}

struct Unbiased {
  Cd x;
  double sinr = 0;
};

/// One RE: what the wanted layer of the group is, seen through all layers of the segment.
Unbiased equalise(const ResourceGrid& grid,
                  const DetectionGroup& group,
                  const ChannelEstimate& estimate,
                  const Segment& segment,
                  std::int32_t wanted,
                  std::int32_t symbol,
                  std::int32_t subcarrier) {
  const std::int32_t k = subcarrier - group.prbs.first * 12;
  double error_var = 0;
  for (const std::int32_t layer : segment.layers)
    error_var += estimate.h_error_var.on_host()(layer, symbol, k);
  std::vector<Cd> y;
  std::vector<double> noise;
  std::vector<std::vector<Cd>> h; // [layer of the segment][valid port]
  h.resize(static_cast<std::size_t>(segment.layers.size()));
  std::size_t row_of_wanted = 0;
  for (std::int32_t port = 0; port < grid.re.extent(0); ++port) {
    if (grid.valid.on_host()(port, symbol, subcarrier / 12) == 0)
      continue;
    y.push_back(widen(grid.re.on_host()(port, symbol, subcarrier)));
    noise.push_back(
        estimate.noise_covariance.on_host()(k / 12 / estimate.prbs_per_covariance, port, port).re +
        error_var);
    for (std::int32_t row = 0; row < segment.layers.size(); ++row) {
      const std::int32_t layer = segment.layers[row];
      if (layer == wanted)
        row_of_wanted = static_cast<std::size_t>(row);
      Cd sum;
      for (std::int32_t node = 0; node < estimate.h.extent(2); ++node)
        sum += widen(estimate.time_weight.on_host()(layer, symbol, node)) *
               widen(estimate.h.on_host()(layer, port, node, k));
      h[static_cast<std::size_t>(row)].push_back(sum);
    }
  }
  const std::size_t n = y.size();
  if (n == 0)
    return {};
  std::vector<std::vector<Cd>> c(n, std::vector<Cd>(n));
  for (std::size_t i = 0; i < n; ++i) {
    c[i][i] += noise[i];
    for (std::size_t j = 0; j < n; ++j)
      for (const auto& column : h)
        c[i][j] += column[i] * std::conj(column[j]);
  }
  std::vector<Cd> w = h[row_of_wanted];
  solve(c, w);
  Cd x;
  double gain = 0;
  for (std::size_t i = 0; i < n; ++i) {
    x += std::conj(w[i]) * y[i];
    gain += std::real(std::conj(w[i]) * h[row_of_wanted][i]);
  }
  return gain > 1e-15 ? Unbiased{x / gain, gain / (1 - gain)} : Unbiased{};
}

void undo_precoding(std::vector<Unbiased>& symbols, std::size_t first, std::size_t m) {
  std::vector<Cd> out(m);
  double mean_gain = 0;
  for (std::size_t k = 0; k < m; ++k) {
    const Unbiased& s = symbols[first + k];
    const double gain = s.sinr / (1 + s.sinr);
    mean_gain += gain / static_cast<double>(m);
    for (std::size_t n = 0; n < m; ++n)
      out[n] += gain * s.x / std::sqrt(static_cast<double>(m)) *
                std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(k * n % m) /
                                    static_cast<double>(m));
  }
  for (std::size_t n = 0; n < m; ++n)
    symbols[first + n] =
        mean_gain > 1e-15 ? Unbiased{out[n] / mean_gain, mean_gain / (1 - mean_gain)} : Unbiased{};
}

} // namespace

std::vector<std::uint8_t> gold_oracle(std::uint32_t c_init, std::int64_t n) {
  const auto length = static_cast<std::size_t>(n + 1600 + 31);
  std::vector<std::uint8_t> x1(length, 0);
  std::vector<std::uint8_t> x2(length, 0);
  x1[0] = 1;
  for (std::size_t i = 0; i < 31; ++i)
    x2[i] = (c_init >> i) & 1U;
  for (std::size_t i = 0; i + 31 < length; ++i) {
    x1[i + 31] = (x1[i + 3] + x1[i]) % 2;
    x2[i + 31] = (x2[i + 3] + x2[i + 2] + x2[i + 1] + x2[i]) % 2;
  }
  std::vector<std::uint8_t> c(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < c.size(); ++i)
    c[i] = (x1[i + 1600] + x2[i + 1600]) % 2;
  return c;
}

std::vector<cf64> constellation_oracle(Modulation m, std::int64_t index) {
  std::vector<cf64> points;
  for (std::uint32_t bits = 0; bits < (1U << bits_per_symbol(m)); ++bits) {
    const auto s = [bits](int i) { return 1.0 - 2.0 * ((bits >> i) & 1U); }; // 1 - 2 b(i)
    cf64 d;
    switch (m) {
    case Modulation::pi2_bpsk: { // exp(j pi/2 (i mod 2)) / sqrt(2) [(1 - 2 b) + j (1 - 2 b)]
      const cf64 turn = index % 2 == 0 ? cf64{1, 0} : cf64{0, 1};
      d = turn * cf64{s(0), s(0)} * (1 / std::sqrt(2.0));
      break;
    }
    case Modulation::qpsk:
      d = cf64{s(0), s(1)} * (1 / std::sqrt(2.0));
      break;
    case Modulation::qam16:
      d = cf64{s(0) * (2 - s(2)), s(1) * (2 - s(3))} * (1 / std::sqrt(10.0));
      break;
    case Modulation::qam64:
      d = cf64{s(0) * (4 - s(2) * (2 - s(4))), s(1) * (4 - s(3) * (2 - s(5)))} *
          (1 / std::sqrt(42.0));
      break;
    case Modulation::qam256:
      d = cf64{s(0) * (8 - s(2) * (4 - s(4) * (2 - s(6)))),
               s(1) * (8 - s(3) * (4 - s(5) * (2 - s(7))))} *
          (1 / std::sqrt(170.0));
      break;
    }
    points.push_back(d);
  }
  return points;
}

DetectOracle detect_oracle(const ResourceGrid& grid,
                           const DetectionGroup& group,
                           const ChannelEstimate& estimate,
                           std::int32_t grant_index) {
  const CheckedGrant& grant = *group.grants[static_cast<std::size_t>(grant_index)];
  const auto n_bits = static_cast<std::size_t>(bits_per_symbol(grant.modulation));
  std::vector<Unbiased> symbols;
  for (std::int32_t l = grant.first_symbol; l < grant.first_symbol + grant.n_symbols; ++l) {
    const PrbRange prbs = grant.hop_of_symbol(l).prbs;
    const std::size_t first = symbols.size();
    for (std::int32_t k = prbs.first * 12; k < prbs.end() * 12; ++k) {
      if (((grant.data_mask[static_cast<std::size_t>(l)] >> (k % 12)) & 1U) == 0)
        continue;
      const auto segment =
          std::find_if(group.segments.begin(), group.segments.end(), [&](const Segment& s) {
            bool holds_grant = false;
            for (const std::int32_t layer : s.layers)
              holds_grant = holds_grant || group.layers[layer].grant == grant_index;
            return holds_grant && s.prbs.first <= k / 12 && k / 12 < s.prbs.end() &&
                   s.first_symbol <= l && l < s.first_symbol + s.n_symbols;
          });
      for (std::int32_t v = 0; v < grant.n_layers; ++v) {
        std::int32_t wanted = 0;
        while (group.layers[wanted].grant != grant_index || group.layers[wanted].layer != v)
          ++wanted;
        symbols.push_back(equalise(grid, group, estimate, *segment, wanted, l, k));
      }
    }
    if (grant.waveform == Waveform::dft_s_ofdm && symbols.size() > first)
      undo_precoding(symbols, first, symbols.size() - first);
  }
  DetectOracle out;
  const auto c =
      gold_oracle(grant.scrambling_c_init, static_cast<std::int64_t>(symbols.size() * n_bits));
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    out.symbols.push_back({symbols[i].x.real(), symbols[i].x.imag()});
    out.sinr.push_back(symbols[i].sinr);
    const auto points = constellation_oracle(grant.modulation, static_cast<std::int64_t>(i));
    for (std::size_t b = 0; b < n_bits; ++b) {
      double nearest[2] = {std::numeric_limits<double>::max(), std::numeric_limits<double>::max()};
      for (std::size_t p = 0; p < points.size(); ++p)
        nearest[(p >> b) & 1U] =
            std::min(nearest[(p >> b) & 1U], norm(out.symbols.back() - points[p]));
      const double llr = symbols[i].sinr * (nearest[1] - nearest[0]);
      out.llrs.push_back(c[i * n_bits + b] != 0 ? -llr : llr);
    }
  }
  return out;
}

} // namespace airan::test
