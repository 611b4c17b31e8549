// SPDX-License-Identifier: Apache-2.0
// The slot assembler against an oracle: random packets, announcements and recycling.
#include "tests/support/checked_assembler.hpp"
#include "tests/support/slot_assembly_oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace airan::io {
namespace {

using test::CheckedAssembler;
using test::MessageMaker;
using test::SlotAssemblyOracle;

struct Shape {
  std::int32_t n_prb, ports, window;
  std::int32_t n_buffers, max_runs, max_packets;
  std::int32_t announced_per_slot; ///< of 10 slots
};

/// Both sides of one random walk.
class Walk {
public:
  Walk(const Shape& shape, std::uint32_t seed)
      : shape_(shape), random_(seed), settings_(settings_of(shape)), assembler_(settings_, nullptr),
        oracle_(settings_) {}

  void step() {
    switch (up_to(19)) {
    case 0:
      announce_ahead();
      break;
    case 1:
      ASSERT_EQ(recycle_some(), true);
      break;
    case 2:
      if (up_to(9) == 0) {
        ASSERT_EQ(assembler_.assembler().close_oldest(), oracle_.close_oldest());
      }
      break;
    default:
      send();
    }
    compare_closed();
  }

  void finish() {
    assembler_.assembler().close_all();
    oracle_.close_all();
    compare_closed();
    assembler_.finish();
    EXPECT_EQ(assembler_.counters().missing_prbs, oracle_.missing_prbs());
  }
  std::int64_t n_of(DropReason reason) const { return assembler_.counters().of(reason); }
  std::int64_t n_accepted() const { return assembler_.counters().accepted; }

private:
  static AssemblerSettings settings_of(const Shape& shape) {
    AssemblerSettings s;
    s.cell.n_prb = shape.n_prb;
    s.cell.rx_ports = shape.ports;
    s.window_slots = shape.window;
    s.first_sfn = 0;
    s.n_buffers = shape.n_buffers;
    s.max_runs_per_slot = shape.max_runs;
    s.max_packets_per_slot = shape.max_packets;
    return s;
  }
  std::int32_t up_to(std::int32_t n) {
    return std::uniform_int_distribution<std::int32_t>(0, n)(random_);
  }

  /// Announces up to six slots beyond the newest.
  void announce_ahead() {
    for (; next_ < newest_ + 6; ++next_) {
      if (up_to(9) >= shape_.announced_per_slot)
        continue;
      const auto symbols = static_cast<std::uint16_t>(up_to(3) == 0 ? 0b1 << up_to(3) : 0b1011);
      ASSERT_TRUE(assembler_.expect({next_, symbols}));
      oracle_.expect({next_, symbols});
    }
  }

  void send() {
    // Mostly of the newest slots, and some that are late, very late, or as far ahead as may be.
    std::int64_t count = newest_ - up_to(2);
    if (const std::int32_t dice = up_to(30); dice == 0)
      count = newest_ - up_to(12 * shape_.window);
    else if (dice < 3)
      count = newest_ + up_to(shape_.window);
    count = std::max<std::int64_t>(count, 0);
    newest_ = std::max(newest_, count);
    const MessageMaker make;
    const auto first = up_to(shape_.n_prb + 3);
    auto message = make(count, up_to(4), up_to(shape_.ports - 1), first, 1 + up_to(shape_.n_prb));
    while (up_to(2) == 0 && message.n_sections < 5)
      message = make.with(message, up_to(shape_.n_prb - 1), 1 + up_to(4));
    const Verdict expected = oracle_.accept(count, message);
    const Verdict verdict = assembler_.accept(message, 0);
    ASSERT_EQ(verdict.dropped, expected.dropped)
        << "slot " << count << ", newest " << newest_ << ": "
        << (verdict.dropped ? name_of(*verdict.dropped) : "accepted") << " for "
        << (expected.dropped ? name_of(*expected.dropped) : "accepted");
    ASSERT_EQ(verdict.is_kept, expected.is_kept);
  }

  bool recycle_some() {
    for (std::int32_t n = up_to(2); n > 0 && assembler_.n_lent() > 0; --n)
      oracle_.recycle(*assembler_.recycle_one());
    return true;
  }

  void compare_closed() {
    const auto closed = assembler_.drain();
    const auto expected = oracle_.take_closed();
    ASSERT_EQ(closed.size(), expected.size());
    for (std::size_t i = 0; i < closed.size(); ++i) {
      ASSERT_EQ(closed[i].count, expected[i].count);
      ASSERT_EQ(closed[i].n_prb, expected[i].n_prb) << "slot " << closed[i].count;
    }
    ASSERT_EQ(assembler_.counters().missing_prbs, oracle_.missing_prbs());
  }

  Shape shape_;
  std::mt19937 random_;
  AssemblerSettings settings_;
  CheckedAssembler assembler_;
  SlotAssemblyOracle oracle_;
  std::int64_t newest_ = 0;
  std::int64_t next_ = 0;
};

TEST(SlotAssemblerProperty, AgreesWithTheOracleOnRandomOperations) {
  const std::vector<Shape> shapes = {
      {1, 1, 1, 2, 4096, 4096, 10}, {6, 2, 4, 8, 4096, 4096, 10}, {6, 2, 4, 8, 4096, 4096, 5},
      {6, 2, 4, 3, 20, 4096, 10},   {6, 1, 2, 4, 4096, 5, 8},     {70, 2, 3, 6, 4096, 4096, 9},
      {3, 1, 10, 12, 30, 30, 10},
  };
  std::vector<std::int64_t> seen(n_drop_reasons, 0);
  for (std::size_t i = 0; i < shapes.size(); ++i)
    for (std::uint32_t seed = 0; seed < 6; ++seed) {
      SCOPED_TRACE("shape " + std::to_string(i) + ", seed " + std::to_string(seed));
      Walk walk(shapes[i], seed);
      for (int step = 0; step < 3000; ++step) {
        walk.step();
        if (testing::Test::HasFatalFailure())
          return;
      }
      walk.finish();
      EXPECT_GT(walk.n_accepted(), 100);
      for (std::size_t r = 0; r < n_drop_reasons; ++r)
        seen[r] += walk.n_of(static_cast<DropReason>(r));
    }
  for (const DropReason reason :
       {DropReason::duplicate, DropReason::late, DropReason::no_context, DropReason::no_memory})
    EXPECT_GT(seen[static_cast<std::size_t>(reason)], 1000) << name_of(reason);
  EXPECT_EQ(seen[static_cast<std::size_t>(DropReason::implausible_slot)], 0);
}

} // namespace
} // namespace airan::io
