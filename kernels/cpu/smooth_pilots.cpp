// SPDX-License-Identifier: Apache-2.0
// Least squares at the pilots, PRB averages, rotation by the timing, and what is missing.
#include "kernels/cpu/smooth_estimator.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace airan {
namespace {
std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}
} // namespace

// Pilots of `n_prb` PRBs from `in` (the first subcarrier of the first PRB).
void SmoothEstimator::gather(
    DmrsType type, const cf32* in, std::int32_t delta, std::int32_t n_prb, Split out) const {
  if (type == DmrsType::type1) {
    kernels_.take_comb2(in + delta, n_prb * 6, out);
    return;
  }
  for (std::int32_t n = 0; n < n_prb * 2; ++n)
    for (std::int32_t k = 0; k < 2; ++k) {
      out.re[2 * n + k] = in[6 * n + k + delta].re;
      out.im[2 * n + k] = in[6 * n + k + delta].im;
    }
}

void SmoothEstimator::load_pilots(
    const User& user, std::int32_t symbol, std::int32_t port, std::int32_t delta, Split out) const {
  const PrbRange prbs = user.grant->hop_of_symbol(symbol).prbs;
  gather(user.grant->dmrs.type, &re_(port, symbol, prbs.first_subcarrier()), delta, prbs.count,
         out);
}

void SmoothEstimator::least_squares(User& user, double cfo_hz) {
  const Dmrs& dmrs = user.grant->dmrs;
  user.node_seen = {};
  for (std::int32_t n = 0; n < dmrs.nodes.size(); ++n)
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t s = 0; s < user.streams.size(); ++s) {
        extract_node(user, s, p, n, cfo_hz);
        const std::int32_t n_pilots = user.grant->n_prb() * dmrs.pilots_per_prb();
        const Split z = stream_pilots(s, p, n);
        if (!std::isfinite(kernels_.correlate(n_pilots, z, z).re)) {
          drop_bad_values(user, p, n);
          s = -1; // all streams of this node again, without the bad PRBs
          continue;
        }
        if (node_whole_[size(p * max_time_nodes + n)] != 0)
          user.node_seen[size(n)] = true;
      }
}

// z = sum over the node's symbols of y conj(w_t r) exp(-j 2 pi f (t - t_node)) / (amplitude count)
void SmoothEstimator::extract_node(
    User& user, std::int32_t stream, std::int32_t port, std::int32_t node, double cfo_hz) {
  const Dmrs& dmrs = user.grant->dmrs;
  const Stream& st = user.streams[stream];
  const DmrsNode& where = dmrs.nodes[node];
  const PrbRange prbs = user.grant->hops[where.hop].prbs;
  const std::int32_t per_prb = dmrs.pilots_per_prb();
  const Split z = stream_pilots(stream, port, node);
  std::fill_n(z.re, prbs.count * per_prb, 0.0F);
  std::fill_n(z.im, prbs.count * per_prb, 0.0F);
  std::uint8_t* mask = node_mask(port, node);
  std::int32_t n_good = 0;
  bool whole = true; // every symbol of every PRB is there
  for (std::int32_t b = 0; b < prbs.count; ++b) {
    std::int32_t count = 0;
    for (std::int32_t i = 0; i < where.n_symbols; ++i)
      count += symbol_mask(port, where.first_symbol + i)[prbs.first + b];
    whole = whole && count == where.n_symbols;
    mask[b] = count == where.n_symbols || (count > 0 && !st.needs_both) ? 1 : 0;
    n_good += mask[b];
  }
  node_whole_[size(port * max_time_nodes + node)] =
      static_cast<std::uint8_t>(n_good == 0 ? 0 : (n_good == prbs.count ? 2 : 1));
  const auto user_index = static_cast<std::int32_t>(&user - users_.data());
  for (std::int32_t i = 0; i < dmrs.symbols.size(); ++i) {
    const DmrsSymbol& symbol = dmrs.symbols[i];
    if (symbol.node != node)
      continue;
    const double phase =
        -2 * std::numbers::pi * cfo_hz * (symbol_time(symbol.symbol) - user.node_time[size(node)]);
    const double w_t = where.n_symbols == 2 ? st.w_t[size(symbol.l_prime)] : 1;
    const double scale = w_t / static_cast<double>(dmrs.amplitude);
    const auto factor = [&](std::int32_t count) {
      return cf32{static_cast<float>(scale * std::cos(phase) / count),
                  static_cast<float>(scale * std::sin(phase) / count)};
    };
    const Split r = sequence(user_index, i);
    load_pilots(user, symbol.symbol, port, st.delta, load_);
    if (whole) {
      kernels_.add_conj_product(prbs.count * per_prb, factor(where.n_symbols), load_, r, z);
      continue;
    }
    for (std::int32_t b = 0; b < prbs.count; ++b) {
      if (mask[b] == 0 || symbol_mask(port, symbol.symbol)[prbs.first + b] == 0)
        continue;
      std::int32_t count = 0;
      for (std::int32_t j = 0; j < where.n_symbols; ++j)
        count += symbol_mask(port, where.first_symbol + j)[prbs.first + b];
      const std::int32_t at = b * per_prb;
      kernels_.add_conj_product(per_prb, factor(count), load_ + at, r + at, z + at);
    }
  }
}

// Marks PRBs of a node's symbols that hold values that are not finite (or overflow) as invalid.
void SmoothEstimator::drop_bad_values(const User& user, std::int32_t port, std::int32_t node) {
  constexpr float too_large = 1e15F; // its energy over a slot stays finite
  const DmrsNode& where = user.grant->dmrs.nodes[node];
  const PrbRange prbs = user.grant->hops[where.hop].prbs;
  for (std::int32_t i = 0; i < where.n_symbols; ++i)
    for (std::int32_t b = prbs.first; b < prbs.end(); ++b)
      for (std::int32_t k = 0; k < subcarriers_per_prb; ++k) {
        const cf32 y = re_(port, where.first_symbol + i, b * subcarriers_per_prb + k);
        if (!(std::abs(y.re) < too_large && std::abs(y.im) < too_large))
          symbol_mask(port, where.first_symbol + i)[b] = 0;
      }
}

void SmoothEstimator::average_cells(const User& user) {
  const std::int32_t per_prb = user.grant->dmrs.pilots_per_prb();
  const float scale = 1.0F / static_cast<float>(per_prb);
  for (std::int32_t l = 0; l < user.grant->n_layers; ++l)
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t n = 0; n < user.grant->dmrs.nodes.size(); ++n) {
        const Split z = stream_pilots(user.stream_of_layer[size(l)], p, n);
        const Split c = cells(l, p, n);
        const float sign = user.alternating[size(l)] ? -1.0F : 1.0F;
        for (std::int32_t b = 0; b < user.grant->n_prb(); ++b) {
          const float* re = z.re + b * per_prb;
          const float* im = z.im + b * per_prb;
          cf32 even;
          cf32 odd;
          for (std::int32_t i = 0; i < per_prb; i += 2) {
            even += {re[i], im[i]};
            odd += {re[i + 1], im[i + 1]};
          }
          c.re[b] = (even.re + sign * odd.re) * scale;
          c.im[b] = (even.im + sign * odd.im) * scale;
        }
      }
}

// Missing PRBs of a node take the pilots of the nearest one that is there.
void SmoothEstimator::fill_missing(User& user) {
  const std::int32_t per_prb = user.grant->dmrs.pilots_per_prb();
  const std::int32_t n_prb = user.grant->n_prb();
  for (std::int32_t p = 0; p < n_ports_; ++p)
    for (std::int32_t n = 0; n < user.grant->dmrs.nodes.size(); ++n) {
      if (node_whole_[size(p * max_time_nodes + n)] != 1)
        continue;
      const std::uint8_t* mask = node_mask(p, n);
      for (std::int32_t b = 0; b < n_prb; ++b) {
        if (mask[b] != 0)
          continue;
        std::int32_t from = b;
        for (std::int32_t d = 1; d < n_prb && from == b; ++d) {
          if (b - d >= 0 && mask[b - d] != 0)
            from = b - d;
          else if (b + d < n_prb && mask[b + d] != 0)
            from = b + d;
        }
        for (std::int32_t s = 0; s < user.streams.size(); ++s) {
          const Split z = stream_pilots(s, p, n);
          std::copy_n(z.re + from * per_prb, per_prb, z.re + b * per_prb);
          std::copy_n(z.im + from * per_prb, per_prb, z.im + b * per_prb);
        }
        for (std::int32_t l = 0; l < user.grant->n_layers; ++l) {
          const Split c = cells(l, p, n);
          c.re[b] = c.re[from];
          c.im[b] = c.im[from];
        }
      }
    }
}

// A node that a port misses takes the pilots of the port's nearest node of the same hop.
void SmoothEstimator::fill_missing_nodes(User& user) {
  const Dmrs& dmrs = user.grant->dmrs;
  const std::int32_t n_pilots = user.grant->n_prb() * dmrs.pilots_per_prb();
  for (std::int32_t p = 0; p < n_ports_; ++p)
    for (std::int32_t n = 0; n < dmrs.nodes.size(); ++n) {
      if (node_whole_[size(p * max_time_nodes + n)] != 0)
        continue;
      std::int32_t from = n;
      for (std::int32_t o = 0; o < dmrs.nodes.size(); ++o) {
        const bool usable = dmrs.nodes[o].hop == dmrs.nodes[n].hop &&
                            node_whole_[size(p * max_time_nodes + o)] != 0;
        if (usable && (from == n || std::abs(o - n) < std::abs(from - n)))
          from = o;
      }
      if (from == n)
        continue;
      const double phase = 2 * std::numbers::pi * user.cfo_hz *
                           (user.node_time[size(n)] - user.node_time[size(from)]);
      const cf32 turn{static_cast<float>(std::cos(phase)), static_cast<float>(std::sin(phase))};
      for (std::int32_t s = 0; s < user.streams.size(); ++s) {
        const Split a = stream_pilots(s, p, from);
        const Split b = stream_pilots(s, p, n);
        for (std::int32_t i = 0; i < n_pilots; ++i) {
          const cf32 v = cf32{a.re[i], a.im[i]} * turn;
          b.re[i] = v.re;
          b.im[i] = v.im;
        }
      }
      for (std::int32_t l = 0; l < user.grant->n_layers; ++l) {
        const Split a = cells(l, p, from);
        const Split b = cells(l, p, n);
        for (std::int32_t i = 0; i < user.grant->n_prb(); ++i) {
          const cf32 v = cf32{a.re[i], a.im[i]} * turn;
          b.re[i] = v.re;
          b.im[i] = v.im;
        }
      }
    }
}

// rotation_[k] = exp(-j 2 pi k spacing timing), k from the hop's first subcarrier.
void SmoothEstimator::make_rotation(const User& user, double timing_s) {
  const double step = -2 * std::numbers::pi * spacing_hz_ * timing_s;
  std::array<cf32, subcarriers_per_prb> inside;
  for (std::int32_t k = 0; k < subcarriers_per_prb; ++k)
    inside[size(k)] = {static_cast<float>(std::cos(step * k)),
                       static_cast<float>(std::sin(step * k))};
  const cf64 prb_step = unit_phasor(step * subcarriers_per_prb);
  cf64 base{1, 0};
  for (std::int32_t b = 0; b < user.grant->n_prb(); ++b, base *= prb_step) {
    const auto re = static_cast<float>(base.re);
    const auto im = static_cast<float>(base.im);
    float* out_re = rotation_.re + b * subcarriers_per_prb;
    float* out_im = rotation_.im + b * subcarriers_per_prb;
    for (std::int32_t k = 0; k < subcarriers_per_prb; ++k) {
      out_re[k] = re * inside[size(k)].re - im * inside[size(k)].im;
      out_im[k] = re * inside[size(k)].im + im * inside[size(k)].re;
    }
  }
}

// Takes a delay out of the pilots.
void SmoothEstimator::rotate_pilots(const User& user, double timing_s) {
  if (timing_s == 0)
    return;
  make_rotation(user, -timing_s);
  const Dmrs& dmrs = user.grant->dmrs;
  const std::int32_t n_pilots = user.grant->n_prb() * dmrs.pilots_per_prb();
  for (std::int32_t s = 0; s < user.streams.size(); ++s) {
    for (std::int32_t i = 0; i < n_pilots; ++i) {
      const std::int32_t b = i / dmrs.pilots_per_prb();
      const std::int32_t k =
          b * subcarriers_per_prb +
          dmrs.pilot_subcarrier(i - b * dmrs.pilots_per_prb(), user.streams[s].delta);
      channel_.re[i] = rotation_.re[k];
      channel_.im[i] = rotation_.im[k];
    }
    for (std::int32_t p = 0; p < n_ports_; ++p)
      for (std::int32_t n = 0; n < dmrs.nodes.size(); ++n)
        kernels_.multiply(n_pilots, channel_, stream_pilots(s, p, n));
  }
}

} // namespace airan
