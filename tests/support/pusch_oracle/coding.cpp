// SPDX-License-Identifier: Apache-2.0
// From the transport block to the coded bits of the codeword: TS 38.214 6.1.4.2 and TS 38.212
// 5, 6.2.
#include "tests/support/pusch_oracle/coding.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace airan::oracle::pusch {
namespace {

/// A bit of a code block; filler bits are <NULL>.
constexpr std::uint8_t null_bit = 2;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

/// Exponents of the generator polynomials below D^L, TS 38.212 5.1.
std::vector<int> crc_exponents(const std::string& name) {
  if (name == "24A")
    return {23, 18, 17, 14, 11, 10, 7, 6, 5, 4, 3, 1, 0};
  if (name == "24B")
    return {23, 6, 5, 1, 0};
  return {12, 5, 0}; // 16
}

/// The remainder of long division of a(D) D^L by the generator; parity bits p_0 first.
Bits crc(const Bits& bits, const std::string& name) {
  const std::size_t length = name == "16" ? 16 : 24;
  const std::vector<int> exponents = crc_exponents(name);
  Bits dividend = bits;
  dividend.resize(bits.size() + length, 0);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (dividend[i] == 0)
      continue;
    dividend[i] = 0;
    for (const int exponent : exponents)
      dividend[i + length - static_cast<std::size_t>(exponent)] ^= 1;
  }
  return {dividend.end() - static_cast<std::ptrdiff_t>(length), dividend.end()};
}

void append(Bits& bits, const Bits& more) {
  bits.insert(bits.end(), more.begin(), more.end());
}

/// TS 38.212 table 5.3.2-1: Z = a 2^j with a of set i_LS, 2 <= Z <= 384.
std::int32_t set_index(std::int32_t z) {
  const std::array<std::int32_t, 8> a{2, 3, 5, 7, 9, 11, 13, 15};
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::int32_t value = a[i]; value <= 384; value *= 2)
      if (value == z)
        return static_cast<std::int32_t>(i);
  return -1;
}

struct Code {
  const std::vector<BaseGraphEntry>* graph = nullptr;
  std::int32_t n_info_columns = 22;
  std::int32_t n_rows = 46;
  std::int32_t z = 2;
};

/// One row of H times x, where unknown columns are left out: s(r) = sum_j x_j((r + P_ij) mod Z).
Bits row_sum(const Code& code, std::int32_t row, const std::vector<Bits>& x) {
  const auto set = static_cast<std::size_t>(set_index(code.z));
  Bits sum(static_cast<std::size_t>(code.z), 0);
  for (const BaseGraphEntry& entry : *code.graph) {
    const Bits& column = x[static_cast<std::size_t>(entry.column)];
    if (entry.row != row || column.empty())
      continue;
    for (std::int32_t r = 0; r < code.z; ++r)
      sum[static_cast<std::size_t>(r)] ^=
          column[static_cast<std::size_t>((r + entry.shift[set]) % code.z)];
  }
  return sum;
}

/// The column `x` with x((r + shift) mod Z) = s(r).
Bits unshifted(const Bits& s, std::int32_t shift) {
  Bits x(s.size());
  for (std::size_t r = 0; r < s.size(); ++r)
    x[(r + static_cast<std::size_t>(shift)) % s.size()] = s[r];
  return x;
}

/// Shifts of a column in the rows [0, n_rows), those that occur twice taken out.
std::vector<std::int32_t> odd_shifts(const Code& code, std::int32_t column, std::int32_t n_rows) {
  const auto set = static_cast<std::size_t>(set_index(code.z));
  std::vector<std::int32_t> shifts;
  for (const BaseGraphEntry& entry : *code.graph) {
    if (entry.column != column || entry.row >= n_rows)
      continue;
    const std::int32_t shift = entry.shift[set] % code.z;
    const auto found = std::find(shifts.begin(), shifts.end(), shift);
    if (found == shifts.end())
      shifts.push_back(shift);
    else
      shifts.erase(found);
  }
  return shifts;
}

/// Solves the row for its only unknown column; false when it has none or several.
bool solve_row(const Code& code, std::int32_t row, std::vector<Bits>& x) {
  const auto set = static_cast<std::size_t>(set_index(code.z));
  const BaseGraphEntry* unknown = nullptr;
  for (const BaseGraphEntry& entry : *code.graph) {
    if (entry.row != row || !x[static_cast<std::size_t>(entry.column)].empty())
      continue;
    if (unknown != nullptr)
      return false;
    unknown = &entry;
  }
  if (unknown == nullptr)
    return false;
  x[static_cast<std::size_t>(unknown->column)] =
      unshifted(row_sum(code, row, x), unknown->shift[set] % code.z);
  return true;
}

/// TS 38.212 5.3.2: d_0 .. d_{N-1} of one code block c_0 .. c_{K-1}. The sum of the four core rows
/// leaves only the first parity column; then each row has one unknown left. H x = 0 is verified.
Bits ldpc_encode(const Bits& c, const Code& code) {
  const auto z = static_cast<std::size_t>(code.z);
  std::vector<Bits> x(static_cast<std::size_t>(code.n_info_columns + code.n_rows));
  for (std::size_t j = 0; j < static_cast<std::size_t>(code.n_info_columns); ++j)
    for (std::size_t r = 0; r < z; ++r)
      x[j].push_back(c[j * z + r] == null_bit ? 0 : c[j * z + r]);

  Bits core_sum(z, 0);
  for (std::int32_t row = 0; row < 4; ++row) {
    const Bits sum = row_sum(code, row, x);
    for (std::size_t r = 0; r < z; ++r)
      core_sum[r] ^= sum[r];
  }
  const auto shifts = odd_shifts(code, code.n_info_columns, 4);
  if (shifts.size() != 1)
    throw std::runtime_error("the core of the base graph is not as expected");
  x[static_cast<std::size_t>(code.n_info_columns)] = unshifted(core_sum, shifts[0]);
  for (int pass = 0; pass < 4; ++pass)
    for (std::int32_t row = 0; row < code.n_rows; ++row)
      solve_row(code, row, x);

  for (std::int32_t row = 0; row < code.n_rows; ++row)
    for (const std::uint8_t check : row_sum(code, row, x))
      if (check != 0)
        throw std::runtime_error("H x is not 0");

  Bits d;
  for (std::size_t k = 2 * z; k < x.size() * z; ++k)
    d.push_back(k < c.size() && c[k] == null_bit ? null_bit : x[k / z].at(k % z));
  return d;
}

/// k_0 of TS 38.212 table 5.4.2.1-2.
std::int64_t
starting_position(std::int32_t base_graph, std::int32_t rv, std::int64_t n_cb, std::int64_t z) {
  const std::array<std::int64_t, 4> bg1{0, 17, 33, 56};
  const std::array<std::int64_t, 4> bg2{0, 13, 25, 43};
  const auto i = static_cast<std::size_t>(rv);
  return base_graph == 1 ? bg1.at(i) * n_cb / (66 * z) * z : bg2.at(i) * n_cb / (50 * z) * z;
}

/// TS 38.212 5.4.2.1 and 5.4.2.2 of one code block.
Bits rate_match(const Bits& d, std::int64_t n_cb, std::int64_t k0, std::int64_t e_bits, int q_m) {
  Bits e;
  for (std::int64_t j = 0; std::ssize(e) < e_bits; ++j) {
    const std::uint8_t bit = d.at(static_cast<std::size_t>((k0 + j) % n_cb));
    if (bit != null_bit)
      e.push_back(bit);
  }
  Bits f(e.size());
  const std::int64_t n_columns = e_bits / q_m;
  for (std::int64_t j = 0; j < n_columns; ++j)
    for (std::int64_t i = 0; i < q_m; ++i)
      f[static_cast<std::size_t>(i + j * q_m)] = e[static_cast<std::size_t>(i * n_columns + j)];
  return f;
}

/// E_r of TS 38.212 5.4.2.1 when every code block is sent.
std::int64_t block_length(const CodingInput& input, std::int64_t n_blocks, std::int64_t r) {
  const std::int64_t unit = std::int64_t{input.n_layers} * input.modulation_order;
  const std::int64_t n_units = input.n_coded_bits / unit;
  if (r <= n_blocks - n_units % n_blocks - 1)
    return unit * (n_units / n_blocks);
  return unit * ceil_div(n_units, n_blocks);
}

std::int32_t n_re_per_prb(const PuschGrant& grant, std::int32_t n_dmrs_res) {
  return 12 * grant.nr_of_symbols - n_dmrs_res; // N'_RE, N_oh = 0
}

} // namespace

McsChoice mcs_of(const PuschGrant& grant, const Tables& tables) {
  McsChoice choice;
  const std::int32_t table = grant.mcs_table.value_or(0);
  const std::int32_t index = grant.mcs_index.value_or(-1);
  // q of tables 6.1.4.1-1 and -2: 1 with tp-pi2BPSK, which a grant says by its order, else 2.
  const std::int32_t q = grant.qam_mod_order == 1 ? 1 : 2;
  const auto entry = tables.mcs.find({table, index});
  if (entry != tables.mcs.end()) {
    choice.modulation_order = entry->second.modulation_order;
    choice.target_rate = entry->second.rate_x1024 / 1024;
    if (choice.modulation_order == 1) { // the file holds q = 1; the standard says q and rate / q
      choice.modulation_order = q;
      choice.target_rate = *choice.target_rate / q;
    }
  } else if (index >= 0) { // reserved, up to 31: 2, 4, 6, 8 or q, 2, 4, 6 or 2, 4, 6
    choice.modulation_order = table == 1 ? 2 * (index - 27) : 2 * (index - 28);
    if (choice.modulation_order == 0) // index 28 of tables 3 and 4
      choice.modulation_order = q;
  }
  if (grant.qam_mod_order)
    choice.modulation_order = *grant.qam_mod_order;
  if (grant.target_code_rate && *grant.target_code_rate > 0)
    choice.target_rate = *grant.target_code_rate / 10240.0;
  return choice;
}

std::int64_t
transport_block_size(const PuschGrant& grant, std::int32_t n_dmrs_res, const Tables& tables) {
  const McsChoice mcs = mcs_of(grant, tables);
  if (!mcs.target_rate)
    return 8 * grant.tb_size.value();
  const std::int64_t n_re = std::min(156, n_re_per_prb(grant, n_dmrs_res)) * grant.rb_size;
  const double rate = *mcs.target_rate;
  const double n_info =
      static_cast<double>(n_re) * rate * mcs.modulation_order * grant.nr_of_layers;
  if (n_info <= 3824) {
    const double n = std::max(3.0, std::floor(std::log2(n_info)) - 6);
    const double quantised = std::max(24.0, std::exp2(n) * std::floor(n_info / std::exp2(n)));
    return *std::lower_bound(tables.tbs.begin(), tables.tbs.end(), quantised);
  }
  const double n = std::floor(std::log2(n_info - 24)) - 5;
  const auto quantised = static_cast<std::int64_t>(
      std::max(3840.0, std::exp2(n) * std::floor((n_info - 24) / std::exp2(n) + 0.5)));
  std::int64_t c = 1;
  if (rate <= 0.25)
    c = ceil_div(quantised + 24, 3816);
  else if (quantised > 8424)
    c = ceil_div(quantised + 24, 8424);
  return 8 * c * ceil_div(quantised + 24, 8 * c) - 24;
}

std::int32_t base_graph_of(const PuschGrant& grant, std::int64_t tbs, const Tables& tables) {
  if (grant.ldpc_base_graph)
    return *grant.ldpc_base_graph;
  const auto rate = mcs_of(grant, tables).target_rate;
  if (tbs <= 292)
    return 2;
  if (!rate)
    throw std::runtime_error("the base graph of a reserved MCS must be given");
  return (tbs <= 3824 && *rate <= 0.67) || *rate <= 0.25 ? 2 : 1;
}

Segmentation segmentation_of(std::int64_t tbs, std::int32_t base_graph) {
  Segmentation s;
  const std::int64_t b = tbs + (tbs > 3824 ? 24 : 16);
  const std::int64_t k_cb = base_graph == 1 ? 8448 : 3840;
  std::int64_t b_prime = b;
  if (b > k_cb) {
    s.block_crc_bits = 24;
    s.n_blocks = static_cast<std::int32_t>(ceil_div(b, k_cb - 24));
    b_prime = b + std::int64_t{s.n_blocks} * 24;
  }
  s.info_bits = static_cast<std::int32_t>(b_prime / s.n_blocks);
  std::int32_t k_b = 22;
  if (base_graph == 2)
    k_b = b > 640 ? 10 : b > 560 ? 9 : b > 192 ? 8 : 6;
  for (std::int32_t z = 2; s.lifting_size == 0; ++z)
    if (set_index(z) >= 0 && k_b * z >= s.info_bits)
      s.lifting_size = z;
  s.block_bits = (base_graph == 1 ? 22 : 10) * s.lifting_size;
  return s;
}

Bits coded_bits(const CodingInput& input, const Tables& tables) {
  Bits a;
  for (const std::uint8_t byte : input.payload)
    for (int i = 7; i >= 0; --i)
      a.push_back((byte >> i) & 1);
  const Segmentation s = segmentation_of(std::ssize(a), input.base_graph);
  Bits b = a;
  append(b, crc(a, a.size() > 3824 ? "24A" : "16"));

  Code code;
  code.graph = input.base_graph == 1 ? &tables.base_graph_1 : &tables.base_graph_2;
  code.n_info_columns = input.base_graph == 1 ? 22 : 10;
  code.n_rows = input.base_graph == 1 ? 46 : 42;
  code.z = s.lifting_size;
  const std::int64_t n = (input.base_graph == 1 ? 66 : 50) * s.lifting_size;
  std::int64_t n_cb = n;
  if (input.tbs_lbrm_bits) // N_ref = floor(TBS_LBRM / (C 2/3))
    n_cb = std::min(n, 3 * *input.tbs_lbrm_bits / (2 * s.n_blocks));
  const std::int64_t k0 = starting_position(input.base_graph, input.rv, n_cb, s.lifting_size);

  Bits g;
  auto next = b.begin();
  for (std::int32_t r = 0; r < s.n_blocks; ++r) {
    const auto end = next + (s.info_bits - s.block_crc_bits);
    Bits c(next, end);
    next = end;
    if (s.block_crc_bits != 0)
      append(c, crc(c, "24B"));
    c.resize(static_cast<std::size_t>(s.block_bits), null_bit);
    append(g, rate_match(ldpc_encode(c, code), n_cb, k0, block_length(input, s.n_blocks, r),
                         input.modulation_order));
  }
  return g;
}

} // namespace airan::oracle::pusch
