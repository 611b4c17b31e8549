// SPDX-License-Identifier: Apache-2.0
// Tests of what sequence numbers tell: gaps, packets out of order, repeats.
#include "io/packets/sequence_tracker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace airan::io {
namespace {

struct Sum {
  std::int64_t gaps = 0;
  std::int64_t out_of_order = 0;
};

Sum note(SequenceWindow& window, const std::vector<int>& numbers) {
  Sum sum;
  for (const int number : numbers) {
    const SequenceChange change = window.note(static_cast<std::uint8_t>(number));
    sum.gaps += change.gaps;
    sum.out_of_order += change.out_of_order ? 1 : 0;
    EXPECT_GE(sum.gaps, 0);
  }
  return sum;
}

TEST(SequenceWindow, SeesNothingInAscendingNumbersThatWrap) {
  SequenceWindow window;
  std::vector<int> numbers;
  for (int i = 0; i < 2000; ++i)
    numbers.push_back((77 + i) & 0xFF);
  const Sum sum = note(window, numbers);
  EXPECT_EQ(sum.gaps, 0);
  EXPECT_EQ(sum.out_of_order, 0);
}

TEST(SequenceWindow, CountsNumbersThatNeverCame) {
  SequenceWindow window;
  EXPECT_EQ(note(window, {254, 255, 2, 3, 7}).gaps, 2 + 3);
}

TEST(SequenceWindow, TakesAGapBackWhenTheNumberComesLater) {
  SequenceWindow window;
  const Sum sum = note(window, {0, 1, 5, 3, 2, 4, 6});
  EXPECT_EQ(sum.gaps, 0);
  EXPECT_EQ(sum.out_of_order, 3);
}

TEST(SequenceWindow, IgnoresRepeats) {
  SequenceWindow window;
  const Sum sum = note(window, {0, 0, 1, 0, 1, 2, 4, 4, 3, 3, 5});
  EXPECT_EQ(sum.gaps, 0);
  EXPECT_EQ(sum.out_of_order, 1) << "the first 3";
}

TEST(SequenceWindow, DoesNotLetAnOldPacketMoveWhatIsExpected) {
  SequenceWindow window;
  EXPECT_EQ(note(window, {100, 101, 50, 102, 103}).gaps, 0);
}

TEST(SequenceWindow, HealsAfterAFlippedBit) {
  for (int bit = 0; bit < 8; ++bit) {
    SequenceWindow window;
    std::vector<int> numbers;
    for (int i = 0; i < 600; ++i)
      numbers.push_back((i == 200 ? i ^ (1 << bit) : i) & 0xFF);
    EXPECT_LE(note(window, numbers).gaps, 1) << "the number that was changed, bit " << bit;
  }
}

TEST(SequenceWindow, CountsExactlyWhatIsLostOfAShuffledStream) {
  // Runs of at most 20 lost numbers, packets that move by at most 30 places: a number that is not
  // lost never comes more than 127 after its turn, so eight bits tell everything.
  std::mt19937 random(5);
  for (int run = 0; run < 20; ++run) {
    std::vector<std::pair<int, int>> sent; // place, number
    std::int64_t lost = 0;
    const int n = 3000;
    for (int i = 0, left = 0; i < n; ++i) {
      if (left == 0 && i > 0 && random() % 30 == 0)
        left = 1 + static_cast<int>(random() % 20);
      if (left > 0 && i < n - 1) {
        --left;
        ++lost;
        continue;
      }
      const int delay = i == 0 || i == n - 1 ? 0 : static_cast<int>(random() % 30);
      sent.emplace_back(i == n - 1 ? n + 100 : i + delay, i & 0xFF);
    }
    std::stable_sort(sent.begin(), sent.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<int> numbers;
    for (const auto& [place, number] : sent) {
      numbers.push_back(number);
      if (random() % 10 == 0)
        numbers.push_back(number);
    }
    SequenceWindow window;
    EXPECT_EQ(note(window, numbers).gaps, lost);
  }
}

TEST(SequenceTracker, FollowsEachStreamAndPlaneApart) {
  SequenceTracker tracker;
  using oran::Plane;
  EXPECT_EQ(tracker.note(5, Plane::user, 10).gaps, 0);
  EXPECT_EQ(tracker.note(5, Plane::control, 200).gaps, 0);
  EXPECT_EQ(tracker.note(65535, Plane::user, 77).gaps, 0);
  EXPECT_EQ(tracker.note(5, Plane::user, 11).gaps, 0);
  EXPECT_EQ(tracker.note(5, Plane::control, 203).gaps, 2);
  EXPECT_EQ(tracker.note(65535, Plane::user, 79).gaps, 1);
}

TEST(SequenceTracker, DoesNotGrow) {
  SequenceTracker tracker;
  for (int round = 0; round < 2; ++round)
    for (int eaxc = 0; eaxc < 65536; ++eaxc) {
      const SequenceChange change =
          tracker.note(static_cast<std::uint16_t>(eaxc), oran::Plane::user,
                       static_cast<std::uint8_t>(2 * round));
      EXPECT_EQ(change.gaps, round == 1 && eaxc < SequenceTracker::max_streams ? 1 : 0);
    }
}

} // namespace
} // namespace airan::io
