// SPDX-License-Identifier: Apache-2.0
// Tests of the packet thread: frames of an input become slots, whatever the receiver's pace.
#include "io/oran/build_frame.hpp"
#include "io/packets/packet_source.hpp"
#include "tests/support/memory_input.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

namespace airan::io {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int32_t n_prb = 20;
constexpr std::int32_t n_ports = 2;
constexpr std::int32_t n_fragments = 2;
constexpr std::int64_t packets_per_slot = n_ports * 14 * n_fragments;

CellSettings small_cell() {
  CellSettings c;
  c.n_prb = n_prb;
  c.rx_ports = n_ports;
  return c;
}

/// Frames of slots 0 .. n_slots - 1. Every byte of IQ of a slot is its number mod 256, but the
/// exponents, which are 1.
std::vector<FrameInMemory> frames_of(std::int32_t n_slots) {
  std::vector<FrameInMemory> frames;
  std::vector<std::byte> buffer(2000);
  std::uint8_t sequence[n_ports] = {};
  for (std::int32_t slot = 0; slot < n_slots; ++slot)
    for (std::int32_t symbol = 0; symbol < 14; ++symbol)
      for (std::int32_t port = 0; port < n_ports; ++port)
        for (std::int32_t part = 0; part < n_fragments; ++part) {
          constexpr std::int32_t part_prb = n_prb / n_fragments;
          std::vector<std::byte> iq(part_prb * 28, static_cast<std::byte>(slot));
          for (std::size_t i = 0; i < iq.size(); i += 28)
            iq[i] = std::byte{1};
          oran::FrameHeader header;
          header.eaxc = static_cast<std::uint16_t>(port);
          header.sequence = sequence[port]++;
          header.frame = static_cast<std::uint8_t>(slot / 20);
          header.subframe = static_cast<std::uint8_t>(slot % 20 / 2);
          header.slot = static_cast<std::uint8_t>(slot % 2);
          header.symbol = static_cast<std::uint8_t>(symbol);
          const oran::UplaneSection section{
              0, static_cast<std::uint16_t>(part * part_prb), part_prb, {}, iq};
          const auto size = oran::build_uplane_frame(header, {&section, 1}, buffer);
          frames.push_back({{buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size)},
                            slot * std::int64_t{500'000} + symbol * 35'714});
        }
  return frames;
}

PacketCell packet_cell(SlotExchange* slots) {
  PacketCell c;
  c.cell = small_cell();
  c.packets.eaxc = {0, 1};
  c.assembler.cell = c.cell;
  c.assembler.first_sfn = 0;
  c.assembler.n_buffers = 8;
  c.queue_slots = 2;
  c.slots = slots;
  return c;
}

/// Announces slots 0 .. n_slots - 1 on a thread of its own.
std::thread announce_all(SlotExchange& slots, std::int32_t n_slots) {
  return std::thread([&slots, n_slots] {
    for (std::int64_t n = 0; n < n_slots; ++n)
      while (!slots.announce({n, 0x3FFF}))
        std::this_thread::sleep_for(std::chrono::microseconds(10));
    slots.end_announcements();
  });
}

TEST(PacketSource, TurnsFramesIntoCompleteSlotsInOrder) {
  constexpr std::int32_t n_slots = 100;
  SlotExchange slots(64, 8);
  PacketSource source(std::make_unique<MemoryInput>(frames_of(n_slots)), {}, {packet_cell(&slots)});
  std::thread grants = announce_all(slots, n_slots);
  source.start();
  for (std::int32_t n = 0; n < n_slots; ++n) {
    const auto slot = slots.take(60 * second);
    ASSERT_TRUE(slot);
    ASSERT_EQ(slot->count, n);
    const auto& iq = std::get<FrequencyDomainIq>(slot->iq->iq);
    ASSERT_EQ(iq.runs.size(), packets_per_slot);
    for (const PrbRun& run : iq.runs)
      EXPECT_EQ(run.bytes[1], static_cast<std::byte>(n));
    slots.give_back(slot->iq);
  }
  grants.join();
  while (!source.has_ended())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const PacketCounters counters = source.counters();
  EXPECT_EQ(counters.received, n_slots * packets_per_slot);
  EXPECT_EQ(counters.accepted, counters.received);
  EXPECT_EQ(counters.missing_prbs, 0);
  EXPECT_EQ(counters.sequence_gaps, 0);
  EXPECT_EQ(source.first_packets().size(), 2U);
}

TEST(PacketSource, NeverDropsWhenItMayWaitForASlowReceiver) {
  constexpr std::int32_t n_slots = 60;
  SlotExchange slots(64, 8);
  PacketSource source(std::make_unique<MemoryInput>(frames_of(n_slots)),
                      {Pace::as_fast_as_possible, std::nullopt}, {packet_cell(&slots)});
  std::thread grants = announce_all(slots, n_slots);
  source.start();
  for (std::int32_t n = 0; n < n_slots; ++n) {
    const auto slot = slots.take(60 * second);
    ASSERT_TRUE(slot);
    ASSERT_NE(slot->iq, nullptr) << n;
    EXPECT_FALSE(slot->is_dropped);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    slots.give_back(slot->iq);
  }
  grants.join();
  while (!source.has_ended())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(source.counters().accepted, n_slots * packets_per_slot);
}

TEST(PacketSource, DropsWholeSlotsOldestFirstWhenARealTimeReceiverIsBusy) {
  constexpr std::int32_t n_slots = 30;
  SlotExchange slots(64, 40);
  PacketCell cell = packet_cell(&slots);
  cell.assembler.n_buffers = 40;
  PacketSource source(std::make_unique<MemoryInput>(frames_of(n_slots)),
                      {Pace::real_time, std::nullopt}, {cell});
  std::thread grants = announce_all(slots, n_slots);
  grants.join();
  source.start();
  while (!source.has_ended()) // the receiver sleeps all the time
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  for (std::int32_t n = 0; n < n_slots; ++n) {
    const auto slot = slots.take(second);
    ASSERT_TRUE(slot);
    EXPECT_EQ(slot->count, n);
    EXPECT_EQ(slot->is_dropped, n < n_slots - cell.queue_slots) << n;
  }
  const PacketCounters counters = source.counters();
  EXPECT_EQ(counters.received, counters.accepted + counters.n_dropped());
}

TEST(PacketSource, KeepsItsSumInEveryCopyOfTheCounters) {
  constexpr std::int32_t n_slots = 400;
  SlotExchange slots(512, 8);
  std::vector<FrameInMemory> frames = frames_of(n_slots);
  for (std::size_t i = 0; i < frames.size(); i += 7)
    frames[i].bytes.resize(frames[i].bytes.size() / 2); // iq_truncated or size_beyond_frame
  PacketSource source(std::make_unique<MemoryInput>(std::move(frames)), {}, {packet_cell(&slots)});
  std::thread grants = announce_all(slots, n_slots);
  source.start();
  for (std::int32_t n = 0; n < n_slots; ++n) {
    const PacketCounters counters = source.counters();
    ASSERT_EQ(counters.received, counters.accepted + counters.n_dropped());
    const auto slot = slots.take(60 * second);
    ASSERT_TRUE(slot);
    if (slot->iq != nullptr)
      slots.give_back(slot->iq);
  }
  grants.join();
  while (!source.has_ended())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const PacketCounters counters = source.counters();
  EXPECT_EQ(counters.received, n_slots * packets_per_slot);
  EXPECT_EQ(counters.n_dropped(), (counters.received + 6) / 7);
  EXPECT_EQ(counters.missing_prbs, counters.n_dropped() * n_prb / n_fragments);
}

TEST(PacketSource, CountsPacketsWithoutGrants) {
  PacketSource source(std::make_unique<MemoryInput>(frames_of(5)), {}, {packet_cell(nullptr)});
  source.start();
  while (!source.has_ended())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(source.counters().received, 5 * packets_per_slot);
  EXPECT_EQ(source.counters().accepted, 5 * packets_per_slot);
}

TEST(PacketSource, EndsWhenItIsStoppedInTheMidst) {
  SlotExchange slots(64, 8);
  auto input = std::make_unique<MemoryInput>(frames_of(50));
  MemoryInput* memory = input.get();
  {
    PacketSource source(std::move(input), {}, {packet_cell(&slots)});
    source.start();
    for (std::int64_t n = 0; n < 40; ++n)
      slots.announce({n, 0x3FFF});
    const auto slot = slots.take(60 * second); // kept: its packets must be free in the end
    ASSERT_TRUE(slot);
    source.stop();
    while (!source.has_ended())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    memory->on_destruction([](std::int64_t n_out) { EXPECT_EQ(n_out, 0); });
  }
}

} // namespace
} // namespace airan::io
