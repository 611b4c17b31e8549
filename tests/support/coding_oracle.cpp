// SPDX-License-Identifier: Apache-2.0
// The bit-by-bit encoder, its check and the rate matching loops.
#include "tests/support/coding_oracle.hpp"

#include "core/modulation.hpp"
#include "kernels/primitives/ldpc_graph.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <utility>

namespace airan::test {
namespace {

constexpr std::int32_t n_core_rows = 4;

std::size_t at(std::int32_t i) {
  return static_cast<std::size_t>(i);
}

/// The inverse over GF(2) of the core parity part of H, 4 Z_c x 4 Z_c, one row per vector.
using Matrix = std::vector<std::vector<std::uint64_t>>;

bool bit_of(const std::vector<std::uint64_t>& row, std::int32_t i) {
  return ((row[at(i / 64)] >> (i % 64)) & 1U) != 0;
}

Matrix invert(Matrix m, std::int32_t n) {
  const std::int32_t words = (2 * n + 63) / 64;
  for (std::int32_t i = 0; i < n; ++i) {
    m[at(i)].resize(at(words), 0);
    m[at(i)][at((n + i) / 64)] |= std::uint64_t{1} << ((n + i) % 64);
  }
  for (std::int32_t column = 0; column < n; ++column) {
    std::int32_t pivot = column;
    while (pivot < n && !bit_of(m[at(pivot)], column))
      ++pivot;
    if (pivot == n)
      throw std::logic_error("the core parity part of H is singular");
    std::swap(m[at(pivot)], m[at(column)]);
    for (std::int32_t row = 0; row < n; ++row)
      if (row != column && bit_of(m[at(row)], column))
        for (std::int32_t w = 0; w < words; ++w)
          m[at(row)][at(w)] ^= m[at(column)][at(w)];
  }
  Matrix inverse(at(n), std::vector<std::uint64_t>(at((n + 63) / 64), 0));
  for (std::int32_t row = 0; row < n; ++row)
    for (std::int32_t column = 0; column < n; ++column)
      if (bit_of(m[at(row)], n + column))
        inverse[at(row)][at(column / 64)] |= std::uint64_t{1} << (column % 64);
  return inverse;
}

const Matrix& core_inverse(LdpcBaseGraph base_graph, std::int32_t z) {
  static std::map<std::pair<LdpcBaseGraph, std::int32_t>, Matrix> known;
  auto& inverse = known[{base_graph, z}];
  if (inverse.empty()) {
    const LdpcGraph& graph = ldpc_graph(base_graph, z);
    const std::int32_t n = n_core_rows * z;
    Matrix h(at(n), std::vector<std::uint64_t>(at((2 * n + 63) / 64), 0));
    for (std::int32_t row = 0; row < n_core_rows; ++row)
      for (std::int32_t e = graph.row_begin[at(row)]; e < graph.row_begin[at(row + 1)]; ++e) {
        const LdpcEdge& edge = graph.edges[at(e)];
        if (edge.column < graph.n_info_columns)
          continue;
        for (std::int32_t lane = 0; lane < z; ++lane) {
          const std::int32_t column =
              (edge.column - graph.n_info_columns) * z + (lane + edge.shift) % z;
          h[at(row * z + lane)][at(column / 64)] ^= std::uint64_t{1} << (column % 64);
        }
      }
    inverse = invert(std::move(h), n);
  }
  return inverse;
}

/// The sum of the bits of check (row, lane).
std::uint8_t
check_sum(const LdpcGraph& graph, std::int32_t z, std::int32_t check, const Bits& bits) {
  const std::int32_t row = check / z;
  std::uint8_t sum = 0;
  for (std::int32_t e = graph.row_begin[at(row)]; e < graph.row_begin[at(row + 1)]; ++e) {
    const LdpcEdge& edge = graph.edges[at(e)];
    sum ^= bits[at(edge.column * z + (check % z + edge.shift) % z)];
  }
  return sum;
}

} // namespace

CodewordPlan make_plan(const CodeShape& shape) {
  const bool is_bg1 = shape.base_graph == LdpcBaseGraph::bg1;
  const std::int32_t z = shape.lifting_size;
  CodewordPlan plan;
  plan.base_graph = shape.base_graph;
  plan.lifting_size = z;
  for (const LiftingSize& size : ldpc_lifting_sizes())
    if (size.size == z)
      plan.lifting_set = size.set;
  plan.n_code_blocks = shape.n_code_blocks;
  plan.code_block_bits = (is_bg1 ? 22 : 10) * z;
  plan.encoded_bits = (is_bg1 ? 66 : 50) * z;
  plan.info_bits = plan.code_block_bits - shape.n_filler;
  plan.code_block_crc = shape.n_code_blocks > 1 ? CrcKind::crc24b : CrcKind::none;
  const std::int32_t tb_and_crc = plan.n_code_blocks * plan.code_block_payload_bits();
  plan.tb_crc = tb_and_crc - 24 > 3824 ? CrcKind::crc24a : CrcKind::crc16;
  plan.tb_bits = tb_and_crc - crc_bits(plan.tb_crc);
  plan.circular_bits = shape.circular_bits > 0 ? shape.circular_bits : plan.encoded_bits;
  // Table 5.4.2.1-2
  constexpr std::int32_t numerator[2][4] = {{0, 17, 33, 56}, {0, 13, 25, 43}};
  const std::int32_t n_columns = is_bg1 ? 66 : 50;
  plan.k0 = static_cast<std::int32_t>(std::int64_t{numerator[is_bg1 ? 0 : 1][shape.rv]} *
                                      plan.circular_bits / (n_columns * z)) *
            z;
  plan.rv = shape.rv;
  plan.bits_per_symbol = shape.bits_per_symbol;
  plan.n_layers = shape.n_layers;
  plan.e_short = shape.e_short;
  plan.e_long = shape.e_long > 0 ? shape.e_long : shape.e_short;
  plan.n_short = shape.n_short;
  plan.codeword_bits = plan.first_bit(plan.n_code_blocks);
  return plan;
}

std::uint32_t crc_oracle(CrcKind kind, std::span<const std::uint8_t> bits) {
  const std::int32_t n = crc_bits(kind);
  // g_CRC24A, g_CRC24B, g_CRC16 with their top term
  const std::uint32_t generator = kind == CrcKind::crc24a   ? 0x1864CFB
                                  : kind == CrcKind::crc24b ? 0x1800063
                                                            : 0x11021;
  Bits dividend(bits.begin(), bits.end());
  dividend.resize(dividend.size() + at(n), 0);
  for (std::size_t i = 0; i < bits.size(); ++i)
    if (dividend[i] != 0)
      for (std::int32_t j = 0; j <= n; ++j)
        dividend[i + at(j)] ^= static_cast<std::uint8_t>((generator >> (n - j)) & 1U);
  std::uint32_t remainder = 0;
  for (std::size_t i = bits.size(); i < dividend.size(); ++i)
    remainder = 2 * remainder + dividend[i];
  return remainder;
}

Bits random_code_block(const CodewordPlan& plan, std::mt19937& random) {
  const CrcKind kind = plan.n_code_blocks > 1 ? plan.code_block_crc : plan.tb_crc;
  const std::int32_t n_crc = crc_bits(kind);
  Bits bits(at(plan.info_bits - n_crc));
  for (auto& bit : bits)
    bit = static_cast<std::uint8_t>(random() & 1U);
  const std::uint32_t parity = crc_oracle(kind, bits);
  for (std::int32_t i = n_crc - 1; i >= 0; --i)
    bits.push_back(static_cast<std::uint8_t>((parity >> i) & 1U));
  bits.resize(at(plan.code_block_bits), 0);
  return bits;
}

Bits encode_oracle(LdpcBaseGraph base_graph,
                   std::int32_t lifting_size,
                   std::span<const std::uint8_t> info) {
  const LdpcGraph& graph = ldpc_graph(base_graph, lifting_size);
  const std::int32_t z = lifting_size;
  Bits bits(info.begin(), info.end());
  bits.resize(at(graph.n_columns * z), 0);
  const std::int32_t n_core = n_core_rows * z;
  std::vector<std::uint64_t> syndrome(at((n_core + 63) / 64), 0);
  for (std::int32_t check = 0; check < n_core; ++check)
    if (check_sum(graph, z, check, bits) != 0)
      syndrome[at(check / 64)] |= std::uint64_t{1} << (check % 64);
  const Matrix& inverse = core_inverse(base_graph, z);
  for (std::int32_t i = 0; i < n_core; ++i) {
    std::uint64_t sum = 0;
    for (std::size_t w = 0; w < syndrome.size(); ++w)
      sum ^= inverse[at(i)][w] & syndrome[w];
    bits[at(graph.n_info_columns * z + i)] = static_cast<std::uint8_t>(__builtin_parityll(sum));
  }
  // I(0) on the column of degree one: its bit is the sum of the others.
  for (std::int32_t check = n_core; check < graph.n_rows * z; ++check)
    bits[at(graph.n_info_columns * z + check)] = check_sum(graph, z, check, bits);
  return bits;
}

bool is_codeword(LdpcBaseGraph base_graph,
                 std::int32_t lifting_size,
                 std::span<const std::uint8_t> bits) {
  const LdpcGraph& graph = ldpc_graph(base_graph, lifting_size);
  const Bits copy(bits.begin(), bits.end());
  for (std::int32_t check = 0; check < graph.n_rows * lifting_size; ++check)
    if (check_sum(graph, lifting_size, check, copy) != 0)
      return false;
  return true;
}

std::vector<std::int32_t> rate_match_positions(const CodewordPlan& plan, std::int32_t n_bits) {
  // 5.4.2.1: e_k = d_((k0 + j) mod N_cb), filler left out
  std::vector<std::int32_t> selected;
  for (std::int32_t j = 0; static_cast<std::int32_t>(selected.size()) < n_bits; ++j) {
    const std::int32_t position = (plan.k0 + j) % plan.circular_bits;
    const bool is_filler =
        position >= plan.first_filler() && position < plan.first_filler() + plan.n_filler();
    if (!is_filler)
      selected.push_back(position);
  }
  // 5.4.2.2: f_(i + j Q_m) = e_(i E/Q_m + j)
  std::vector<std::int32_t> interleaved(at(n_bits));
  const std::int32_t columns = n_bits / plan.bits_per_symbol;
  for (std::int32_t j = 0; j < columns; ++j)
    for (std::int32_t i = 0; i < plan.bits_per_symbol; ++i)
      interleaved[at(i + j * plan.bits_per_symbol)] = selected[at(i * columns + j)];
  return interleaved;
}

std::vector<std::int8_t>
noisy_llrs(std::span<const std::uint8_t> bits, double noise_variance, std::mt19937& random) {
  std::normal_distribution<double> noise(0.0, std::sqrt(noise_variance));
  std::vector<std::int8_t> llrs(bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i) {
    const double y = (bits[i] != 0 ? -1.0 : 1.0) + noise(random);
    const double llr = 2.0 * y / noise_variance * static_cast<double>(llr_steps_per_nat);
    llrs[i] =
        static_cast<std::int8_t>(std::lround(std::clamp(llr, -double{llr_max}, double{llr_max})));
  }
  return llrs;
}

std::vector<std::uint8_t> pack(std::span<const std::uint8_t> bits) {
  std::vector<std::uint8_t> bytes((bits.size() + 7) / 8, 0);
  for (std::size_t i = 0; i < bits.size(); ++i)
    bytes[i / 8] |= static_cast<std::uint8_t>(bits[i] << (7 - i % 8));
  return bytes;
}

} // namespace airan::test
