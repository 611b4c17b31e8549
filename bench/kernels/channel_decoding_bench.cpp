// SPDX-License-Identifier: Apache-2.0
// DematchRate, DecodeLdpc and AssembleTransportBlock of one codeword, in units of a 4096-point FFT.
#include "core/modulation.hpp"
#include "kernels/assemble_transport_block.hpp"
#include "kernels/decode_ldpc.hpp"
#include "kernels/dematch_rate.hpp"
#include "kernels/primitives/fft.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace airan {
namespace {

/// A codeword of 273 PRB x 12 symbols, one layer.
struct Shape {
  const char* name;
  std::int32_t tb_bits;
  std::int32_t n_code_blocks;
  std::int32_t bits_per_symbol;
  double snr_db; ///< of BPSK on every codeword bit
};

constexpr Shape shapes[] = {
    {"qpsk4_clean", 23568, 3, 2, 16.0},      {"16qam16_clean", 100392, 12, 4, 16.0},
    {"64qam20_clean", 131176, 16, 6, 16.0},  {"64qam27_clean", 208976, 25, 6, 16.0},
    {"256qam27_clean", 295176, 36, 8, 16.0}, {"64qam20_one_iteration", 131176, 16, 6, 8.0},
    {"64qam20_4it", 131176, 16, 6, 3.6},     {"64qam20_6it", 131176, 16, 6, 2.85},
    {"256qam27_2it", 295176, 36, 8, 9.3},    {"64qam20_noise", 131176, 16, 6, -10.0},
};

CodewordPlan plan_of(const Shape& shape) {
  CodewordPlan plan;
  plan.tb_bits = shape.tb_bits;
  plan.n_code_blocks = shape.n_code_blocks;
  plan.code_block_crc = CrcKind::crc24b;
  plan.lifting_size = 384;
  plan.lifting_set = 1;
  plan.info_bits = (shape.tb_bits + 24) / shape.n_code_blocks + 24;
  plan.code_block_bits = 22 * 384;
  plan.encoded_bits = max_circular_buffer;
  plan.circular_bits = max_circular_buffer;
  plan.bits_per_symbol = shape.bits_per_symbol;
  plan.codeword_bits = 273 * 12 * 12 * shape.bits_per_symbol;
  const std::int32_t n_symbols = 273 * 12 * 12;
  plan.e_short = n_symbols / shape.n_code_blocks * shape.bits_per_symbol;
  plan.e_long = plan.e_short + shape.bits_per_symbol;
  plan.n_short = shape.n_code_blocks - n_symbols % shape.n_code_blocks;
  return plan;
}

/// The word of zeros is a codeword with a right CRC, and the decoder treats all words alike.
struct Codeword {
  explicit Codeword(const Shape& shape)
      : plan(plan_of(shape)), llrs({plan.codeword_bits}),
        soft_bits({plan.n_code_blocks, plan.encoded_bits}),
        code_blocks({plan.n_code_blocks, (plan.info_bits + 7) / 8}), verdicts({plan.n_code_blocks}),
        payload({plan.tb_bits / 8}) {
    std::mt19937 random(1);
    const double variance = std::pow(10.0, -shape.snr_db / 10.0);
    std::normal_distribution<double> noise(0.0, std::sqrt(variance));
    for (std::int64_t i = 0; i < llrs.size(); ++i) {
      const double llr = 2.0 * (1.0 + noise(random)) / variance * double{llr_steps_per_nat};
      llrs.data()[i] =
          static_cast<std::int8_t>(std::lround(std::clamp(llr, -double{llr_max}, double{llr_max})));
    }
  }

  CodewordPlan plan;
  HostTensor<std::int8_t, 1> llrs;
  HostTensor<std::int8_t, 2> soft_bits;
  HostTensor<std::uint8_t, 2> code_blocks;
  HostTensor<CodeBlockVerdict, 1> verdicts;
  HostTensor<std::uint8_t, 1> payload;
  InlineQueue queue;
};

/// Fastest of many runs, in microseconds, measured beside each benchmark: the machine's speed now.
double fft_4096_us() {
  set_fft_effort(FftEffort::measure);
  static const auto fft = make_fft(default_fft_library(), 4096, FftDirection::forward);
  static HostTensor<cf32, 1> in({4096});
  static HostTensor<cf32, 1> out({4096});
  double least = 1e9;
  for (int i = 0; i < 400; ++i) {
    const auto start = std::chrono::steady_clock::now();
    fft->run({in.data(), 4096}, {out.data(), 4096});
    benchmark::ClobberMemory();
    const std::chrono::duration<double, std::micro> us = std::chrono::steady_clock::now() - start;
    least = std::min(least, us.count());
  }
  return least;
}

/// Runs `once` and reports median, fastest and 90 % run, also in FFTs.
template <class Once>
void measure(benchmark::State& state, const CodewordPlan& plan, const Once& once) {
  std::vector<double> us;
  double fft_us = fft_4096_us();
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    once();
    benchmark::ClobberMemory();
    const std::chrono::duration<double, std::micro> t = std::chrono::steady_clock::now() - start;
    us.push_back(t.count());
  }
  fft_us = std::min(fft_us, fft_4096_us());
  std::sort(us.begin(), us.end());
  state.counters["us_median"] = us[us.size() / 2];
  state.counters["us_min"] = us.front();
  state.counters["us_p90"] = us[us.size() * 9 / 10];
  state.counters["us_min_per_block"] = us.front() / plan.n_code_blocks;
  state.counters["fft_us"] = fft_us;
  state.counters["min_in_ffts"] = us.front() / fft_us;
  state.counters["mbit_s"] = plan.tb_bits / us[us.size() / 2];
  state.counters["slot_budget_pct"] = us[us.size() / 2] / 5.0; // of 500 us
}

void bench_dematch(benchmark::State& state, const Row<DematchRate>* row, const Shape* shape) {
  Codeword c(*shape);
  const auto operation = row->make(PlanLimits{});
  const DematchRateCodeword codeword{&c.plan, c.llrs.ref(), {}, c.soft_bits.ref()};
  measure(state, c.plan, [&] { operation->run({std::span(&codeword, 1)}, c.queue); });
}

void bench_decode(benchmark::State& state, const Row<DecodeLdpc>* row, const Shape* shape) {
  Codeword c(*shape);
  const DematchRateCodeword rate_matched{&c.plan, c.llrs.ref(), {}, c.soft_bits.ref()};
  dematch_rate_rows().front().make(PlanLimits{})->run({std::span(&rate_matched, 1)}, c.queue);
  const auto operation = row->make(PlanLimits{});
  const DecodeLdpcCodeword codeword{&c.plan, c.soft_bits.ref(), c.code_blocks.ref(),
                                    c.verdicts.ref(), 10};
  measure(state, c.plan, [&] { operation->run({std::span(&codeword, 1)}, c.queue); });
  double iterations = 0;
  double n_ok = 0;
  for (std::int32_t block = 0; block < c.plan.n_code_blocks; ++block) {
    iterations += c.verdicts.view()(block).iterations;
    n_ok += c.verdicts.view()(block).crc_ok;
  }
  state.counters["iterations"] = iterations / c.plan.n_code_blocks;
  state.counters["blocks_ok"] = n_ok / c.plan.n_code_blocks;
}

void bench_assemble(benchmark::State& state,
                    const Row<AssembleTransportBlock>* row,
                    const Shape* shape) {
  Codeword c(*shape);
  const auto operation = row->make(PlanLimits{});
  std::uint8_t crc_ok = 0;
  std::fill_n(c.verdicts.data(), c.verdicts.size(), CodeBlockVerdict{1, 1, 1});
  const AssembleTransportBlockItem item{&c.plan, c.code_blocks.ref(), c.verdicts.ref(),
                                        c.payload.ref(), &crc_ok};
  measure(state, c.plan, [&] { operation->run({std::span(&item, 1)}, c.queue); });
  state.counters["blocks_ok"] = crc_ok;
}

template <class Op, class Bench>
void add(const char* operation, std::span<const Row<Op>> rows, const Shape& shape, Bench bench) {
  for (const Row<Op>& row : rows)
    benchmark::RegisterBenchmark(
        (std::string(operation) + "/" + std::string(row.name) + "/" + shape.name).c_str(), bench,
        &row, &shape)
        ->Unit(benchmark::kMicrosecond);
}

const bool registered = [] {
  for (const Shape& shape : shapes) {
    const bool is_clean = std::string(shape.name).ends_with("_clean");
    if (is_clean)
      add("dematch_rate", dematch_rate_rows(), shape, bench_dematch);
    add("decode_ldpc", decode_ldpc_rows(), shape, bench_decode);
    if (is_clean)
      add("assemble_transport_block", assemble_transport_block_rows(), shape, bench_assemble);
  }
  return true;
}();

} // namespace
} // namespace airan
