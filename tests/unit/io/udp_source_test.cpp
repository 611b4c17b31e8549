// SPDX-License-Identifier: Apache-2.0
// Tests of the sockets and of the packet thread of time-domain streams, over the loopback
// interface.
#include "io/udp/datagram_writer.hpp"
#include "io/udp/udp_sender.hpp"
#include "io/udp/udp_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <ctime>
#include <random>
#include <thread>
#include <vector>

namespace airan::io {
namespace {

using cs16 = Complex<std::int16_t>;
using testing::HasSubstr;

constexpr OfdmTiming timing{1, CyclicPrefix::normal, 256}; // 7.68 MS/s, slots of 3840 samples
constexpr std::int32_t n_announced = 64;

SourceSettings source_settings(UdpFraming framing, std::vector<std::string> listen) {
  SourceSettings s;
  s.type = SourceType::udp;
  s.packets.framing = framing;
  s.packets.listen = std::move(listen);
  s.packets.pace = Pace::as_fast_as_possible;
  return s;
}
CellSettings cell_settings(std::int32_t ports) {
  CellSettings c;
  c.numerology = 1;
  c.n_prb = 20;
  c.rx_ports = ports;
  c.fft_size = timing.fft_size;
  return c;
}

/// [port, sample], random.
std::vector<cs16> random_samples(std::int32_t ports, std::int32_t n) {
  std::mt19937 random(11);
  std::uniform_int_distribution<int> value(-32768, 32767);
  std::vector<cs16> v(static_cast<std::size_t>(ports) * static_cast<std::size_t>(n));
  for (cs16& s : v)
    s = {static_cast<std::int16_t>(value(random)), static_cast<std::int16_t>(value(random))};
  return v;
}

/// Number of [port, sample] of a slot that are flagged, or differ from the array.
struct Compared {
  std::int64_t missing = 0;
  std::int64_t wrong = 0;
};
Compared compare(const TimeDomainIq& iq, View<const cs16, 2> samples, std::int64_t start) {
  Compared result;
  const int low = iq.format.byte_order == ByteOrder::big ? 1 : 0;
  for (std::int32_t p = 0; p < iq.n_ports; ++p) {
    for (const SampleRange& r : iq.missing_of(p))
      result.missing += std::max<std::int64_t>(0, std::min(r.first + r.count, iq.n_samples) -
                                                      std::max<std::int64_t>(0, r.first));
    for (std::int64_t n = 0; n < iq.n_samples; ++n) {
      const std::byte* at =
          iq.bytes.data() + (n + iq.margin) * iq.sample_stride + p * iq.port_stride;
      const auto number = [&](int first) {
        return static_cast<std::int16_t>(std::to_integer<int>(at[first + low]) |
                                         std::to_integer<int>(at[first + 1 - low]) << 8);
      };
      const cs16 value{number(0), number(2)};
      result.wrong += value == samples(p, static_cast<std::int32_t>(start + n)) ? 0 : 1;
    }
  }
  return result;
}

/// A source with its queues, as a run has them.
struct Receiver {
  Receiver(const SourceSettings& configured, const CellSettings& cell)
      : settings(plan_udp_source(configured, cell, n_announced, std::nullopt)),
        slots(n_announced, settings.assembler.n_buffers) {
    // On a busy machine a sender stands still for longer than is waited for.
    settings.assembler.stall_ns = 20'000'000'000;
    auto opened = UdpSource::open(settings, &slots);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    source = std::move(*opened);
  }
  UdpSourceSettings settings;
  SlotExchange slots;
  std::unique_ptr<UdpSource> source;
};

/// Neighbouring UDP ports that are free.
std::vector<std::string> free_ports(std::int32_t n) {
  for (int attempt = 0; attempt < 50; ++attempt) {
    auto probe = UdpInput::open({{"127.0.0.1:0"}, 1 << 16});
    if (!probe)
      continue;
    const int first = (*probe)->local_port(0);
    probe->reset();
    std::vector<std::string> listen;
    for (std::int32_t p = 0; p < n; ++p)
      listen.push_back("127.0.0.1:" + std::to_string(first + p));
    if (first + n <= 65'535 && UdpInput::open({listen, 1 << 16}))
      return listen;
  }
  ADD_FAILURE() << "no free UDP ports";
  return {};
}

class SourceOfEveryFraming : public testing::TestWithParam<UdpFraming> {};
INSTANTIATE_TEST_SUITE_P(Udp,
                         SourceOfEveryFraming,
                         testing::Values(UdpFraming::raw, UdpFraming::vita49, UdpFraming::chdr));

TEST_P(SourceOfEveryFraming, DeliversEverySampleThroughTheLoopback) {
  constexpr std::int32_t n_slots = 60, ports = 2;
  const auto listen = free_ports(ports);
  Receiver r(source_settings(GetParam(), listen), cell_settings(ports));
  const std::int32_t n = static_cast<std::int32_t>(timing.slot_start(n_slots + 2));
  const std::vector<cs16> samples = random_samples(ports, n);
  const View<const cs16, 2> view(samples.data(), {ports, n});
  r.source->start();

  std::thread announcer([&] {
    for (std::int64_t count = 7; count < 7 + n_slots; ++count)
      while (!r.slots.announce({count, 0x3FFF}))
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    r.slots.end_announcements();
  });
  std::thread sender([&] {
    auto udp = UdpSender::open(listen.front(), ports);
    ASSERT_TRUE(udp);
    DatagramWriter writer({GetParam(), ports, 2048, 0xFFFF'FFFF'FFFF'0000});
    const std::vector<OutgoingDatagram> all = [&] {
      const auto datagrams = writer.write(view);
      return std::vector(datagrams.begin(), datagrams.end());
    }();
    // A few at a time: the loopback interface does not make a sender wait.
    for (std::size_t i = 0; i < all.size(); i += 16) {
      (*udp)->send(std::span(all).subspan(i, std::min<std::size_t>(16, all.size() - i)));
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    (*udp)->send(writer.flush());
    EXPECT_EQ((*udp)->counters().refused, 0);
  });

  std::int64_t n_closed = 0;
  while (!r.source->has_ended() || n_closed < n_slots) {
    const auto slot = r.slots.take(20'000'000'000);
    ASSERT_TRUE(slot) << "no slot within 20 s";
    EXPECT_EQ(slot->count, 7 + n_closed);
    ASSERT_NE(slot->iq, nullptr);
    const Compared c = compare(std::get<TimeDomainIq>(slot->iq->iq), view,
                               timing.slot_start(slot->count) - timing.slot_start(7));
    EXPECT_EQ(c.missing, 0);
    EXPECT_EQ(c.wrong, 0);
    r.slots.give_back(slot->iq);
    if (++n_closed == n_slots)
      break;
  }
  announcer.join();
  sender.join();
  while (!r.source->has_ended())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const UdpCounters c = r.source->counters();
  EXPECT_EQ(c.received, c.accepted + c.n_dropped());
  EXPECT_EQ(c.n_dropped(), 0);
  // What follows the last granted slot too: 62 slots of 3840 samples in datagrams of 512.
  EXPECT_EQ(c.received, ports * 465);
  EXPECT_EQ(c.missing_samples, 0);
  EXPECT_EQ(c.kernel_drops, 0);
  ASSERT_EQ(r.source->first_datagrams().size(), 2u);
  EXPECT_THAT(r.source->first_datagrams()[0].sender, HasSubstr("127.0.0.1:"));
  EXPECT_EQ(r.source->first_datagrams()[0].n_samples, 512);
  EXPECT_EQ(r.source->trouble(), "");
}

TEST(UdpSource, GivesUpTheOldestSlotsWhenTheReceiverIsTooSlow) {
  constexpr std::int32_t n_slots = 50;
  const auto listen = free_ports(1);
  SourceSettings settings = source_settings(UdpFraming::chdr, listen);
  settings.packets.pace = Pace::real_time;
  settings.packets.queue_ms = 5; // ten slots
  Receiver r(settings, cell_settings(1));
  EXPECT_EQ(r.settings.queue_slots, 10);
  for (std::int64_t count = 0; count < n_slots; ++count)
    ASSERT_TRUE(r.slots.announce({count, 0x3FFF}));
  r.slots.end_announcements();
  r.source->start();
  const auto n = static_cast<std::int32_t>(timing.slot_start(n_slots + 1));
  const std::vector<cs16> samples = random_samples(1, n);
  auto udp = UdpSender::open(listen.front(), 1);
  ASSERT_TRUE(udp);
  DatagramWriter writer({UdpFraming::chdr, 1, 4096, 0});
  (*udp)->send(writer.write(View<const cs16, 2>(samples.data(), {1, n})));
  while (!r.source->has_ended())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));

  std::int64_t n_dropped = 0, n_good = 0;
  for (std::int64_t count = 0; count < n_slots; ++count) {
    const auto slot = r.slots.take(1'000'000'000);
    ASSERT_TRUE(slot);
    EXPECT_EQ(slot->count, count);
    n_dropped += slot->is_dropped ? 1 : 0;
    if (slot->iq == nullptr)
      continue;
    ++n_good;
    r.slots.give_back(slot->iq);
  }
  EXPECT_EQ(n_dropped + n_good, n_slots);
  // Ten may wait; buffers for 14 more are filled before there are none.
  EXPECT_LE(n_good, 10);
  EXPECT_GE(n_good, 1);
  const UdpCounters c = r.source->counters();
  EXPECT_EQ(c.received, c.accepted + c.n_dropped());
}

TEST(UdpSource, CountsDatagramsWithoutGrants) {
  const auto listen = free_ports(1);
  auto source = UdpSource::open(plan_udp_source(source_settings(UdpFraming::vita49, listen),
                                                cell_settings(1), n_announced, std::nullopt),
                                nullptr);
  ASSERT_TRUE(source);
  (*source)->start();
  const std::vector<cs16> samples(5000);
  auto udp = UdpSender::open(listen.front(), 1);
  DatagramWriter writer({UdpFraming::vita49, 1, 4000, 0});
  (*udp)->send(writer.write(View<const cs16, 2>(samples.data(), {1, 5000})));
  const std::array<std::byte, 3> garbage{};
  const OutgoingDatagram bad{0, 0, garbage};
  (*udp)->send({&bad, 1});
  for (int i = 0; i < 2000 && (*source)->counters().received < 6; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_FALSE((*source)->has_ended());
  (*source)->stop();
  while (!(*source)->has_ended())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const UdpCounters c = (*source)->counters();
  EXPECT_EQ(c.received, 6);
  EXPECT_EQ(c.accepted, 5);
  EXPECT_EQ(c.not_needed, 5);
  EXPECT_EQ(c.of(UdpDropReason::short_datagram), 1);
}

TEST(UdpSource, StopsWhileItWaitsForTheFirstDatagram) {
  Receiver r(source_settings(UdpFraming::chdr, free_ports(1)), cell_settings(1));
  ASSERT_TRUE(r.slots.announce({0, 0x3FFF}));
  r.source->start();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  r.source->stop();
  const auto slot = r.slots.take(10'000'000'000);
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->iq, nullptr);
}

TEST(UdpSource, CostsLittleWhileNothingArrives) {
  Receiver r(source_settings(UdpFraming::raw, free_ports(2)), cell_settings(2));
  ASSERT_TRUE(r.slots.announce({0, 0x3FFF}));
  r.source->start();
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  // The test's own thread sleeps: what the process uses is the packet thread's.
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  const double used_s = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  EXPECT_LE(used_s, 0.4 * 0.5);
#else
  EXPECT_LE(used_s, 0.4 * 0.1); // 5 % wanted; twice as much is left to a busy machine
#endif
}

TEST(UdpInput, CountsWhatTheKernelDropped) {
  const auto listen = free_ports(1);
  auto input = UdpInput::open({listen, 4096}); // holds a few datagrams
  ASSERT_TRUE(input);
  auto udp = UdpSender::open(listen.front(), 1);
  const std::vector<std::byte> bytes(1000);
  const std::vector<OutgoingDatagram> many(100, OutgoingDatagram{0, 0, bytes});
  (*udp)->send(many);
  std::int64_t n_received = 0;
  for (auto got = (*input)->burst(0); !got.empty(); got = (*input)->burst(0))
    n_received += static_cast<std::int64_t>(got.size());
  EXPECT_LT(n_received, 100);
  EXPECT_EQ((*input)->kernel_drops(), 0); // only a later datagram tells
  (*udp)->send(std::span(many).first(1));
  const auto last = (*input)->burst(0);
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last.front().n_lost_before, 100 - n_received);
  EXPECT_EQ((*input)->kernel_drops(), 100 - n_received);
}

TEST(UdpInput, ListensOnIpv6) {
  auto input = UdpInput::open({{"[::1]:0"}, 1 << 16});
  if (!input)
    GTEST_SKIP() << "no IPv6 here: " << input.error().message;
  auto udp = UdpSender::open("[::1]:" + std::to_string((*input)->local_port(0)), 1);
  ASSERT_TRUE(udp);
  const std::array<std::byte, 4> bytes{};
  const OutgoingDatagram d{0, 0, bytes};
  (*udp)->send({&d, 1});
  const auto got = (*input)->burst(0);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got.front().bytes.size(), 4u);
  EXPECT_THAT((*input)->sender(0), HasSubstr("[::1]:"));
}

std::string error_of(const std::vector<std::string>& listen, ErrorKind kind) {
  auto input = UdpInput::open({listen, 1 << 16});
  EXPECT_FALSE(input);
  if (input)
    return {};
  EXPECT_EQ(input.error().kind, kind) << input.error().message;
  return input.error().message;
}

TEST(UdpInput, SaysWhyItCannotListen) {
  for (const char* address : {"127.0.0.1", ":5000", "127.0.0.1:", "127.0.0.1:70000", "::1:5000",
                              "127.0.0.1:5x", "localhost:5000", "1.2.3:5000"})
    EXPECT_THAT(error_of({address}, ErrorKind::configuration), HasSubstr(address));
  // 192.0.2.0/24 is reserved for documentation (RFC 5737).
  EXPECT_THAT(error_of({"192.0.2.1:5000"}, ErrorKind::file), HasSubstr("not one of this machine"));
  const auto listen = free_ports(1);
  const auto first = UdpInput::open({listen, 1 << 16});
  EXPECT_THAT(error_of(listen, ErrorKind::file), HasSubstr("another program"));
}

TEST(UdpSource, NeedsAsManyUdpPortsAsReceivePorts) {
  auto source = UdpSource::open(plan_udp_source(source_settings(UdpFraming::raw, {"127.0.0.1:0"}),
                                                cell_settings(2), n_announced, std::nullopt),
                                nullptr);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().kind, ErrorKind::configuration);
}

TEST(UdpSender, RefusesPortsBeyondTheLast) {
  EXPECT_FALSE(UdpSender::open("127.0.0.1:65535", 2));
  EXPECT_FALSE(UdpSender::open("127.0.0.1:0", 1));
  EXPECT_FALSE(UdpSender::open("127.0.0.1", 1));
}

} // namespace
} // namespace airan::io
