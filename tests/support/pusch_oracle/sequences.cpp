// SPDX-License-Identifier: Apache-2.0
// Sequences and modulation of TS 38.211 5.1, 5.2 and 6.4.1.1.1.
#include "tests/support/pusch_oracle/sequences.hpp"

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace airan::oracle::pusch {
namespace {

constexpr double pi = std::numbers::pi;

bool is_prime(std::int32_t n) {
  for (std::int32_t i = 2; i < n; ++i)
    if (n % i == 0)
      return false;
  return n >= 2;
}

/// 1 - 2b.
double sign(std::uint8_t bit) {
  return 1.0 - 2.0 * bit;
}

} // namespace

Bits gold_sequence(std::uint32_t c_init, std::size_t n) {
  const std::size_t n_c = 1600;
  Bits x1(n_c + n + 31, 0);
  Bits x2(n_c + n + 31, 0);
  x1[0] = 1;
  for (std::size_t i = 0; i < 31; ++i)
    x2[i] = (c_init >> i) & 1;
  for (std::size_t i = 0; i + 31 < x1.size(); ++i) {
    x1[i + 31] = x1[i + 3] ^ x1[i];
    x2[i + 31] = x2[i + 3] ^ x2[i + 2] ^ x2[i + 1] ^ x2[i];
  }
  Bits c(n);
  for (std::size_t i = 0; i < n; ++i)
    c[i] = x1[i + n_c] ^ x2[i + n_c];
  return c;
}

std::vector<Cplx> modulate(const Bits& bits, std::int32_t modulation_order) {
  std::vector<Cplx> d;
  const auto q = static_cast<std::size_t>(modulation_order);
  for (std::size_t i = 0; i * q < bits.size(); ++i) {
    const auto s = [&](std::size_t k) { return sign(bits.at(q * i + k)); };
    Cplx symbol;
    switch (modulation_order) {
    case 1:
      symbol =
          std::polar(1.0, pi / 2 * static_cast<double>(i % 2)) * Cplx(s(0), s(0)) / std::sqrt(2.0);
      break;
    case 2:
      symbol = Cplx(s(0), s(1)) / std::sqrt(2.0);
      break;
    case 4:
      symbol = Cplx(s(0) * (2 - s(2)), s(1) * (2 - s(3))) / std::sqrt(10.0);
      break;
    case 6:
      symbol =
          Cplx(s(0) * (4 - s(2) * (2 - s(4))), s(1) * (4 - s(3) * (2 - s(5)))) / std::sqrt(42.0);
      break;
    case 8:
      symbol = Cplx(s(0) * (8 - s(2) * (4 - s(4) * (2 - s(6)))),
                    s(1) * (8 - s(3) * (4 - s(5) * (2 - s(7))))) /
               std::sqrt(170.0);
      break;
    default:
      throw std::runtime_error("no such modulation order");
    }
    d.push_back(symbol);
  }
  return d;
}

std::vector<Cplx>
low_papr_sequence(std::int32_t u, std::int32_t v, std::int32_t m_zc, const Tables& tables) {
  std::vector<Cplx> r;
  if (m_zc >= 36) {
    std::int32_t n_zc = m_zc - 1;
    while (!is_prime(n_zc))
      --n_zc;
    const double q_bar = n_zc * (u + 1) / 31.0;
    const double q = std::floor(q_bar + 0.5) + v * std::pow(-1.0, std::floor(2 * q_bar));
    for (std::int32_t n = 0; n < m_zc; ++n) {
      const double m = n % n_zc;
      r.push_back(std::polar(1.0, -pi * q * m * (m + 1) / n_zc));
    }
  } else if (m_zc == 30) {
    for (std::int32_t n = 0; n < m_zc; ++n)
      r.push_back(std::polar(1.0, -pi * (u + 1) * (n + 1) * (n + 2) / 31.0));
  } else {
    for (const std::int32_t phi : tables.phi.at({m_zc, u}))
      r.push_back(std::polar(1.0, phi * pi / 4));
  }
  if (std::ssize(r) != m_zc)
    throw std::runtime_error("the low-PAPR sequence has the wrong length");
  return r;
}

GroupAndSequence group_and_sequence(const HoppingInput& input) {
  std::int32_t f_gh = 0;
  std::int32_t v = 0;
  const auto position =
      static_cast<std::size_t>(input.n_symbols_per_slot * input.slot + input.symbol);
  if (input.mode == 1) {
    const Bits c =
        gold_sequence(static_cast<std::uint32_t>(input.n_id_rs / 30), 8 * (position + 1));
    for (std::size_t m = 0; m < 8; ++m)
      f_gh += c[8 * position + m] << m;
    f_gh %= 30;
  } else if (input.mode == 2 && input.m_zc >= 6 * 12) {
    v = gold_sequence(static_cast<std::uint32_t>(input.n_id_rs), position + 1).back();
  }
  return {(f_gh + input.n_id_rs) % 30, v};
}

} // namespace airan::oracle::pusch
