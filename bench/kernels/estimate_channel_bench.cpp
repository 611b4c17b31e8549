// SPDX-License-Identifier: Apache-2.0
// EstimateChannel on one user: PRBs, ports, layers; 2 DM-RS symbols, type 1, 10 dB, 30 kHz. The
// FFT of 4096 points beside it is the unit in which machines can be compared.
#include "kernels/estimate_channel.hpp"
#include "kernels/primitives/dmrs_sequence.hpp"
#include "kernels/primitives/fft.hpp"
#include "runtime/cpu/inline_queue.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

namespace airan {
namespace {

struct Slot {
  CheckedGrant grant;
  const CheckedGrant* pointer = &grant;
  DetectionGroup group;
  std::vector<cf32> re, h, weight, covariance;
  std::vector<std::uint8_t> valid;
  std::vector<float> error;
  float timing = 0;
  float cfo = 0;
  EstimateChannelGroup work;
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  Slot(std::int32_t n_prb, std::int32_t n_ports, std::int32_t n_layers, double delay_ns) {
    const std::int32_t n_k = n_prb * subcarriers_per_prb;
    grant.n_layers = n_layers;
    grant.n_symbols = 14;
    grant.hops.push_back({{0, n_prb}, 0, 14});
    grant.dmrs.amplitude = std::sqrt(2.0F);
    for (std::int32_t i = 0; i < 2; ++i) {
      grant.dmrs.nodes.push_back({2 + 9 * i, 1, 0});
      grant.dmrs.symbols.push_back({2 + 9 * i, i, 0, 4711U + static_cast<std::uint32_t>(i), 0, 0});
    }
    for (std::int32_t l = 0; l < n_layers; ++l) {
      const auto sign = static_cast<std::int8_t>(l % 2 == 0 ? 1 : -1);
      grant.dmrs.layers.push_back({l, l / 2, l / 2, {1, sign}, {1, 1}});
      group.layers.push_back({0, l});
    }
    group.grants = {&pointer, 1};
    group.prbs = {0, n_prb};
    group.n_time_nodes = 2;
    const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
    re.resize(size(1LL * n_ports * 14 * n_k));
    valid.assign(size(1LL * n_ports * 14 * n_prb), 1);
    h.resize(size(1LL * n_layers * n_ports * 2 * n_k));
    weight.resize(size(n_layers * 14 * 2));
    covariance.resize(size(n_ports * n_ports));
    error.resize(size(n_layers * 14));
    fill_grid(n_ports, delay_ns);
    const MemorySpace host = MemorySpace::host;
    work.grid.re = {View<cf32, 3>(re.data(), {n_ports, 14, n_k}), host};
    work.grid.valid = {View<std::uint8_t, 3>(valid.data(), {n_ports, 14, n_prb}), host};
    work.group = &group;
    ChannelEstimate& e = work.estimate;
    e.h = {View<cf32, 4>(h.data(), {n_layers, n_ports, 2, n_k}), host};
    e.time_weight = {View<cf32, 3>(weight.data(), {n_layers, 14, 2}), host};
    e.h_error_var = {View<float, 3>(error.data(), {n_layers, 14, n_k}, {14, 1, 0}), host};
    e.noise_covariance = {View<cf32, 3>(covariance.data(), {1, n_ports, n_ports}), host};
    e.timing_ns = {View<float, 1>(&timing, {1}), host};
    e.cfo_hz = {View<float, 1>(&cfo, {1}), host};
  }

  // Two equal paths `delay_ns` apart on every layer and port, and noise 10 dB below.
  void fill_grid(std::int32_t n_ports, double delay_ns) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0, 0.22F);
    for (cf32& v : re)
      v = {normal(random), normal(random)};
    const std::int32_t n_k = grant.n_prb() * subcarriers_per_prb;
    std::vector<cf32> r(static_cast<std::size_t>(grant.n_prb() * 6));
    for (const DmrsSymbol& s : grant.dmrs.symbols) {
      dmrs_sequence(grant, s, r);
      for (std::int32_t p = 0; p < n_ports; ++p)
        for (const DmrsLayer& l : grant.dmrs.layers)
          for (std::int32_t i = 0; i < grant.n_prb() * 6; ++i) {
            const double phase = -6.283 * 30e3 * delay_ns * 1e-9 * (2 * i);
            const auto sign = static_cast<float>(l.w_f[static_cast<std::size_t>(i % 2)]);
            const cf32 path{static_cast<float>(1 + std::cos(phase)),
                            static_cast<float>(std::sin(phase))};
            re[static_cast<std::size_t>((p * 14 + s.symbol) * n_k + 2 * i + l.delta)] +=
                r[static_cast<std::size_t>(i)] * path * sign;
          }
    }
  }
};

void estimate(benchmark::State& state, const Row<EstimateChannel>& row) {
  PlanLimits limits;
  limits.n_prb = static_cast<std::int32_t>(state.range(0));
  limits.n_ports = static_cast<std::int32_t>(state.range(1));
  limits.n_layers_per_group = 12;
  const Slot slot(limits.n_prb, limits.n_ports, static_cast<std::int32_t>(state.range(2)),
                  static_cast<double>(state.range(3)));
  const std::unique_ptr<EstimateChannel> op = row.make(limits);
  InlineQueue queue;
  for (auto _ : state)
    op->run({{&slot.work, 1}}, queue);
  state.SetLabel(std::string(row.name));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void fft_4096(benchmark::State& state) {
  const std::unique_ptr<const Fft> fft =
      make_fft(default_fft_library(), 4096, FftDirection::forward);
  const std::vector<cf32> in(4096, cf32{1, 0});
  std::vector<cf32> out(4096);
  for (auto _ : state) {
    fft->run(in, out);
    benchmark::DoNotOptimize(out.data());
  }
}

const bool registered = [] {
  set_fft_effort(FftEffort::measure);
  benchmark::RegisterBenchmark("fft_4096", fft_4096)->Unit(benchmark::kMicrosecond);
  for (const Row<EstimateChannel>& row : estimate_channel_rows()) {
    auto* b =
        benchmark::RegisterBenchmark(("estimate_channel/" + std::string(row.name)).c_str(),
                                     [&row](benchmark::State& state) { estimate(state, row); });
    b->Unit(benchmark::kMicrosecond)->ArgNames({"prb", "ports", "layers", "delay_ns"});
    // Flat and 600 ns.
    for (const std::int64_t delay : {0, 600}) {
      for (const std::int64_t prb : {12, 24, 52, 106, 273})
        b->Args({prb, 2, 1, delay});
      b->Args({273, 1, 1, delay})->Args({273, 4, 1, delay})->Args({273, 4, 2, delay});
    }
  }
  return true;
}();

} // namespace
} // namespace airan
