// SPDX-License-Identifier: Apache-2.0
// Tests of the assembly of slots from the samples of datagrams, against one long array of samples.
#include "io/udp/datagram_writer.hpp"
#include "io/udp/sample_assembler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace airan::io {
namespace {

using cs16 = Complex<std::int16_t>;
using Bytes = std::vector<std::byte>;

constexpr OfdmTiming timing{1, CyclicPrefix::normal, 128}; // slots of 1920 samples

CellSettings small_cell(std::int32_t ports) {
  CellSettings c;
  c.id = 3;
  c.numerology = 1;
  c.n_prb = 10;
  c.rx_ports = ports;
  c.fft_size = 128;
  return c;
}

/// Sample n of port p carries its own number; any misplacement shows. Never zero.
cs16 numbered(std::int32_t port, std::int64_t n) {
  return {static_cast<std::int16_t>(1 + (n & 0x3FFF)),
          static_cast<std::int16_t>(1 + port * 1000 + (n >> 14))};
}

struct Sent {
  std::int32_t port;
  std::uint64_t position;
  Bytes bytes;
};

/// The datagrams of samples 0 .. n - 1 of all ports, in the order of time.
std::vector<Sent> make_stream(const DatagramWriterSettings& settings, std::int32_t n) {
  std::vector<cs16> samples;
  for (std::int32_t p = 0; p < settings.n_ports; ++p)
    for (std::int32_t i = 0; i < n; ++i)
      samples.push_back(numbered(p, i));
  DatagramWriter writer(settings);
  std::vector<Sent> sent;
  const auto note = [&sent](std::span<const OutgoingDatagram> datagrams) {
    for (const OutgoingDatagram& d : datagrams)
      sent.push_back({d.port, d.position, Bytes(d.bytes.begin(), d.bytes.end())});
  };
  note(writer.write(View<const cs16, 2>(samples.data(), {settings.n_ports, n})));
  note(writer.flush());
  return sent;
}

/// What was in a closed slot, kept after it went back.
struct Got {
  std::int64_t count = 0;
  bool has_iq = false;
  bool is_dropped = false;
  std::int64_t n_missing = 0; ///< [port, sample] without margins
};

/// An assembler with all around it; every slot that is closed is compared with the array.
class Bench {
public:
  Bench(UdpFraming framing, std::int32_t ports) {
    rules.framing = framing;
    rules.sample_rate_hz = timing.sample_rate_hz();
    settings.cell = small_cell(ports);
    settings.format = iq_format_of(framing);
    settings.n_buffers = 40;
  }

  SampleAssembler& assembler() {
    if (!made_)
      made_ = std::make_unique<SampleAssembler>(settings, counters);
    return *made_;
  }
  void expect_slots(std::int64_t first, std::int64_t n, std::int64_t step = 1) {
    for (std::int64_t i = 0; i < n; ++i)
      assembler().expect({first + i * step, 0x3FFF});
  }
  std::optional<UdpDropReason> send(const Sent& sent, std::int64_t n_lost_before = 0) {
    now_ns += 1000;
    Datagram d;
    auto dropped = parse_datagram(sent.bytes, rules, d);
    if (!dropped)
      dropped = assembler().accept(d, {sent.port, n_lost_before, now_ns});
    counters.count(dropped);
    collect();
    return dropped;
  }
  void send_all(const std::vector<Sent>& sent) {
    for (const Sent& s : sent)
      send(s);
  }
  void close_all() {
    assembler().close_all(now_ns);
    collect();
  }
  void close_due(std::int64_t ns) {
    now_ns = ns;
    assembler().close_due(ns);
    collect();
  }
  void collect() {
    while (const auto closed = assembler().take_closed()) {
      Got g{closed->count, closed->iq != nullptr, closed->is_dropped, 0};
      if (closed->iq != nullptr) {
        check(*closed, g);
        if (keeps_slots)
          kept.push_back(closed->iq);
        else
          assembler().recycle(closed->iq);
      }
      got.push_back(g);
    }
    EXPECT_EQ(counters.received, counters.accepted + counters.n_dropped());
  }

  DatagramRules rules;
  SampleAssemblerSettings settings;
  UdpCounters counters;
  std::int64_t first_slot = 0; ///< count of the slot that begins with sample 0
  bool check_content = true;   ///< false: the stream is known to be shifted
  bool keeps_slots = false;
  std::vector<const SlotIq*> kept;
  std::vector<Got> got;
  std::int64_t now_ns = 1'000'000'000;

private:
  void check(const ClosedSlot& closed, Got& g) {
    const SlotIq& slot = *closed.iq;
    EXPECT_EQ(slot.id, slot_id_at(3, closed.count, 1));
    EXPECT_EQ(slot.closed_ns, closed.closed_ns);
    const auto& iq = std::get<TimeDomainIq>(slot.iq);
    const std::int64_t start = timing.slot_start(closed.count) - timing.slot_start(first_slot);
    EXPECT_EQ(iq.n_samples, timing.slot_start(closed.count + 1) - timing.slot_start(closed.count));
    EXPECT_EQ(iq.margin, timing.max_cp_samples());
    EXPECT_EQ(iq.n_ports, settings.cell.rx_ports);
    EXPECT_EQ(iq.missing_on_port.size(), static_cast<std::size_t>(iq.n_ports));
    for (std::int32_t p = 0; p < iq.n_ports; ++p) {
      std::vector<bool> is_missing(static_cast<std::size_t>(iq.n_samples + 2 * iq.margin));
      std::int64_t before = -iq.margin - 1;
      for (const SampleRange& r : iq.missing_of(p)) {
        EXPECT_GT(r.first, before); // ascending, not adjacent
        EXPECT_GT(r.count, 0);
        for (std::int64_t n = r.first; n < r.first + r.count; ++n)
          is_missing.at(static_cast<std::size_t>(n + iq.margin)) = true;
        before = r.first + r.count;
      }
      for (std::int64_t n = -iq.margin; n < iq.n_samples + iq.margin; ++n) {
        const bool missing = is_missing[static_cast<std::size_t>(n + iq.margin)];
        g.n_missing += missing && n >= 0 && n < iq.n_samples ? 1 : 0;
        if (!check_content)
          continue;
        const cs16 expected = missing ? cs16{} : numbered(p, start + n);
        const cs16 value = value_at(iq, p, n);
        if (!(value == expected)) {
          ADD_FAILURE() << "slot " << closed.count << " port " << p << " sample " << n << " is "
                        << value.re << "," << value.im << " not " << expected.re << ","
                        << expected.im;
          return;
        }
      }
    }
  }
  static cs16 value_at(const TimeDomainIq& iq, std::int32_t port, std::int64_t n) {
    const std::byte* at =
        iq.bytes.data() + (n + iq.margin) * iq.sample_stride + port * iq.port_stride;
    const bool big = iq.format.byte_order == ByteOrder::big;
    const auto read = [big](const std::byte* b) {
      const auto low = std::to_integer<unsigned>(b[big ? 1 : 0]);
      const auto high = std::to_integer<unsigned>(b[big ? 0 : 1]);
      return static_cast<std::int16_t>(low | high << 8);
    };
    return {read(at), read(at + 2)};
  }

  std::unique_ptr<SampleAssembler> made_;
};

std::vector<std::int64_t> counts(const Bench& b) {
  std::vector<std::int64_t> v;
  for (const Got& g : b.got)
    v.push_back(g.count);
  return v;
}
std::int64_t n_missing(const Bench& b) {
  std::int64_t n = 0;
  for (const Got& g : b.got)
    n += g.n_missing;
  return n;
}

class AssemblerOfEveryFraming : public testing::TestWithParam<UdpFraming> {};
std::string name_of_framing(const testing::TestParamInfo<UdpFraming>& info) {
  constexpr std::array<const char*, 3> names{"raw", "vita49", "chdr"};
  return names[static_cast<std::size_t>(info.param)];
}
INSTANTIATE_TEST_SUITE_P(All,
                         AssemblerOfEveryFraming,
                         testing::Values(UdpFraming::raw, UdpFraming::vita49, UdpFraming::chdr),
                         name_of_framing);

TEST_P(AssemblerOfEveryFraming, FillsAnnouncedSlotsSampleBySample) {
  Bench b(GetParam(), 2);
  b.expect_slots(0, 8);
  b.assembler().end_of_schedule();
  b.send_all(make_stream({GetParam(), 2, 4 * 500, 0}, timing.slot_start(9)));
  EXPECT_EQ(counts(b), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(b.counters.missing_samples, 0);
  EXPECT_EQ(n_missing(b), 0);
  EXPECT_EQ(b.counters.accepted, b.counters.received);
  EXPECT_TRUE(b.assembler().has_closed_all());
}

TEST_P(AssemblerOfEveryFraming, PassesByWhatIsNotAnnounced) {
  Bench b(GetParam(), 1);
  b.expect_slots(0, 3, 5); // slots 0, 5, 10
  b.send_all(make_stream({GetParam(), 1, 4 * 100, 0}, timing.slot_start(12)));
  EXPECT_EQ(counts(b), (std::vector<std::int64_t>{0, 5, 10}));
  EXPECT_EQ(b.counters.missing_samples, 0);
  EXPECT_EQ(b.counters.accepted, b.counters.received);
  // 12 slots in 232 datagrams; each announced slot needs at most 22.
  EXPECT_GT(b.counters.not_needed, 160);
}

TEST_P(AssemblerOfEveryFraming, ClosesAnIncompleteSlotAtTheEnd) {
  Bench b(GetParam(), 1);
  b.expect_slots(0, 2);
  b.send_all(make_stream({GetParam(), 1, 4 * 100, 0}, 1000));
  EXPECT_TRUE(b.got.empty());
  b.close_all();
  ASSERT_EQ(b.got.size(), 2u);
  EXPECT_EQ(b.got[0].n_missing, 920); // of 1920
  EXPECT_FALSE(b.got[1].has_iq);      // nothing of it arrived
  EXPECT_EQ(b.counters.missing_samples, 920 + 1920);
}

TEST(SampleAssembler, BeginsWithTheFirstAnnouncedSlot) {
  Bench b(UdpFraming::chdr, 1);
  b.first_slot = 207;
  EXPECT_TRUE(b.assembler().needs_first_slot());
  b.expect_slots(207, 2);
  EXPECT_FALSE(b.assembler().needs_first_slot());
  b.send_all(make_stream({UdpFraming::chdr, 1, 4 * 100, 0xFFFF'FFFF'FFFF'F000}, 6000));
  EXPECT_EQ(counts(b), (std::vector<std::int64_t>{207, 208}));
  EXPECT_EQ(n_missing(b), 0);
}

TEST(SampleAssembler, BeginsWithTheSlotThatIsGiven) {
  Bench b(UdpFraming::vita49, 1);
  b.settings.first_count = 40;
  b.first_slot = 40;
  EXPECT_FALSE(b.assembler().needs_first_slot());
  b.expect_slots(38, 1);
  b.expect_slots(42, 1);
  b.send_all(make_stream({UdpFraming::vita49, 1, 4 * 100, 5}, timing.slot_start(4)));
  ASSERT_EQ(counts(b), (std::vector<std::int64_t>{38, 42}));
  EXPECT_FALSE(b.got[0].has_iq);
  EXPECT_EQ(b.got[1].n_missing, 0);
}

TEST(SampleAssembler, AlignsByAGivenTimestampThoughTheFirstDatagramsAreLost) {
  Bench b(UdpFraming::chdr, 2);
  b.settings.first_position = 1'000'000;
  b.expect_slots(0, 3);
  auto stream = make_stream({UdpFraming::chdr, 2, 4 * 100, 1'000'000}, 9000);
  stream.erase(stream.begin(), stream.begin() + 6); // three of each port
  b.send_all(stream);
  ASSERT_EQ(counts(b), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(b.got[0].n_missing, 2 * 300);
  EXPECT_EQ(b.got[1].n_missing + b.got[2].n_missing, 0);
}

TEST(SampleAssembler, AlignsPortsThatBeginWithDifferentDatagrams) {
  Bench b(UdpFraming::vita49, 3);
  b.expect_slots(0, 3);
  std::vector<Sent> stream;
  for (const Sent& s : make_stream({UdpFraming::vita49, 3, 4 * 100, 77}, 9000))
    if (s.position >= 77u + 200u * static_cast<unsigned>(s.port))
      stream.push_back(s);
  b.send_all(stream);
  ASSERT_EQ(counts(b), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(b.got[0].n_missing, 200 + 400);
  EXPECT_EQ(b.got[1].n_missing + b.got[2].n_missing, 0);
}

TEST(SampleAssembler, BeginsAtAnEarlierTimestampThanTheFirst) {
  Bench b(UdpFraming::chdr, 1);
  b.expect_slots(0, 1);
  b.assembler().begin_at(50);
  auto stream = make_stream({UdpFraming::chdr, 1, 4 * 100, 50}, 4000);
  std::swap(stream[0], stream[1]);
  b.send_all(stream);
  ASSERT_EQ(b.got.size(), 1u);
  EXPECT_EQ(b.got[0].n_missing, 0);
  EXPECT_EQ(b.counters.out_of_order, 1);
  // It was the first one: that a number came before it cannot be known.
  EXPECT_EQ(b.counters.sequence_gaps, 0);
}

TEST(SampleAssembler, FlagsLossAcrossTheBorderOfSlots) {
  Bench b(UdpFraming::vita49, 1);
  b.expect_slots(0, 3);
  auto stream = make_stream({UdpFraming::vita49, 1, 4 * 100, 0}, 9000);
  stream.erase(stream.begin() + 19); // samples 1900 .. 1999: 20 of slot 0, 80 of slot 1
  b.send_all(stream);
  ASSERT_EQ(b.got.size(), 3u);
  EXPECT_EQ(b.got[0].n_missing, 20);
  EXPECT_EQ(b.got[1].n_missing, 80);
  EXPECT_EQ(b.got[2].n_missing, 0);
  EXPECT_EQ(b.counters.sequence_gaps, 1);
  EXPECT_EQ(b.counters.missing_samples, 100);
}

TEST(SampleAssembler, DropsRepeatedDatagrams) {
  Bench b(UdpFraming::chdr, 2);
  b.expect_slots(0, 2, 4); // 0 and 4
  std::vector<Sent> stream;
  for (const Sent& s : make_stream({UdpFraming::chdr, 2, 4 * 100, 0}, timing.slot_start(6)))
    stream.insert(stream.end(), 2, s);
  b.send_all(stream);
  EXPECT_EQ(n_missing(b), 0);
  EXPECT_EQ(b.counters.received, static_cast<std::int64_t>(stream.size()));
  // Those of slots that nobody needs too: their numbers repeat.
  EXPECT_EQ(b.counters.of(UdpDropReason::duplicate), b.counters.received / 2);
  EXPECT_EQ(b.counters.sequence_gaps, 0);
  EXPECT_EQ(b.counters.out_of_order, 0);
}

TEST(SampleAssembler, PutsReorderedDatagramsInTheirPlace) {
  for (const auto framing : {UdpFraming::vita49, UdpFraming::chdr}) {
    Bench b(framing, 2);
    b.expect_slots(0, 10);
    b.assembler().begin_at(0);
    auto stream = make_stream({framing, 2, 4 * 100, 0}, timing.slot_start(12));
    // Within every group of eight datagrams (four of each port): up to 700 samples late.
    std::mt19937 random(1);
    for (std::size_t i = 0; i + 8 <= stream.size(); i += 8)
      std::shuffle(stream.begin() + static_cast<std::ptrdiff_t>(i),
                   stream.begin() + static_cast<std::ptrdiff_t>(i + 8), random);
    b.send_all(stream);
    EXPECT_EQ(b.got.size(), 10u);
    EXPECT_EQ(n_missing(b), 0);
    EXPECT_EQ(b.counters.accepted, b.counters.received);
    EXPECT_GT(b.counters.out_of_order, 50);
    // Each reordered number was missed for a while; those before the first datagram never were.
    EXPECT_LE(b.counters.sequence_gaps, 0);
  }
}

TEST(SampleAssembler, DropsWhatComesAfterItsSlotWasHandedOn) {
  Bench b(UdpFraming::chdr, 1);
  b.expect_slots(0, 2);
  auto stream = make_stream({UdpFraming::chdr, 1, 4 * 100, 0}, 9000);
  const Sent late = stream[3];
  stream.erase(stream.begin() + 3);
  b.send_all(stream);
  ASSERT_EQ(b.got.size(), 2u);
  EXPECT_EQ(b.got[0].n_missing, 100);
  EXPECT_EQ(b.send(late), UdpDropReason::late);
}

TEST(SampleAssembler, ClosesASlotWhenSamplesOfTheWindowAfterCome) {
  Bench b(UdpFraming::chdr, 2);
  b.settings.window_slots = 4;
  b.expect_slots(0, 1);
  std::vector<Sent> stream;
  for (const Sent& s : make_stream({UdpFraming::chdr, 2, 4 * 100, 0}, 12'000))
    if (s.port == 0) // port 1 is silent
      stream.push_back(s);
  const auto until = [&](std::int64_t sample) {
    while (!stream.empty() && stream.front().position < static_cast<std::uint64_t>(sample)) {
      b.send(stream.front());
      stream.erase(stream.begin());
    }
  };
  until(timing.slot_start(4) - 100);
  EXPECT_TRUE(b.got.empty());
  until(timing.slot_start(4) + 100);
  ASSERT_EQ(b.got.size(), 1u);
  EXPECT_EQ(b.got[0].n_missing, 1920);
}

TEST(SampleAssembler, ClosesOverdueSlotsByTime) {
  Bench b(UdpFraming::raw, 1);
  b.settings.closing = ClosingRule::by_time;
  b.settings.stall_ns = 2'000'000;
  b.expect_slots(0, 3);
  b.close_due(5'000'000'000); // nothing has begun
  EXPECT_TRUE(b.got.empty());
  b.send_all(make_stream({UdpFraming::raw, 1, 4 * 100, 0}, 1900));
  // The newest sample is due at t; slot 0 with its margin of 11 ends 31 samples later (8.1 us).
  const std::int64_t t = b.now_ns;
  b.close_due(t + 2'005'000);
  EXPECT_TRUE(b.got.empty());
  b.close_due(t + 2'013'000);
  EXPECT_EQ(counts(b), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(b.got[0].n_missing, 20);
  b.close_due(t + 4'000'000); // each slot lasts 0.5 ms
  EXPECT_EQ(counts(b), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(SampleAssembler, WaitsASecondWhereTheSenderSetsThePace) {
  Bench b(UdpFraming::raw, 1);
  b.expect_slots(0, 1);
  b.send_all(make_stream({UdpFraming::raw, 1, 4 * 100, 0}, 1900));
  b.close_due(b.now_ns + 900'000'000);
  EXPECT_TRUE(b.got.empty());
  b.close_due(b.now_ns + 200'000'000);
  EXPECT_EQ(b.got.size(), 1u);
}

TEST(SampleAssembler, ShiftsARawStreamByWhatTheKernelDropped) {
  Bench b(UdpFraming::raw, 1);
  b.expect_slots(0, 3);
  const auto stream = make_stream({UdpFraming::raw, 1, 4 * 100, 0}, 9000);
  for (std::size_t i = 0; i < stream.size(); ++i)
    if (i < 30 || i >= 33)
      b.send(stream[i], i == 33 ? 3 : 0);
  ASSERT_EQ(b.got.size(), 3u);
  EXPECT_EQ(b.got[0].n_missing, 0);
  EXPECT_EQ(b.got[1].n_missing, 300);
  EXPECT_EQ(b.got[2].n_missing, 0);
}

/// The same datagram without its timestamp: CHDR type 6, VITA-49 without a fractional one.
Sent without_timestamp(const Sent& sent, UdpFraming framing) {
  Sent s = sent;
  if (framing == UdpFraming::chdr) {
    s.bytes.erase(s.bytes.begin() + 8, s.bytes.begin() + 16);
    s.bytes[2] = static_cast<std::byte>(s.bytes.size());
    s.bytes[3] = static_cast<std::byte>(s.bytes.size() >> 8);
    s.bytes[6] = std::byte{0xc0};
  } else {
    s.bytes.erase(s.bytes.begin() + 8, s.bytes.begin() + 16);
    s.bytes[1] &= std::byte{0x0F};
    s.bytes[3] = static_cast<std::byte>(s.bytes.size() / 4);
  }
  return s;
}

TEST(SampleAssembler, FindsLossAndReorderingBySequenceNumbersAlone) {
  for (const auto framing : {UdpFraming::vita49, UdpFraming::chdr}) {
    Bench b(framing, 1);
    b.expect_slots(0, 12);
    const auto stream = make_stream({framing, 1, 4 * 100, 0}, timing.slot_start(14));
    std::vector<Sent> sent;
    for (std::size_t i = 0; i < stream.size(); ++i)
      if (i < 30 || i >= 39) // nine lost: more than half of sixteen
        sent.push_back(without_timestamp(stream[i], framing));
    std::swap(sent[100], sent[102]);
    b.send_all(sent);
    EXPECT_EQ(b.got.size(), 12u);
    EXPECT_EQ(n_missing(b), 900);
    EXPECT_EQ(b.counters.sequence_gaps, 9);
    EXPECT_EQ(b.counters.accepted, b.counters.received);
  }
}

TEST(SampleAssembler, KeepsCountWhenPacketNumbersWrap) {
  // 16 wraps 40 times in 640 datagrams; one is lost in each round.
  Bench b(UdpFraming::vita49, 1);
  b.expect_slots(0, 30);
  const auto stream = make_stream({UdpFraming::vita49, 1, 4 * 100, 0}, 64'000);
  for (std::size_t i = 0; i < stream.size(); ++i)
    if (i % 16 != 7)
      b.send(stream[i]);
  EXPECT_EQ(b.counters.sequence_gaps, 40);
  EXPECT_EQ(b.got.size(), 30u);
}

TEST(SampleAssembler, BelievesAJumpOnlyWhenThreeDatagramsAgree) {
  Bench b(UdpFraming::chdr, 1);
  b.expect_slots(0, 60);
  const auto stream = make_stream({UdpFraming::chdr, 1, 4 * 100, 0}, timing.slot_start(62));
  for (std::size_t i = 0; i < 50; ++i) {
    Sent s = stream[i];
    if (i == 20)
      s.bytes[11] ^= std::byte{0x40}; // one flipped bit of the timestamp
    EXPECT_EQ(b.send(s),
              i == 20 ? std::optional(UdpDropReason::implausible_position) : std::nullopt);
  }
  // A real gap of fifty slots.
  for (std::size_t i = 1000; i < stream.size(); ++i)
    EXPECT_EQ(b.send(stream[i]),
              i < 1002 ? std::optional(UdpDropReason::implausible_position) : std::nullopt);
  EXPECT_EQ(b.got.size(), 60u);
  EXPECT_EQ(b.got[1].n_missing, 100); // samples 2000 .. 2099
  EXPECT_EQ(b.got.back().n_missing, 0);
}

TEST(SampleAssembler, DropsSlotsForWhichThereIsNoBuffer) {
  Bench b(UdpFraming::chdr, 1);
  b.settings.n_buffers = 3;
  b.keeps_slots = true;
  b.expect_slots(0, 8);
  const auto stream = make_stream({UdpFraming::chdr, 1, 4 * 100, 0}, timing.slot_start(12));
  std::size_t i = 0;
  for (; stream[i].position < static_cast<std::uint64_t>(timing.slot_start(6)); ++i)
    b.send(stream[i]);
  EXPECT_EQ(b.kept.size(), 3u);
  EXPECT_FALSE(b.assembler().has_room());
  for (const SlotIq* iq : b.kept)
    b.assembler().recycle(iq);
  b.kept.clear();
  for (; i < stream.size(); ++i)
    b.send(stream[i]);
  ASSERT_EQ(counts(b), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_TRUE(b.got[3].is_dropped && b.got[4].is_dropped && b.got[5].is_dropped);
  EXPECT_FALSE(b.got[7].is_dropped);
  EXPECT_GT(b.counters.of(UdpDropReason::no_memory), 0);
  EXPECT_GE(b.counters.slots_dropped, 3);
}

TEST(SampleAssembler, IgnoresContextPackets) {
  Bench b(UdpFraming::vita49, 1);
  b.expect_slots(0, 1);
  const Sent context{0, 0, Bytes{std::byte{0x40}, {}, {}, std::byte{1}}};
  EXPECT_FALSE(b.send(context));
  EXPECT_EQ(b.counters.context, 1);
  EXPECT_EQ(b.counters.accepted, 1);
}

TEST(SampleAssembler, CountsOnlyWhereNothingIsGranted) {
  Bench b(UdpFraming::chdr, 1);
  b.assembler().end_of_schedule();
  b.send_all(make_stream({UdpFraming::chdr, 1, 4 * 100, 0}, 5000));
  EXPECT_EQ(b.counters.not_needed, 50);
  EXPECT_TRUE(b.got.empty());
}

TEST(SampleAssembler, AsksForTheScheduleAheadOfTheSamples) {
  Bench b(UdpFraming::raw, 1);
  SampleAssembler& a = b.assembler();
  EXPECT_TRUE(a.needs_schedule());
  b.expect_slots(0, 8);
  EXPECT_TRUE(a.needs_schedule());
  // 16 slots of at least 1920 samples and a datagram of 16,376 samples: 24.5 slots.
  b.expect_slots(8, 20);
  EXPECT_FALSE(a.needs_schedule());
  b.send_all(make_stream({UdpFraming::raw, 1, 4 * 100, 0}, timing.slot_start(5)));
  EXPECT_TRUE(a.needs_schedule());
  a.end_of_schedule();
  EXPECT_FALSE(a.needs_schedule());
}

TEST(SampleAssembler, TakesDatagramsOfManySlots) {
  // 16,352 samples in a datagram: more than eight slots.
  Bench b(UdpFraming::chdr, 1);
  EXPECT_GE(SampleAssembler::max_slots_per_datagram(b.settings.cell), 10);
  b.settings.window_slots = 1;
  b.expect_slots(0, 30);
  b.send_all(make_stream({UdpFraming::chdr, 1, 65'408, 0}, timing.slot_start(32)));
  b.close_all();
  EXPECT_EQ(b.got.size(), 30u);
  EXPECT_EQ(n_missing(b), 0);
}

/// Loss, duplication and reordering together, over many slots, with several ports: what is not
/// flagged is right, and what is flagged was lost.
TEST(SampleAssembler, FlagsExactlyWhatWasLostUnderRandomFaults) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    const auto framing = seed % 2 == 0 ? UdpFraming::vita49 : UdpFraming::chdr;
    Bench b(framing, 2);
    b.settings.first_position = 123;
    b.settings.max_announced = 100;
    const std::int32_t n_slots = 40;
    b.expect_slots(0, n_slots);
    const auto stream = make_stream({framing, 2, 4 * (40 + 30 * static_cast<int>(seed)), 123},
                                    timing.slot_start(n_slots + 3));
    std::uniform_real_distribution<double> uniform;
    std::vector<std::pair<double, const Sent*>> order; // by time of arrival, in samples
    std::vector<std::vector<bool>> has(
        2, std::vector<bool>(static_cast<std::size_t>(timing.slot_start(n_slots + 3))));
    for (const Sent& s : stream) {
      if (uniform(random) < 0.1)
        continue;
      const double sent_at = static_cast<double>(s.position);
      // At most 0.9 of a slot late: that is waited for.
      order.emplace_back(sent_at + (uniform(random) < 0.1 ? 1700 * uniform(random) : 0), &s);
      if (uniform(random) < 0.1)
        order.emplace_back(sent_at + 3000 * uniform(random), &s);
      const std::size_t at = static_cast<std::size_t>(s.position - 123);
      const std::size_t n = (s.bytes.size() - 16) / 4;
      std::fill_n(has[static_cast<std::size_t>(s.port)].begin() + static_cast<std::ptrdiff_t>(at),
                  n, true);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& x, const auto& y) { return x.first < y.first; });
    for (const auto& [when, s] : order)
      b.send(*s);
    b.close_all();
    ASSERT_EQ(b.got.size(), static_cast<std::size_t>(n_slots));
    for (const Got& g : b.got) {
      std::int64_t lost = 0;
      for (const auto& port : has)
        lost += std::count(port.begin() + timing.slot_start(g.count),
                           port.begin() + timing.slot_start(g.count + 1), false);
      EXPECT_EQ(g.n_missing, lost) << "seed " << seed << " slot " << g.count;
    }
    EXPECT_EQ(b.counters.missing_samples, n_missing(b));
    EXPECT_GT(b.counters.of(UdpDropReason::duplicate), 0);
  }
}

/// Whatever arrives: no crash, all slots closed once and in order, counters add up.
TEST(SampleAssembler, SurvivesArbitraryPositions) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 50; ++round) {
    Bench b(UdpFraming::chdr, 2);
    b.check_content = false;
    b.settings.n_buffers = 4;
    b.expect_slots(0, 40);
    const Bytes payload(4 * 300, std::byte{1});
    for (int i = 0; i < 300; ++i) {
      Datagram d;
      const int size = static_cast<int>(random() % 300) + 1;
      d.iq = std::span(payload).first(static_cast<std::size_t>(4 * size));
      if (random() % 4 != 0)
        d.position = random() % 3 == 0 ? random() : random() % 80'000;
      if (random() % 2 == 0)
        d.sequence = DatagramSequence{static_cast<std::uint16_t>(random()), 16};
      b.counters.count(b.assembler().accept(
          d, {static_cast<std::int32_t>(random() % 2),
              static_cast<std::int64_t>(random() % 8 == 0 ? random() % (1ull << 32) : 0), i}));
      b.collect();
    }
    b.close_all();
    ASSERT_EQ(b.got.size(), 40u);
    EXPECT_TRUE(std::is_sorted(b.got.begin(), b.got.end(),
                               [](const Got& x, const Got& y) { return x.count < y.count; }));
  }
}

} // namespace
} // namespace airan::io
