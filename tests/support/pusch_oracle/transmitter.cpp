// SPDX-License-Identifier: Apache-2.0
// An independent PUSCH transmitter for tests: TS 38.211 6.3.1 and 6.4.1.1 clause by clause.
#include "tests/support/pusch_oracle/transmitter.hpp"

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace airan::oracle::pusch {
namespace {

/// Tables 6.4.1.1.3-1 and -2.
struct PortParameters {
  std::int32_t cdm_group = 0;
  std::int32_t delta = 0;
  double w_f[2] = {1, 1};
  double w_t[2] = {1, 1};
};

PortParameters port_parameters(std::int32_t dmrs_config_type, std::int32_t port) {
  const std::int32_t n_groups = dmrs_config_type == 0 ? 2 : 3;
  PortParameters p;
  p.cdm_group = port / 2 % n_groups;
  p.delta = dmrs_config_type == 0 ? p.cdm_group : 2 * p.cdm_group;
  if (port % 2 == 1)
    p.w_f[1] = -1;
  if (port >= 2 * n_groups)
    p.w_t[1] = -1;
  return p;
}

bool is_dmrs_symbol(const PuschGrant& grant, std::int32_t symbol) {
  return symbol >= 0 && ((grant.ul_dmrs_symb_pos >> symbol) & 1) != 0;
}

/// TS 38.214 6.3: floor(N/2) symbols in the first hop.
std::int32_t second_hop_start(const PuschGrant& grant) {
  return grant.start_symbol_index + grant.nr_of_symbols / 2;
}

bool is_second_hop(const PuschGrant& grant, std::int32_t symbol) {
  return grant.intra_slot_frequency_hopping != 0 && symbol >= second_hop_start(grant);
}

/// l' of Table 6.4.1.1.3-5: 1 for the second symbol of a double-symbol DM-RS. A hop has its own
/// DM-RS, so the first symbol of a hop is never the second one of a pair.
std::int32_t l_prime(const PuschGrant& grant, std::int32_t symbol) {
  if (!is_dmrs_symbol(grant, symbol - 1) || symbol == grant.start_symbol_index)
    return 0;
  if (grant.intra_slot_frequency_hopping != 0 && symbol == second_hop_start(grant))
    return 0;
  return 1 - l_prime(grant, symbol - 1);
}

/// First common resource block of the allocation in this symbol.
std::int32_t first_crb(const Transmission& t, std::int32_t symbol) {
  const std::int32_t bwp_start = t.grant.bwp_start.value_or(t.cell.first_prb);
  return bwp_start +
         (is_second_hop(t.grant, symbol) ? t.grant.pusch_second_hop_prb : t.grant.rb_start);
}

/// Whether subcarrier `k` (0..11) of a PRB is set aside for DM-RS in a DM-RS symbol:
/// TS 38.214 6.2.2 with transform precoding, else CDM groups 0 .. n-1 of TS 38.211 6.4.1.1.3.
bool is_reserved_for_dmrs(const PuschGrant& grant, std::int32_t k) {
  if (grant.transform_precoding != 0)
    return true;
  const std::int32_t group = grant.dmrs_config_type == 0 ? k % 2 : k % 6 / 2;
  return group < grant.num_dmrs_cdm_groups_no_data;
}

std::int32_t n_dmrs_res_per_prb(const PuschGrant& grant) {
  std::int32_t n = 0;
  for (std::int32_t l = 0; l < 14; ++l)
    for (std::int32_t k = 0; k < 12; ++k)
      n += is_dmrs_symbol(grant, l) && is_reserved_for_dmrs(grant, k) ? 1 : 0;
  return n;
}

bool carries_data(const PuschGrant& grant, std::int32_t symbol, std::int32_t k) {
  return !is_dmrs_symbol(grant, symbol) || !is_reserved_for_dmrs(grant, k);
}

/// r(n) of 6.4.1.1.1.1 for n = 0 .. n_values-1, counted from common resource block 0.
std::vector<Cplx> dmrs_cp_ofdm(const Transmission& t, std::int32_t symbol, std::size_t n_values) {
  const auto n_id = static_cast<std::uint64_t>(t.grant.ul_dmrs_scrambling_id.value_or(t.cell.id));
  const auto n_scid = static_cast<std::uint64_t>(t.grant.scid);
  const auto count = static_cast<std::uint64_t>(t.cell.n_symbols() * t.slot + symbol + 1);
  const std::uint64_t c_init =
      ((std::uint64_t{1} << 17) * count * (2 * n_id + 1) + 2 * n_id + n_scid) %
      (std::uint64_t{1} << 31);
  const Bits c = gold_sequence(static_cast<std::uint32_t>(c_init), 2 * n_values);
  return modulate(c, 2); // (1 - 2c(2n) + j (1 - 2c(2n+1))) / sqrt 2
}

/// r(n) of 6.4.1.1.1.2, counted from the lowest resource block of the allocation.
std::vector<Cplx>
dmrs_dft_s_ofdm(const Transmission& t, std::int32_t symbol, const Tables& tables) {
  HoppingInput input;
  input.mode = t.grant.group_or_sequence_hopping;
  input.n_id_rs = t.grant.pusch_identity.value_or(t.cell.id);
  input.n_symbols_per_slot = t.cell.n_symbols();
  input.slot = t.slot;
  input.symbol = symbol - l_prime(t.grant, symbol); // the first symbol of a double-symbol DM-RS
  input.m_zc = 6 * t.grant.rb_size;
  // What the grant fixes holds where it does not hop: f_gh and v of group hopping, v of sequence
  // hopping come from the slot and the symbol.
  GroupAndSequence used = group_and_sequence(input);
  if (input.mode != 1)
    used.u = t.grant.low_papr_group_number.value_or(used.u);
  if (input.mode == 0)
    used.v = t.grant.low_papr_sequence_number.value_or(used.v);
  return low_papr_sequence(used.u, used.v, input.m_zc, tables);
}

/// W of 6.3.1.5, [antenna port][layer].
std::vector<std::vector<Cplx>> precoder_of(const Transmission& t) {
  const std::int32_t n_layers = t.grant.nr_of_layers;
  if (t.codebook) {
    auto w = precoding_matrix(t.codebook->n_antenna_ports, n_layers, t.codebook->tpmi,
                              t.grant.transform_precoding);
    if (w.empty())
      throw std::runtime_error("no such TPMI");
    return w;
  }
  std::vector<std::vector<Cplx>> w(static_cast<std::size_t>(n_layers),
                                   std::vector<Cplx>(static_cast<std::size_t>(n_layers), 0));
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i][i] = 1;
  return w;
}

/// Adds W times the layers' values at one resource element.
void add_precoded(Grid& grid,
                  const std::vector<std::vector<Cplx>>& w,
                  const std::vector<Cplx>& layers,
                  std::size_t symbol,
                  std::size_t subcarrier) {
  for (std::size_t p = 0; p < w.size(); ++p)
    for (std::size_t v = 0; v < layers.size(); ++v)
      grid.at(p).at(symbol).at(subcarrier) += w[p][v] * layers[v];
}

/// DM-RS of all layers in one symbol, 6.4.1.1.3.
void map_dmrs(Grid& grid, const Transmission& t, std::int32_t symbol, const Tables& tables) {
  const PuschGrant& grant = t.grant;
  const bool transform_precoding = grant.transform_precoding != 0;
  const std::int32_t crb = first_crb(t, symbol);
  // beta: 0, 3 and 4.77 dB of TS 38.214 table 6.2.2-1 are ratios of the powers 1, 2 and 3.
  const double beta = std::sqrt(static_cast<double>(grant.num_dmrs_cdm_groups_no_data));
  const std::int32_t k_end = 12 * (crb + grant.rb_size); // from subcarrier 0 of CRB 0
  const std::vector<Cplx> r = transform_precoding
                                  ? dmrs_dft_s_ofdm(t, symbol, tables)
                                  : dmrs_cp_ofdm(t, symbol, static_cast<std::size_t>(k_end));
  const auto w = precoder_of(t);
  std::size_t layer = 0;
  for (std::int32_t port = 0; port < 12; ++port) {
    if (((grant.dmrs_ports >> port) & 1) == 0)
      continue;
    const PortParameters parameters = port_parameters(grant.dmrs_config_type, port);
    for (std::int32_t n = 0; n <= k_end; ++n)
      for (std::int32_t k_prime = 0; k_prime < 2; ++k_prime) {
        std::int32_t k = (grant.dmrs_config_type == 0 ? 4 * n + 2 * k_prime : 6 * n + k_prime) +
                         parameters.delta;
        if (transform_precoding) // reference point: the lowest resource block of the allocation
          k += 12 * crb;
        if (k < 12 * crb || k >= k_end)
          continue;
        std::vector<Cplx> layers(static_cast<std::size_t>(grant.nr_of_layers), 0);
        layers.at(layer) = beta * parameters.w_f[k_prime] * parameters.w_t[l_prime(grant, symbol)] *
                           r.at(static_cast<std::size_t>(2 * n + k_prime));
        add_precoded(grid, w, layers, static_cast<std::size_t>(symbol),
                     static_cast<std::size_t>(k - 12 * t.cell.first_prb));
      }
    ++layer;
  }
}

/// 6.3.1.4 of one OFDM symbol.
std::vector<Cplx> transform_precode(const std::vector<Cplx>& x) {
  const auto m = static_cast<double>(x.size());
  std::vector<Cplx> root; // exp(-j 2 pi i / M)
  for (std::size_t i = 0; i < x.size(); ++i)
    root.push_back(std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(i) / m));
  std::vector<Cplx> y(x.size());
  for (std::size_t k = 0; k < x.size(); ++k) {
    for (std::size_t i = 0; i < x.size(); ++i)
      y[k] += x[i] * root[i * k % x.size()];
    y[k] /= std::sqrt(m);
  }
  return y;
}

/// Data REs of one layer in a symbol, as subcarriers of the grid in ascending order.
std::vector<std::int32_t> data_subcarriers(const Transmission& t, std::int32_t symbol) {
  std::vector<std::int32_t> subcarriers;
  const std::int32_t first = 12 * (first_crb(t, symbol) - t.cell.first_prb);
  for (std::int32_t k = 0; k < 12 * t.grant.rb_size; ++k)
    if (carries_data(t.grant, symbol, k % 12))
      subcarriers.push_back(first + k);
  return subcarriers;
}

/// 6.2 of TS 38.212, then 6.3.1.1 and 6.3.1.2.
std::vector<Cplx>
modulated_codeword(const Transmission& t, std::int64_t n_res, const Tables& tables) {
  const PuschGrant& grant = t.grant;
  CodingInput coding;
  coding.payload = t.payload;
  coding.base_graph = base_graph_of(grant, 8 * std::ssize(t.payload), tables);
  coding.modulation_order = mcs_of(grant, tables).modulation_order;
  coding.n_layers = grant.nr_of_layers;
  coding.rv = grant.rv_index;
  coding.n_coded_bits = n_res * grant.nr_of_layers * coding.modulation_order;
  if (grant.tb_size_lbrm_bytes)
    coding.tbs_lbrm_bits = 8 * *grant.tb_size_lbrm_bytes;
  Bits bits = coded_bits(coding, tables);
  if (std::ssize(bits) != coding.n_coded_bits)
    throw std::runtime_error("the codeword does not fill the allocation");
  const auto c_init =
      static_cast<std::uint32_t>((grant.rnti << 15) + grant.data_scrambling_id.value_or(t.cell.id));
  const Bits c = gold_sequence(c_init, bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i)
    bits[i] ^= c[i];
  return modulate(bits, coding.modulation_order);
}

} // namespace

std::int64_t transport_block_bits(const PuschGrant& grant, const Tables& tables) {
  return transport_block_size(grant, n_dmrs_res_per_prb(grant), tables);
}

Grid empty_grid(std::int32_t n_antenna_ports, const CellSettings& cell) {
  return Grid(static_cast<std::size_t>(n_antenna_ports),
              std::vector<std::vector<Cplx>>(
                  static_cast<std::size_t>(cell.n_symbols()),
                  std::vector<Cplx>(static_cast<std::size_t>(cell.n_subcarriers()))));
}

Grid transmit(const Transmission& t, const Tables& tables) {
  const PuschGrant& grant = t.grant;
  if (8 * std::ssize(t.payload) != transport_block_bits(grant, tables))
    throw std::runtime_error("the payload has not the size of the transport block");
  const auto w = precoder_of(t);
  Grid grid = empty_grid(static_cast<std::int32_t>(w.size()), t.cell);
  const std::int32_t end_symbol = grant.start_symbol_index + grant.nr_of_symbols;

  std::int64_t n_res = 0;
  for (std::int32_t l = grant.start_symbol_index; l < end_symbol; ++l)
    n_res += std::ssize(data_subcarriers(t, l));
  const std::vector<Cplx> d = modulated_codeword(t, n_res, tables);

  const auto n_layers = static_cast<std::size_t>(grant.nr_of_layers);
  std::size_t i = 0; // of x^(v)(i) = d(n_layers i + v), table 7.3.1.3-1
  for (std::int32_t l = grant.start_symbol_index; l < end_symbol; ++l) {
    const auto subcarriers = data_subcarriers(t, l);
    std::vector<std::vector<Cplx>> y(n_layers); // [layer][RE of the symbol]
    for (std::size_t re = 0; re < subcarriers.size(); ++re, ++i)
      for (std::size_t v = 0; v < n_layers; ++v)
        y[v].push_back(d.at(n_layers * i + v));
    if (grant.transform_precoding != 0)
      y[0] = transform_precode(y[0]);
    for (std::size_t re = 0; re < subcarriers.size(); ++re) {
      std::vector<Cplx> layers;
      for (std::size_t v = 0; v < n_layers; ++v)
        layers.push_back(y[v][re]);
      add_precoded(grid, w, layers, static_cast<std::size_t>(l),
                   static_cast<std::size_t>(subcarriers[re]));
    }
    if (is_dmrs_symbol(grant, l))
      map_dmrs(grid, t, l, tables);
  }
  return grid;
}

} // namespace airan::oracle::pusch
