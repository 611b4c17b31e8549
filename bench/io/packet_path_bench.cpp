// SPDX-License-Identifier: Apache-2.0
// What fronthaul packets cost on one core: parse, assemble, decompress, over more bytes than any
// cache holds.
#include "bench/io/packet_stream.hpp"
#include "io/oran/parse_frame.hpp"
#include "io/packets/slot_assembler.hpp"
#include "kernels/unpack_iq.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <stdexcept>

namespace airan::io {
namespace {

/// How far a frame goes.
enum class Depth { parse, assemble, decompress };

/// The grid that slots are decompressed into, and the row that does it.
struct Decompressor {
  Decompressor()
      : row(unpack_iq_rows().front().make({})),
        re({bench_cell.rx_ports, 14, bench_cell.n_prb * 12}),
        valid({bench_cell.rx_ports, 14, bench_cell.n_prb}) {}
  void run(const SlotIq& iq) {
    ResourceGrid grid{iq.id, re.ref(), valid.ref()};
    const UnpackIqSlot slot{&iq, nullptr, &grid, {}, {}};
    row->run({{&slot, 1}}, queue);
    benchmark::DoNotOptimize(re.data()[0]);
  }
  std::unique_ptr<UnpackIq> row;
  HostTensor<cf32, 3> re;
  HostTensor<std::uint8_t, 3> valid;
  InlineQueue queue;
};

/// One pass over all frames; returns how many slots were complete.
std::int64_t pass(const PacketStream& stream, Depth depth, Decompressor& decompressor) {
  PacketCounters counters;
  SlotAssembler assembler(assembler_settings(), nullptr, counters);
  oran::Message message;
  std::int64_t n_complete = 0;
  std::int64_t n_announced = 0;
  const auto announce = [&] {
    while (n_announced < stream.n_slots() && assembler.needs_schedule())
      assembler.expect({n_announced++, 0x3FFF});
    if (n_announced == stream.n_slots())
      assembler.end_of_schedule();
  };
  for (std::size_t i = 0; i < stream.size(); ++i) {
    const std::span<const std::byte> frame = stream.frame(i);
    if (oran::parse_frame(frame, stream.rules(), message))
      throw std::logic_error("a frame was dropped");
    if (depth == Depth::parse)
      continue;
    announce();
    if (assembler.accept(message, const_cast<std::byte*>(frame.data()), stream.time_ns(i)).dropped)
      throw std::logic_error("a message was dropped");
    while (const auto closed = assembler.take_closed()) {
      ++n_complete;
      if (depth == Depth::decompress)
        decompressor.run(*closed->iq);
      assembler.recycle(closed->iq);
    }
  }
  if (depth != Depth::parse && n_complete != stream.n_slots())
    throw std::logic_error("a slot is not complete");
  return n_complete;
}

void bench_path(benchmark::State& state, Depth depth, std::int32_t prbs_per_frame) {
  const PacketStream stream(prbs_per_frame);
  Decompressor decompressor;
  double seconds = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    pass(stream, depth, decompressor);
    const double took =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    state.SetIterationTime(took);
    seconds += took;
  }
  report_rates(state, stream, seconds);
}

} // namespace
} // namespace airan::io

using airan::io::bench_path;
using airan::io::Depth;

#define AIRAN_PATH_BENCH(name, depth, prbs)                                                        \
  BENCHMARK_CAPTURE(bench_path, name, depth, prbs)                                                 \
      ->UseManualTime()                                                                            \
      ->Unit(benchmark::kMillisecond)                                                              \
      ->Repetitions(5)                                                                             \
      ->ReportAggregatesOnly(true)

AIRAN_PATH_BENCH(parse_jumbo, Depth::parse, 273);
AIRAN_PATH_BENCH(parse_mtu_1500, Depth::parse, 52);
AIRAN_PATH_BENCH(assemble_jumbo, Depth::assemble, 273);
AIRAN_PATH_BENCH(assemble_mtu_1500, Depth::assemble, 52);
AIRAN_PATH_BENCH(decompress_jumbo, Depth::decompress, 273);
AIRAN_PATH_BENCH(decompress_mtu_1500, Depth::decompress, 52);
