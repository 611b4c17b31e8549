// SPDX-License-Identifier: Apache-2.0
// Tests of the numbering of slots: the first packet, SFN wraps, pauses, flipped bits, restarts.
#include "io/packets/slot_assembler.hpp"
#include "tests/support/checked_assembler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace airan::io {
namespace {

using test::CheckedAssembler;
using test::Closed;
using test::MessageMaker;

constexpr std::int64_t slot_time = 500'000; ///< 30 kHz
constexpr std::int64_t t0 = 1'700'000'000'000'000'000;

/// One PRB, one port: a packet is a whole symbol.
AssemblerSettings tiny_cell() {
  AssemblerSettings s;
  s.cell.n_prb = 1;
  return s;
}

Verdict send(CheckedAssembler& a, std::int64_t count, std::int32_t symbol, std::int64_t now_ns) {
  return a.accept(MessageMaker{}(count, symbol, 0, 0, 1), now_ns);
}

std::vector<std::int64_t> counts_with_iq(const std::vector<Closed>& closed) {
  std::vector<std::int64_t> counts;
  for (const Closed& c : closed)
    if (c.has_iq)
      counts.push_back(c.count);
  return counts;
}

// ---- the first packet

TEST(SlotClock, PlacesTheFirstPacketNextToTheConfiguredSfn) {
  struct Case {
    std::int32_t first_sfn, frame;
    std::int64_t frames_from_first;
  };
  for (const Case& c :
       {Case{0, 0, 0}, Case{0, 1, 1}, Case{0, 255, -1}, Case{1023, 0, 1}, Case{300, 44, 0},
        Case{300, 43, -1}, Case{300, (300 + 127) & 255, 127}, Case{300, (300 + 129) & 255, -127}}) {
    AssemblerSettings settings = tiny_cell();
    settings.first_sfn = c.first_sfn;
    settings.first_sfn_count = 20480 * 3 + c.first_sfn * 20;
    CheckedAssembler a(settings, nullptr);
    const std::int64_t expected = settings.first_sfn_count + c.frames_from_first * 20 + 7;
    a.expect({expected, 1});
    io::oran::Message message = MessageMaker{}(7, 0, 0, 0, 1);
    message.frame = static_cast<std::uint8_t>(c.frame);
    EXPECT_TRUE(a.accept(message, 0).is_kept) << c.first_sfn << ' ' << c.frame;
    a.finish();
  }
}

TEST(SlotClock, PlacesTheFirstPacketAtTheFirstGrantWithItsBits) {
  FirstSlots first(1);
  CheckedAssembler a(tiny_cell(), &first);
  for (std::int64_t count = 40007; count < 60000; count += 10) {
    first.note(count);
    if (count < 41000)
      a.expect({count, 1});
  }
  EXPECT_EQ(send(a, 40008, 0, 0).dropped, DropReason::no_context) << "no grant has these bits";
  EXPECT_TRUE(a.drain().empty());
  EXPECT_TRUE(send(a, 40107, 0, 0).is_kept);
  const auto closed = a.drain();
  ASSERT_EQ(closed.size(), 11u) << "those before are closed at once";
  for (std::size_t i = 0; i < 10; ++i)
    EXPECT_FALSE(closed[i].has_iq);
  EXPECT_EQ(closed[10].count, 40107);
  a.finish();
}

TEST(SlotClock, PlacesTheFirstPacketOfALiveInputAtTheFirstAnnouncementWithItsBits) {
  AssemblerSettings settings = tiny_cell();
  settings.closing = ClosingRule::by_time;
  CheckedAssembler a(settings, nullptr);
  EXPECT_EQ(send(a, 105, 0, 0).dropped, DropReason::no_context);
  a.expect({100, 1});
  EXPECT_EQ(send(a, 105, 0, 0).dropped, DropReason::no_context);
  a.expect({105, 1});
  EXPECT_TRUE(send(a, 105 + 5120, 0, 0).is_kept) << "the same bits 256 frames later";
  EXPECT_THAT(counts_with_iq(a.drain()), testing::ElementsAre(105));
  a.finish();
}

TEST(SlotClock, WaitsForTheScheduleOfAFirstPacketFarBeyondWhatIsAnnounced) {
  FirstSlots first(1);
  for (std::int64_t count = 0; count < 5120; ++count)
    first.note(count);
  CheckedAssembler a(tiny_cell(), &first);
  std::int64_t next = 0;
  const auto announce = [&] {
    while (a.assembler().needs_schedule()) {
      a.drain();
      ASSERT_TRUE(a.expect({next++, 1}));
    }
  };
  announce();
  a.assembler().locate(MessageMaker{}(5000, 0, 0, 0, 1), 0);
  announce();
  EXPECT_EQ(next, 5017) << "16 beyond slot 5000";
  EXPECT_TRUE(send(a, 5000, 0, 0).is_kept);
  a.finish();
}

// ---- wraps and pauses

/// Sends one symbol of each of the given slots, as a replay does; times are exact or all equal.
struct Replay {
  std::vector<std::int64_t> slots;
  std::int64_t n_symbols = 3;
  bool exact_times = true;
  std::int32_t window_slots = 4;

  std::int64_t n_dropped = 0;
  std::int64_t n_whole = 0;
  void run() {
    AssemblerSettings settings = tiny_cell();
    settings.first_sfn = 0;
    settings.window_slots = window_slots;
    CheckedAssembler a(settings, nullptr);
    const auto symbols = static_cast<std::uint16_t>((1 << n_symbols) - 1);
    std::size_t next = 0;
    for (std::int64_t count : slots)
      for (std::int32_t l = 0; l < n_symbols; ++l) {
        const std::int64_t now = exact_times ? t0 + count * slot_time + l * 35'714 : 0;
        a.assembler().locate(MessageMaker{}(count, l, 0, 0, 1), now);
        while (a.assembler().needs_schedule()) {
          if (next < slots.size())
            ASSERT_TRUE(a.expect({slots[next++], symbols}));
          else
            a.assembler().end_of_schedule();
        }
        send(a, count, l, now);
        for (const Closed& c : a.drain())
          n_whole += c.n_prb == n_symbols ? 1 : 0;
        a.recycle();
      }
    for (const Closed& c : a.finish())
      n_whole += c.n_prb == n_symbols ? 1 : 0;
    n_dropped = a.counters().n_dropped();
  }
};

void expect_all_whole(Replay replay) {
  for (const bool exact : {true, false}) {
    replay.exact_times = exact;
    replay.n_dropped = replay.n_whole = 0;
    replay.run();
    EXPECT_EQ(replay.n_dropped, 0) << (exact ? "exact times" : "equal times");
    EXPECT_EQ(replay.n_whole, static_cast<std::int64_t>(replay.slots.size()))
        << (exact ? "exact times" : "equal times");
  }
}

TEST(SlotClock, CountsThroughSfnWraps) {
  Replay replay;
  for (std::int64_t count = 0; count < 1100 * 20; ++count) // 1024 frames and more
    replay.slots.push_back(count);
  expect_all_whole(replay);
}

TEST(SlotClock, CountsThroughSparseUplinkSlots) {
  for (const std::int64_t n_symbols : {1, 3})
    for (const std::int64_t period : {5, 10, 20, 160}) {
      Replay replay;
      replay.n_symbols = n_symbols;
      for (std::int64_t count = 4; count < 1100 * 20; count += period)
        replay.slots.push_back(count);
      SCOPED_TRACE("period " + std::to_string(period));
      expect_all_whole(replay);
    }
}

TEST(SlotClock, CountsThroughPausesOfSeconds) {
  // Pauses that the eight bits tell (1 s), that they do not (1.5 s, 3 s, 60 s), and that end around
  // the time when the same bits come again (256 frames), yet not on those of slots with grants.
  for (const std::int64_t pause : {2000, 3000, 6000, 120000, 5120 - 60, 5120 + 20, 5120 - 3}) {
    Replay replay;
    std::int64_t count = 4;
    for (int burst = 0; burst < 20; ++burst, count += pause)
      for (int i = 0; i < 7; ++i, count += 5)
        replay.slots.push_back(count);
    SCOPED_TRACE("pause of " + std::to_string(pause) + " slots");
    expect_all_whole(replay);
  }
}

TEST(SlotClock, FindsItsPlaceByTimeAfterAPauseInWhichSlotsWereAnnounced) {
  AssemblerSettings settings = tiny_cell();
  settings.first_sfn = 0;
  CheckedAssembler a(settings, nullptr);
  std::int64_t next = 0;
  for (; next < 40; ++next)
    a.expect({next, 1});
  EXPECT_TRUE(send(a, 0, 0, t0).is_kept);
  const std::int64_t later = 3 * 5120 + 7; // 7.7 s of packets are lost
  const std::int64_t now = t0 + later * slot_time + 100'000;
  a.assembler().locate(MessageMaker{}(later, 0, 0, 0, 1), now);
  while (a.assembler().needs_schedule()) {
    a.drain();
    ASSERT_TRUE(a.expect({next++, 1}));
  }
  EXPECT_TRUE(send(a, later, 0, now).is_kept);
  a.drain();
  a.finish();
}

// ---- what is not believed

TEST(SlotClock, DoesNotFlushOpenSlotsForOneFlippedBit) {
  for (const std::int64_t period : {1, 5})
    for (const bool exact : {true, false})
      for (std::int32_t bit = 0; bit < 8; ++bit) {
        AssemblerSettings settings = tiny_cell();
        settings.first_sfn = 0;
        CheckedAssembler a(settings, nullptr);
        for (std::int64_t i = 0; i < 40; ++i)
          a.expect({i * period, 0b111});
        const std::int64_t count = 10 * period;
        const auto time = [&](std::int64_t c, std::int64_t l) {
          return exact ? t0 + c * slot_time + l * 35'714 : 0;
        };
        for (std::int64_t i = 0; i < 10; ++i, a.drain(), a.recycle())
          for (std::int32_t l = 0; l < 3; ++l)
            send(a, i * period, l, time(i * period, l));
        send(a, count, 0, time(count, 0));
        auto flipped = MessageMaker{}(count, 1, 0, 0, 1);
        flipped.frame = static_cast<std::uint8_t>(flipped.frame ^ (1 << bit));
        a.accept(flipped, time(count, 1));
        EXPECT_TRUE(send(a, count, 2, time(count, 2)).is_kept) << "bit " << bit;
        EXPECT_TRUE(a.drain().empty()) << "bit " << bit << ", period " << period;
        EXPECT_TRUE(send(a, count, 1, time(count, 2)).is_kept) << "bit " << bit;
        EXPECT_THAT(counts_with_iq(a.drain()), testing::ElementsAre(count));
        a.finish();
      }
}

TEST(SlotClock, DropsAFarSlotAsImplausible) {
  AssemblerSettings settings = tiny_cell();
  settings.first_sfn = 0;
  CheckedAssembler a(settings, nullptr);
  for (std::int64_t count = 0; count < 2000; ++count)
    a.expect({count, 0b11});
  EXPECT_TRUE(send(a, 500, 0, 0).is_kept);
  EXPECT_EQ(send(a, 505, 0, 0).dropped, DropReason::implausible_slot) << "window_slots and one";
  EXPECT_TRUE(send(a, 504, 0, 0).is_kept) << "window_slots";
  EXPECT_EQ(send(a, 504 - 65, 0, 0).dropped, DropReason::implausible_slot) << "16 windows and one";
  EXPECT_EQ(send(a, 504 - 64, 0, 0).dropped, DropReason::late);
  a.finish();
}

TEST(SlotClock, BelievesThreePacketsInARow) {
  AssemblerSettings settings = tiny_cell();
  settings.first_sfn = 0;
  CheckedAssembler a(settings, nullptr);
  for (std::int64_t count = 0; count < 2000; ++count)
    a.expect({count, 0b111});
  send(a, 500, 0, 0);
  a.drain();
  EXPECT_EQ(send(a, 600, 0, 0).dropped, DropReason::implausible_slot);
  EXPECT_EQ(send(a, 600, 1, 0).dropped, DropReason::implausible_slot);
  EXPECT_TRUE(send(a, 500, 1, 0).is_kept) << "not in a row";
  EXPECT_EQ(send(a, 600, 0, 0).dropped, DropReason::implausible_slot);
  EXPECT_EQ(send(a, 700, 0, 0).dropped, DropReason::implausible_slot) << "does not agree";
  EXPECT_EQ(send(a, 704, 0, 0).dropped, DropReason::implausible_slot);
  EXPECT_EQ(send(a, 699, 0, 0).dropped, DropReason::implausible_slot) << "not with 704";
  EXPECT_EQ(send(a, 702, 0, 0).dropped, DropReason::implausible_slot);
  EXPECT_TRUE(a.drain().empty());
  EXPECT_TRUE(send(a, 701, 0, 0).is_kept) << "699, 702, 701";
  EXPECT_EQ(a.drain().size(), 198u) << "500 to 697";
  a.finish();
}

TEST(SlotClock, CountsOnWhenTheRadioUnitBeginsAnew) {
  AssemblerSettings settings = tiny_cell();
  settings.first_sfn = 200;
  settings.first_sfn_count = 4000;
  CheckedAssembler a(settings, nullptr);
  for (std::int64_t count = 3900; count < 6000; ++count)
    a.expect({count, 0b111});
  send(a, 4000, 0, t0);
  a.drain();
  EXPECT_EQ(send(a, 100, 0, t0 + 1000).dropped, DropReason::implausible_slot);
  EXPECT_EQ(send(a, 100, 1, t0 + 2000).dropped, DropReason::implausible_slot);
  EXPECT_TRUE(send(a, 100, 2, t0 + 3000).is_kept) << "as slot 5220, 256 frames later";
  EXPECT_TRUE(send(a, 101, 0, t0 + 4000).is_kept);
  const auto closed = a.finish();
  EXPECT_THAT(counts_with_iq(closed), testing::ElementsAre(4000, 5220, 5221));
}

TEST(SlotClock, StaysOnCourseWhenTheClockOfTheReceiverSteps) {
  for (const std::int64_t step : {10'000'000'000LL, -10'000'000'000LL}) {
    AssemblerSettings settings = tiny_cell();
    settings.first_sfn = 0;
    CheckedAssembler a(settings, nullptr);
    for (std::int64_t count = 0; count < 100; ++count)
      a.expect({count, 0b1});
    for (std::int64_t count = 0; count < 100; ++count, a.drain(), a.recycle())
      EXPECT_TRUE(send(a, count, 0, t0 + count * slot_time + (count < 50 ? 0 : step)).is_kept);
    a.finish();
  }
}

} // namespace
} // namespace airan::io
