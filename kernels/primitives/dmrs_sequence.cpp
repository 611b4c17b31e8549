// SPDX-License-Identifier: Apache-2.0
#include "kernels/primitives/dmrs_sequence.hpp"

#include "core/assert.hpp"
#include "kernels/primitives/gold_sequence.hpp"

#include <algorithm>
#include <array>
#include <numbers>
#include <string>

namespace airan {
namespace {

#include "kernels/primitives/low_papr_tables.inc"

/// Two QPSK symbols from c(2n) .. c(2n+3) in bits 0..3 (6.4.1.1.1.1):
/// r(n) = (1 - 2 c(2n)) / sqrt(2) + j (1 - 2 c(2n+1)) / sqrt(2).
using QpskPair = std::array<cf32, 2>;

constexpr std::array<QpskPair, 16> make_qpsk_pairs() {
  constexpr float a = 0.70710678118654752F;
  std::array<QpskPair, 16> pairs{};
  for (std::size_t bits = 0; bits < 16; ++bits)
    for (std::size_t n = 0; n < 2; ++n)
      pairs[bits][n] = {(bits >> (2 * n) & 1) ? -a : a, (bits >> (2 * n + 1) & 1) ? -a : a};
  return pairs;
}

constexpr std::array<QpskPair, 16> qpsk_pairs = make_qpsk_pairs();

/// r(first) .. r(first + pilots.size() - 1); an even number of values.
void gold_pilots(std::uint32_t c_init, std::int64_t first, std::span<cf32> pilots) {
  constexpr std::size_t pilots_per_word = 16;
  GoldSequence c(c_init, 2 * first);
  for (std::size_t i = 0; i < pilots.size(); i += pilots_per_word) {
    std::uint32_t bits = c.next32();
    const std::size_t end = std::min(i + pilots_per_word, pilots.size());
    for (std::size_t k = i; k < end; k += 2, bits >>= 4)
      std::copy_n(qpsk_pairs[bits & 0xFU].data(), 2, pilots.data() + k);
  }
}

/// exp(-j 2 pi numerator / denominator), reduced to one turn before the rounding.
cf64 turn(std::int64_t numerator, std::int64_t denominator) {
  return unit_phasor(-2 * std::numbers::pi * static_cast<double>(numerator % denominator) /
                     static_cast<double>(denominator));
}

cf32 narrow(const cf64& x) {
  return {static_cast<float>(x.re), static_cast<float>(x.im)};
}

/// exp(j phi pi / 4) for phi = -3, -1, 1, 3.
cf32 eighth_turn(std::int8_t phi) {
  constexpr float a = 0.70710678118654752F;
  return {phi == 1 || phi == -1 ? a : -a, phi > 0 ? a : -a};
}

template <std::size_t M>
void from_table(const std::int8_t (&phi)[30][M], std::int32_t u, std::span<cf32> out) {
  for (std::size_t n = 0; n < M; ++n)
    out[n] = eighth_turn(phi[u][n]);
}

std::int32_t largest_prime_below(std::int32_t n) {
  const auto is_prime = [](std::int32_t candidate) {
    for (std::int32_t d = 2; d * d <= candidate; ++d)
      if (candidate % d == 0)
        return false;
    return true;
  };
  --n;
  while (!is_prime(n))
    --n;
  return n;
}

/// 5.2.2.1, M_ZC >= 36: x_q(m) = exp(-j pi q m (m + 1) / N_ZC), repeated to length M_ZC.
void zadoff_chu(std::int32_t u, std::int32_t v, std::span<cf32> out) {
  const std::int32_t n_zc = largest_prime_below(static_cast<std::int32_t>(out.size()));
  // q = floor(q' + 1/2) + v (-1)^floor(2 q'), q' = N_ZC (u + 1) / 31.
  const std::int32_t twice = 2 * n_zc * (u + 1) / 31;
  const std::int32_t q = (2 * n_zc * (u + 1) + 31) / 62 + (twice % 2 == 0 ? v : -v);
  // x(m) = x(m-1) w^m with w = exp(-j 2 pi q / N_ZC), and x(N_ZC - 1 - m) = x(m). After 825 steps
  // of two rounded products each the error is at most about 825^2 2^-53 = 1e-10, far below float's.
  const cf64 w = turn(q, n_zc);
  cf64 step{1, 0};
  cf64 x{1, 0};
  for (std::int32_t m = 0; m <= (n_zc - 1) / 2; ++m) {
    const cf32 value = narrow(x);
    out[static_cast<std::size_t>(m)] = value;
    out[static_cast<std::size_t>(n_zc - 1 - m)] = value;
    step *= w;
    x *= step;
  }
  for (auto n = static_cast<std::size_t>(n_zc); n < out.size(); ++n)
    out[n] = out[n - static_cast<std::size_t>(n_zc)];
}

} // namespace

void low_papr_sequence(std::int32_t u, std::int32_t v, std::span<cf32> out) {
  AIRAN_ASSERT(u >= 0 && u < 30 && (v == 0 || v == 1) && !out.empty() && out.size() % 6 == 0,
               "u=" + std::to_string(u) + " v=" + std::to_string(v) +
                   " length=" + std::to_string(out.size()));
  switch (out.size()) {
  case 6:
    return from_table(phi_6, u, out);
  case 12:
    return from_table(phi_12, u, out);
  case 18:
    return from_table(phi_18, u, out);
  case 24:
    return from_table(phi_24, u, out);
  case 30:
    // exp(-j pi (u + 1)(n + 1)(n + 2) / 31), 5.2.2.2.
    for (std::int32_t n = 0; n < 30; ++n)
      out[static_cast<std::size_t>(n)] = narrow(turn((u + 1) * (n + 1) * (n + 2) / 2, 31));
    return;
  default:
    zadoff_chu(u, v, out);
  }
}

void dmrs_sequence(const CheckedGrant& grant, const DmrsSymbol& symbol, std::span<cf32> pilots) {
  const PrbRange prbs = grant.hop_of_symbol(symbol.symbol).prbs;
  const std::int32_t per_prb = grant.dmrs.pilots_per_prb();
  AIRAN_ASSERT(pilots.size() == static_cast<std::size_t>(prbs.count * per_prb),
               "n_pilots=" + std::to_string(pilots.size()) +
                   " n_prb=" + std::to_string(prbs.count));
  if (grant.waveform == Waveform::dft_s_ofdm)
    return low_papr_sequence(symbol.papr_group, symbol.papr_sequence, pilots);
  gold_pilots(symbol.c_init, std::int64_t{grant.grid_first_prb + prbs.first} * per_prb, pilots);
}

} // namespace airan
