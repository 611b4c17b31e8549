// SPDX-License-Identifier: Apache-2.0
// Tests of the times of symbols on the air, the Ta4 window, and closing by time.
#include "io/packets/air_time.hpp"
#include "io/packets/slot_assembler.hpp"
#include "tests/support/checked_assembler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace airan::io {
namespace {

using test::CheckedAssembler;
using test::MessageMaker;

constexpr std::int64_t t0 = 1'700'000'000'000'000'000;

CellSettings cell_of(std::int32_t numerology, CyclicPrefix cp = CyclicPrefix::normal) {
  CellSettings c;
  c.numerology = numerology;
  c.cyclic_prefix = cp;
  c.n_prb = 1;
  return c;
}

/// Start of a symbol after the start of its subframe, TS 38.211 5.3.1, in seconds:
/// N_u = 2048 kappa 2^-mu, N_CP = 144 kappa 2^-mu (+ 16 kappa for l = 0 and 7 * 2^mu) or
/// 512 kappa 2^-mu, in units of T_s = 1 / (15000 * 2048) s.
double start_in_subframe_s(std::int32_t mu, bool is_extended, std::int32_t symbol_of_subframe) {
  double samples = 0;
  for (std::int32_t l = 0; l < symbol_of_subframe; ++l) {
    samples += 2048.0 / (1 << mu) + (is_extended ? 512.0 : 144.0) / (1 << mu);
    if (!is_extended && (l == 0 || l == 7 * (1 << mu)))
      samples += 16;
  }
  return samples / (15e3 * 2048);
}

TEST(AirTime, PutsSymbolsWhereTheClausePutsThem) {
  for (std::int32_t mu = 0; mu <= 3; ++mu)
    for (const bool is_extended : {false, true}) {
      if (is_extended && mu != 2)
        continue;
      const std::int32_t n_symbols = is_extended ? 12 : 14;
      AirTime air(cell_of(mu, is_extended ? CyclicPrefix::extended : CyclicPrefix::normal), {});
      air.set_reference(0, 0, t0);
      const std::int64_t first = air.start_ns(0, 0);
      for (std::int64_t count = -9; count < 20; ++count)
        for (std::int32_t l = 0; l <= n_symbols; ++l) {
          const std::int64_t subframe = (count + 80) / (1 << mu) - 80 / (1 << mu);
          const auto slot = static_cast<std::int32_t>(count - subframe * (1 << mu));
          const double expected = static_cast<double>(subframe) * 1e6 +
                                  1e9 * start_in_subframe_s(mu, is_extended, slot * n_symbols + l);
          EXPECT_NEAR(static_cast<double>(air.start_ns(count, l) - first), expected, 0.51)
              << "mu " << mu << ", slot " << count << ", symbol " << l; // rounded to ns
        }
    }
}

TEST(AirTime, LetsTheFirstPacketOpenItsWindow) {
  AirTime air(cell_of(1), {30, 400, LatePolicy::warn, TimeReference::first_packet});
  air.set_reference(12345, 9, t0);
  EXPECT_EQ(air.start_ns(12345, 9), t0 - 30'000);
  EXPECT_EQ(air.judge(12345, 9, t0), Punctuality::on_time);
  EXPECT_EQ(air.judge(12345, 9, t0 - 1), Punctuality::early);
  EXPECT_EQ(air.judge(12345, 9, t0 + 370'000), Punctuality::on_time) << "exactly max_us";
  EXPECT_EQ(air.judge(12345, 9, t0 + 370'001), Punctuality::late);
}

TEST(AirTime, TakesSfnZeroFromTheGpsEpoch) {
  // 1.7e9 s of UNIX time are 1.7e9 - 315964800 + 18 s of GPS time.
  const std::int64_t gps_ns = 1'384'035'218'000'000'000;
  const std::int64_t frames = gps_ns / 10'000'000;
  const std::int64_t count = frames % 1024 * 20 + 4;
  AirTime air(cell_of(1), {25, 500, LatePolicy::warn, TimeReference::gps});
  const std::int64_t frame_start = t0 - gps_ns % 10'000'000;
  air.set_reference(count, 3, frame_start + 2'000'000 + 130'000);
  EXPECT_EQ(air.start_ns(count, 0), frame_start + 2'000'000);
  AirTime cycles_off(cell_of(1), {25, 500, LatePolicy::warn, TimeReference::gps});
  cycles_off.set_reference(count + 3 * 5120, 3, frame_start + 2'000'000 + 130'000);
  EXPECT_EQ(cycles_off.start_ns(count + 3 * 5120, 0), frame_start + 2'000'000)
      << "packets carry SFN modulo 256 only";
}

AssemblerSettings one_prb(ClosingRule closing) {
  AssemblerSettings s;
  s.cell = cell_of(1);
  s.closing = closing;
  s.first_sfn = 0;
  return s;
}

Verdict send(CheckedAssembler& a, std::int64_t count, std::int32_t symbol, std::int64_t now_ns) {
  return a.accept(MessageMaker{}(count, symbol, 0, 0, 1), now_ns);
}

TEST(SlotAssemblerWindow, DropsWhatIsEarlyOrLateWhenAsked) {
  AssemblerSettings settings = one_prb(ClosingRule::by_packets);
  settings.ta4 = Ta4Window{25, 500, LatePolicy::drop, TimeReference::first_packet};
  CheckedAssembler a(settings, nullptr);
  a.expect({0, 0x3FFF});
  EXPECT_TRUE(send(a, 0, 0, t0).is_kept);
  const std::int64_t start = *a.assembler().symbol_start_ns(0, 5);
  EXPECT_EQ(start, t0 - 25'000 + 178'906) << "5 symbols: 5 * 2192 + 16 samples of 61.44 MHz";
  EXPECT_EQ(send(a, 0, 5, start + 24'999).dropped, DropReason::early);
  EXPECT_EQ(send(a, 0, 5, start + 500'001).dropped, DropReason::late);
  EXPECT_TRUE(send(a, 0, 5, start + 500'000).is_kept);
  EXPECT_TRUE(send(a, 0, 6, *a.assembler().symbol_start_ns(0, 6) + 25'000).is_kept);
  EXPECT_EQ(a.counters().late(), 1);
  EXPECT_EQ(a.counters().early_kept, 0);
  a.finish();
}

TEST(SlotAssemblerWindow, KeepsAndCountsWhatIsEarlyOrLateWhenWarning) {
  AssemblerSettings settings = one_prb(ClosingRule::by_packets);
  settings.ta4 = Ta4Window{25, 500, LatePolicy::warn, TimeReference::first_packet};
  CheckedAssembler a(settings, nullptr);
  a.expect({0, 0b1111});
  send(a, 0, 0, t0);
  EXPECT_TRUE(send(a, 0, 1, t0 + 1'000'000).is_kept);
  EXPECT_EQ(send(a, 0, 1, t0 + 1'000'000).dropped, DropReason::duplicate);
  EXPECT_TRUE(send(a, 0, 2, t0 - 1'000'000).is_kept);
  EXPECT_FALSE(send(a, 0, 9, t0 + 2'000'000).is_kept) << "not granted: not used";
  EXPECT_EQ(a.counters().late_kept, 1);
  EXPECT_EQ(a.counters().early_kept, 1);
  EXPECT_EQ(a.counters().late(), 1);
  a.finish();
}

TEST(SlotAssemblerWindow, KnowsNoTimeWithoutAWindow) {
  CheckedAssembler a(one_prb(ClosingRule::by_packets), nullptr);
  a.expect({0, 0b11});
  EXPECT_FALSE(a.assembler().symbol_start_ns(0, 0));
  EXPECT_TRUE(send(a, 0, 0, t0).is_kept);
  EXPECT_TRUE(send(a, 0, 1, t0 + 1'000'000'000).is_kept);
  EXPECT_EQ(a.counters().late() + a.counters().early_kept, 0);
  a.finish();
}

TEST(SlotAssemblerWindow, ClosesSlotsWhoseDeadlineHasPassed) {
  AssemblerSettings settings = one_prb(ClosingRule::by_time);
  settings.ta4 = Ta4Window{25, 300, LatePolicy::warn, TimeReference::first_packet};
  CheckedAssembler a(settings, nullptr);
  a.expect({0, 0b0011});
  a.expect({1, 0b1000});
  a.expect({2, 0b0001});
  a.assembler().close_due(INT64_MAX);
  EXPECT_TRUE(a.drain().empty()) << "no packet, no time";
  send(a, 0, 0, t0);
  const std::int64_t start = t0 - 25'000;
  const std::int64_t deadline = *a.assembler().symbol_start_ns(0, 2) + 300'000;
  a.assembler().close_due(deadline - 1);
  EXPECT_TRUE(a.drain().empty());
  a.assembler().close_due(deadline);
  EXPECT_EQ(a.drain().size(), 1u);
  EXPECT_EQ(send(a, 0, 1, deadline).dropped, DropReason::late);
  send(a, 2, 0, start + 1'000'000);
  const std::int64_t second = *a.assembler().symbol_start_ns(1, 4) + 300'000;
  a.assembler().close_due(second - 1);
  EXPECT_TRUE(a.drain().empty()) << "slot 2 is complete and waits for slot 1";
  a.assembler().close_due(second);
  const auto closed = a.drain();
  ASSERT_EQ(closed.size(), 2u);
  EXPECT_FALSE(closed[0].has_iq);
  EXPECT_TRUE(closed[1].has_iq);
  a.finish();
}

TEST(SlotAssemblerWindow, ClosesByTheDefaultWindowWhenNoneIsGiven) {
  CheckedAssembler a(one_prb(ClosingRule::by_time), nullptr);
  a.expect({0, 0b11});
  send(a, 0, 0, t0);
  const std::int64_t deadline = *a.assembler().symbol_start_ns(0, 2) + 500'000;
  a.assembler().close_due(deadline - 1);
  EXPECT_TRUE(a.drain().empty());
  a.assembler().close_due(deadline);
  EXPECT_EQ(a.drain().size(), 1u);
  a.finish();
}

TEST(SlotAssemblerWindow, NeverClosesByTimeInAReplay) {
  CheckedAssembler a(one_prb(ClosingRule::by_packets), nullptr);
  a.expect({0, 0b11});
  send(a, 0, 0, t0);
  a.assembler().close_due(t0 + 1'000'000'000);
  EXPECT_TRUE(a.drain().empty());
  a.finish();
}

/// Sends slots of three symbols in real time by a clock of its own and closes by time; returns how
/// many were not whole, of the slots from `first` on.
template <class Clock>
std::int64_t n_torn(std::int64_t n_slots, std::int64_t first, Clock&& arrival_of) {
  CheckedAssembler a(one_prb(ClosingRule::by_time), nullptr);
  std::int64_t torn = 0;
  const auto count_torn = [&] {
    for (const test::Closed& c : a.drain())
      torn += c.count >= first && c.n_prb != 3 ? 1 : 0;
    a.recycle();
  };
  for (std::int64_t count = 0; count < n_slots; count += 5) {
    a.expect({count, 0b111});
    for (std::int32_t l = 0; l < 3; ++l) {
      const std::int64_t now = arrival_of(t0 + count * 500'000 + l * 35'714);
      a.assembler().close_due(now);
      send(a, count, l, now);
    }
    count_torn();
  }
  a.finish();
  return torn;
}

TEST(SlotAssemblerWindow, FollowsASenderWhoseClockDrifts) {
  for (const double ppm : {200.0, -200.0, 0.0}) // after 20 s: 4 ms, eight windows of 0.5 ms
    EXPECT_EQ(n_torn(40'000, 0,
                     [&](std::int64_t sent) {
                       const auto elapsed = static_cast<double>(sent - t0);
                       return sent + std::llround(elapsed * ppm * 1e-6);
                     }),
              0)
        << ppm;
}

TEST(SlotAssemblerWindow, RecoversWhenTheClockOfTheReceiverIsSet) {
  for (const std::int64_t step : {3'000'000'000LL, 20'000'000LL, -20'000'000LL, -3'000'000'000LL})
    EXPECT_EQ(
        n_torn(20'000, 4'000 + 6'000, // set after 2 s, 3 s to recover
               [&](std::int64_t sent) { return sent + (sent - t0 > 2'000'000'000 ? step : 0); }),
        0)
        << step;
}

TEST(SlotAssemblerWindow, DoesNotFollowOneFlippedBit) {
  AirTime air(cell_of(1), {25, 500, LatePolicy::warn, TimeReference::first_packet});
  air.set_reference(0, 0, t0);
  const auto deadline_after_start = [&](std::int64_t count) {
    return air.deadline_ns(count, 13) - air.start_ns(count, 14);
  };
  for (std::int64_t count = 0; count < 6000; ++count) {
    const std::int64_t now = t0 + count * 500'000 + 1'000'000; // 1 ms of drift
    if (count % 2000 == 1000)
      air.follow(count + 4, 0, now); // one flipped bit in a second
    air.follow(count, 0, now);
    if (count > 2000) {
      EXPECT_EQ(deadline_after_start(count), 1'500'000) << count;
    }
  }
}

} // namespace
} // namespace airan::io
