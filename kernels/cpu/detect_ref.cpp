// SPDX-License-Identifier: Apache-2.0
// Detect, plainly: matrices in double precision, LLRs from all points of the constellation.
#include "kernels/cpu/detect_ref.hpp"

#include "kernels/cpu/detect_layout.hpp"
#include "kernels/primitives/constellation.hpp"
#include "kernels/primitives/gold_sequence.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

namespace airan {
namespace {

/// An equalised symbol: the unbiased estimate and its SINR; both 0 where nothing is known.
struct Equalised {
  cf64 x;
  double sinr = 0;
};

template <class T>
using PerLayer = std::array<T, max_layers_per_group>;

cf64 widen(const cf32& a) {
  return {a.re, a.im};
}

/// Gauss-Jordan elimination of a Hermitian matrix that is at least the identity: no pivoting.
void invert(PerLayer<PerLayer<cf64>>& a, std::int32_t n) {
  const auto size = static_cast<std::size_t>(n);
  PerLayer<PerLayer<cf64>> inverse{};
  for (std::size_t i = 0; i < size; ++i)
    inverse[i][i] = {1, 0};
  for (std::size_t p = 0; p < size; ++p) {
    const double pivot = 1 / a[p][p].re;
    for (std::size_t j = 0; j < size; ++j) {
      a[p][j] *= pivot;
      inverse[p][j] *= pivot;
    }
    for (std::size_t i = 0; i < size; ++i) {
      const cf64 factor = a[i][p];
      for (std::size_t j = 0; i != p && j < size; ++j) {
        a[i][j] -= factor * a[p][j];
        inverse[i][j] -= factor * inverse[p][j];
      }
    }
  }
  a = inverse;
}

class DetectRef final : public Detect {
public:
  explicit DetectRef(const PlanLimits& limits) {
    const auto n_res =
        static_cast<std::size_t>(limits.n_prb) * subcarriers_per_prb * max_symbols_per_slot;
    symbols_.resize(n_res * static_cast<std::size_t>(std::max(limits.n_layers_per_group, 1)));
    twiddles_.resize(static_cast<std::size_t>(limits.n_prb) * subcarriers_per_prb);
    transformed_.resize(twiddles_.size());
  }

  void run(const DetectArgs& args, Queue&) noexcept override {
    for (const DetectGroup& group : args.groups)
      run_group(group);
  }

private:
  void run_group(const DetectGroup& group);
  void equalise_re(const DetectGroup& group,
                   const Segment& segment,
                   std::int32_t symbol,
                   std::int32_t subcarrier);
  void solve(std::int32_t n_layers);
  void store(const DetectGroup& group,
             const Segment& segment,
             std::int32_t symbol,
             std::int32_t subcarrier);
  void undo_transform_precoding(std::span<Equalised> symbols);
  void write(const CheckedGrant& grant,
             const DetectLayout& layout,
             std::span<const Equalised> symbols,
             const DetectOutput& output);

  std::vector<Equalised> symbols_; ///< of all grants of a group, each in codeword order
  std::vector<cf64> twiddles_;
  std::vector<cf64> transformed_;
  std::array<DetectLayout, max_layers_per_group> layouts_{};
  std::array<std::size_t, max_layers_per_group + 1> first_symbol_{}; ///< in symbols_, per grant
  PerLayer<PerLayer<cf64>> a_{};                                     ///< H^H R^-1 H + I
  PerLayer<cf64> z_{};                                               ///< H^H R^-1 y
  PerLayer<Equalised> equalised_{};
};

void DetectRef::run_group(const DetectGroup& group) {
  const auto grants = group.group->grants;
  for (std::size_t g = 0; g < grants.size(); ++g) {
    layouts_[g] = DetectLayout(*grants[g]);
    first_symbol_[g + 1] = first_symbol_[g] + static_cast<std::size_t>(layouts_[g].n_res()) *
                                                  static_cast<std::size_t>(grants[g]->n_layers);
  }
  AIRAN_ASSERT(first_symbol_[grants.size()] <= symbols_.size(), "detect: more REs than planned");
  std::fill(symbols_.begin(), symbols_.end(), Equalised{});
  for (const Segment& segment : group.group->segments)
    for (std::int32_t s = segment.first_symbol; s < segment.first_symbol + segment.n_symbols; ++s)
      for (std::int32_t k = segment.prbs.first_subcarrier();
           k < segment.prbs.end() * subcarriers_per_prb; ++k)
        equalise_re(group, segment, s, k);
  for (std::size_t g = 0; g < grants.size(); ++g) {
    if (group.outputs[g].llrs.empty())
      continue;
    const std::span<Equalised> symbols{symbols_.data() + first_symbol_[g],
                                       first_symbol_[g + 1] - first_symbol_[g]};
    const auto m = static_cast<std::size_t>(grants[g]->n_prb() * subcarriers_per_prb);
    if (grants[g]->waveform == Waveform::dft_s_ofdm)
      for (std::size_t i = 0; i < symbols.size(); i += m)
        undo_transform_precoding(symbols.subspan(i, m));
    write(*grants[g], layouts_[g], symbols, group.outputs[g]);
  }
}

/// Builds a_ and z_ of one RE and solves.
void DetectRef::equalise_re(const DetectGroup& group,
                            const Segment& segment,
                            std::int32_t symbol,
                            std::int32_t subcarrier) {
  const ChannelEstimate& estimate = *group.estimate;
  const auto h = estimate.h.on_host();
  const auto weight = estimate.time_weight.on_host();
  const auto error_var = estimate.h_error_var.on_host();
  const auto covariance = estimate.noise_covariance.on_host();
  const auto grid = group.grid.re.on_host();
  const auto valid = group.grid.valid.on_host();
  const std::int32_t n_layers = segment.layers.size();
  const std::int32_t k = subcarrier - group.group->prbs.first_subcarrier();
  const std::int32_t prb_group = k / subcarriers_per_prb / estimate.prbs_per_covariance;
  double channel_error = 0;
  for (const std::int32_t layer : segment.layers)
    channel_error += error_var(layer, symbol, k);
  a_ = {};
  z_ = {};
  for (std::size_t l = 0; l < static_cast<std::size_t>(n_layers); ++l)
    a_[l][l] = {1, 0};
  for (std::int32_t port = 0; port < grid.extent(0); ++port) {
    const double noise = covariance(prb_group, port, port).re + channel_error;
    if (valid(port, symbol, subcarrier / subcarriers_per_prb) == 0 || !(noise > 0))
      continue;
    PerLayer<cf64> h_port{};
    for (std::int32_t row = 0; row < n_layers; ++row)
      for (std::int32_t node = 0; node < h.extent(2); ++node)
        h_port[static_cast<std::size_t>(row)] += widen(weight(segment.layers[row], symbol, node)) *
                                                 widen(h(segment.layers[row], port, node, k));
    const cf64 y = widen(grid(port, symbol, subcarrier));
    for (std::size_t i = 0; i < static_cast<std::size_t>(n_layers); ++i) {
      const cf64 whitened = conj(h_port[i]) * (1 / noise);
      z_[i] += whitened * y;
      for (std::size_t j = 0; j < static_cast<std::size_t>(n_layers); ++j)
        a_[i][j] += whitened * h_port[j];
    }
  }
  solve(n_layers);
  store(group, segment, symbol, subcarrier);
}

// x_mmse = A^-1 z has the gain b = 1 - [A^-1]_ll; x = x_mmse / b has SINR = b / (1 - b).
void DetectRef::solve(std::int32_t n_layers) {
  invert(a_, n_layers);
  for (std::size_t l = 0; l < static_cast<std::size_t>(n_layers); ++l) {
    cf64 x;
    for (std::size_t i = 0; i < static_cast<std::size_t>(n_layers); ++i)
      x += a_[l][i] * z_[i];
    const double gain = 1 - a_[l][l].re;
    const double sinr = gain / a_[l][l].re;
    const bool is_known = gain > 1e-12 && std::isfinite(sinr) && std::isfinite(norm(x));
    equalised_[l] = is_known ? Equalised{x * (1 / gain), sinr} : Equalised{};
  }
}

void DetectRef::store(const DetectGroup& group,
                      const Segment& segment,
                      std::int32_t symbol,
                      std::int32_t subcarrier) {
  const std::int32_t in_prb = subcarrier % subcarriers_per_prb;
  for (std::int32_t row = 0; row < segment.layers.size(); ++row) {
    const GroupLayer& layer = group.group->layers[segment.layers[row]];
    const auto g = static_cast<std::size_t>(layer.grant);
    const CheckedGrant& grant = *group.group->grants[g];
    const std::uint32_t mask = DetectLayout::mask(grant, symbol);
    if (((mask >> in_prb) & 1U) == 0)
      continue;
    const std::int32_t re = layouts_[g].first_re(grant, symbol, subcarrier / subcarriers_per_prb) +
                            std::popcount(mask & ((1U << in_prb) - 1U));
    symbols_[first_symbol_[g] + static_cast<std::size_t>(re * grant.n_layers + layer.layer)] =
        equalised_[static_cast<std::size_t>(row)];
  }
}

// TS 38.211 6.3.1.4 backwards, on the biased MMSE output g(k) x(k): the mean gain is the gain of
// every symbol after the inverse DFT.
void DetectRef::undo_transform_precoding(std::span<Equalised> symbols) {
  const std::size_t m = symbols.size();
  double mean_gain = 0;
  for (std::size_t n = 0; n < m; ++n) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(m);
    twiddles_[n] = {std::cos(angle), std::sin(angle)};
    const double gain = symbols[n].sinr / (1 + symbols[n].sinr);
    symbols[n].x *= gain;
    mean_gain += gain / static_cast<double>(m);
  }
  for (std::size_t n = 0; n < m; ++n) {
    cf64 sum;
    for (std::size_t k = 0; k < m; ++k)
      sum += symbols[k].x * twiddles_[n * k % m];
    transformed_[n] = sum * (1 / std::sqrt(static_cast<double>(m)));
  }
  for (std::size_t n = 0; n < m; ++n)
    symbols[n] = mean_gain > 1e-12 ? Equalised{transformed_[n] * (1 / mean_gain),
                                               mean_gain / std::max(1 - mean_gain, 1e-12)}
                                   : Equalised{};
}

void add(DetectMetrics* to, const Equalised& symbol, double error_power) {
  constexpr double min_measured_sinr = 1e-6;
  if (to == nullptr || symbol.sinr < min_measured_sinr)
    return;
  to->sum_error_power += error_power;
  to->sum_inverse_sinr += 1 / symbol.sinr;
  to->sum_sinr += symbol.sinr;
  to->n_symbols += 1;
}

/// Demaps over all points of the constellation, descrambles, measures.
void DetectRef::write(const CheckedGrant& grant,
                      const DetectLayout& layout,
                      std::span<const Equalised> symbols,
                      const DetectOutput& output) {
  const auto llrs = output.llrs.on_host();
  const std::int32_t n_bits = bits_per_symbol(grant.modulation);
  GoldSequence scrambling(grant.scrambling_c_init);
  if (output.metrics != nullptr)
    *output.metrics = {};
  if (output.metrics_by_symbol != nullptr)
    std::fill_n(output.metrics_by_symbol, max_symbols_per_slot, DetectMetrics{});
  std::int32_t ofdm_symbol = 0;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    std::array<std::array<double, 2>, 8> nearest; // [bit of the symbol, its value]
    nearest.fill({std::numeric_limits<double>::max(), std::numeric_limits<double>::max()});
    for (std::uint32_t bits = 0; bits < (1U << n_bits); ++bits) {
      const cf64 point = widen(modulate(grant.modulation, bits, static_cast<std::int64_t>(i)));
      const double distance = norm(symbols[i].x - point);
      for (std::size_t b = 0; b < static_cast<std::size_t>(n_bits); ++b)
        nearest[b][(bits >> b) & 1U] = std::min(nearest[b][(bits >> b) & 1U], distance);
    }
    for (std::size_t b = 0; b < static_cast<std::size_t>(n_bits); ++b) {
      const double llr = symbols[i].sinr * (nearest[b][1] - nearest[b][0]);
      const double scrambled =
          std::clamp(std::round(llr_steps_per_nat * llr), -double{llr_max}, double{llr_max});
      const auto bit = static_cast<std::int64_t>(i) * n_bits + static_cast<std::int64_t>(b);
      llrs(bit) = static_cast<std::int8_t>(scrambling.next_bit() != 0 ? -scrambled : scrambled);
    }
    const double error_power = std::min(nearest[0][0], nearest[0][1]);
    while (static_cast<std::int64_t>(i) >=
           std::int64_t{layout.first_re(ofdm_symbol + 1)} * grant.n_layers)
      ++ofdm_symbol;
    add(output.metrics, symbols[i], error_power);
    if (output.metrics_by_symbol != nullptr)
      add(output.metrics_by_symbol + ofdm_symbol, symbols[i], error_power);
    if (!output.symbols.empty())
      output.symbols.on_host()(static_cast<std::int64_t>(i)) = {
          static_cast<float>(symbols[i].x.re), static_cast<float>(symbols[i].x.im)};
  }
}

} // namespace

std::string detect_ref_reason_to_decline(const PlanLimits& limits) {
  if (limits.n_layers_per_group > max_layers_per_group)
    return "more than " + std::to_string(max_layers_per_group) + " layers in a detection group";
  return {};
}

std::unique_ptr<Detect> make_detect_ref(const PlanLimits& limits) {
  return std::make_unique<DetectRef>(limits);
}

} // namespace airan
