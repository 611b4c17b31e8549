// SPDX-License-Identifier: Apache-2.0
// The PUSCH transmitter: TS 38.212 6.2, TS 38.211 6.3.1 and 6.4.1.1.
#include "simulation/pusch_transmitter.hpp"

#include "core/assert.hpp"
#include "kernels/primitives/constellation.hpp"
#include "kernels/primitives/dmrs_sequence.hpp"
#include "kernels/primitives/fft.hpp"
#include "kernels/primitives/gold_sequence.hpp"
#include "simulation/codeword_encoder.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace airan::simulation {
namespace {

/// 6.3.1.1: b~(i) = b(i) + c(i) mod 2.
void scramble(std::uint32_t c_init, std::span<std::uint8_t> bits) {
  GoldSequence sequence(c_init);
  for (std::size_t i = 0; i < bits.size(); i += 32) {
    const std::uint32_t c = sequence.next32();
    for (std::size_t j = i; j < std::min(i + 32, bits.size()); ++j)
      bits[j] = static_cast<std::uint8_t>(bits[j] ^ ((c >> (j - i)) & 1U));
  }
}

/// 6.3.1.2: the complex symbols d of the codeword.
std::vector<cf32> modulate_bits(Modulation modulation, std::span<const std::uint8_t> bits) {
  const auto order = static_cast<std::size_t>(bits_per_symbol(modulation));
  std::vector<cf32> symbols(bits.size() / order);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    std::uint32_t word = 0;
    for (std::size_t b = 0; b < order; ++b)
      word |= std::uint32_t{bits[i * order + b]} << b;
    symbols[i] = modulate(modulation, word, static_cast<std::int64_t>(i));
  }
  return symbols;
}

/// 6.3.1.4, in place: y(l M + k) = 1/sqrt(M) sum over i of x(l M + i) exp(-j 2 pi i k / M). With
/// DFT-s-OFDM there is one layer, and a symbol holds data on all REs or on none.
void transform_precode(std::span<cf32> symbols, std::int32_t length) {
  const auto fft = make_fft(FftLibrary::kissfft, length, FftDirection::forward);
  const auto m = static_cast<std::size_t>(length);
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(length)));
  std::vector<cf32> block(m);
  for (std::size_t first = 0; first < symbols.size(); first += m) {
    fft->run(symbols.subspan(first, m), block);
    for (std::size_t k = 0; k < m; ++k)
      symbols[first + k] = block[k] * scale;
  }
}

/// Precodes one RE's layers (6.3.1.5) and adds them to the grid.
class Mapper {
public:
  Mapper(const PuschTransmission& transmission, View<cf32, 3> grid)
      : precoder_(transmission.precoder), n_layers_(transmission.grant->n_layers), grid_(grid),
        n_ports_(precoder_.empty() ? n_layers_
                                   : static_cast<std::int32_t>(precoder_.size()) / n_layers_) {
    AIRAN_ASSERT(n_ports_ * n_layers_ == std::ssize(precoder_) || precoder_.empty(),
                 "a precoder of " + std::to_string(precoder_.size()) + " elements for " +
                     std::to_string(n_layers_) + " layers");
    AIRAN_ASSERT(n_ports_ <= grid.extent(0), std::to_string(n_ports_) +
                                                 " antenna ports on a grid of " +
                                                 std::to_string(grid.extent(0)));
  }

  void add(std::int32_t layer, std::int32_t symbol, std::int32_t subcarrier, cf32 value) const {
    if (precoder_.empty()) {
      grid_(layer, symbol, subcarrier) += value;
      return;
    }
    for (std::int32_t port = 0; port < n_ports_; ++port)
      grid_(port, symbol, subcarrier) +=
          precoder_[static_cast<std::size_t>(port * n_layers_ + layer)] * value;
  }

private:
  std::span<const cf32> precoder_;
  std::int32_t n_layers_;
  View<cf32, 3> grid_;
  std::int32_t n_ports_;
};

/// 6.3.1.3 and 6.3.1.6: symbol i of layer v is d(i n_layers + v); REs are filled in increasing
/// order of subcarriers, then of symbols.
void map_data(const CheckedGrant& grant, std::span<const cf32> symbols, const Mapper& mapper) {
  std::size_t next = 0;
  for (std::int32_t l = grant.first_symbol; l < grant.first_symbol + grant.n_symbols; ++l) {
    const std::uint32_t mask = grant.data_mask[static_cast<std::size_t>(l)];
    const PrbRange prbs = grant.hop_of_symbol(l).prbs;
    for (std::int32_t k = 0; k < prbs.n_subcarriers(); ++k) {
      if (((mask >> (k % subcarriers_per_prb)) & 1U) == 0)
        continue;
      for (std::int32_t v = 0; v < grant.n_layers; ++v)
        mapper.add(v, l, prbs.first_subcarrier() + k, symbols[next++]);
    }
  }
  AIRAN_ASSERT(next == symbols.size(),
               std::to_string(symbols.size()) + " symbols on " + std::to_string(next) + " places");
}

/// 6.4.1.1.3: a(k, l) = beta w_f(k') w_t(l') r(2n + k').
void map_dmrs(const CheckedGrant& grant, const Mapper& mapper) {
  const Dmrs& dmrs = grant.dmrs;
  const std::int32_t per_prb = dmrs.pilots_per_prb();
  std::vector<cf32> r(static_cast<std::size_t>(grant.n_prb() * per_prb));
  for (const DmrsSymbol& symbol : dmrs.symbols) {
    dmrs_sequence(grant, symbol, r);
    const std::int32_t first = grant.hop_of_symbol(symbol.symbol).prbs.first_subcarrier();
    for (std::int32_t v = 0; v < grant.n_layers; ++v) {
      const DmrsLayer& layer = dmrs.layers[v];
      const std::int32_t w_t = layer.w_t[static_cast<std::size_t>(symbol.l_prime)];
      for (std::int32_t n = 0; n < std::ssize(r); ++n) {
        const std::int32_t w = w_t * layer.w_f[static_cast<std::size_t>(n % 2)];
        const std::int32_t k =
            n / per_prb * subcarriers_per_prb + dmrs.pilot_subcarrier(n % per_prb, layer.delta);
        mapper.add(v, symbol.symbol, first + k,
                   r[static_cast<std::size_t>(n)] * (dmrs.amplitude * static_cast<float>(w)));
      }
    }
  }
}

} // namespace

void transmit_pusch(const PuschTransmission& transmission, View<cf32, 3> grid) {
  AIRAN_ASSERT(transmission.grant != nullptr, "a transmission without a grant");
  const CheckedGrant& grant = *transmission.grant;
  std::vector<std::uint8_t> bits = encode_transport_block(grant.codeword, transmission.payload);
  scramble(grant.scrambling_c_init, bits);
  std::vector<cf32> symbols = modulate_bits(grant.modulation, bits);
  if (grant.waveform == Waveform::dft_s_ofdm)
    transform_precode(symbols, grant.n_prb() * subcarriers_per_prb);
  const Mapper mapper(transmission, grid);
  map_data(grant, symbols, mapper);
  map_dmrs(grant, mapper);
}

} // namespace airan::simulation
