// SPDX-License-Identifier: Apache-2.0
// What a network does to packets, and what is left of the slots: loss, repeats, reordering, delay,
// flipped bits, wraps, several cells.
#include "io/packets/sequence_tracker.hpp"
#include "tests/support/checked_assembler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace airan::io {
namespace {

using test::CheckedAssembler;
using test::Closed;
using test::MessageMaker;

constexpr std::int32_t n_prb = 12; ///< in two packets of 6
constexpr std::int64_t t0 = 1'700'000'000'000'000'000;

struct Sent {
  std::int64_t count = 0;
  oran::Message message;
  std::int64_t time_ns = 0;
};

struct Stream {
  std::int32_t numerology = 1;
  std::int32_t ports = 2;
  std::vector<std::int64_t> slots;
  std::uint16_t symbols = 0x3FFF;
  std::uint16_t first_eaxc = 0;

  /// Slots 4, 4 + period, ...
  static Stream every(std::int64_t period, std::int64_t n_slots) {
    Stream stream;
    for (std::int64_t i = 0; i < n_slots; ++i)
      stream.slots.push_back(4 + i * period);
    return stream;
  }
  /// All packets in order: symbol by symbol, port by port, two sections each, numbered per eAxC.
  std::vector<Sent> packets() const {
    std::vector<Sent> all;
    std::vector<std::uint8_t> sequence(static_cast<std::size_t>(ports), 0);
    const std::int64_t slot_time = slot_ns(numerology);
    for (const std::int64_t count : slots)
      for (std::int32_t l = 0; l < 14; ++l)
        for (std::int32_t part = 0; part < 2 * ports && ((symbols >> l) & 1) != 0; ++part) {
          const std::int32_t port = part / 2;
          Sent sent{count, MessageMaker{numerology}(count, l, port, part % 2 * 6, 6),
                    t0 + count * slot_time + l * slot_time / 14};
          sent.message.eaxc = static_cast<std::uint16_t>(first_eaxc + port);
          sent.message.sequence = sequence[static_cast<std::size_t>(port)]++;
          all.push_back(sent);
        }
    return all;
  }
  std::int64_t prbs_per_slot() const { return std::int64_t{14} * ports * n_prb; }
};

/// One cell at the receiving end: announces its slots ahead as a replay does.
class Receiver {
public:
  explicit Receiver(const Stream& stream) : stream_(stream) {
    AssemblerSettings s;
    s.cell.numerology = stream.numerology;
    s.cell.n_prb = n_prb;
    s.cell.rx_ports = stream.ports;
    s.first_sfn = 0;
    assembler_ = std::make_unique<CheckedAssembler>(s, nullptr);
  }

  Verdict receive(const Sent& sent) {
    const SequenceChange change =
        sequences_.note(*sent.message.eaxc, sent.message.plane, sent.message.sequence);
    gaps_ += change.gaps;
    out_of_order_ += change.out_of_order ? 1 : 0;
    assembler_->assembler().locate(sent.message, sent.time_ns);
    while (assembler_->assembler().needs_schedule()) {
      if (next_ == stream_.slots.size())
        assembler_->assembler().end_of_schedule();
      else
        assembler_->expect({stream_.slots[next_++], stream_.symbols});
      take(assembler_->drain());
    }
    const Verdict verdict = assembler_->accept(sent.message, sent.time_ns);
    take(assembler_->drain());
    assembler_->recycle();
    return verdict;
  }
  void finish() {
    while (next_ < stream_.slots.size())
      assembler_->expect({stream_.slots[next_++], stream_.symbols});
    take(assembler_->finish());
  }
  const PacketCounters& counters() const { return assembler_->counters(); }
  std::int64_t gaps() const { return gaps_; }
  std::int64_t out_of_order() const { return out_of_order_; }
  /// PRBs by slot.
  const std::map<std::int64_t, std::int64_t>& prbs() const { return prbs_; }

private:
  void take(const std::vector<Closed>& closed) {
    for (const Closed& c : closed)
      prbs_[c.count] = c.n_prb;
  }

  Stream stream_;
  std::unique_ptr<CheckedAssembler> assembler_;
  SequenceTracker sequences_;
  std::size_t next_ = 0;
  std::int64_t gaps_ = 0;
  std::int64_t out_of_order_ = 0;
  std::map<std::int64_t, std::int64_t> prbs_;
};

std::map<std::int64_t, std::int64_t> whole_slots(const Stream& stream) {
  std::map<std::int64_t, std::int64_t> prbs;
  for (const std::int64_t count : stream.slots)
    prbs[count] = stream.prbs_per_slot();
  return prbs;
}

/// Runs `test(stream, packets, random)` on dense and sparse slots, with exact and with equal times.
template <class Test>
void for_streams(std::int64_t n_slots, Test&& test) {
  for (const std::int64_t period : {1, 5})
    for (const bool exact : {true, false}) {
      SCOPED_TRACE("one slot in " + std::to_string(period) + (exact ? ", exact" : ", equal") +
                   " times");
      const Stream stream = Stream::every(period, n_slots);
      std::vector<Sent> packets = stream.packets();
      for (Sent& sent : packets)
        sent.time_ns = exact ? sent.time_ns : 0;
      std::mt19937 random(static_cast<std::uint32_t>(period + (exact ? 100 : 0)));
      test(stream, packets, random);
    }
}

/// Where a packet moves when it is delayed by up to `reach` places, not beyond the end of its slot
/// (of 56 packets) when the next slot is more than the window later.
int delayed_place(std::mt19937& random, std::size_t i, int reach, bool within_slot) {
  const int place = static_cast<int>(i) + std::uniform_int_distribution(0, reach)(random);
  return within_slot ? std::min(place, static_cast<int>(i / 56 * 56 + 55)) : place;
}

bool chance(std::mt19937& random, double p) {
  return std::bernoulli_distribution(p)(random);
}

TEST(SlotAssemblerFaults, LossLeavesExactlyWhatArrived) {
  for (const double loss : {0.0, 0.001, 0.01, 0.05, 0.2})
    for_streams(60, [&](const Stream& stream, std::vector<Sent>& packets, std::mt19937& random) {
      Receiver receiver(stream);
      auto expected = whole_slots(stream);
      std::int64_t lost = 0;
      for (std::size_t i = 0; i < packets.size(); ++i) {
        // The ends stay, so that sequence numbers tell every loss.
        if (i > 4 && i + 4 < packets.size() && chance(random, loss)) {
          expected[packets[i].count] -= 6;
          ++lost;
        } else {
          EXPECT_TRUE(receiver.receive(packets[i]).is_kept);
        }
      }
      receiver.finish();
      EXPECT_EQ(receiver.prbs(), expected);
      EXPECT_EQ(receiver.counters().missing_prbs, 6 * lost);
      EXPECT_EQ(receiver.gaps(), lost) << "20 % of a stream are never 128 in a row";
    });
}

TEST(SlotAssemblerFaults, LossOfWholeSlotsTearsNoOther) {
  for_streams(200, [&](const Stream& stream, std::vector<Sent>& packets, std::mt19937& random) {
    Receiver receiver(stream);
    auto expected = whole_slots(stream);
    std::int64_t in_a_row = 0; // at equal times no more than window_slots - 1 can be told
    for (const std::int64_t count : stream.slots) {
      const bool is_lost = count != stream.slots.front() && in_a_row < 3 && chance(random, 0.3);
      in_a_row = is_lost ? in_a_row + 1 : 0;
      if (!is_lost)
        continue;
      expected[count] = 0;
      std::erase_if(packets, [&](const Sent& sent) { return sent.count == count; });
    }
    for (const Sent& sent : packets)
      receiver.receive(sent);
    receiver.finish();
    EXPECT_EQ(receiver.counters().n_dropped(), 0);
    EXPECT_EQ(receiver.prbs(), expected);
  });
}

TEST(SlotAssemblerFaults, RepeatsAreDroppedAndCounted) {
  for_streams(60, [&](const Stream& stream, std::vector<Sent>& packets, std::mt19937& random) {
    Receiver receiver(stream);
    std::int64_t repeats = 0;
    std::vector<Sent> delayed;
    for (std::size_t i = 0; i < packets.size(); ++i) {
      EXPECT_TRUE(receiver.receive(packets[i]).is_kept);
      if (chance(random, 0.1)) { // at once, or some packets later
        ++repeats;
        if (chance(random, 0.5))
          EXPECT_EQ(receiver.receive(packets[i]).dropped, DropReason::duplicate);
        else
          delayed.push_back(packets[i]);
      }
      if (i % 37 == 0 || i + 1 == packets.size()) {
        for (const Sent& sent : delayed)
          EXPECT_EQ(receiver.receive(sent).dropped, DropReason::duplicate);
        delayed.clear();
      }
    }
    receiver.finish();
    EXPECT_EQ(receiver.prbs(), whole_slots(stream));
    EXPECT_EQ(receiver.counters().of(DropReason::duplicate), repeats);
    EXPECT_EQ(receiver.gaps(), 0);
    EXPECT_EQ(receiver.out_of_order(), 0);
  });
}

TEST(SlotAssemblerFaults, ReorderingLosesNothing) {
  // Four packets are a symbol, 56 a slot: within a symbol, across symbols, across slots.
  for (const int reach : {3, 20, 60})
    for_streams(60, [&](const Stream& stream, std::vector<Sent>& packets, std::mt19937& random) {
      std::vector<std::pair<int, Sent>> order;
      for (std::size_t i = 0; i < packets.size(); ++i) {
        const bool stays = i < 4 || i + 4 >= packets.size();
        order.emplace_back(stays ? static_cast<int>(i)
                                 : delayed_place(random, i, reach, stream.slots[1] > 8),
                           packets[i]);
      }
      std::stable_sort(order.begin(), order.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      Receiver receiver(stream);
      for (const auto& [place, sent] : order)
        EXPECT_TRUE(receiver.receive(sent).is_kept) << reach;
      receiver.finish();
      EXPECT_EQ(receiver.prbs(), whole_slots(stream));
      EXPECT_EQ(receiver.counters().missing_prbs, 0);
      EXPECT_EQ(receiver.gaps(), 0);
      EXPECT_GT(receiver.out_of_order(), 0);
    });
}

TEST(SlotAssemblerFaults, PacketsBehindTheWindowAreLate) {
  for_streams(60, [&](const Stream& stream, std::vector<Sent>& packets, std::mt19937&) {
    // A packet of slot 10 comes when slot 16 has begun: six slots later.
    const std::size_t at = 10 * 56 + 20;
    const Sent late = packets[at];
    packets.insert(packets.begin() + 16 * 56 + 5, late);
    packets.erase(packets.begin() + static_cast<std::ptrdiff_t>(at));
    Receiver receiver(stream);
    std::int64_t n_late = 0;
    for (const Sent& sent : packets)
      n_late += receiver.receive(sent).dropped == DropReason::late ? 1 : 0;
    receiver.finish();
    auto expected = whole_slots(stream);
    expected[late.count] -= 6;
    EXPECT_EQ(n_late, 1);
    EXPECT_EQ(receiver.counters().n_dropped(), 1);
    EXPECT_EQ(receiver.prbs(), expected);
    EXPECT_EQ(receiver.gaps(), 1) << "168 numbers later, eight bits do not know it again";
  });
}

TEST(SlotAssemblerFaults, AFlippedBitOfTheFrameCostsItsPacketOnly) {
  for_streams(24, [&](const Stream& stream, std::vector<Sent>& packets, std::mt19937&) {
    for (std::int32_t bit = 0; bit < 8; ++bit)
      for (const std::size_t at : {14 * 56 + 0, 14 * 56 + 1, 14 * 56 + 55}) {
        std::vector<Sent> sent = packets;
        oran::Message& message = sent[static_cast<std::size_t>(at)].message;
        message.frame = static_cast<std::uint8_t>(message.frame ^ (1 << bit));
        Receiver receiver(stream);
        for (const Sent& s : sent)
          receiver.receive(s);
        receiver.finish();
        auto expected = whole_slots(stream);
        expected[stream.slots[14]] -= 6;
        EXPECT_EQ(receiver.prbs(), expected) << "bit " << bit << " of packet " << at;
        EXPECT_EQ(receiver.counters().n_dropped(), 1);
      }
  });
}

TEST(SlotAssemblerFaults, FlippedBitsOfSlotAndSymbolHarmTheirNeighboursAtMost) {
  for_streams(60, [&](const Stream& stream, std::vector<Sent>& packets, std::mt19937&) {
    for (std::int32_t bit = 0; bit < 5; ++bit) {
      std::vector<Sent> sent = packets;
      oran::Message& message = sent[30 * 56 + 25].message;
      message.slot = static_cast<std::uint8_t>(message.slot ^ (1 << bit));
      if (message.slot >= 20) // the parser drops it
        continue;
      Receiver receiver(stream);
      for (const Sent& s : sent)
        receiver.receive(s);
      receiver.finish();
      const auto expected = whole_slots(stream);
      std::int64_t n_torn = 0;
      for (const auto& [count, n] : receiver.prbs())
        n_torn += n != expected.at(count) ? 1 : 0;
      EXPECT_LE(n_torn, 4) << "bit " << bit;
    }
  });
}

TEST(SlotAssemblerFaults, TwoCellsShareAnInterface) {
  Stream first = Stream::every(5, 80);
  Stream second = Stream::every(3, 40);
  second.numerology = 0;
  second.ports = 3;
  second.first_eaxc = 8;
  std::vector<std::pair<int, Sent>> both;
  for (const Sent& sent : first.packets())
    both.emplace_back(0, sent);
  for (const Sent& sent : second.packets())
    both.emplace_back(1, sent);
  std::stable_sort(both.begin(), both.end(), [](const auto& a, const auto& b) {
    return a.second.time_ns < b.second.time_ns;
  });
  Receiver receivers[] = {Receiver(first), Receiver(second)};
  for (const auto& [cell, sent] : both)
    EXPECT_TRUE(receivers[cell].receive(sent).is_kept);
  for (Receiver& receiver : receivers)
    receiver.finish();
  EXPECT_EQ(receivers[0].prbs(), whole_slots(first));
  EXPECT_EQ(receivers[1].prbs(), whole_slots(second));
}

TEST(SlotAssemblerFaults, EverythingAtOnceOverMoreThanATurnOfTheSfn) {
  // 1050 frames of 30 kHz, one uplink slot per frame: 5 % loss, 5 % repeats, reordering by up to
  // 10 packets, one flipped bit of the frame number in 500 packets.
  const Stream stream = Stream::every(20, 1050);
  std::mt19937 random(11);
  std::vector<std::pair<int, Sent>> order;
  auto expected = whole_slots(stream);
  std::vector<bool> flipped;
  const std::vector<Sent> packets = stream.packets();
  for (std::size_t i = 0; i < packets.size(); ++i) {
    Sent sent = packets[i];
    if (i < 8) {
      order.emplace_back(static_cast<int>(i), sent);
      continue;
    }
    if (chance(random, 0.05)) {
      expected[sent.count] -= 6;
      continue;
    }
    if (chance(random, 0.002)) {
      const int bit = std::uniform_int_distribution(0, 7)(random);
      sent.message.frame = static_cast<std::uint8_t>(sent.message.frame ^ (1 << bit));
      expected[sent.count] -= 6;
    }
    const int copies = chance(random, 0.05) ? 2 : 1;
    for (int c = 0; c < copies; ++c)
      order.emplace_back(delayed_place(random, i, 10, true), sent);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Receiver receiver(stream);
  for (const auto& [place, sent] : order)
    receiver.receive(sent);
  receiver.finish();
  // A flipped bit may put a packet into a neighbouring slot, where it fills what was lost or keeps
  // the right one out; and may be a repeat. So a few slots differ by a packet.
  std::int64_t n_other = 0;
  for (const auto& [count, n] : receiver.prbs()) {
    n_other += n != expected.at(count) ? 1 : 0;
    EXPECT_LE(std::abs(n - expected.at(count)), 12) << "slot " << count;
  }
  EXPECT_EQ(receiver.prbs().size(), expected.size());
  EXPECT_LT(n_other, 60) << "about 110 bits were flipped";
}

} // namespace
} // namespace airan::io
