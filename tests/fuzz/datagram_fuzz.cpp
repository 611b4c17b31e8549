// SPDX-License-Identifier: Apache-2.0
// Datagrams of time-domain streams: whatever arrives on the ports, every announced slot is closed
// once, in order, and the counters add up. The first byte chooses framing and ports; then each
// datagram follows a byte with its port and the drops of the kernel, and two with its length.
#include "core/assert.hpp"
#include "io/udp/sample_assembler.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace airan::io {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::int64_t n_slots = 12;

/// Takes bytes from the front; zeros where there are none.
class Reader {
public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}
  bool is_empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    const Bytes one = take(1);
    return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one.front());
  }
  Bytes take(std::size_t n) {
    const Bytes taken = bytes_.first(std::min(n, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

private:
  Bytes bytes_;
};

/// Checks what a closed slot says is missing: ascending, within the slot and its margins, zero.
std::int64_t check_slot(const SlotIq& slot) {
  const auto& iq = std::get<TimeDomainIq>(slot.iq);
  std::int64_t n_missing = 0;
  for (std::int32_t p = 0; p < iq.n_ports; ++p) {
    std::int64_t end = -iq.margin - 1;
    for (const SampleRange& gap : iq.missing_of(p)) {
      AIRAN_ASSERT(gap.first > end && gap.count > 0, std::to_string(gap.first));
      end = gap.first + gap.count;
      AIRAN_ASSERT(end <= iq.n_samples + iq.margin, std::to_string(end));
      const auto first = (gap.first + iq.margin) * iq.sample_stride + p * iq.port_stride;
      const Bytes bytes = iq.bytes.subspan(static_cast<std::size_t>(first),
                                           static_cast<std::size_t>(gap.count * iq.sample_stride));
      AIRAN_ASSERT(
          std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; }),
          std::to_string(gap.first));
      n_missing += std::max<std::int64_t>(0, std::min(end, iq.n_samples) -
                                                 std::max<std::int64_t>(0, gap.first));
    }
  }
  return n_missing;
}

/// An assembler and what is known of the slots that it closed.
class Stream {
public:
  Stream(UdpFraming framing, std::int32_t n_ports)
      : settings_(settings(framing, n_ports)), assembler_(settings_, counters_) {
    for (std::int64_t count = 0; count < n_slots; ++count)
      assembler_.expect({count, 0x3FFF});
  }

  void receive(Bytes bytes, const DatagramRules& rules, const DatagramArrival& arrival) {
    Datagram datagram;
    auto dropped = parse_datagram(bytes, rules, datagram);
    if (!dropped)
      dropped = assembler_.accept(datagram, arrival);
    counters_.count(dropped);
    take_closed();
    AIRAN_ASSERT(counters_.received == counters_.accepted + counters_.n_dropped(),
                 std::to_string(counters_.received));
  }
  void idle(std::int64_t now_ns) {
    assembler_.close_due(now_ns);
    take_closed();
  }
  void end(std::int64_t now_ns) {
    assembler_.close_all(now_ns);
    take_closed();
    AIRAN_ASSERT(next_ == n_slots, std::to_string(next_));
    AIRAN_ASSERT(counters_.missing_samples == n_missing_, std::to_string(n_missing_));
  }

private:
  static SampleAssemblerSettings settings(UdpFraming framing, std::int32_t n_ports) {
    SampleAssemblerSettings s;
    s.cell.numerology = 2;
    s.cell.n_prb = 1;
    s.cell.rx_ports = n_ports;
    s.cell.fft_size = 128;
    s.format = iq_format_of(framing);
    s.window_slots = 2;
    s.closing = ClosingRule::by_time;
    s.stall_ns = 1'000'000;
    s.n_buffers = 4;
    s.max_announced = static_cast<std::int32_t>(n_slots);
    return s;
  }
  void take_closed() {
    const OfdmTiming timing{2, CyclicPrefix::normal, 128};
    while (const auto slot = assembler_.take_closed()) {
      AIRAN_ASSERT(slot->count == next_, std::to_string(slot->count));
      ++next_;
      if (slot->iq != nullptr) {
        n_missing_ += check_slot(*slot->iq);
        assembler_.recycle(slot->iq);
      } else if (!slot->is_dropped) {
        n_missing_ += settings_.cell.rx_ports *
                      (timing.slot_start(slot->count + 1) - timing.slot_start(slot->count));
      }
    }
  }

  SampleAssemblerSettings settings_;
  UdpCounters counters_;
  SampleAssembler assembler_;
  std::int64_t next_ = 0;
  std::int64_t n_missing_ = 0;
};

void run(Bytes input) {
  Reader reader(input);
  const std::uint8_t choice = reader.byte();
  DatagramRules rules;
  rules.framing = static_cast<UdpFraming>(choice % 3);
  rules.sample_rate_hz = 7.68e6;
  rules.chdr_word_bytes = (choice & 0x40) != 0 ? 64 : 8;
  const std::int32_t n_ports = (choice & 0x80) != 0 ? 2 : 1;
  Stream stream(rules.framing, n_ports);
  std::int64_t now_ns = 0;
  while (!reader.is_empty()) {
    const std::uint8_t control = reader.byte();
    const std::size_t n = reader.byte() | std::size_t{reader.byte()} << 8;
    // In memory of its own, so that a read beyond it is seen.
    const Bytes taken = reader.take(n);
    const std::vector<std::byte> bytes(taken.begin(), taken.end());
    now_ns += 100'000;
    if ((control & 0x80) != 0)
      stream.idle(now_ns += 2'000'000);
    stream.receive(bytes, rules, {control % n_ports, (control >> 1) & 7, now_ns});
  }
  stream.end(now_ns);
}

} // namespace
} // namespace airan::io

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  airan::io::run(std::as_bytes(std::span(data, size)));
  return 0;
}
