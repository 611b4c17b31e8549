// SPDX-License-Identifier: Apache-2.0
// Grants from a file and from a socket, announced and handed out.
#include "apps/grants_feed.hpp"
#include "tests/support/unix_client.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace airan::apps {
namespace {

using test::TemporaryFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using tests::UnixClient;

constexpr std::int64_t second = 1'000'000'000;
/// Slots that a test's exchange has room for.
constexpr std::int32_t room = 8;

CellSettings cell() {
  CellSettings c;
  c.id = 3;
  c.n_prb = 24;
  c.rx_ports = 2;
  return c;
}
SourceSettings source(const std::string& grants) {
  SourceSettings s;
  s.type = SourceType::pcap;
  s.grants = grants;
  return s;
}
const GrantsSurvey limits{0, 2, 2};

/// A user of one layer on `dmrs_ports`, in symbols 2 .. 11 with DM-RS in symbol 3.
std::string user(int rnti, int rb_start = 0, int dmrs_ports = 1) {
  return fmt::format(R"({{"rnti":{},"rb_start":{},"rb_size":8,"start_symbol_index":2,)"
                     R"("nr_of_symbols":10,"mcs_table":0,"mcs_index":5,"nr_of_layers":1,)"
                     R"("dmrs_ports":{},"ul_dmrs_symb_pos":8}})",
                     rnti, rb_start, dmrs_ports);
}
std::string slot_line(int sfn, int slot, const std::string& users) {
  return fmt::format(R"({{"sfn":{},"slot":{},"pusch":[{}]}})"
                     "\n",
                     sfn, slot, users);
}

/// Plays the packet thread and the slot thread: closes what is announced, and hands each slot to
/// `use` until the feed has ended.
void drain(GrantsFeed& feed,
           io::SlotExchange& slots,
           const std::function<void(const NextSlot&, const io::ExpectedSlot&)>& use) {
  while (!feed.has_ended()) {
    const auto slot = feed.next(second);
    if (!slot)
      continue;
    const auto announced = slots.next_announced();
    ASSERT_TRUE(announced) << "a slot is announced before it is handed out";
    EXPECT_EQ(announced->count, slot->line.id.count);
    slots.close({announced->count, 0, nullptr, false});
    ASSERT_TRUE(slots.take(second));
    use(*slot, *announced);
  }
  EXPECT_TRUE(slots.announcements_ended());
}

TEST(GrantsFeed, HandsOutTheSlotsOfAFile) {
  const TemporaryFolder folder;
  std::string text = slot_line(1023, 19, user(1)) + slot_line(0, 0, "");
  const int n_slots = 3 * room; // more than there is room for at once
  for (int i = 0; i < n_slots; ++i)
    text += slot_line(i / 20, 1 + i % 19, user(2) + "," + user(3, 8));
  const auto feed = GrantsFeed::open(source(folder.write("g.jsonl", text)), cell(), limits);
  ASSERT_TRUE(feed) << feed.error().message;
  EXPECT_EQ((*feed)->survey().max_grants, 2);
  EXPECT_EQ((*feed)->survey().n_lines, n_slots + 2);
  ASSERT_TRUE((*feed)->first_slots());
  EXPECT_EQ((*feed)->first_slots()->find(1023 & 0xFF, 19), 1023 * 20 + 19);
  EXPECT_EQ((*feed)->first_slots()->find(0, 1), 1024 * 20 + 1);
  EXPECT_FALSE((*feed)->first_slots()->find(0, 0)) << "nothing is granted there";

  io::SlotExchange slots(room, 1);
  (*feed)->start(slots);
  std::vector<std::int64_t> counts;
  drain(**feed, slots, [&](const NextSlot& slot, const io::ExpectedSlot& announced) {
    counts.push_back(slot.line.id.count);
    EXPECT_EQ(announced.symbols, 0b0000'1111'1111'1100);
    EXPECT_EQ(slot.grants.size(), slot.line.grants.pusch.size());
  });
  ASSERT_EQ(counts.size(), static_cast<std::size_t>(n_slots + 1));
  EXPECT_EQ(counts[0], 1023 * 20 + 19);
  EXPECT_EQ(counts[1], 1024 * 20 + 1) << "an empty line announces nothing";
  EXPECT_EQ((*feed)->trouble(), "");
}

TEST(GrantsFeed, CountsFromTheSlotThatThePacketsBeginWith) {
  constexpr std::int64_t cycle = 20'480;
  const TemporaryFolder folder;
  SourceSettings s = source(folder.write("g.jsonl", slot_line(1023, 0, user(1))));
  EXPECT_FALSE((*GrantsFeed::open(s, cell(), limits))->start_count());
  s.first_sfn = 1;
  s.first_slot = 0;
  const auto from_file = GrantsFeed::open(s, cell(), limits);
  EXPECT_EQ((*from_file)->start_count(), cycle + 20) << "the grants begin two frames before";
  EXPECT_EQ((*from_file)->first_slots()->find(1023 & 0xFF, 0), 20'460);
  s.grants = "unix:" + folder.path("s");
  EXPECT_EQ((*GrantsFeed::open(s, cell(), limits))->start_count(), cycle + 20);
}

TEST(GrantsFeed, RefusesAFileThatIsNotSound) {
  const TemporaryFolder folder;
  const std::string path = folder.write("g.jsonl", slot_line(0, 0, user(1, 20)));
  const auto feed = GrantsFeed::open(source(path), cell(), limits);
  ASSERT_FALSE(feed);
  EXPECT_THAT(feed.error().message, HasSubstr(path + ":1: "));
}

TEST(GrantsFeed, HandsOutWhatASchedulerWrites) {
  const TemporaryFolder folder;
  const auto feed = GrantsFeed::open(source("unix:" + folder.path("s")), cell(), limits);
  ASSERT_TRUE(feed) << feed.error().message;
  EXPECT_EQ((*feed)->survey().max_grants, 2);
  EXPECT_FALSE((*feed)->first_slots());
  io::SlotExchange slots(room, 1);
  (*feed)->start(slots);
  EXPECT_FALSE((*feed)->next(1000)) << "nothing is there yet";
  EXPECT_FALSE((*feed)->has_ended());
  std::thread scheduler([&] {
    UnixClient client(folder.path("s"));
    for (int i = 0; i < 10 * room; ++i)
      client.send(slot_line(1000 + i / 20, i % 20, user(5)));
  });
  std::vector<std::int64_t> counts;
  drain(**feed, slots, [&](const NextSlot& slot, const io::ExpectedSlot&) {
    counts.push_back(slot.line.id.count);
  });
  scheduler.join();
  ASSERT_EQ(counts.size(), static_cast<std::size_t>(10 * room));
  EXPECT_EQ(counts.front(), 20'000);
  EXPECT_EQ(counts.back(), 20'000 + 10 * room - 1);
  EXPECT_FALSE((*feed)->next(second)) << "the end is said at once";
  EXPECT_EQ((*feed)->trouble(), "");
}

TEST(GrantsFeed, CountsLiveLinesThatCannotBeUsedAndGoesOn) {
  const TemporaryFolder folder;
  const auto feed = GrantsFeed::open(source("unix:" + folder.path("s")), cell(), limits);
  ASSERT_TRUE(feed);
  io::SlotExchange slots(room, 1);
  (*feed)->start(slots);
  {
    UnixClient scheduler(folder.path("s"));
    scheduler.send(slot_line(0, 0, user(1) + "," + user(2, 8) + "," + user(3, 16))); // 3 grants
    scheduler.send("{\n");
    scheduler.send(slot_line(0, 1, user(1, 20))); // beyond the carrier
    scheduler.send(slot_line(0, 2, user(1)));
    scheduler.send(slot_line(0, 1, user(1)));                             // late
    scheduler.send(slot_line(0, 3, user(1, 0, 1) + "," + user(2, 0, 2))); // two layers share REs
  }
  std::vector<std::int32_t> taken;
  drain(**feed, slots,
        [&](const NextSlot& slot, const io::ExpectedSlot&) { taken.push_back(slot.line.id.slot); });
  EXPECT_THAT(taken, ElementsAre(2, 3));
  EXPECT_THAT((*feed)->trouble(),
              AllOf(HasSubstr("4 lines of grants could not be used, the first: unix:"),
                    HasSubstr(":1: 3 grants in a slot"), HasSubstr("raise receiver.max_grants")));
}

TEST(GrantsFeed, RefusesMoreLayersThanTheReceiverIsPlannedFor) {
  const TemporaryFolder folder;
  const auto feed = GrantsFeed::open(source("unix:" + folder.path("s")), cell(), {0, 2, 1});
  ASSERT_TRUE(feed);
  io::SlotExchange slots(room, 1);
  (*feed)->start(slots);
  {
    UnixClient scheduler(folder.path("s"));
    scheduler.send(slot_line(0, 3, user(1, 0, 1) + "," + user(2, 0, 2)));
  }
  drain(**feed, slots, [](const NextSlot&, const io::ExpectedSlot&) { ADD_FAILURE(); });
  EXPECT_THAT((*feed)->trouble(), HasSubstr("raise receiver.max_layers"));
}

TEST(GrantsFeed, StopsWhileItWaitsForASchedulerOrForRoom) {
  const TemporaryFolder folder;
  {
    const auto feed = GrantsFeed::open(source("unix:" + folder.path("s")), cell(), limits);
    ASSERT_TRUE(feed);
    io::SlotExchange slots(room, 1);
    (*feed)->start(slots);
    (*feed)->stop();
    EXPECT_TRUE((*feed)->has_ended());
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path("s")));
  std::string text;
  for (int i = 0; i < 3 * room; ++i)
    text += slot_line(i, 0, user(2));
  const auto feed = GrantsFeed::open(source(folder.write("g.jsonl", text)), cell(), limits);
  ASSERT_TRUE(feed);
  io::SlotExchange slots(room, 1);
  (*feed)->start(slots);
  ASSERT_TRUE((*feed)->next(second));
  (*feed)->stop();
}

} // namespace
} // namespace airan::apps
