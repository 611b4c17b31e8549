// SPDX-License-Identifier: Apache-2.0
// One FFT (the yardstick), UnpackIq and DemodulateOfdm of one slot of 273 PRB.
#include "kernels/demodulate_ofdm.hpp"
#include "kernels/primitives/fft.hpp"
#include "kernels/unpack_iq.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace airan {
namespace {

constexpr OfdmTiming timing{1, CyclicPrefix::normal, 4096};
constexpr std::int32_t n_prb = 273;

void bench_fft(benchmark::State& state, FftLibrary library) {
  set_fft_effort(FftEffort::measure);
  const auto length = static_cast<std::int32_t>(state.range(0));
  const auto fft = make_fft(library, length, FftDirection::forward);
  HostTensor<cf32, 1> in({length});
  HostTensor<cf32, 1> out({length});
  in.data()[1] = {1, 0};
  for (auto _ : state) {
    fft->run({in.data(), static_cast<std::size_t>(length)},
             {out.data(), static_cast<std::size_t>(length)});
    benchmark::ClobberMemory();
  }
}

PlanLimits limits_of(std::int32_t n_ports) {
  PlanLimits limits;
  limits.n_ports = n_ports;
  limits.n_prb = n_prb;
  limits.fft_size = timing.fft_size;
  return limits;
}

/// One slot of interleaved channels, unpacked and demodulated.
struct Slot {
  explicit Slot(std::int32_t n_ports, IqNumber number)
      : bytes(static_cast<std::size_t>(n_ports * timing.slot_samples(1) * 2 *
                                       component_bytes(number))),
        samples({n_ports, timing.slot_samples(1)}), missing({n_ports, 14}),
        re({n_ports, 14, n_prb * 12}), valid({n_ports, 14, n_prb}) {
    iq.id = slot_id_at(0, 1, 1);
    TimeDomainIq t;
    t.bytes = {bytes.data(), bytes.size()};
    t.format.number = number;
    t.n_ports = n_ports;
    t.n_samples = timing.slot_samples(1);
    t.port_stride = 2 * component_bytes(number);
    t.sample_stride = n_ports * t.port_stride;
    iq.iq = t;
    buffer = {iq.id, samples.ref(), 0, missing.ref()};
  }

  HostBuffer bytes;
  HostTensor<cf32, 2> samples;
  HostTensor<std::uint8_t, 2> missing;
  HostTensor<cf32, 3> re;
  HostTensor<std::uint8_t, 3> valid;
  SlotIq iq;
  SampleBuffer buffer;
};

void bench_unpack(benchmark::State& state, const Row<UnpackIq>* row, IqNumber number) {
  const auto n_ports = static_cast<std::int32_t>(state.range(0));
  Slot s(n_ports, number);
  const auto operation = row->make(limits_of(n_ports));
  const UnpackIqSlot slot{&s.iq, &s.buffer, nullptr, timing, {}};
  InlineQueue queue;
  for (auto _ : state)
    operation->run({std::span(&slot, 1)}, queue);
}

void bench_demodulate(benchmark::State& state, const Row<DemodulateOfdm>* row, double cfo_hz) {
  set_fft_effort(FftEffort::measure);
  const auto n_ports = static_cast<std::int32_t>(state.range(0));
  Slot s(n_ports, IqNumber::int16);
  const auto operation = row->make(limits_of(n_ports));
  DemodulateOfdmSlot slot;
  slot.samples = s.buffer;
  slot.grid = {s.iq.id, s.re.ref(), s.valid.ref()};
  slot.timing = timing;
  slot.window_advance = 100;
  slot.cfo_hz = cfo_hz;
  InlineQueue queue;
  for (auto _ : state)
    operation->run({std::span(&slot, 1)}, queue);
}

const bool registered = [] {
  for (const FftLibrary library : {FftLibrary::fftw, FftLibrary::kissfft}) {
    if (!has_fft_library(library))
      continue;
    const std::string name = library == FftLibrary::fftw ? "fft/fftw" : "fft/kissfft";
    benchmark::RegisterBenchmark(name.c_str(), bench_fft, library)->Arg(4096)->Arg(3072)->Arg(1638);
  }
  for (const auto& row : unpack_iq_rows()) {
    const std::string name = "unpack_iq/" + std::string(row.name);
    benchmark::RegisterBenchmark((name + "/int16").c_str(), bench_unpack, &row, IqNumber::int16)
        ->Arg(1)
        ->Arg(4);
    benchmark::RegisterBenchmark((name + "/float32").c_str(), bench_unpack, &row, IqNumber::float32)
        ->Arg(4);
  }
  for (const auto& row : demodulate_ofdm_rows()) {
    if (row.name == "cpu:ref" || !row.reason_to_decline(limits_of(4)).empty())
      continue; // the DFT sum takes seconds
    const std::string name = "demodulate_ofdm/" + std::string(row.name);
    benchmark::RegisterBenchmark(name.c_str(), bench_demodulate, &row, 0.0)->Arg(1)->Arg(4);
    benchmark::RegisterBenchmark((name + "/cfo").c_str(), bench_demodulate, &row, 500.0)->Arg(4);
  }
  return true;
}();

} // namespace
} // namespace airan
