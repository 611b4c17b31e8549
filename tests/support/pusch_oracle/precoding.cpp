// SPDX-License-Identifier: Apache-2.0
// The precoding matrices of TS 38.211 tables 6.3.1.5-1 to -7.
#include "tests/support/pusch_oracle/sequences.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

namespace airan::oracle::pusch {
namespace {

/// Rows of a matrix before its scale; the letters are 1, 0, j, m = -1, k = -j.
struct Matrix {
  double scale = 1;
  std::vector<std::string> rows;
};

Cplx value(char letter) {
  switch (letter) {
  case '1':
    return 1;
  case '0':
    return 0;
  case 'j':
    return {0, 1};
  case 'm':
    return -1;
  case 'k':
    return {0, -1};
  default:
    throw std::runtime_error("no such letter");
  }
}

/// Single-layer matrices: one letter per antenna port.
std::vector<Matrix> columns(double scale, const std::vector<std::string>& all) {
  std::vector<Matrix> matrices;
  for (const std::string& column : all) {
    Matrix matrix{scale, {}};
    for (const char letter : column)
      matrix.rows.emplace_back(1, letter);
    matrices.push_back(matrix);
  }
  return matrices;
}

/// Table 6.3.1.5-2 (transform precoding) or -3; both begin alike.
std::vector<Matrix> one_layer_four_ports(std::int32_t transform_precoding) {
  std::vector<std::string> all{"1000", "0100", "0010", "0001", "1010", "10m0",
                               "10j0", "10k0", "0101", "010m", "010j", "010k"};
  const std::vector<std::string> table_2{"111m", "11jj", "11m1", "11kk", "1j1j", "1jj1",
                                         "1jmk", "1jkm", "1m11", "1mjk", "1mmm", "1mkj",
                                         "1k1k", "1kjm", "1kmj", "1kk1"};
  const std::vector<std::string> table_3{"1111", "11jj", "11mm", "11kk", "1j1j", "1jjm",
                                         "1jmk", "1jk1", "1m1m", "1mjk", "1mm1", "1mkj",
                                         "1k1k", "1kj1", "1kmj", "1kkm"};
  const auto& rest = transform_precoding != 0 ? table_2 : table_3;
  all.insert(all.end(), rest.begin(), rest.end());
  return columns(0.5, all);
}

/// Table 6.3.1.5-5.
std::vector<Matrix> two_layers_four_ports() {
  const double a = 0.5;
  const double b = 1 / (2 * std::sqrt(2.0));
  return {
      {a, {"10", "01", "00", "00"}}, {a, {"10", "00", "01", "00"}}, {a, {"10", "00", "00", "01"}},
      {a, {"00", "10", "01", "00"}}, {a, {"00", "10", "00", "01"}}, {a, {"00", "00", "10", "01"}},
      {a, {"10", "01", "10", "0k"}}, {a, {"10", "01", "10", "0j"}}, {a, {"10", "01", "k0", "01"}},
      {a, {"10", "01", "k0", "0m"}}, {a, {"10", "01", "m0", "0k"}}, {a, {"10", "01", "m0", "0j"}},
      {a, {"10", "01", "j0", "01"}}, {a, {"10", "01", "j0", "0m"}}, {b, {"11", "11", "1m", "1m"}},
      {b, {"11", "11", "jk", "jk"}}, {b, {"11", "jj", "1m", "jk"}}, {b, {"11", "jj", "jk", "m1"}},
      {b, {"11", "mm", "1m", "m1"}}, {b, {"11", "mm", "jk", "kj"}}, {b, {"11", "kk", "1m", "kj"}},
      {b, {"11", "kk", "jk", "1m"}},
  };
}

/// Table 6.3.1.5-6.
std::vector<Matrix> three_layers_four_ports() {
  const double a = 0.5;
  const double b = 1 / (2 * std::sqrt(3.0));
  return {
      {a, {"100", "010", "001", "000"}}, {a, {"100", "010", "100", "001"}},
      {a, {"100", "010", "m00", "001"}}, {b, {"111", "1m1", "11m", "1mm"}},
      {b, {"111", "1m1", "jjk", "jkk"}}, {b, {"111", "m1m", "11m", "m11"}},
      {b, {"111", "m1m", "jjk", "kjj"}},
  };
}

/// Table 6.3.1.5-7.
std::vector<Matrix> four_layers_four_ports() {
  const double b = 1 / (2 * std::sqrt(2.0));
  return {
      {0.5, {"1000", "0100", "0010", "0001"}},  {b, {"1100", "0011", "1m00", "001m"}},
      {b, {"1100", "0011", "jk00", "00jk"}},    {0.25, {"1111", "1m1m", "11mm", "1mm1"}},
      {0.25, {"1111", "1m1m", "jjkk", "jkkj"}},
  };
}

std::vector<Matrix>
table_of(std::int32_t n_antenna_ports, std::int32_t n_layers, std::int32_t transform_precoding) {
  const double root_half = 1 / std::sqrt(2.0);
  if (n_antenna_ports == 1 && n_layers == 1)
    return columns(1, {"1"});
  if (n_antenna_ports == 2 && n_layers == 1) // table 6.3.1.5-1
    return columns(root_half, {"10", "01", "11", "1m", "1j", "1k"});
  if (n_antenna_ports == 2 && n_layers == 2) // table 6.3.1.5-4
    return {{root_half, {"10", "01"}}, {0.5, {"11", "1m"}}, {0.5, {"11", "jk"}}};
  if (n_antenna_ports != 4)
    return {};
  switch (n_layers) {
  case 1:
    return one_layer_four_ports(transform_precoding);
  case 2:
    return two_layers_four_ports();
  case 3:
    return three_layers_four_ports();
  case 4:
    return four_layers_four_ports();
  default:
    return {};
  }
}

} // namespace

std::vector<std::vector<Cplx>> precoding_matrix(std::int32_t n_antenna_ports,
                                                std::int32_t n_layers,
                                                std::int32_t tpmi,
                                                std::int32_t transform_precoding) {
  const auto table = table_of(n_antenna_ports, n_layers, transform_precoding);
  if (tpmi < 0 || tpmi >= std::ssize(table))
    return {};
  std::vector<std::vector<Cplx>> w;
  const Matrix& matrix = table[static_cast<std::size_t>(tpmi)];
  for (const std::string& row : matrix.rows) {
    w.emplace_back();
    for (const char letter : row)
      w.back().push_back(matrix.scale * value(letter));
  }
  return w;
}

} // namespace airan::oracle::pusch
