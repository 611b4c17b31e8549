// SPDX-License-Identifier: Apache-2.0
// Detect by blocks: the channel of a few PRBs is staged once for all symbols of a segment, then
// each symbol of the block is equalised, demapped and descrambled while it is in the cache.
#include "kernels/cpu/detect_simd.hpp"

#include "kernels/cpu/detect_kernels.hpp"
#include "kernels/cpu/detect_layout.hpp"
#include "kernels/primitives/fft.hpp"
#include "kernels/primitives/gold_words.hpp"
#include "runtime/buffer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

namespace airan {
namespace {

namespace dk = detect_kernels;

constexpr std::int32_t max_block_prbs = 32;
constexpr std::int32_t min_block_prbs = 4;
/// What the staged channel of a block may take of the first-level cache.
constexpr std::int32_t block_bytes = 24 * 1024;
constexpr std::int32_t max_block_subcarriers = max_block_prbs * subcarriers_per_prb;
/// A plane of a block; the odd number of cache lines keeps planes out of each other's cache sets.
constexpr std::int32_t plane_stride = max_block_subcarriers + dk::plane_padding;
/// Larger codewords are measured on one run of 16 symbols in 64.
constexpr std::int64_t fully_measured_symbols = 4096;
constexpr std::int32_t sampled_step = 64;

std::int32_t prbs_per_block(std::int32_t n_layers, std::int32_t n_ports, std::int32_t n_nodes) {
  const std::int32_t per_prb = n_layers * n_ports * n_nodes * subcarriers_per_prb * 8;
  return std::clamp(block_bytes / per_prb / 4 * 4, min_block_prbs, max_block_prbs);
}

/// Whether n = 2^a 3^b 5^c, the allocations that transform precoding may have (TS 38.211 6.3.1.4).
bool is_transform_precoding_size(std::int32_t n) {
  for (const std::int32_t f : {2, 3, 5})
    while (n % f == 0)
      n /= f;
  return n == 1;
}

/// One grant of the group that is being detected.
struct GrantState {
  const CheckedGrant* grant = nullptr;
  const DetectOutput* output = nullptr; ///< null: not wanted
  DetectLayout layout;
  const std::uint32_t* scrambling = nullptr;
  std::int8_t* llrs = nullptr;
  std::int32_t measure_step = 0; ///< 0: no metrics
  /// DFT-s-OFDM: the biased MMSE output of the whole slot and per symbol the sum of 1 - gain.
  cf32* precoded = nullptr; ///< [symbol, subcarrier of the allocation]
  std::array<double, max_symbols_per_slot> sum_loss{};
};

class DetectSimd final : public Detect {
public:
  explicit DetectSimd(const PlanLimits& limits);
  void run(const DetectArgs& args, Queue& queue) noexcept override;

private:
  void run_group(const DetectGroup& group);
  bool prepare_grants(const DetectGroup& group);
  void prepare_grant(GrantState& state, const DetectOutput& output);
  void run_segment(const DetectGroup& group, const Segment& segment);
  bool
  carries_wanted_data(const DetectionGroup& group, const Segment& segment, std::int32_t symbol);
  void stage_channel(const DetectGroup& group, const Segment& segment, PrbRange prbs);
  void stage_weights(const DetectGroup& group, const Segment& segment, std::int32_t symbol);
  void
  stage_noise(const DetectGroup& group, const Segment& segment, std::int32_t symbol, PrbRange prbs);
  void stage_grid(const DetectGroup& group, std::int32_t symbol, PrbRange prbs);
  void equalise(const Segment& segment, PrbRange prbs);
  void
  emit_grants(const DetectGroup& group, const Segment& segment, std::int32_t symbol, PrbRange prbs);
  void emit_ofdm(GrantState& state,
                 std::span<const std::int32_t> rows,
                 std::int32_t symbol,
                 PrbRange prbs);
  void emit_precoded(GrantState& state, std::int32_t row, std::int32_t symbol, PrbRange prbs);
  void finish_precoded(GrantState& state);
  dk::CodewordSymbols
  codeword_symbols(std::span<const std::int32_t> rows, std::uint16_t mask, std::int32_t n_prb);
  void
  write_symbols(const GrantState& state, const dk::CodewordSymbols& symbols, std::int32_t symbol);

  float* symbol_plane(std::int32_t layer, std::int32_t part) {
    return symbols_.data() + (2 * layer + part) * plane_stride;
  }

  PlanLimits limits_;
  std::int32_t n_layers_; ///< the most of a group
  HostTensor<float, 1> h_;
  HostTensor<float, 2> y_;                              ///< [port and part, plane_stride]
  HostTensor<float, 2> inverse_std_;                    ///< [port, plane_stride]
  HostTensor<float, 2> symbols_;                        ///< [layer and part, plane_stride]
  HostTensor<float, 2> sinr_;                           ///< [layer, plane_stride]
  std::array<HostTensor<float, 1>, 3> codeword_planes_; ///< re, im, SINR in codeword order
  HostTensor<std::uint32_t, 1> scrambling_;
  HostTensor<cf32, 2> precoded_; ///< [layer of the group, symbol and subcarrier]
  HostTensor<cf32, 1> time_domain_;
  std::vector<std::unique_ptr<const Fft>> inverse_dft_; ///< [n_prb], null where not allowed

  std::array<GrantState, max_layers_per_group> grants_{};
  std::array<cf32, max_layers_per_group * max_time_nodes> weights_{};
  std::int32_t n_ports_ = 0;
  std::int32_t n_nodes_ = 0;
  double staged_error_var_ = -1; ///< what inverse_std_ holds; negative: something else
};

std::int32_t codeword_words(const PlanLimits& limits) {
  constexpr std::int32_t spare = 4;
  return limits.n_prb * subcarriers_per_prb * max_symbols_per_slot * 8 / 32 + spare + 1;
}

DetectSimd::DetectSimd(const PlanLimits& limits)
    : limits_(limits), n_layers_(std::max(limits.n_layers_per_group, 1)) {
  std::int32_t h_planes = 0;
  for (std::int32_t l = 1; l <= n_layers_; ++l)
    for (std::int32_t n = 1; n <= max_time_nodes; ++n)
      h_planes = std::max(h_planes, 2 * l * limits.n_ports * n);
  h_ = HostTensor<float, 1>({h_planes * plane_stride});
  y_ = HostTensor<float, 2>({2 * limits.n_ports, plane_stride});
  inverse_std_ = HostTensor<float, 2>({limits.n_ports, plane_stride});
  symbols_ = HostTensor<float, 2>({2 * n_layers_, plane_stride});
  sinr_ = HostTensor<float, 2>({n_layers_, plane_stride});
  const std::int32_t n_subcarriers = limits.n_prb * subcarriers_per_prb;
  const std::int32_t longest =
      dk::padded(std::max(max_layers_per_user * plane_stride, n_subcarriers));
  for (auto& plane : codeword_planes_)
    plane = HostTensor<float, 1>({longest});
  scrambling_ = HostTensor<std::uint32_t, 1>({n_layers_ * codeword_words(limits)});
  precoded_ = HostTensor<cf32, 2>({n_layers_, max_symbols_per_slot * n_subcarriers});
  time_domain_ = HostTensor<cf32, 1>({n_subcarriers});
  inverse_dft_.resize(static_cast<std::size_t>(limits.n_prb) + 1);
  for (std::int32_t n = 1; n <= limits.n_prb; ++n)
    if (is_transform_precoding_size(n))
      inverse_dft_[static_cast<std::size_t>(n)] =
          make_fft(default_fft_library(), n * subcarriers_per_prb, FftDirection::inverse,
                   FftEffort::estimate);
}

void DetectSimd::run(const DetectArgs& args, Queue&) noexcept {
  for (const DetectGroup& group : args.groups)
    run_group(group);
}

void DetectSimd::run_group(const DetectGroup& group) {
  n_ports_ = group.grid.re.extent(0);
  n_nodes_ = group.estimate->h.extent(2);
  AIRAN_ASSERT(n_ports_ <= limits_.n_ports && group.group->layers.size() <= n_layers_ &&
                   n_nodes_ <= max_time_nodes,
               "detect: a group of " + std::to_string(n_ports_) + " ports and " +
                   std::to_string(group.group->layers.size()) + " layers exceeds the plan");
  if (!prepare_grants(group))
    return;
  for (const Segment& segment : group.group->segments)
    run_segment(group, segment);
  for (std::size_t g = 0; g < group.group->grants.size(); ++g)
    if (grants_[g].precoded != nullptr)
      finish_precoded(grants_[g]);
}

/// False when no grant of the group is wanted.
bool DetectSimd::prepare_grants(const DetectGroup& group) {
  bool any = false;
  std::int64_t used_words = 0;
  std::int32_t used_layers = 0;
  for (std::size_t g = 0; g < group.group->grants.size(); ++g) {
    GrantState& state = grants_[g];
    state = GrantState{};
    state.grant = group.group->grants[g];
    if (group.outputs[g].llrs.empty())
      continue;
    any = true;
    prepare_grant(state, group.outputs[g]);
    const CheckedGrant& grant = *state.grant;
    const std::int64_t n_bits =
        std::int64_t{state.layout.n_res()} * grant.n_layers * bits_per_symbol(grant.modulation);
    const auto n_words = static_cast<std::size_t>((n_bits + 31) / 32 + 4);
    AIRAN_ASSERT(used_words + static_cast<std::int64_t>(n_words) <= scrambling_.size() &&
                     n_bits <= group.outputs[g].llrs.extent(0),
                 "detect: a codeword of " + std::to_string(n_bits) + " bits has no room");
    gold_words(grant.scrambling_c_init, {scrambling_.data() + used_words, n_words});
    state.scrambling = scrambling_.data() + used_words;
    used_words += static_cast<std::int64_t>(n_words);
    if (grant.waveform == Waveform::dft_s_ofdm)
      state.precoded = &precoded_.view()(used_layers, 0);
    used_layers += grant.n_layers;
  }
  return any;
}

void DetectSimd::prepare_grant(GrantState& state, const DetectOutput& output) {
  state.output = &output;
  state.layout = DetectLayout(*state.grant);
  state.llrs = output.llrs.on_host().data();
  const std::int64_t n_symbols = std::int64_t{state.layout.n_res()} * state.grant->n_layers;
  if (output.metrics != nullptr || output.metrics_by_symbol != nullptr) {
    const bool all = n_symbols <= fully_measured_symbols || !output.symbols.empty() ||
                     output.metrics_by_symbol != nullptr;
    state.measure_step = all ? dk::plane_padding : sampled_step;
  }
  if (output.metrics != nullptr)
    *output.metrics = DetectMetrics{};
  if (output.metrics_by_symbol != nullptr)
    std::fill_n(output.metrics_by_symbol, max_symbols_per_slot, DetectMetrics{});
}

void DetectSimd::run_segment(const DetectGroup& group, const Segment& segment) {
  const std::int32_t step = prbs_per_block(segment.layers.size(), n_ports_, n_nodes_);
  for (std::int32_t prb = segment.prbs.first; prb < segment.prbs.end(); prb += step) {
    const PrbRange prbs{prb, std::min(step, segment.prbs.end() - prb)};
    stage_channel(group, segment, prbs);
    staged_error_var_ = -1;
    for (std::int32_t s = segment.first_symbol; s < segment.first_symbol + segment.n_symbols; ++s) {
      if (!carries_wanted_data(*group.group, segment, s))
        continue;
      stage_weights(group, segment, s);
      stage_noise(group, segment, s, prbs);
      stage_grid(group, s, prbs);
      equalise(segment, prbs);
      emit_grants(group, segment, s, prbs);
    }
  }
}

bool DetectSimd::carries_wanted_data(const DetectionGroup& group,
                                     const Segment& segment,
                                     std::int32_t symbol) {
  for (const std::int32_t layer : segment.layers) {
    const GrantState& state = grants_[static_cast<std::size_t>(group.layers[layer].grant)];
    if (state.output != nullptr && DetectLayout::mask(*state.grant, symbol) != 0)
      return true;
  }
  return false;
}

void DetectSimd::stage_channel(const DetectGroup& group, const Segment& segment, PrbRange prbs) {
  const auto h = group.estimate->h.on_host();
  const std::int32_t first = prbs.first_subcarrier() - group.group->prbs.first_subcarrier();
  float* to = h_.data();
  for (const std::int32_t layer : segment.layers)
    for (std::int32_t port = 0; port < n_ports_; ++port)
      for (std::int32_t node = 0; node < n_nodes_; ++node, to += 2 * plane_stride)
        dk::split_complex(&h(layer, port, node, first), prbs.n_subcarriers(), to,
                          to + plane_stride);
}

void DetectSimd::stage_weights(const DetectGroup& group,
                               const Segment& segment,
                               std::int32_t symbol) {
  const auto weight = group.estimate->time_weight.on_host();
  std::size_t i = 0;
  for (const std::int32_t layer : segment.layers)
    for (std::int32_t node = 0; node < n_nodes_; ++node)
      weights_[i++] = weight(layer, symbol, node);
}

// Noise power of a port and RE: the diagonal of the noise covariance and, as further noise, the
// error variance of every layer's channel (data symbols have unit power).
void DetectSimd::stage_noise(const DetectGroup& group,
                             const Segment& segment,
                             std::int32_t symbol,
                             PrbRange prbs) {
  const auto covariance = group.estimate->noise_covariance.on_host();
  const auto error_var = group.estimate->h_error_var.on_host();
  const std::int32_t first_prb = prbs.first - group.group->prbs.first;
  const std::int32_t first = first_prb * subcarriers_per_prb;
  const bool is_flat = error_var.stride(2) == 0;
  double sum = 0;
  for (const std::int32_t layer : segment.layers)
    sum += error_var(layer, symbol, first);
  if (is_flat && sum == staged_error_var_)
    return;
  staged_error_var_ = is_flat ? sum : -1;
  const std::int32_t per_group = group.estimate->prbs_per_covariance;
  const auto inverse_std = [](double noise) {
    const double s = 1.0 / std::sqrt(noise);
    return s > 0 && s < 1e30 ? static_cast<float>(s) : 0.0F;
  };
  for (std::int32_t port = 0; port < n_ports_; ++port) {
    float* plane = &inverse_std_.view()(port, 0);
    for (std::int32_t prb = 0; prb < prbs.count;) {
      const std::int32_t prb_group = (first_prb + prb) / per_group;
      const std::int32_t end = std::min(prbs.count, (prb_group + 1) * per_group - first_prb);
      const double noise = covariance(prb_group, port, port).re;
      const std::int32_t k_end = end * subcarriers_per_prb;
      std::int32_t k = prb * subcarriers_per_prb;
      if (is_flat)
        std::fill(plane + k, plane + k_end, inverse_std(noise + sum));
      else
        for (; k < k_end; ++k) {
          double error = 0;
          for (const std::int32_t layer : segment.layers)
            error += error_var(layer, symbol, first + k);
          plane[k] = inverse_std(noise + error);
        }
      prb = end;
    }
  }
}

void DetectSimd::stage_grid(const DetectGroup& group, std::int32_t symbol, PrbRange prbs) {
  const auto re = group.grid.re.on_host();
  const auto valid = group.grid.valid.on_host();
  for (std::int32_t port = 0; port < n_ports_; ++port) {
    float* y_re = &y_.view()(2 * port, 0);
    float* y_im = y_re + plane_stride;
    dk::split_complex(&re(port, symbol, prbs.first_subcarrier()), prbs.n_subcarriers(), y_re, y_im);
    float* std = &inverse_std_.view()(port, 0);
    for (std::int32_t prb = 0; prb < prbs.count; ++prb) {
      if (valid(port, symbol, prbs.first + prb) != 0) [[likely]]
        continue;
      const std::int32_t k = prb * subcarriers_per_prb;
      std::fill_n(y_re + k, subcarriers_per_prb, 0.0F);
      std::fill_n(y_im + k, subcarriers_per_prb, 0.0F);
      std::fill_n(std + k, subcarriers_per_prb, 0.0F);
      staged_error_var_ = -1; // the next symbol needs these weights again
    }
  }
}

void DetectSimd::equalise(const Segment& segment, PrbRange prbs) {
  dk::equalise({.n_layers = segment.layers.size(),
                .n_ports = n_ports_,
                .n_nodes = n_nodes_,
                .n = dk::padded(prbs.n_subcarriers()),
                .stride = plane_stride,
                .h = h_.data(),
                .time_weight = weights_.data(),
                .y = y_.data(),
                .inverse_std = inverse_std_.data(),
                .weighted_symbol = symbols_.data(),
                .sinr = sinr_.data()});
}

void DetectSimd::emit_grants(const DetectGroup& group,
                             const Segment& segment,
                             std::int32_t symbol,
                             PrbRange prbs) {
  for (std::size_t g = 0; g < group.group->grants.size(); ++g) {
    GrantState& state = grants_[g];
    if (state.output == nullptr || DetectLayout::mask(*state.grant, symbol) == 0)
      continue;
    const auto rows = rows_of_grant(*group.group, segment, static_cast<std::int32_t>(g));
    if (rows.empty())
      continue;
    if (state.precoded != nullptr)
      emit_precoded(state, rows[0], symbol, prbs);
    else
      emit_ofdm(state, {rows.begin(), rows.end()}, symbol, prbs);
  }
}

/// The data REs of a block as a run of codeword symbols: the layers take turns on each RE.
dk::CodewordSymbols DetectSimd::codeword_symbols(std::span<const std::int32_t> rows,
                                                 std::uint16_t mask,
                                                 std::int32_t n_prb) {
  const auto n_layers = static_cast<std::int32_t>(rows.size());
  const std::int32_t n = n_prb * subcarriers_per_prb;
  constexpr std::uint16_t all = 0xFFF;
  std::array<const float*, 3> out{};
  std::int32_t n_symbols = n * n_layers;
  for (std::int32_t part = 0; part < 3; ++part) {
    std::array<const float*, max_layers_per_user> in{};
    for (std::int32_t l = 0; l < n_layers; ++l)
      in[static_cast<std::size_t>(l)] = part < 2
                                            ? symbol_plane(rows[static_cast<std::size_t>(l)], part)
                                            : &sinr_.view()(rows[static_cast<std::size_t>(l)], 0);
    float* to = codeword_planes_[static_cast<std::size_t>(part)].data();
    out[static_cast<std::size_t>(part)] = to;
    if (mask == all && n_layers == 1) {
      out[static_cast<std::size_t>(part)] = in[0];
    } else if (mask == all) {
      dk::interleave_layers(in.data(), n_layers, n, to);
    } else {
      n_symbols = 0;
      for (std::int32_t k = 0; k < n; ++k)
        if ((mask >> (k % subcarriers_per_prb)) & 1U)
          for (std::int32_t l = 0; l < n_layers; ++l)
            to[n_symbols++] = in[static_cast<std::size_t>(l)][k];
      std::fill(to + n_symbols, to + dk::padded(n_symbols), 0.0F);
    }
  }
  return {out[0], out[1], out[2], n_symbols, 0};
}

void DetectSimd::emit_ofdm(GrantState& state,
                           std::span<const std::int32_t> rows,
                           std::int32_t symbol,
                           PrbRange prbs) {
  const std::uint16_t mask = DetectLayout::mask(*state.grant, symbol);
  dk::CodewordSymbols symbols = codeword_symbols(rows, mask, prbs.count);
  symbols.first = std::int64_t{state.layout.first_re(*state.grant, symbol, prbs.first)} *
                  static_cast<std::int64_t>(rows.size());
  write_symbols(state, symbols, symbol);
}

void DetectSimd::emit_precoded(GrantState& state,
                               std::int32_t row,
                               std::int32_t symbol,
                               PrbRange prbs) {
  const std::int32_t first_prb = prbs.first - state.grant->hop_of_symbol(symbol).prbs.first;
  const std::int32_t m = state.grant->n_prb() * subcarriers_per_prb;
  cf32* to = state.precoded + std::int64_t{symbol} * m + first_prb * subcarriers_per_prb;
  const float* re = symbol_plane(row, 0);
  const float* im = symbol_plane(row, 1);
  const float* sinr = &sinr_.view()(row, 0);
  float sum = 0;
  for (std::int32_t k = 0; k < prbs.n_subcarriers(); ++k) {
    const float loss = 1.0F / (1.0F + sinr[k]); // 1 - gain of the MMSE filter
    to[k] = {re[k] * loss, im[k] * loss};
    sum += loss;
  }
  state.sum_loss[static_cast<std::size_t>(symbol)] += sum;
}

// TS 38.211 6.3.1.4 backwards. With the MMSE output g(k) X(k) + e(k), e of power g(k) (1 - g(k)),
// the inverse DFT gives beta x(n) plus noise, where beta = mean of g and SINR = beta / (1 - beta).
void DetectSimd::finish_precoded(GrantState& state) {
  const std::int32_t n_prb = state.grant->n_prb();
  const std::int32_t m = n_prb * subcarriers_per_prb;
  const Fft* inverse_dft = inverse_dft_[static_cast<std::size_t>(n_prb)].get();
  AIRAN_ASSERT(inverse_dft != nullptr,
               "detect: transform precoding over " + std::to_string(n_prb) + " PRBs");
  for (std::int32_t symbol = 0; symbol < max_symbols_per_slot; ++symbol) {
    if (DetectLayout::mask(*state.grant, symbol) == 0)
      continue;
    const auto length = static_cast<std::size_t>(m);
    inverse_dft->run({state.precoded + std::int64_t{symbol} * m, length},
                     {time_domain_.data(), length});
    const double loss = std::max(state.sum_loss[static_cast<std::size_t>(symbol)] / m, 1e-9);
    const double sinr = std::max((1.0 - loss) / loss, 0.0);
    const auto scale = static_cast<float>(1.0 / (std::sqrt(static_cast<double>(m)) * loss));
    for (std::int32_t n = 0; n < m; ++n) {
      codeword_planes_[0].data()[n] = time_domain_.data()[n].re * scale;
      codeword_planes_[1].data()[n] = time_domain_.data()[n].im * scale;
    }
    std::fill_n(codeword_planes_[2].data(), m, static_cast<float>(sinr));
    write_symbols(state,
                  {codeword_planes_[0].data(), codeword_planes_[1].data(),
                   codeword_planes_[2].data(), m, state.layout.first_re(symbol)},
                  symbol);
  }
}

/// Demaps and descrambles a run of codeword symbols that lie in `symbol`, and measures it.
void DetectSimd::write_symbols(const GrantState& state,
                               const dk::CodewordSymbols& symbols,
                               std::int32_t symbol) {
  const Modulation m = state.grant->modulation;
  const std::int64_t first_bit = symbols.first * bits_per_symbol(m);
  dk::demap(m, symbols, state.llrs + first_bit);
  dk::descramble(state.scrambling, first_bit, std::int64_t{symbols.n} * bits_per_symbol(m),
                 state.llrs + first_bit);
  if (state.measure_step != 0) {
    DetectMetrics sum;
    dk::measure(m, symbols, state.measure_step, sum);
    for (DetectMetrics* to :
         {state.output->metrics, state.output->metrics_by_symbol == nullptr
                                     ? nullptr
                                     : state.output->metrics_by_symbol + symbol}) {
      if (to == nullptr)
        continue;
      to->sum_error_power += sum.sum_error_power;
      to->sum_inverse_sinr += sum.sum_inverse_sinr;
      to->sum_sinr += sum.sum_sinr;
      to->n_symbols += sum.n_symbols;
    }
  }
  if (!state.output->symbols.empty()) {
    cf32* to = state.output->symbols.on_host().data() + symbols.first;
    for (std::int32_t i = 0; i < symbols.n; ++i) {
      const float noise = symbols.sinr[i] > dk::min_measured_sinr ? 1.0F / symbols.sinr[i] : 0.0F;
      to[i] = {symbols.weighted_re[i] * noise, symbols.weighted_im[i] * noise};
    }
  }
}

} // namespace

std::string detect_simd_reason_to_decline(const PlanLimits& limits) {
  if (limits.n_layers_per_group > max_layers_per_group)
    return "more than " + std::to_string(max_layers_per_group) + " layers in a detection group";
  if (limits.n_ports > max_rx_ports)
    return "more than " + std::to_string(max_rx_ports) + " receive ports";
  return {};
}

std::unique_ptr<Detect> make_detect_simd(const PlanLimits& limits) {
  return std::make_unique<DetectSimd>(limits);
}

} // namespace airan
