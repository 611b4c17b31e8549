// SPDX-License-Identifier: Apache-2.0
// Cuts the streams of all ports into the announced slots.
#include "io/udp/sample_assembler.hpp"

#include "core/assert.hpp"
#include "io/udp/port_stream.hpp"
#include "io/udp/slot_samples.hpp"

#include <boost/circular_buffer.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace airan::io {
namespace {

using Written = SlotSamples::Written;

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
/// Positions beyond this (some centuries) are no positions; sums of two cannot overflow.
constexpr std::int64_t max_position = std::int64_t{1} << 61;
/// Datagrams in a row that must agree before a jump beyond the window is believed.
constexpr std::int32_t n_agreeing = 3;
/// Samples of slots closed before this many others count as passed by, not as late.
constexpr std::size_t n_remembered = 64;
constexpr std::int64_t idle_ns = 1'000'000'000;
constexpr std::int64_t largest_datagram_bytes = 65'507;

OfdmTiming timing_of(const CellSettings& cell) {
  AIRAN_ASSERT(cell.fft_size.has_value(), "a time-domain source needs the FFT size");
  return {cell.numerology, cell.cyclic_prefix, *cell.fft_size};
}
std::int64_t min_slot_samples(const OfdmTiming& timing) {
  std::int64_t n = timing.max_slot_samples();
  for (std::int32_t s = 0; s < n_slots_per_subframe(timing.numerology); ++s)
    n = std::min<std::int64_t>(n, timing.slot_samples(s));
  return n;
}

/// An announced slot that is not closed. Samples are counted from the start of the first slot.
struct OpenSlot {
  std::int64_t count = 0;
  std::int64_t start = 0;
  std::int64_t n_samples = 0;
  SlotSamples* samples = nullptr; ///< null until some arrive
  bool is_dropped = false;        ///< some arrived and there was no buffer
};

/// What became of a slot, for datagrams that come after it was closed.
enum class Fate : std::uint8_t { complete, incomplete, dropped };
struct PastSlot {
  std::int64_t first = 0, end = 0; ///< samples, with margins
  Fate fate = Fate::complete;
};

/// Timestamps that are far from the others', until enough agree.
struct Suspicion {
  std::int64_t next = 0;
  std::int32_t n = 0;
};

} // namespace

struct SampleAssembler::State {
  State(const SampleAssemblerSettings& s, UdpCounters& c)
      : settings(s), counters(c), timing(timing_of(s.cell)), margin(timing.max_cp_samples()),
        slack(min_slot_samples(timing)),
        window_samples(s.window_slots * std::int64_t{timing.max_slot_samples()}),
        ports(static_cast<std::size_t>(s.cell.rx_ports)), delivered(ports.size(), never),
        suspicions(ports.size()), open(static_cast<std::size_t>(s.max_announced)),
        closed(static_cast<std::size_t>(s.max_announced)), past(n_remembered) {
    AIRAN_ASSERT(s.window_slots >= 1 && s.n_buffers >= 1 && s.max_announced >= 1,
                 "the assembler needs a window, buffers and room for announcements");
    const SlotSamplesPlan plan{s.format, s.cell.rx_ports, margin, timing.max_slot_samples()};
    const auto n = static_cast<std::size_t>(s.n_buffers);
    buffers.reserve(n);
    free.reserve(n);
    for (std::size_t i = 0; i < n; ++i)
      buffers.emplace_back(plan);
    for (SlotSamples& b : buffers)
      free.push_back(&b);
    if (s.first_count)
      first_start = timing.slot_start(*s.first_count);
  }

  bool is_timed(std::int64_t position) const {
    return position > -max_position && position < max_position;
  }
  std::int64_t end_with_margin(const OpenSlot& slot) const {
    return slot.start + slot.n_samples + margin;
  }
  /// First sample of slot number `count`.
  std::int64_t start_of(std::int64_t count) const {
    return timing.slot_start(count) - *first_start;
  }

  bool is_announced(std::int64_t first, std::int64_t n) const;
  bool is_plausible(std::size_t port, std::int64_t first, std::int64_t n);
  std::optional<UdpDropReason>
  take(const Datagram& datagram, std::int32_t port, std::int64_t first, bool is_repeat);
  Written write(OpenSlot& slot, std::int32_t port, std::int64_t first, const Datagram& datagram);
  std::optional<Fate> fate_of(std::int64_t first, std::int64_t end) const;

  bool is_complete(const OpenSlot& slot) const {
    return slot.samples != nullptr && !slot.is_dropped &&
           slot.samples->is_complete(first_sample - slot.start);
  }
  bool is_passed(const OpenSlot& slot) const;
  bool is_overdue(const OpenSlot& slot, std::int64_t now_ns) const;
  void close_passed(std::int64_t now_ns);
  void close_front(std::int64_t now_ns);

  const SampleAssemblerSettings settings;
  UdpCounters& counters;
  const OfdmTiming timing;
  const std::int64_t margin;
  const std::int64_t slack; ///< samples by which stragglers may be late
  const std::int64_t window_samples;

  std::optional<std::int64_t> first_start; ///< of the first slot, from the start of slot number 0
  std::optional<std::uint64_t> origin;     ///< position of the first slot's first sample
  bool schedule_ended = false;

  std::vector<PortStream> ports;
  std::vector<std::int64_t> delivered; ///< [port], after the newest sample
  std::vector<Suspicion> suspicions;   ///< [port]
  std::int64_t first_sample = std::numeric_limits<std::int64_t>::max(); ///< the oldest of all
  std::int64_t newest = never;                                          ///< the newest of all, end
  std::int64_t newest_ns = 0;                                           ///< when it arrived
  std::int64_t arrival_ns = 0;                                          ///< of the last datagram
  std::int64_t last_announced = never; ///< start of the slot announced last

  std::vector<SlotSamples> buffers;
  std::vector<SlotSamples*> free;
  boost::circular_buffer<OpenSlot> open;     ///< in order of count
  boost::circular_buffer<ClosedSlot> closed; ///< not taken yet
  boost::circular_buffer<PastSlot> past;
};

/// A datagram that begins within the window after the newest sample, or before it, is believed.
/// Whether samples are of one of the next announced slots: where a sender pauses between them, the
/// next one may begin far from the newest sample.
bool SampleAssembler::State::is_announced(std::int64_t first, std::int64_t n) const {
  const std::size_t n_looked_at =
      std::min(open.size(), static_cast<std::size_t>(settings.window_slots));
  for (std::size_t i = 0; i < n_looked_at; ++i)
    if (first + n > open[i].start - margin && first < open[i].start + open[i].n_samples + margin)
      return true;
  return false;
}

bool SampleAssembler::State::is_plausible(std::size_t port, std::int64_t first, std::int64_t n) {
  Suspicion& suspicion = suspicions[port];
  if (newest == never || first - newest <= window_samples || is_announced(first, n)) {
    suspicion.n = 0;
    return true;
  }
  const bool agrees = suspicion.n > 0 && std::abs(first - suspicion.next) <= window_samples;
  suspicion = {first + n, agrees ? suspicion.n + 1 : 1};
  if (suspicion.n < n_agreeing)
    return false;
  suspicion.n = 0;
  return true;
}

Written SampleAssembler::State::write(OpenSlot& slot,
                                      std::int32_t port,
                                      std::int64_t first,
                                      const Datagram& datagram) {
  if (slot.samples == nullptr && !slot.is_dropped) {
    if (free.empty()) {
      slot.is_dropped = true;
    } else {
      slot.samples = free.back();
      free.pop_back();
      slot.samples->begin(slot_id_at(settings.cell.id, slot.count, settings.cell.numerology),
                          slot.n_samples);
    }
  }
  return slot.is_dropped ? Written::no_room
                         : slot.samples->write(port, first - slot.start, datagram.iq);
}

/// The worst that happened to the slots closed lately that [first, end) belongs to.
std::optional<Fate> SampleAssembler::State::fate_of(std::int64_t first, std::int64_t end) const {
  std::optional<Fate> worst;
  for (const PastSlot& slot : past)
    if (slot.first < end && first < slot.end && (!worst || slot.fate > *worst))
      worst = slot.fate;
  return worst;
}

/// Hands [first, ..) of a port to every open slot that it belongs to.
std::optional<UdpDropReason> SampleAssembler::State::take(const Datagram& datagram,
                                                          std::int32_t port,
                                                          std::int64_t first,
                                                          bool is_repeat) {
  const std::int64_t end = first + datagram.n_samples();
  std::array<bool, 3> seen{}; // by Written
  for (OpenSlot& slot : open) {
    if (slot.start - margin >= end)
      break;
    if (end_with_margin(slot) > first)
      seen[static_cast<std::size_t>(write(slot, port, first, datagram))] = true;
  }
  if (seen[static_cast<std::size_t>(Written::something)])
    return std::nullopt;
  if (seen[static_cast<std::size_t>(Written::no_room)])
    return UdpDropReason::no_memory;
  if (seen[static_cast<std::size_t>(Written::nothing_new)])
    return UdpDropReason::duplicate;
  if (const auto fate = fate_of(first, end))
    return *fate == Fate::complete     ? UdpDropReason::duplicate
           : *fate == Fate::incomplete ? UdpDropReason::late
                                       : UdpDropReason::no_memory;
  if (is_repeat)
    return UdpDropReason::duplicate;
  ++counters.not_needed;
  return std::nullopt;
}

/// Whether samples say that no more of the slot is to be expected.
bool SampleAssembler::State::is_passed(const OpenSlot& slot) const {
  if (newest != never && newest > start_of(slot.count + settings.window_slots))
    return true;
  const std::int64_t end = end_with_margin(slot) + slack;
  return std::all_of(delivered.begin(), delivered.end(),
                     [end](std::int64_t d) { return d != never && d >= end; });
}

bool SampleAssembler::State::is_overdue(const OpenSlot& slot, std::int64_t now_ns) const {
  if (newest == never)
    return false;
  const std::int64_t ahead = end_with_margin(slot) - newest;
  const double due_ns = static_cast<double>(ahead) / timing.sample_rate_hz() * 1e9;
  return static_cast<double>(now_ns - newest_ns - settings.stall_ns) > due_ns;
}

void SampleAssembler::State::close_passed(std::int64_t now_ns) {
  while (!open.empty() && (is_complete(open.front()) || is_passed(open.front())))
    close_front(now_ns);
}

void SampleAssembler::State::close_front(std::int64_t now_ns) {
  const OpenSlot slot = open.front();
  open.pop_front();
  ClosedSlot result{slot.count, now_ns, nullptr, slot.is_dropped};
  Fate fate = Fate::incomplete;
  if (slot.is_dropped) {
    ++counters.slots_dropped;
    fate = Fate::dropped;
  } else {
    const std::int64_t n_all = slot.n_samples * settings.cell.rx_ports;
    const std::int64_t n_missing = slot.samples == nullptr ? n_all : slot.samples->n_missing();
    counters.missing_samples += n_missing;
    if (is_complete(slot))
      fate = Fate::complete;
    if (n_missing < n_all)
      result.iq = slot.samples->finish(now_ns);
    else if (slot.samples != nullptr)
      free.push_back(slot.samples); // margins only
  }
  past.push_back({slot.start - margin, end_with_margin(slot), fate});
  closed.push_back(result);
}

SampleAssembler::SampleAssembler(const SampleAssemblerSettings& settings, UdpCounters& counters)
    : state_(std::make_unique<State>(settings, counters)) {}
SampleAssembler::~SampleAssembler() = default;

bool SampleAssembler::can_expect() const {
  return !state_->open.full() && state_->open.size() + state_->closed.size() <
                                     static_cast<std::size_t>(state_->settings.max_announced);
}

void SampleAssembler::expect(const ExpectedSlot& slot) {
  State& s = *state_;
  AIRAN_ASSERT(can_expect(), "a slot was announced without room for it");
  if (!s.first_start)
    s.first_start = s.timing.slot_start(slot.count);
  const std::int64_t start = s.start_of(slot.count);
  s.open.push_back({slot.count, start, s.start_of(slot.count + 1) - start});
  s.last_announced = start;
}

void SampleAssembler::end_of_schedule() {
  state_->schedule_ended = true;
}

bool SampleAssembler::needs_first_slot() const {
  return !state_->first_start && !state_->schedule_ended;
}

bool SampleAssembler::needs_schedule() const {
  const State& s = *state_;
  if (s.schedule_ended || !can_expect())
    return false;
  if (s.last_announced == never)
    return true;
  const std::int64_t reach = std::max<std::int64_t>(s.newest, 0) +
                             SlotAssembler::look_ahead_slots * s.slack +
                             largest_datagram_bytes / iq_sample_bytes;
  return s.last_announced < reach;
}

void SampleAssembler::begin_at(std::uint64_t position) {
  State& s = *state_;
  if (s.first_start && !s.origin)
    s.origin = s.settings.first_position.value_or(position);
}

std::optional<UdpDropReason> SampleAssembler::accept(const Datagram& datagram,
                                                     const DatagramArrival& arrival) {
  State& s = *state_;
  s.arrival_ns = arrival.now_ns;
  if (!datagram.has_iq) {
    ++s.counters.context;
    return std::nullopt;
  }
  const auto p = static_cast<std::size_t>(arrival.port);
  PortStream& stream = s.ports[p];
  const std::uint64_t base = s.settings.first_position.value_or(0);
  const PortStream::Place place = stream.place(datagram, arrival.n_lost_before, base);
  const auto origin = s.origin.value_or(s.settings.first_position.value_or(place.position));
  const auto first = static_cast<std::int64_t>(place.position - origin);
  const std::int64_t n = datagram.n_samples();
  if (!s.is_timed(first) || !s.is_plausible(p, first, n))
    return UdpDropReason::implausible_position;
  stream.pass(datagram, place);
  if (s.first_start)
    s.origin = origin;

  std::optional<UdpDropReason> dropped;
  if (!s.origin) {
    ++s.counters.not_needed; // no slot is granted at all
  } else {
    s.first_sample = std::min(s.first_sample, first);
    s.delivered[p] = std::max(s.delivered[p], first + n);
    dropped = s.take(datagram, arrival.port, first, place.is_repeat);
    if (first + n > s.newest) {
      s.newest = first + n;
      s.newest_ns = arrival.now_ns;
    }
  }
  s.counters.sequence_gaps += place.n_skipped;
  if (!dropped) {
    s.counters.sender_gaps += datagram.has_sender_gap ? 1 : 0;
    s.counters.overranges += datagram.is_overrange ? 1 : 0;
    if (place.is_old && !place.is_repeat) {
      ++s.counters.out_of_order;
      s.counters.sequence_gaps -= datagram.sequence && s.counters.sequence_gaps > 0 ? 1 : 0;
    }
  }
  s.close_passed(arrival.now_ns);
  return dropped;
}

void SampleAssembler::close_due(std::int64_t now_ns) {
  State& s = *state_;
  s.close_passed(now_ns); // slots announced since
  if (s.settings.closing == ClosingRule::by_packets && now_ns - s.arrival_ns < idle_ns)
    return;
  while (!s.open.empty() && s.is_overdue(s.open.front(), now_ns))
    s.close_front(now_ns);
}

void SampleAssembler::close_all(std::int64_t now_ns) {
  while (!state_->open.empty())
    state_->close_front(now_ns);
}

bool SampleAssembler::has_closed_all() const {
  return state_->schedule_ended && state_->open.empty() && state_->closed.empty();
}

std::optional<ClosedSlot> SampleAssembler::take_closed() {
  State& s = *state_;
  if (s.closed.empty())
    return std::nullopt;
  const ClosedSlot slot = s.closed.front();
  s.closed.pop_front();
  return slot;
}

void SampleAssembler::recycle(const SlotIq* slot) {
  State& s = *state_;
  const auto buffer = std::find_if(s.buffers.begin(), s.buffers.end(),
                                   [slot](const SlotSamples& b) { return b.slot() == slot; });
  AIRAN_ASSERT(buffer != s.buffers.end(), "a slot came back that is not of this assembler");
  s.free.push_back(&*buffer);
}

bool SampleAssembler::has_room() const {
  return static_cast<std::int64_t>(state_->free.size()) >=
         max_slots_per_datagram(state_->settings.cell);
}

std::int64_t SampleAssembler::delivered(std::int32_t port) const {
  return state_->delivered[static_cast<std::size_t>(port)];
}

std::int32_t SampleAssembler::max_slots_per_datagram(const CellSettings& cell) {
  const OfdmTiming timing = timing_of(cell);
  const std::int64_t reach =
      largest_datagram_bytes / iq_sample_bytes + 2 * std::int64_t{timing.max_cp_samples()};
  return static_cast<std::int32_t>(reach / min_slot_samples(timing) + 2);
}

} // namespace airan::io
