// SPDX-License-Identifier: Apache-2.0
// Any sequence of messages, times, announcements and returns: the assembler keeps its promises.
#include "core/assert.hpp"
#include "tests/support/checked_assembler.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>

namespace airan {
namespace {

/// Bytes one after the other; zeros when there are no more.
class Bytes {
public:
  Bytes(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
  bool empty() const { return rest_.empty(); }
  std::int32_t next() {
    if (rest_.empty())
      return 0;
    const std::int32_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }
  std::int32_t up_to(std::int32_t n) { return next() % (n + 1); }
  std::int64_t next64() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i)
      value = value << 8 | static_cast<std::uint64_t>(next());
    return static_cast<std::int64_t>(value);
  }

private:
  std::span<const std::uint8_t> rest_;
};

io::AssemblerSettings settings_of(Bytes& bytes) {
  io::AssemblerSettings s;
  s.cell.id = 3;
  s.cell.numerology = bytes.up_to(3);
  if (s.cell.numerology == 2)
    s.cell.cyclic_prefix = bytes.up_to(1) == 0 ? CyclicPrefix::normal : CyclicPrefix::extended;
  constexpr std::int32_t widths[] = {1, 6, 64, 70};
  s.cell.n_prb = widths[bytes.up_to(3)];
  s.cell.rx_ports = 1 + bytes.up_to(1);
  s.window_slots = 1 + bytes.up_to(7);
  s.closing = bytes.up_to(1) == 0 ? io::ClosingRule::by_packets : io::ClosingRule::by_time;
  if (const std::int32_t kind = bytes.up_to(4); kind > 0)
    s.ta4 = Ta4Window{25, 500, kind % 2 == 0 ? LatePolicy::warn : LatePolicy::drop,
                      kind < 3 ? TimeReference::first_packet : TimeReference::gps};
  s.n_buffers = 1 + bytes.up_to(5);
  s.max_runs_per_slot = bytes.up_to(1) == 0 ? 200 : 1 + bytes.up_to(10);
  s.max_packets_per_slot = bytes.up_to(1) == 0 ? 200 : 1 + bytes.up_to(10);
  return s;
}

/// Plays the packet thread.
class Player {
public:
  Player(Bytes& bytes, const io::AssemblerSettings& settings, const io::FirstSlots* first_slots)
      : bytes_(bytes), settings_(settings), assembler_(settings, first_slots),
        numerology_(settings.cell.numerology) {}

  void play() {
    while (!bytes_.empty())
      step();
    assembler_.finish();
  }

private:
  void step() {
    const std::int32_t kind = bytes_.up_to(15);
    switch (kind) {
    case 0:
      announce(1 + bytes_.next() % 8);
      break;
    case 1: {
      const std::int64_t gap = bytes_.next();
      announce(1 + (gap << (4 * bytes_.up_to(4))));
      break;
    }
    case 7:
      if (bytes_.up_to(1) == 0)
        assembler_.recycle();
      else
        assembler_.recycle_one();
      break;
    case 8:
      assembler_.assembler().close_due(now_ns_);
      break;
    case 9:
      assembler_.assembler().close_oldest();
      break;
    case 10:
      if (bytes_.next() == 77)
        assembler_.assembler().close_all();
      else if (bytes_.next() == 77)
        assembler_.assembler().end_of_schedule();
      break;
    default:
      if (kind < 7)
        move(kind);
      else
        send();
    }
    if (bytes_.up_to(3) != 0)
      assembler_.drain();
  }

  /// Where packets are and when, from now on.
  void move(std::int32_t kind) {
    const std::int64_t n = bytes_.next();
    switch (kind) {
    case 2:
      base_ += n - 128;
      break;
    case 3:
      base_ += (n - 128) * 256;
      break;
    case 4:
      now_ns_ = bytes_.next64();
      break;
    case 5: // of a slot, or of a second
      pass_ns((n - 64) * (bytes_.up_to(1) == 0 ? slot_ns(numerology_) : 1'000'000'000));
      break;
    default: { // slots and time go on together
      const std::int64_t slots = n << (4 * bytes_.up_to(3));
      base_ += slots;
      pass_ns(slots * slot_ns(numerology_));
    }
    }
  }
  void pass_ns(std::int64_t ns) {
    now_ns_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(now_ns_) +
                                        static_cast<std::uint64_t>(ns));
  }

  void announce(std::int64_t gap) {
    const std::int32_t n = 1 + bytes_.up_to(7);
    const std::int32_t low = bytes_.next();
    const auto symbols = static_cast<std::uint16_t>(bytes_.next() << 8 | low);
    for (std::int32_t i = 0; i < n; ++i, next_ += gap)
      assembler_.expect({next_, symbols});
  }

  void send() {
    const std::int64_t per_frame = n_slots_per_frame(numerology_);
    const std::int64_t count = std::max<std::int64_t>(0, base_ + bytes_.up_to(15) - 8);
    test::MessageMaker make{numerology_};
    make.format.width = static_cast<std::uint8_t>(8 + bytes_.up_to(8));
    const CellSettings& cell = settings_.cell;
    const std::int32_t symbol = bytes_.up_to(cell.n_symbols() - 1);
    const std::int32_t port = bytes_.up_to(cell.rx_ports - 1);
    const std::int32_t first_prb = bytes_.up_to(cell.n_prb);
    const std::int32_t n_prb = 1 + bytes_.up_to(cell.n_prb);
    auto message = make(count, symbol, port, first_prb, n_prb);
    if (const std::int32_t flip = bytes_.next(); flip >= 240)
      message.frame = static_cast<std::uint8_t>(message.frame ^ (1 << (flip % 8)));
    else if (flip >= 230)
      message.slot = static_cast<std::uint8_t>(bytes_.next() % per_frame);
    for (std::int32_t more = bytes_.up_to(20) - 16; more > 0; --more) {
      const std::int32_t first = bytes_.next();
      message = make.with(message, first, 1 + bytes_.next());
    }
    if (bytes_.up_to(1) == 0) {
      assembler_.assembler().locate(message, now_ns_);
      for (int i = 0; assembler_.assembler().needs_schedule() && i < 40; ++i, ++next_) {
        assembler_.drain();
        if (!assembler_.expect({next_, 0x3FFF}))
          break;
      }
    }
    assembler_.accept(message, now_ns_);
    assembler_.assembler().symbol_start_ns(message);
  }

  Bytes& bytes_;
  io::AssemblerSettings settings_;
  test::CheckedAssembler assembler_;
  std::int32_t numerology_;
  std::int64_t base_ = 8; ///< packets are of slots around this one
  std::int64_t next_ = 0; ///< the next to announce
  std::int64_t now_ns_ = 1'700'000'000'000'000'000;
};

void play(Bytes bytes) {
  io::AssemblerSettings settings = settings_of(bytes);
  const std::int32_t anchor = bytes.up_to(2);
  if (anchor == 0)
    settings.first_sfn = bytes.next();
  std::optional<io::FirstSlots> first_slots;
  if (anchor == 1) {
    first_slots.emplace(settings.cell.numerology);
    for (std::int64_t count = bytes.next(); count < 3000; count += 1 + bytes.up_to(200))
      first_slots->note(count);
  }
  try {
    Player(bytes, settings, first_slots ? &*first_slots : nullptr).play();
  } catch (const std::exception& broken) {
    AIRAN_ASSERT(false, broken.what());
  }
}

} // namespace
} // namespace airan

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  airan::play({data, size});
  return 0;
}
