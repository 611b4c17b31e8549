// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sequence_oracle.hpp"

#include <cmath>
#include <numbers>

namespace airan::oracle {

std::vector<std::uint8_t> gold_bits(std::uint32_t c_init, std::int64_t n) {
  constexpr std::int64_t n_c = 1600;
  const auto length = static_cast<std::size_t>(n_c + n + 31);
  std::vector<std::uint8_t> x1(length), x2(length), c;
  x1[0] = 1;
  for (std::size_t i = 0; i < 31; ++i)
    x2[i] = (c_init >> i) & 1;
  for (std::size_t i = 0; i + 31 < length; ++i) {
    x1[i + 31] = (x1[i + 3] + x1[i]) % 2;
    x2[i + 31] = (x2[i + 3] + x2[i + 2] + x2[i + 1] + x2[i]) % 2;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
    c.push_back((x1[i + n_c] + x2[i + n_c]) % 2);
  return c;
}

std::vector<std::complex<double>> gold_qpsk(std::uint32_t c_init, std::int64_t n) {
  const auto c = gold_bits(c_init, 2 * n);
  std::vector<std::complex<double>> r;
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
    r.push_back(std::complex<double>(1 - 2 * c[2 * i], 1 - 2 * c[2 * i + 1]) / std::sqrt(2.0));
  return r;
}

std::vector<std::complex<double>> low_papr(std::int32_t u, std::int32_t v, std::int32_t m_zc) {
  constexpr std::complex<double> j(0, 1);
  constexpr double pi = std::numbers::pi;
  std::vector<std::complex<double>> r;
  if (m_zc == 30) {
    for (std::int32_t n = 0; n < 30; ++n)
      r.push_back(std::exp(-j * pi * ((u + 1.0) * (n + 1) * (n + 2) / 31)));
    return r;
  }
  std::int32_t n_zc = 2; // the largest prime below m_zc, by a sieve
  std::vector<bool> composite(static_cast<std::size_t>(m_zc));
  for (std::int32_t p = 2; p < m_zc; ++p) {
    if (composite[static_cast<std::size_t>(p)])
      continue;
    n_zc = p;
    for (std::int32_t k = 2 * p; k < m_zc; k += p)
      composite[static_cast<std::size_t>(k)] = true;
  }
  const double q_bar = n_zc * (u + 1.0) / 31;
  const double q = std::floor(q_bar + 0.5) + v * std::pow(-1, std::floor(2 * q_bar));
  for (std::int32_t n = 0; n < m_zc; ++n) {
    const double m = n % n_zc;
    r.push_back(std::exp(-j * pi * (q * m * (m + 1) / n_zc)));
  }
  return r;
}

} // namespace airan::oracle
