// SPDX-License-Identifier: Apache-2.0
// UnpackIq of one fronthaul slot: 273 PRB x 14 symbols x 4 ports, one run of PRBs for each port and
// symbol; every row beside plain loops over the same runs.
#include "kernels/primitives/iq_numbers.hpp"
#include "kernels/unpack_iq.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace airan {
namespace {

constexpr std::int32_t n_ports = 4;
constexpr std::int32_t n_symbols = 14;
constexpr std::int32_t n_prb = 273;
constexpr double slot_budget_us = 500;

/// A slot of random bytes, which are valid IQ in every integer format.
struct FronthaulSlot {
  explicit FronthaulSlot(const IqFormat& format)
      : bytes(static_cast<std::size_t>(n_ports * n_symbols * n_prb * prb_bytes(format))),
        re({n_ports, n_symbols, n_prb * subcarriers_per_prb}), valid({n_ports, n_symbols, n_prb}) {
    std::mt19937 generator(1);
    for (std::byte& b : bytes)
      b = static_cast<std::byte>(generator() & 0xFF);
    for (std::int32_t port = 0; port < n_ports; ++port)
      for (std::int32_t l = 0; l < n_symbols; ++l) {
        const std::int32_t at = (port * n_symbols + l) * n_prb * prb_bytes(format);
        runs.push_back({bytes.data() + at, static_cast<std::uint16_t>(port),
                        static_cast<std::uint16_t>(l), 0, n_prb, format});
      }
    iq.iq = FrequencyDomainIq{runs};
    grid = {iq.id, re.ref(), valid.ref()};
  }

  std::vector<std::byte> bytes;
  std::vector<PrbRun> runs;
  HostTensor<cf32, 3> re;
  HostTensor<std::uint8_t, 3> valid;
  SlotIq iq;
  ResourceGrid grid;
};

/// Times each iteration: the fastest and the median, beside the mean that the library prints, which
/// other load on the machine moves most.
template <class Run>
void measure(benchmark::State& state, const FronthaulSlot& slot, const Run& run) {
  std::vector<double> us;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    run();
    benchmark::ClobberMemory();
    us.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
                     .count());
  }
  std::sort(us.begin(), us.end());
  const double moved_bytes = static_cast<double>(slot.bytes.size()) + slot.re.size() * sizeof(cf32);
  state.counters["us_min"] = us.front();
  state.counters["us_median"] = us[us.size() / 2];
  state.counters["slot_budget_pct"] = 100 * us[us.size() / 2] / slot_budget_us;
  state.counters["gbit_s_in"] = 8e-3 * static_cast<double>(slot.bytes.size()) / us.front();
  state.counters["gbyte_s_moved"] = 1e-3 * moved_bytes / us.front();
}

void bench_row(benchmark::State& state, const Row<UnpackIq>* row, IqFormat format) {
  FronthaulSlot slot(format);
  const auto operation = row->make({});
  const UnpackIqSlot args{&slot.iq, nullptr, &slot.grid, {}, {}};
  InlineQueue queue;
  measure(state, slot, [&] { operation->run({std::span(&args, 1)}, queue); });
}

/// One of the loops below over each run, and nothing else: no flags, no search for missing PRBs.
template <class Loop>
void bench_loop(benchmark::State& state, IqFormat format, Loop loop) {
  FronthaulSlot slot(format);
  measure(state, slot, [&] {
    for (const PrbRun& run : slot.runs)
      loop(run, slot.re.view().row(run.port, run.symbol).data());
  });
}

/// The loops of the reference row.
void any_width_loop(const PrbRun& run, cf32* res) {
  for (std::int32_t i = 0; i < run.n_prb; ++i) {
    const std::byte* bytes = run.bytes + i * prb_bytes(run.format);
    if (run.format.number == IqNumber::bfp)
      unpack_bfp_prb(bytes, run.format.width, res + i * subcarriers_per_prb);
    else
      unpack_packed_prb(bytes, run.format.width, res + i * subcarriers_per_prb);
  }
}

/// What one would write for block floating point of width 8 alone.
void int8_loop(const PrbRun& run, cf32* res) {
  auto* out = reinterpret_cast<float*>(res);
  const auto* prb = reinterpret_cast<const std::int8_t*>(run.bytes);
  for (std::int32_t i = 0; i < run.n_prb; ++i, prb += 25, out += 24) {
    const float scale = static_cast<float>(1 << (prb[0] & 0x0F)) / 32768.0F;
    for (std::int32_t k = 0; k < 24; ++k)
      out[k] = static_cast<float>(prb[1 + k]) * scale;
  }
}

/// The floor: as many bytes read and written, nothing computed.
void copy_loop(const PrbRun& run, cf32* res) {
  const auto n_in = static_cast<std::size_t>(run.n_prb * prb_bytes(run.format));
  const auto n_out = run.n_prb * subcarriers_per_prb * sizeof(cf32);
  for (std::size_t at = 0; at < n_out; at += n_in)
    std::memcpy(reinterpret_cast<std::byte*>(res) + at, run.bytes, std::min(n_in, n_out - at));
}

template <class... Args>
void add(const std::string& name, Args... args) {
  benchmark::RegisterBenchmark(("unpack_prbs/" + name).c_str(), args...)
      ->Unit(benchmark::kMicrosecond);
}

const bool registered = [] {
  const auto format = [](IqNumber number, int width) {
    return IqFormat{number, ByteOrder::big, static_cast<std::uint8_t>(width)};
  };
  const auto add_rows = [](const std::string& name, const IqFormat& f) {
    for (const auto& row : unpack_iq_rows())
      add(name + "/" + std::string(row.name), bench_row, &row, f);
  };
  for (const IqNumber number : {IqNumber::bfp, IqNumber::packed}) {
    for (int width = 1; width <= 16; ++width) {
      const std::string name = (number == IqNumber::bfp ? "bfp" : "packed") + std::to_string(width);
      const IqFormat f = format(number, width);
      add_rows(name, f);
      add(name + "/any_width_loop", bench_loop<decltype(&any_width_loop)>, f, any_width_loop);
      if (number == IqNumber::bfp && width == 8)
        add(name + "/int8_loop", bench_loop<decltype(&int8_loop)>, f, int8_loop);
      if (number == IqNumber::bfp)
        add(name + "/copy_loop", bench_loop<decltype(&copy_loop)>, f, copy_loop);
    }
  }
  add_rows("int8", format(IqNumber::int8, 8));
  add_rows("int16_big", format(IqNumber::int16, 16));
  return true;
}();

} // namespace
} // namespace airan
