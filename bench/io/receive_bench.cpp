// SPDX-License-Identifier: Apache-2.0
// A capture of 128 MB through net_pcap and rte_eth_rx_burst: read alone, and parsed and assembled
// on the packet thread. And what an idle packet thread costs.
#include "bench/io/packet_stream.hpp"
#include "io/dpdk/open_input.hpp"
#include "io/packets/packet_source.hpp"
#include "io/pcap/capture_writer.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace airan::io {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The stream as a file that is removed in the end.
class CaptureFile {
public:
  explicit CaptureFile(const PacketStream& stream)
      : path_(std::filesystem::temp_directory_path() /
              ("airan_bench_" + std::to_string(::getpid()) + ".pcap")) {
    auto writer = CaptureWriter::create(path_);
    for (std::size_t i = 0; writer && i < stream.size(); ++i)
      if (!writer->append(stream.frame(i), stream.time_ns(i)))
        throw std::runtime_error("the capture cannot be written");
    if (!writer || !writer->finish())
      throw std::runtime_error("the capture cannot be written");
  }
  ~CaptureFile() { std::filesystem::remove(path_); }
  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;

  std::unique_ptr<PacketInput> open() const {
    const auto facts = examine_capture(path_);
    if (!facts)
      throw std::runtime_error(facts.error().message);
    PacketSettings packets;
    packets.eaxc = {0, 1, 2, 3};
    const PlannedCell cell{bench_cell, packets};
    const auto plan = plan_capture({&cell, 1}, *facts);
    if (!plan)
      throw std::runtime_error(plan.error().message);
    auto opened = open_capture(path_, *facts, packets, *plan);
    if (!opened)
      throw std::runtime_error(opened.error().message);
    return std::move(opened->input);
  }

private:
  std::string path_;
};

void bench_rx_burst(benchmark::State& state, std::int32_t prbs_per_frame) {
  const PacketStream stream(prbs_per_frame);
  const CaptureFile file(stream);
  double seconds = 0;
  for (auto _ : state) {
    const auto input = file.open();
    std::array<PacketHandle, max_burst> handles{};
    std::size_t n_packets = 0;
    const auto start = Clock::now();
    while (!input->has_ended()) {
      const auto packets = input->burst();
      for (std::size_t i = 0; i < packets.size(); ++i)
        handles[i] = packets[i].handle;
      n_packets += packets.size();
      input->release({handles.data(), packets.size()});
    }
    const double took = seconds_since(start);
    if (n_packets != stream.size())
      throw std::logic_error("packets are missing");
    state.SetIterationTime(took);
    seconds += took;
  }
  report_rates(state, stream, seconds);
}

void bench_packet_thread(benchmark::State& state, std::int32_t prbs_per_frame) {
  const PacketStream stream(prbs_per_frame);
  const CaptureFile file(stream);
  double seconds = 0;
  for (auto _ : state) {
    SlotExchange slots(4096, 8);
    for (std::int64_t n = 0; n < stream.n_slots(); ++n)
      slots.announce({n, 0x3FFF});
    slots.end_announcements();
    PacketCell cell;
    cell.cell = bench_cell;
    cell.packets.eaxc = {0, 1, 2, 3};
    cell.assembler = assembler_settings();
    cell.slots = &slots;
    PacketSource source(file.open(), {}, {cell});
    const auto start = Clock::now();
    source.start();
    for (std::int64_t n = 0; n < stream.n_slots(); ++n) {
      const auto slot = slots.take(10'000'000'000);
      if (!slot || slot->iq == nullptr)
        throw std::logic_error("a slot is missing");
      slots.give_back(slot->iq);
    }
    const double took = seconds_since(start);
    state.SetIterationTime(took);
    seconds += took;
  }
  report_rates(state, stream, seconds);
}

/// An input to which nothing comes.
class SilentInput final : public PacketInput {
public:
  std::span<const RxPacket> burst() override { return {}; }
  void release(std::span<const PacketHandle> /*packets*/) override {}
  bool has_ended() const override { return false; }
  std::int64_t n_free() const override { return 1000; }
  DeviceCounters counters() const override { return {}; }
  std::string trouble() const override { return {}; }
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Share of a core that the packet thread takes once nothing has come for 100 ms.
void bench_idle(benchmark::State& state) {
  PacketCell cell;
  cell.cell = bench_cell;
  cell.packets.eaxc = {0, 1, 2, 3};
  PacketSource source(std::make_unique<SilentInput>(), {Pace::real_time, std::nullopt}, {cell});
  source.start();
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  double cpu = 0, wall = 0;
  for (auto _ : state) {
    const double cpu_before = cpu_seconds();
    const auto start = Clock::now();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const double took = seconds_since(start);
    cpu += cpu_seconds() - cpu_before;
    wall += took;
    state.SetIterationTime(took);
  }
  state.counters["core_percent"] = 100.0 * cpu / wall;
}

} // namespace
} // namespace airan::io

#define AIRAN_RECEIVE_BENCH(function, name, prbs)                                                  \
  BENCHMARK_CAPTURE(function, name, prbs)                                                          \
      ->UseManualTime()                                                                            \
      ->Unit(benchmark::kMillisecond)                                                              \
      ->Repetitions(5)                                                                             \
      ->ReportAggregatesOnly(true)

using airan::io::bench_packet_thread;
using airan::io::bench_rx_burst;

AIRAN_RECEIVE_BENCH(bench_rx_burst, jumbo, 273);
AIRAN_RECEIVE_BENCH(bench_rx_burst, mtu_1500, 52);
AIRAN_RECEIVE_BENCH(bench_packet_thread, jumbo, 273);
AIRAN_RECEIVE_BENCH(bench_packet_thread, mtu_1500, 52);
BENCHMARK(airan::io::bench_idle)->UseManualTime()->Iterations(3);
