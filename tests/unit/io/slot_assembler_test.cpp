// SPDX-License-Identifier: Apache-2.0
// Tests of the slot assembler: what is expected, kept, dropped, and when slots are closed.
#include "io/packets/slot_assembler.hpp"
#include "tests/support/checked_assembler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace airan::io {
namespace {

using test::CheckedAssembler;
using test::Closed;
using test::MessageMaker;

constexpr std::uint16_t all_symbols = 0x3FFF;

/// 10 PRBs, two ports, 30 kHz; replay; the first packet is of SFN 0.
AssemblerSettings small_cell() {
  AssemblerSettings s;
  s.cell.id = 7;
  s.cell.n_prb = 10;
  s.cell.rx_ports = 2;
  s.first_sfn = 0;
  return s;
}

/// Announces the slots [first, last] with these symbols.
void announce(CheckedAssembler& a, std::int64_t first, std::int64_t last, std::uint16_t symbols) {
  for (std::int64_t count = first; count <= last; ++count)
    ASSERT_TRUE(a.expect({count, symbols}));
}

/// Sends the whole slot: each port and symbol in one packet. Returns what was dropped.
std::int64_t send_slot(CheckedAssembler& a, std::int64_t count, std::uint16_t symbols) {
  const std::int64_t before = a.counters().n_dropped();
  for (std::int32_t symbol = 0; symbol < 14; ++symbol)
    for (std::int32_t port = 0; port < 2 && ((symbols >> symbol) & 1) != 0; ++port)
      a.accept(MessageMaker{}(count, symbol, port), 0);
  return a.counters().n_dropped() - before;
}

std::vector<std::int64_t> counts_of(const std::vector<Closed>& closed) {
  std::vector<std::int64_t> counts;
  for (const Closed& c : closed)
    counts.push_back(c.count);
  return counts;
}

std::optional<DropReason> dropped(const Verdict& verdict) {
  return verdict.dropped;
}

TEST(SlotAssembler, ClosesASlotWhenAllItsPrbsAreThere) {
  CheckedAssembler a(small_cell(), nullptr);
  announce(a, 3, 3, 0b11);
  a.accept(MessageMaker{}(3, 0, 0), 0);
  a.accept(MessageMaker{}(3, 0, 1), 0);
  a.accept(MessageMaker{}(3, 1, 0), 0);
  a.accept(MessageMaker{}(3, 1, 1, 0, 9), 0);
  EXPECT_TRUE(a.drain().empty());
  EXPECT_TRUE(a.accept(MessageMaker{}(3, 1, 1, 9, 1), 0).is_kept);
  const auto closed = a.drain();
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].n_prb, 40);
  EXPECT_EQ(a.counters().missing_prbs, 0);
  a.finish();
}

TEST(SlotAssembler, AcceptsSymbolsThatAreNotGrantedWithoutKeepingThem) {
  CheckedAssembler a(small_cell(), nullptr);
  announce(a, 3, 3, 0b10);
  const Verdict verdict = a.accept(MessageMaker{}(3, 0), 0);
  EXPECT_FALSE(verdict.dropped);
  EXPECT_FALSE(verdict.is_kept);
  a.accept(MessageMaker{}(3, 1, 0), 0);
  a.accept(MessageMaker{}(3, 1, 1), 0);
  ASSERT_EQ(a.drain().size(), 1u);
  EXPECT_FALSE(a.accept(MessageMaker{}(3, 0), 0).dropped) << "after closing too";
  a.finish();
}

TEST(SlotAssembler, DropsWhatIsOfASlotThatIsNotAnnounced) {
  CheckedAssembler a(small_cell(), nullptr);
  announce(a, 3, 3, 1);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(2, 0), 0)), DropReason::no_context);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(3, 0), 0)), std::nullopt);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(4, 0), 0)), DropReason::no_context);
  a.finish();
}

TEST(SlotAssembler, IgnoresPrbsBeyondTheCarrier) {
  CheckedAssembler a(small_cell(), nullptr);
  announce(a, 3, 3, 1);
  EXPECT_TRUE(a.accept(MessageMaker{}(3, 0, 0, 0, 273), 0).is_kept);
  const Verdict outside = a.accept(MessageMaker{}(3, 0, 1, 10, 263), 0);
  EXPECT_FALSE(outside.dropped);
  EXPECT_FALSE(outside.is_kept);
  EXPECT_FALSE(a.accept(MessageMaker{}(3, 0, 1, 200, 73), 0).dropped);
  EXPECT_TRUE(a.accept(MessageMaker{}(3, 0, 1, 9, 264), 0).is_kept);
  EXPECT_TRUE(a.accept(MessageMaker{}(3, 0, 1, 0, 9), 0).is_kept);
  const auto closed = a.drain();
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].n_prb, 20);
  a.finish();
}

TEST(SlotAssembler, DropsRepeatsAndCutsWhatIsPartlyNew) {
  CheckedAssembler a(small_cell(), nullptr);
  announce(a, 3, 3, 1);
  a.accept(MessageMaker{}(3, 0, 0, 3, 2), 0);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(3, 0, 0, 3, 2), 0)), DropReason::duplicate);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(3, 0, 0, 4, 1), 0)), DropReason::duplicate);
  EXPECT_TRUE(a.accept(MessageMaker{}(3, 0, 0, 0, 10), 0).is_kept);
  a.accept(MessageMaker{}(3, 0, 1), 0);
  const auto closed = a.drain();
  ASSERT_EQ(closed.size(), 1u);
  ASSERT_EQ(closed[0].runs.size(), 4u);
  EXPECT_EQ(closed[0].runs[1].first_prb, 0);
  EXPECT_EQ(closed[0].runs[1].n_prb, 3);
  EXPECT_EQ(closed[0].runs[2].first_prb, 5);
  EXPECT_EQ(closed[0].runs[2].n_prb, 5);
  EXPECT_EQ(closed[0].runs[2].bytes - closed[0].runs[1].bytes, 5 * 28);
  a.finish();
}

TEST(SlotAssembler, TakesEachPrbOnceWhenSectionsOfOneMessageOverlap) {
  CheckedAssembler a(small_cell(), nullptr);
  announce(a, 3, 3, 1);
  const MessageMaker make;
  auto message = make.with(make.with(make(3, 0, 0, 0, 6), 4, 4), 2, 8);
  EXPECT_TRUE(a.accept(message, 0).is_kept);
  EXPECT_EQ(dropped(a.accept(message, 0)), DropReason::duplicate);
  const auto closed = a.finish();
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].n_prb, 10);
  EXPECT_EQ(a.counters().missing_prbs, 10);
}

TEST(SlotAssembler, ClosesOlderSlotsWhenAPacketIsAWindowNewer) {
  CheckedAssembler a(small_cell(), nullptr);
  announce(a, 3, 12, 1);
  a.accept(MessageMaker{}(3, 0, 0), 0);
  a.accept(MessageMaker{}(4, 0, 0), 0);
  a.accept(MessageMaker{}(6, 0, 0), 0);
  EXPECT_TRUE(a.drain().empty());
  a.accept(MessageMaker{}(7, 0, 0), 0); // window_slots = 4 newer than slot 3
  EXPECT_THAT(counts_of(a.drain()), testing::ElementsAre(3));
  a.accept(MessageMaker{}(9, 0, 0), 0);
  const auto closed = a.drain();
  EXPECT_THAT(counts_of(closed), testing::ElementsAre(4, 5));
  EXPECT_TRUE(closed[0].has_iq);
  EXPECT_FALSE(closed[1].has_iq) << "no packet of slot 5 came";
  EXPECT_EQ(a.counters().missing_prbs, 10 + 10 + 20);
  EXPECT_EQ(a.finish().size(), 7u);
}

TEST(SlotAssembler, LetsACompleteSlotWaitForOlderOnes) {
  CheckedAssembler a(small_cell(), nullptr);
  announce(a, 3, 6, 1);
  a.accept(MessageMaker{}(3, 0, 0), 0);
  EXPECT_EQ(send_slot(a, 4, 1), 0);
  EXPECT_EQ(send_slot(a, 5, 1), 0);
  EXPECT_TRUE(a.drain().empty());
  a.accept(MessageMaker{}(3, 0, 1), 0);
  EXPECT_THAT(counts_of(a.drain()), testing::ElementsAre(3, 4, 5));
  a.finish();
}

TEST(SlotAssembler, TellsRepeatsFromLatePacketsAfterClosing) {
  CheckedAssembler a(small_cell(), nullptr);
  announce(a, 3, 40, 0b11);
  a.accept(MessageMaker{}(3, 0, 0, 0, 5), 0);
  a.accept(MessageMaker{}(7, 0), 0);
  ASSERT_THAT(counts_of(a.drain()), testing::ElementsAre(3));
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(3, 0, 0, 0, 5), 0)), DropReason::duplicate);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(3, 0, 0, 0, 6), 0)), DropReason::late);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(3, 1, 0), 0)), DropReason::late);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(3, 2, 0), 0)), std::nullopt) << "not granted";
  for (std::int64_t count = 8; count <= 14; ++count) // closes up to 10: eight slots are remembered
    a.accept(MessageMaker{}(count, 0), 0);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(3, 0, 0, 0, 5), 0)), DropReason::duplicate);
  a.drain();
  a.accept(MessageMaker{}(15, 0), 0);
  a.drain();
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(3, 0, 0, 0, 5), 0)), DropReason::late);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(3, 2, 0), 0)), DropReason::late);
  a.finish();
}

TEST(SlotAssembler, DropsPacketsWhenNoBufferIsFreeAndRecovers) {
  AssemblerSettings settings = small_cell();
  settings.n_buffers = 2;
  CheckedAssembler a(settings, nullptr);
  announce(a, 0, 20, 1);
  EXPECT_EQ(send_slot(a, 0, 1), 0);
  EXPECT_EQ(send_slot(a, 1, 1), 0);
  a.drain(); // both are out
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(2, 0, 0), 0)), DropReason::no_memory);
  a.recycle();
  EXPECT_TRUE(a.accept(MessageMaker{}(2, 0, 0), 0).is_kept);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(2, 0, 1), 0)), std::nullopt);
  EXPECT_THAT(counts_of(a.drain()), testing::ElementsAre(2));
  a.finish();
}

TEST(SlotAssembler, DropsAPacketAsAWholeWhenItsRunsFindNoRoom) {
  AssemblerSettings settings = small_cell();
  settings.max_runs_per_slot = 3;
  CheckedAssembler a(settings, nullptr);
  announce(a, 0, 5, 1);
  a.accept(MessageMaker{}(0, 0, 0, 2, 2), 0);
  a.accept(MessageMaker{}(0, 0, 0, 6, 2), 0);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(0, 0, 0, 0, 10), 0)), DropReason::no_memory)
      << "three more runs";
  EXPECT_TRUE(a.accept(MessageMaker{}(0, 0, 0, 4, 2), 0).is_kept) << "nothing of it was taken";
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(0, 0, 1), 0)), DropReason::no_memory);
  const auto closed = a.finish();
  EXPECT_EQ(closed[0].n_prb, 6);
}

TEST(SlotAssembler, GivesNoIqForASlotWhosePacketsFoundNoRoom) {
  AssemblerSettings settings = small_cell();
  settings.max_runs_per_slot = 1;
  settings.n_buffers = 1;
  CheckedAssembler a(settings, nullptr);
  announce(a, 0, 5, 1);
  const MessageMaker make;
  EXPECT_EQ(dropped(a.accept(make.with(make(0, 0, 0, 0, 2), 4, 2), 0)), DropReason::no_memory);
  EXPECT_TRUE(a.accept(make(4, 0), 0).is_kept) << "the only buffer came back";
  const auto closed = a.drain();
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_FALSE(closed[0].has_iq);
  a.finish();
}

TEST(SlotAssembler, DropsPacketsBeyondThoseThatASlotHolds) {
  AssemblerSettings settings = small_cell();
  settings.max_packets_per_slot = 2;
  CheckedAssembler a(settings, nullptr);
  announce(a, 0, 5, 1);
  EXPECT_TRUE(a.accept(MessageMaker{}(0, 0, 0, 0, 1), 0).is_kept);
  EXPECT_TRUE(a.accept(MessageMaker{}(0, 0, 0, 1, 1), 0).is_kept);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(0, 0, 0, 2, 1), 0)), DropReason::no_memory);
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(0, 0, 0, 1, 1), 0)), DropReason::duplicate);
  a.finish();
}

TEST(SlotAssembler, GivesUpTheOldestSlotWithPacketsOnRequest) {
  CheckedAssembler a(small_cell(), nullptr);
  announce(a, 0, 9, 1);
  EXPECT_FALSE(a.assembler().close_oldest());
  a.accept(MessageMaker{}(0, 0, 0), 0);
  a.accept(MessageMaker{}(2, 0, 0), 0);
  send_slot(a, 3, 1);
  EXPECT_TRUE(a.assembler().close_oldest());
  EXPECT_THAT(counts_of(a.drain()), testing::ElementsAre(0));
  EXPECT_TRUE(a.assembler().close_oldest());
  EXPECT_THAT(counts_of(a.drain()), testing::ElementsAre(1, 2, 3)) << "slot 3 was complete";
  EXPECT_FALSE(a.assembler().close_oldest());
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(0, 0, 1), 0)), DropReason::late);
  a.finish();
}

TEST(SlotAssembler, AsksForTheScheduleAheadOfTheNewestSlot) {
  CheckedAssembler a(small_cell(), nullptr);
  announce(a, 0, 14, 1);
  EXPECT_TRUE(a.assembler().needs_schedule()) << "15 of 16";
  announce(a, 15, 15, 1);
  EXPECT_FALSE(a.assembler().needs_schedule());
  send_slot(a, 0, 1);
  EXPECT_TRUE(a.assembler().needs_schedule()) << "15 beyond slot 0";
  announce(a, 16, 16, 1);
  EXPECT_FALSE(a.assembler().needs_schedule());
  send_slot(a, 1, 1);
  EXPECT_TRUE(a.assembler().needs_schedule());
  a.assembler().end_of_schedule();
  EXPECT_FALSE(a.assembler().needs_schedule());
  a.finish();
}

TEST(SlotAssembler, NeverAsksForTheScheduleWhenTimeClosesSlots) {
  AssemblerSettings settings = small_cell();
  settings.closing = ClosingRule::by_time;
  CheckedAssembler a(settings, nullptr);
  EXPECT_FALSE(a.assembler().needs_schedule());
}

TEST(SlotAssembler, ClosesAnnouncementsThatComeTooLateAtOnce) {
  CheckedAssembler a(small_cell(), nullptr);
  a.accept(MessageMaker{}(10, 0), 0); // anchors
  announce(a, 8, 8, 1);
  EXPECT_THAT(counts_of(a.drain()), testing::ElementsAre(8));
  a.accept(MessageMaker{}(14, 0), 0);
  announce(a, 10, 11, 1);
  EXPECT_THAT(counts_of(a.drain()), testing::ElementsAre(10)) << "four older than the newest";
  EXPECT_EQ(send_slot(a, 11, 1), 0);
  EXPECT_THAT(counts_of(a.drain()), testing::ElementsAre(11));
  a.finish();
}

TEST(SlotAssembler, HasRoomForABoundedNumberOfAnnouncements) {
  CheckedAssembler a(small_cell(), nullptr);
  std::int64_t count = 0;
  while (a.expect({count, 1}))
    ++count;
  EXPECT_EQ(count, SlotAssembler::max_announced);
  send_slot(a, 0, 1);
  EXPECT_TRUE(a.expect({count++, 1})) << "a closed slot makes room";
  EXPECT_FALSE(a.expect({count, 1}));
  a.assembler().close_all();
  a.drain();
  a.recycle();
  EXPECT_TRUE(a.expect({count, 1}));
  a.finish();
}

TEST(SlotAssembler, GivesUpOldAnnouncementsWhenALiveInputStaysSilent) {
  AssemblerSettings settings = small_cell();
  settings.closing = ClosingRule::by_time;
  settings.first_sfn.reset();
  CheckedAssembler a(settings, nullptr);
  std::int64_t count = 0;
  while (a.expect({count, 1}))
    ++count;
  EXPECT_LT(count, 10000) << "closed slots must be taken";
  for (; count < 20000; ++count) {
    a.drain();
    ASSERT_TRUE(a.expect({count, 1}));
  }
  a.drain();
  EXPECT_EQ(dropped(a.accept(MessageMaker{}(19990, 0), 0)), std::nullopt);
  EXPECT_EQ(a.drain().size(), static_cast<std::size_t>(19990 - (20000 - 4096)));
  a.finish();
}

} // namespace
} // namespace airan::io
