// SPDX-License-Identifier: Apache-2.0
// Frames of 4 ports x 100 MHz, BFP 9, in memory: more than 128 MB of distinct packets.
#pragma once

#include "core/cell_settings.hpp"
#include "io/oran/build_frame.hpp"
#include "io/oran/parse_frame.hpp"
#include "io/packets/slot_assembler.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <stdexcept>
#include <vector>

namespace airan::io {

inline const CellSettings bench_cell = [] {
  CellSettings c;
  c.numerology = 1;
  c.n_prb = 273;
  c.rx_ports = 4;
  return c;
}();
inline constexpr std::int64_t slot_duration_ns = 500'000;
/// Of IQ on the line: 4 ports x 28,000 symbols per second x 273 PRB x 28 bytes.
inline constexpr double line_rate_gbps = 6.85;

inline AssemblerSettings assembler_settings() {
  AssemblerSettings s;
  s.cell = bench_cell;
  s.first_sfn = 0;
  return s;
}

/// Frames in the order of time: slot, symbol, port, fragment.
class PacketStream {
public:
  explicit PacketStream(std::int32_t prbs_per_frame) {
    std::mt19937 random(1);
    for (std::int32_t port = 0; port < bench_cell.rx_ports; ++port) {
      oran::StreamRules stream;
      stream.port = port;
      rules_.add(static_cast<std::uint16_t>(port), stream);
    }
    std::vector<std::byte> iq(static_cast<std::size_t>(bench_cell.n_prb) * 28);
    std::vector<std::byte> frame(9000);
    std::vector<std::uint8_t> sequence(static_cast<std::size_t>(bench_cell.rx_ports), 0);
    bytes_.reserve(140'000'000);
    for (std::int32_t slot = 0; slot < n_slots(); ++slot)
      for (std::int32_t symbol = 0; symbol < 14; ++symbol)
        for (std::int32_t port = 0; port < bench_cell.rx_ports; ++port) {
          for (std::size_t i = 0; i < iq.size(); ++i) // an exponent of 0..7, any mantissas
            iq[i] = static_cast<std::byte>(i % 28 == 0 ? random() & 7 : random() & 255);
          for (std::int32_t first = 0; first < bench_cell.n_prb; first += prbs_per_frame) {
            const std::int32_t n = std::min(prbs_per_frame, bench_cell.n_prb - first);
            oran::FrameHeader header;
            header.eaxc = static_cast<std::uint16_t>(port);
            header.sequence = sequence[static_cast<std::size_t>(port)]++;
            header.frame = static_cast<std::uint8_t>(slot / 20);
            header.subframe = static_cast<std::uint8_t>(slot % 20 / 2);
            header.slot = static_cast<std::uint8_t>(slot % 2);
            header.symbol = static_cast<std::uint8_t>(symbol);
            const oran::UplaneSection section{
                0,
                static_cast<std::uint16_t>(first),
                static_cast<std::uint16_t>(n == bench_cell.n_prb ? 0 : n),
                {},
                std::span(iq).subspan(static_cast<std::size_t>(first) * 28,
                                      static_cast<std::size_t>(n) * 28)};
            const auto size = oran::build_uplane_frame(header, {&section, 1}, frame);
            if (!size)
              throw std::logic_error("a frame does not fit");
            frames_.push_back({bytes_.size(), *size, slot * slot_duration_ns + symbol * 35'714});
            bytes_.insert(bytes_.end(), frame.begin(),
                          frame.begin() + static_cast<std::ptrdiff_t>(*size));
          }
        }
  }

  std::int64_t n_slots() const { return 320; }
  std::size_t size() const { return frames_.size(); }
  std::size_t n_bytes() const { return bytes_.size(); }
  std::span<const std::byte> frame(std::size_t i) const {
    return std::span(bytes_).subspan(frames_[i].first, frames_[i].size);
  }
  std::int64_t time_ns(std::size_t i) const { return frames_[i].time_ns; }
  const oran::FrameRules& rules() const { return rules_; }

private:
  struct Frame {
    std::size_t first = 0;
    std::size_t size = 0;
    std::int64_t time_ns = 0;
  };
  oran::FrameRules rules_;
  std::vector<std::byte> bytes_;
  std::vector<Frame> frames_;
};

/// Gbit/s and packets per second, and the share of a core at the line rate.
inline void report_rates(benchmark::State& state, const PacketStream& stream, double seconds) {
  const auto passes = static_cast<double>(state.iterations());
  const double gbps = static_cast<double>(stream.n_bytes()) * 8e-9 * passes / seconds;
  state.counters["Gbit/s"] = gbps;
  state.counters["ns/packet"] = seconds * 1e9 / passes / static_cast<double>(stream.size());
  state.counters["core_percent_at_6.85_Gbit/s"] = 100.0 * line_rate_gbps / gbps;
}

} // namespace airan::io
