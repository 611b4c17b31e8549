// SPDX-License-Identifier: Apache-2.0
// Samples that are repeated in datagrams.
#include "runtime/buffer.hpp"
#include "simulation/sample_loop.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <vector>

namespace airan::simulation {
namespace {

constexpr OfdmTiming timing{1, CyclicPrefix::normal, 128};
constexpr std::int32_t n_ports = 2;

/// A frame whose sample n has I = n mod 1000 on port 0, and I = -(n mod 1000) on port 1. Of each
/// five slots one is granted.
SampleStore one_frame() {
  SampleStore store(timing, n_ports);
  std::int64_t n = 0;
  for (std::int32_t slot = 0; slot < 20; ++slot) {
    HostTensor<cf32, 2> samples({n_ports, timing.slot_samples(slot)});
    for (std::int32_t i = 0; i < timing.slot_samples(slot); ++i, ++n)
      for (std::int32_t port = 0; port < n_ports; ++port)
        samples.view()(port, i).re = static_cast<float>((port == 0 ? 1 : -1) * (n % 1000)) / 16384;
    store.add_slot(samples.view(), 0.5F, slot % 5 == 4);
  }
  return store;
}

std::vector<std::int16_t> i_of(std::span<const std::byte> bytes) {
  std::vector<std::int16_t> out;
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    std::int16_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value); // little-endian, as the machine
    out.push_back(value);
  }
  return out;
}

TEST(SampleLoop, RepeatsBareSamplesWithoutAGap) {
  static_assert(std::endian::native == std::endian::little);
  const SampleStore store = one_frame();
  io::DatagramWriterSettings framing;
  framing.n_ports = n_ports;
  framing.max_iq_bytes = 1000;
  const LoopSlots slots{40, 1, 1, 40 + 50}; // two repetitions and a half
  SampleLoop loop(store, slots, framing, SentSlots::all);
  std::array<std::int64_t, n_ports> n{};
  const std::int64_t per_frame = 10 * timing.subframe_samples();
  std::int64_t last_ns = 0;
  while (const auto packet = loop.next()) {
    EXPECT_GE(packet->time_ns, last_ns);
    last_ns = packet->time_ns;
    for (const std::int16_t i : i_of(packet->bytes)) {
      const std::int64_t sample = n[static_cast<std::size_t>(packet->port)]++ % per_frame;
      ASSERT_EQ(i, (packet->port == 0 ? 1 : -1) * (sample % 1000));
    }
    // It leaves when its last sample has been on the air.
    const double end = static_cast<double>(n[static_cast<std::size_t>(packet->port)]);
    EXPECT_NEAR(static_cast<double>(packet->time_ns), 20e6 + end / timing.sample_rate_hz() * 1e9,
                2);
  }
  EXPECT_EQ(n[0], per_frame * 5 / 2);
  EXPECT_EQ(n[1], n[0]);
}

TEST(SampleLoop, SendsOnlySlotsWithGrantsWhereTheFramingTellsTimes) {
  const SampleStore store = one_frame();
  io::DatagramWriterSettings framing;
  framing.framing = UdpFraming::vita49;
  framing.n_ports = n_ports;
  framing.max_iq_bytes = 65408;
  SampleLoop loop(store, {0, 1, 1, 60}, framing, SentSlots::granted);
  std::int64_t n_packets = 0;
  while (const auto packet = loop.next()) {
    // Slots 4, 9, ... of 500 us are granted.
    const std::int64_t slot = (packet->time_ns - 100'000) / 500'000;
    EXPECT_EQ(slot % 5, 4) << packet->time_ns;
    ++n_packets;
  }
  EXPECT_EQ(n_packets, 12 * n_ports);
}

TEST(SampleLoop, PadsWithSilenceToWholeFrames) {
  SampleStore store(timing, 1);
  HostTensor<cf32, 2> samples({1, timing.slot_samples(1)});
  store.add_slot(samples.view(), 1, true);
  store.pad(20, 1);
  EXPECT_EQ(store.n_slots(), 20);
  EXPECT_EQ(static_cast<std::int64_t>(store.n_bytes()), 4 * 10 * timing.subframe_samples());
}

TEST(SampleStore, SaturatesAndCounts) {
  SampleStore store(timing, 1);
  HostTensor<cf32, 2> samples({1, timing.slot_samples(0)});
  samples.view()(0, 0) = {3.0F, -1.0F};
  samples.view()(0, 1) = {std::numeric_limits<float>::quiet_NaN(), -1.5F};
  store.add_slot(samples.view(), 1, true);
  EXPECT_EQ(store.n_saturated(), 2);
}

} // namespace
} // namespace airan::simulation
