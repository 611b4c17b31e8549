// SPDX-License-Identifier: Apache-2.0
// Detect on a 273-PRB slot; "fft_units" is its time in 4096-point FFTs of the same run.
#include "kernels/detect.hpp"
#include "kernels/primitives/fft.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace airan {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Best of many: the yardstick, and the machine may be busy.
double fft_4096_seconds() {
  constexpr std::int32_t n = 4096;
  set_fft_effort(FftEffort::measure);
  const auto fft = make_fft(default_fft_library(), n, FftDirection::forward);
  const HostTensor<cf32, 1> in({n});
  const HostTensor<cf32, 1> out({n});
  double best = std::numeric_limits<double>::max();
  for (int i = 0; i < 2000; ++i) {
    const auto start = Clock::now();
    fft->run({in.data(), std::size_t{n}}, {out.data(), std::size_t{n}});
    best = std::min(best, seconds_since(start));
  }
  return best;
}

struct Shape {
  std::int32_t n_prb;
  std::int32_t n_layers;
  std::int32_t n_ports;
  Modulation modulation;
  Waveform waveform;
};

/// A slot of one user with DM-RS in symbols 2 and 11 and random values everywhere.
struct Slot {
  explicit Slot(const Shape& s)
      : h({s.n_layers, s.n_ports, 2, s.n_prb * 12}), weight({s.n_layers, 14, 2}),
        error_var({s.n_layers, 14, 1}), covariance({1, s.n_ports, s.n_ports}),
        re({s.n_ports, 14, s.n_prb * 12}), valid({s.n_ports, 14, s.n_prb}) {
    grant.modulation = s.modulation;
    grant.waveform = s.waveform;
    grant.n_layers = s.n_layers;
    grant.n_symbols = 14;
    grant.hops.push_back({{0, s.n_prb}, 0, 14});
    grant.scrambling_c_init = 0x1234567;
    grant.data_mask.fill(0xFFF);
    grant.data_mask[2] = grant.data_mask[11] = 0;
    grant.n_data_res = 12 * 12 * s.n_prb;
    segment = {{0, s.n_prb}, 0, 14, {}};
    for (std::int32_t l = 0; l < s.n_layers; ++l) {
      group.layers.push_back({0, l});
      segment.layers.push_back(l);
    }
    group.grants = {&grant_pointer, 1};
    group.segments = {&segment, 1};
    group.prbs = {0, s.n_prb};
    group.n_time_nodes = 2;
    fill();
    estimate.h = h.ref();
    estimate.time_weight = weight.ref();
    estimate.h_error_var = {{error_var.data(), {s.n_layers, 14, s.n_prb * 12}, {14, 1, 0}},
                            MemorySpace::host};
    estimate.noise_covariance = covariance.ref();
    grid.re = re.ref();
    grid.valid = valid.ref();
    llrs =
        HostTensor<std::int8_t, 1>({grant.n_data_res * s.n_layers * bits_per_symbol(s.modulation)});
  }

  void fill() {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (const auto& values : {std::pair{h.data(), h.size()}, std::pair{re.data(), re.size()}})
      for (std::int64_t i = 0; i < values.second; ++i)
        values.first[i] = {normal(random), normal(random)};
    for (std::int64_t i = 0; i < weight.size(); ++i)
      weight.data()[i] = {0.5F, 0.01F * static_cast<float>(i)};
    for (std::int64_t i = 0; i < error_var.size(); ++i)
      error_var.data()[i] = 0.001F;
    for (std::int32_t p = 0; p < covariance.view().extent(1); ++p)
      covariance.view()(0, p, p) = {0.01F, 0.0F};
    std::fill_n(valid.data(), valid.size(), std::uint8_t{1});
  }

  HostTensor<cf32, 4> h;
  HostTensor<cf32, 3> weight;
  HostTensor<float, 3> error_var;
  HostTensor<cf32, 3> covariance;
  HostTensor<cf32, 3> re;
  HostTensor<std::uint8_t, 3> valid;
  HostTensor<std::int8_t, 1> llrs;
  CheckedGrant grant;
  const CheckedGrant* grant_pointer = &grant;
  Segment segment;
  DetectionGroup group;
  ChannelEstimate estimate;
  ResourceGrid grid;
};

void run(benchmark::State& state, const Row<Detect>& row, const Shape& shape, bool measures) {
  static const double fft_seconds = fft_4096_seconds();
  Slot slot(shape);
  PlanLimits limits;
  limits.n_ports = shape.n_ports;
  limits.n_prb = shape.n_prb;
  limits.n_layers_per_group = shape.n_layers;
  set_fft_effort(FftEffort::estimate); // planning every length is not what is measured
  const auto detect = row.make(limits);
  DetectMetrics metrics;
  DetectOutput output;
  output.llrs = slot.llrs.ref();
  output.metrics = measures ? &metrics : nullptr;
  const DetectGroup group{slot.grid, &slot.group, &slot.estimate, {&output, 1}};
  InlineQueue queue;
  double best = std::numeric_limits<double>::max();
  for (auto _ : state) {
    const auto start = Clock::now();
    detect->run({{&group, 1}}, queue);
    best = std::min(best, seconds_since(start));
  }
  state.counters["best_us"] = best * 1e6;
  state.counters["fft_4096_us"] = fft_seconds * 1e6;
  state.counters["fft_units"] = best / fft_seconds;
  state.counters["bits_per_second"] = static_cast<double>(slot.llrs.size()) / best;
  state.counters["slot_budget_percent"] = best / 500e-6 * 100;
}

void add(const std::string& name, const Shape& shape) {
  for (const Row<Detect>& row : detect_rows()) {
    const std::string full = "detect/" + std::string(row.name) + "/" + name;
    const bool is_reference = row.name == "cpu:ref";
    if (is_reference && (shape.modulation == Modulation::qam256 || shape.n_layers > 1))
      continue; // seconds each
    auto* b = benchmark::RegisterBenchmark(
        full.c_str(), [&row, shape](benchmark::State& s) { run(s, row, shape, true); });
    b->Unit(benchmark::kMicrosecond);
    if (is_reference)
      b->Iterations(1);
    else
      benchmark::RegisterBenchmark((full + "/no_metrics").c_str(), [&row,
                                                                    shape](benchmark::State& s) {
        run(s, row, shape, false);
      })->Unit(benchmark::kMicrosecond);
  }
}

const bool registered = [] {
  using enum Modulation;
  add("273prb_1x1_qpsk", {273, 1, 1, qpsk, Waveform::cp_ofdm});
  add("273prb_1x4_qam64", {273, 1, 4, qam64, Waveform::cp_ofdm});
  add("273prb_1x4_qam256", {273, 1, 4, qam256, Waveform::cp_ofdm});
  add("273prb_2x4_qam64", {273, 2, 4, qam64, Waveform::cp_ofdm});
  add("273prb_4x4_qam64", {273, 4, 4, qam64, Waveform::cp_ofdm});
  add("273prb_4x4_qam256", {273, 4, 4, qam256, Waveform::cp_ofdm});
  add("273prb_4x8_qam256", {273, 4, 8, qam256, Waveform::cp_ofdm});
  add("270prb_1x4_qam16_dft_s", {270, 1, 4, qam16, Waveform::dft_s_ofdm});
  add("1prb_1x4_qpsk", {1, 1, 4, qpsk, Waveform::cp_ofdm});
  return true;
}();

} // namespace
} // namespace airan
