// SPDX-License-Identifier: Apache-2.0
// Packets of a slot, read back by the parser: what they hold, how they are numbered, when they
// leave.
#include "io/oran/parse_frame.hpp"
#include "runtime/buffer.hpp"
#include "simulation/packet_loop.hpp"
#include "simulation/radio_unit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace airan::simulation {
namespace {

using testing::HasSubstr;

CellSettings cell_of(std::int32_t n_prb, std::int32_t numerology = 1) {
  CellSettings cell;
  cell.numerology = numerology;
  cell.n_prb = n_prb;
  cell.rx_ports = 2;
  return cell;
}

/// A packet and what the parser says of it.
struct Parsed {
  std::int64_t time_ns = 0;
  std::vector<std::byte> bytes;
  io::oran::Message message;
};

/// A radio unit, and a parser that knows it.
struct Bench {
  Bench(const CellSettings& settings, const config::RadioUnit& unit_settings)
      : cell(settings), unit(*RadioUnit::make(settings, unit_settings)),
        grid({settings.rx_ports, settings.n_symbols(), settings.n_subcarriers()}) {
    rules = std::make_unique<io::oran::FrameRules>();
    for (std::int32_t port = 0; port < settings.rx_ports; ++port) {
      io::oran::StreamRules stream;
      stream.port = port;
      stream.numerology = settings.numerology;
      stream.n_symbols = settings.n_symbols();
      stream.ru_prb = unit_settings.ru_prb.value_or(settings.n_prb);
      stream.compression = unit_settings.compression;
      stream.bfp16 = unit_settings.bfp16;
      const auto p = static_cast<std::size_t>(port);
      rules->add(
          static_cast<std::uint16_t>(unit_settings.eaxc.empty() ? port : unit_settings.eaxc[p]),
          stream);
    }
    for (std::int64_t i = 0; i < grid.size(); ++i)
      grid.data()[i] = {0.001F * static_cast<float>(i % 400), -0.25F};
  }
  void send(std::int64_t count, std::uint16_t symbols) {
    unit.send(slot_id_at(1, count, cell.numerology), symbols, grid.view(), list);
  }
  Parsed parse(std::int64_t time_ns, std::span<const std::byte> bytes) const {
    Parsed out{time_ns, {bytes.begin(), bytes.end()}, {}};
    const auto drop = parse_frame(out.bytes, *rules, out.message);
    EXPECT_FALSE(drop) << name_of(*drop);
    return out;
  }
  std::vector<Parsed> parse_all() const {
    std::vector<Parsed> out;
    for (const ListedPacket& packet : list.packets())
      out.push_back(parse(packet.time_ns, list.bytes_of(packet)));
    return out;
  }

  CellSettings cell;
  RadioUnit unit;
  HostTensor<cf32, 3> grid;
  std::unique_ptr<io::oran::FrameRules> rules;
  PacketList list;
};

TEST(RadioUnit, SendsEveryPrbOfTheSymbolsOnce) {
  struct Shape {
    std::int32_t n_prb, ru_prb, mtu, max_prb, n_sections, n_messages;
  };
  for (const Shape& s :
       {Shape{51, 51, 1500, 0, 1, 1}, Shape{51, 51, 1500, 17, 1, 3}, Shape{51, 51, 1500, 10, 3, 2},
        Shape{273, 273, 1500, 0, 1, 6}, Shape{273, 273, 9000, 0, 1, 1},
        Shape{273, 273, 9000, 100, 64, 1}, Shape{1, 1, 68, 0, 1, 1}, Shape{24, 30, 200, 0, 2, 5}}) {
    for (const CompressionHeader header : {CompressionHeader::fixed, CompressionHeader::dynamic}) {
      config::RadioUnit settings;
      settings.compression.header = header;
      settings.mtu = s.mtu;
      settings.ru_prb = s.ru_prb;
      settings.sections_per_message = s.n_sections;
      if (s.max_prb > 0)
        settings.max_prb_per_section = s.max_prb;
      Bench bench(cell_of(s.n_prb), settings);
      bench.send(13, 0b101);
      EXPECT_EQ(bench.unit.n_messages(), s.n_messages) << s.n_prb << " PRB, MTU " << s.mtu;
      std::map<std::pair<int, int>, std::set<int>> prbs; // of symbol and port
      for (const Parsed& p : bench.parse_all()) {
        EXPECT_LE(p.bytes.size(), static_cast<std::size_t>(std::max(14 + s.mtu, 60)));
        EXPECT_EQ(p.message.slot, 13);
        EXPECT_EQ(p.message.frame, 0);
        EXPECT_LE(p.message.n_sections, s.n_sections);
        for (const io::oran::Section& section : p.message.sections())
          for (int prb = section.first_prb; prb < section.first_prb + section.n_prb; ++prb)
            EXPECT_TRUE(prbs[std::pair(p.message.symbol, p.message.port)].insert(prb).second);
      }
      EXPECT_EQ(prbs.size(), 4U);
      for (const auto& [place, held] : prbs) {
        EXPECT_TRUE(place.first == 0 || place.first == 2);
        EXPECT_EQ(std::ssize(held), s.ru_prb);
      }
    }
  }
}

TEST(RadioUnit, NumbersThePacketsOfEachStream) {
  config::RadioUnit settings;
  settings.eaxc = {300, 7};
  settings.vlan = 6;
  settings.c_plane = true;
  Bench bench(cell_of(24), settings);
  for (std::int64_t count = 0; count < 60; ++count)
    bench.send(count, 0x3FFF);
  std::map<std::pair<bool, int>, int> next;
  for (const Parsed& p : bench.parse_all()) {
    const bool is_control = p.message.plane == io::oran::Plane::control;
    EXPECT_EQ(p.message.vlan, std::optional<std::uint16_t>(6));
    EXPECT_EQ(p.message.eaxc, std::optional<std::uint16_t>(p.message.port == 0 ? 300 : 7));
    EXPECT_EQ(p.message.sequence, next[std::pair(is_control, p.message.port)]++ % 256);
    EXPECT_EQ(p.message.destination, is_control ? settings.src_mac : settings.dst_mac);
    EXPECT_EQ(p.message.source, is_control ? settings.dst_mac : settings.src_mac);
  }
  EXPECT_EQ(next[std::pair(false, 1)], 60 * 14);
  EXPECT_EQ(next[std::pair(true, 1)], 60);
}

TEST(RadioUnit, AsksForEachRunOfSymbolsAhead) {
  config::RadioUnit settings;
  settings.c_plane = true;
  Bench bench(cell_of(273), settings);
  bench.send(21, 0b00111000000011);
  std::vector<int> starts;
  for (const Parsed& p : bench.parse_all())
    if (p.message.plane == io::oran::Plane::control) {
      EXPECT_EQ(p.message.section_type, 1);
      EXPECT_EQ(p.message.sections()[0].n_prb, 273);
      EXPECT_LT(p.time_ns, symbol_start_ns(bench.cell, 21, p.message.symbol));
      starts.push_back(p.message.symbol);
    }
  EXPECT_THAT(starts, testing::ElementsAre(0, 0, 9, 9));
}

TEST(RadioUnit, SendsWithinTheDefaultWindow) {
  // O-RAN windows count from the start of the symbol; the default one is 25 .. 500 us.
  for (std::int32_t numerology = 0; numerology <= 3; ++numerology) {
    Bench bench(cell_of(273, numerology), {});
    const std::int64_t count = 3 * n_slots_per_frame(numerology) + 1;
    bench.send(count, 0x3FFF);
    std::int64_t last_ns = 0;
    for (const Parsed& p : bench.parse_all()) {
      const std::int64_t start_ns = symbol_start_ns(bench.cell, count, p.message.symbol);
      EXPECT_GE(p.time_ns - start_ns, 100'000);
      EXPECT_LT(p.time_ns - start_ns, 100'000 + 500'000 / 14 + 1000);
      EXPECT_GE(p.time_ns, last_ns);
      last_ns = p.time_ns;
    }
  }
}

TEST(RadioUnit, TellsTimesAsTheFrameStructureDoes) {
  const CellSettings cell = cell_of(24);
  EXPECT_EQ(symbol_start_ns(cell, 0, 0), 0);
  // TS 38.211 5.3.1 at 30 kHz: the first symbol of a half subframe is 16 Ts longer.
  EXPECT_EQ(symbol_start_ns(cell, 1, 0), 500'000);
  EXPECT_NEAR(static_cast<double>(symbol_start_ns(cell, 0, 1)), (4096 + 352) / 122.88e-3, 1);
  EXPECT_NEAR(static_cast<double>(symbol_start_ns(cell, 1, 1)), 500e3 + (4096 + 352) / 122.88e-3,
              1);
  EXPECT_NEAR(static_cast<double>(symbol_start_ns(cell, 0, 2)), (2 * 4096 + 352 + 288) / 122.88e-3,
              1);
  EXPECT_EQ(symbol_start_ns(cell, 20 * 1024, 0), 10'240'000'000);
}

TEST(RadioUnit, RefusesAnMtuWithoutRoomForAPrb) {
  config::RadioUnit settings;
  settings.mtu = 16 + 24;
  EXPECT_THAT(RadioUnit::make(cell_of(24), settings).error().message, HasSubstr("mtu"));
  settings = {};
  settings.ru_prb = 20;
  EXPECT_THAT(RadioUnit::make(cell_of(24), settings).error().message, HasSubstr("ru_prb"));
  settings = {};
  settings.eaxc = {1};
  EXPECT_THAT(RadioUnit::make(cell_of(24), settings).error().message, HasSubstr("eaxc"));
}

TEST(RadioUnit, ScalesToThePeak) {
  HostTensor<cf32, 3> grid({2, 14, 24});
  grid.view()(1, 3, 7) = {0.5F, -4.0F};
  grid.view()(0, 9, 7) = {9.0F, 0.0F};
  EXPECT_EQ(largest_component(grid.view(), 1U << 3U), 4.0F);
  EXPECT_EQ(largest_component(grid.view(), 0x3FFF), 9.0F);
  EXPECT_EQ(gain_to_peak(4.0F, 0.5), 0.125F);
  EXPECT_EQ(gain_to_peak(0.0F, 0.5), 1.0F);
}

TEST(OranLoop, CountsFramesAndSequencesOn) {
  config::RadioUnit settings;
  settings.vlan = 1;
  settings.c_plane = true;
  Bench bench(cell_of(24), settings);
  const std::int64_t first = 20 * 255; // frameId wraps after one frame
  for (std::int64_t slot : {8, 9, 28})
    bench.send(first + slot, 0x3FFF);
  bench.list.sort();
  OranLoop loop(bench.list, {first, 1, 2, first + 40 * 700 + 9}, bench.unit.n_streams());
  std::map<std::pair<bool, int>, int> next;
  std::set<std::pair<std::int64_t, int>> slots;
  std::int64_t n = 0;
  while (const auto packet = loop.next()) {
    const Parsed p = bench.parse(packet->time_ns, packet->bytes);
    const bool is_control = p.message.plane == io::oran::Plane::control;
    ASSERT_EQ(p.message.sequence, next[std::pair(is_control, p.message.port)]++ % 256);
    if (!is_control) {
      const std::int64_t frame = (p.time_ns - 90'000) / 10'000'000; // of the air
      ASSERT_EQ(p.message.frame, frame % 256);
      slots.insert({frame, p.message.slot});
    }
    ++n;
  }
  EXPECT_EQ(std::ssize(slots), 3 * 700 + 1);
  EXPECT_EQ(n, (3 * 700 + 1) * (28 + 2));
}

} // namespace
} // namespace airan::simulation
