// SPDX-License-Identifier: Apache-2.0
// Tests of the queues between the threads of a packet source.
#include "io/packets/slot_exchange.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

namespace airan::io {
namespace {

constexpr std::int64_t at_once = 0;
constexpr std::int64_t second = 1'000'000'000;

TEST(SlotExchange, HandsOverWhatIsAnnouncedAndClosedInOrder) {
  SlotExchange slots(4, 2);
  EXPECT_FALSE(slots.next_announced());
  EXPECT_TRUE(slots.announce({7, 0x3}));
  EXPECT_TRUE(slots.announce({9, 0x1}));
  EXPECT_EQ(slots.next_announced(), (ExpectedSlot{7, 0x3}));
  slots.end_announcements();
  EXPECT_FALSE(slots.announcements_ended()) << "slot 9 was not taken";
  EXPECT_EQ(slots.next_announced(), (ExpectedSlot{9, 0x1}));
  EXPECT_TRUE(slots.announcements_ended());

  SlotIq iq;
  EXPECT_FALSE(slots.take(at_once));
  slots.close({7, 100, &iq, false});
  slots.close({9, 200, nullptr, false});
  const auto first = slots.take(at_once);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->count, 7);
  EXPECT_EQ(first->iq, &iq);
  EXPECT_FALSE(first->is_dropped);
  EXPECT_EQ(slots.next_returned(), nullptr);
  slots.give_back(&iq);
  EXPECT_EQ(slots.next_returned(), &iq);
  EXPECT_EQ(slots.take(at_once)->iq, nullptr);
}

TEST(SlotExchange, RefusesAnnouncementsUntilClosedSlotsAreTaken) {
  SlotExchange slots(2, 1);
  EXPECT_TRUE(slots.announce({0, 1}));
  EXPECT_TRUE(slots.announce({1, 1}));
  EXPECT_FALSE(slots.announce({2, 1}));
  slots.next_announced();
  slots.close({0, 0, nullptr, false});
  EXPECT_FALSE(slots.announce({2, 1})) << "closed, but nobody took it";
  slots.take(at_once);
  EXPECT_TRUE(slots.announce({2, 1}));
}

TEST(SlotExchange, DropsSlotsThatAreSkippedAndGivesTheirBuffersBack) {
  SlotExchange slots(8, 4);
  std::array<SlotIq, 3> iq;
  for (std::int64_t n = 0; n < 3; ++n) {
    slots.announce({n, 1});
    slots.close({n, 0, &iq[static_cast<std::size_t>(n)], false});
  }
  slots.skip_to(2);
  for (std::size_t n = 0; n < 2; ++n) {
    const auto slot = slots.take(at_once);
    EXPECT_TRUE(slot->is_dropped);
    EXPECT_EQ(slot->iq, nullptr);
    EXPECT_EQ(slots.next_returned(), &iq[n]);
  }
  EXPECT_EQ(slots.take(at_once)->iq, &iq[2]);
}

TEST(SlotExchange, PassesEverySlotBetweenThreeThreads) {
  constexpr std::int64_t n_slots = 20'000;
  SlotExchange slots(64, 8);
  std::thread grants([&] {
    for (std::int64_t n = 0; n < n_slots; ++n)
      while (!slots.announce({n, 1}))
        std::this_thread::yield();
    slots.end_announcements();
  });
  std::array<SlotIq, 8> buffers;
  std::thread packets([&] {
    std::vector<SlotIq*> free;
    for (SlotIq& iq : buffers)
      free.push_back(&iq);
    while (!slots.announcements_ended()) {
      const auto expected = slots.next_announced();
      if (!expected) {
        std::this_thread::yield();
        continue;
      }
      while (free.empty())
        if (const SlotIq* iq = slots.next_returned())
          free.push_back(const_cast<SlotIq*>(iq));
        else
          std::this_thread::yield();
      free.back()->id.count = expected->count;
      slots.close({expected->count, 0, free.back(), false});
      free.pop_back();
    }
  });
  for (std::int64_t n = 0; n < n_slots; ++n) {
    const auto slot = slots.take(60 * second);
    ASSERT_TRUE(slot);
    ASSERT_EQ(slot->count, n);
    ASSERT_EQ(slot->iq->id.count, n);
    slots.give_back(slot->iq);
  }
  grants.join();
  packets.join();
  EXPECT_FALSE(slots.take(at_once));
}

} // namespace
} // namespace airan::io
