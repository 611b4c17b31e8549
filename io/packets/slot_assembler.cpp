// SPDX-License-Identifier: Apache-2.0
#include "io/packets/slot_assembler.hpp"

#include "core/assert.hpp"
#include "io/packets/air_time.hpp"
#include "io/packets/announced_slots.hpp"
#include "io/packets/arrival_map.hpp"
#include "io/packets/slot_clock.hpp"
#include "io/packets/slot_pool.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

namespace airan::io {
namespace {

/// Counts beyond this (centuries) and times beyond this are refused or cut, so that nothing
/// overflows.
constexpr std::int64_t greatest_count = std::int64_t{1} << 42;
constexpr std::int64_t greatest_ns = std::int64_t{1} << 61;

std::int64_t sane_time(std::int64_t now_ns) {
  return std::clamp(now_ns, -greatest_ns, greatest_ns);
}

/// What has arrived of one announced slot. Kept for a while after the slot is closed.
struct Arrivals {
  std::int64_t index = -1; ///< of the slot in AnnouncedSlots
  ArrivalMap map;
  SlotBuffer* buffer = nullptr; ///< null when nothing is kept, and once closed
};

} // namespace

struct SlotAssembler::State {
  State(const AssemblerSettings& s, const FirstSlots* first_slots, PacketCounters& c)
      : settings(s), counters(c), has_first_slots(first_slots != nullptr),
        n_remembered(2 * s.window_slots), announced(max_announced, n_remembered),
        clock({s.cell.numerology, s.window_slots, s.first_sfn, s.first_sfn_count}, first_slots),
        air(s.cell, s.ta4.value_or(Ta4Window{})),
        pool(s.n_buffers, s.max_runs_per_slot, s.max_packets_per_slot),
        max_runs(static_cast<std::size_t>(s.max_runs_per_slot)),
        max_packets(static_cast<std::size_t>(s.max_packets_per_slot)) {
    // Remembered, open up to the newest slot, and the announced ones after it that are plausible.
    const auto n_arrivals =
        std::bit_ceil(static_cast<std::size_t>(n_remembered + 2 * s.window_slots));
    arrivals.reserve(n_arrivals);
    for (std::size_t i = 0; i < n_arrivals; ++i)
      arrivals.push_back(
          {-1, ArrivalMap(s.cell.rx_ports, s.cell.n_symbols(), s.cell.n_prb), nullptr});
  }

  Arrivals& place_of(std::int64_t index) {
    return arrivals[static_cast<std::size_t>(index) & (arrivals.size() - 1)];
  }
  /// What arrived of the slot; null: nothing.
  Arrivals* find_arrivals(std::int64_t index) {
    Arrivals& place = place_of(index);
    return place.index == index ? &place : nullptr;
  }
  Arrivals& begin_arrivals(std::int64_t index) {
    Arrivals& place = place_of(index);
    if (place.index != index) {
      AIRAN_ASSERT(place.buffer == nullptr && place.index < announced.first_remembered(),
                   "slot " + std::to_string(announced[index].slot.count) +
                       " is too far ahead of the oldest open one");
      place.index = index;
      place.map.clear();
    }
    return place;
  }
  /// No packet was placed yet, and the grants pass by.
  bool gives_up() const {
    return !clock.is_anchored() && !has_first_slots && settings.closing == ClosingRule::by_time;
  }
  bool is_complete(std::int64_t index) {
    const Arrivals* place = find_arrivals(index);
    return place != nullptr && place->map.n_arrived() == announced[index].n_prbs;
  }
  void close_front();
  void close_ready();
  std::optional<std::int64_t> locate(const oran::Message& message, std::int64_t now_ns);
  Verdict judge(const oran::Message& message, PacketHandle packet, std::int64_t now_ns);
  bool has_all_of(const Arrivals& place, const oran::Message& message) const {
    const auto sections = message.sections();
    return std::all_of(sections.begin(), sections.end(), [&](const oran::Section& section) {
      return place.map.has_all(message.port, message.symbol, in_carrier(section));
    });
  }
  bool add_runs(Arrivals& place, const oran::Message& message);
  Verdict judge_closed(const oran::Message& message, std::int64_t index);
  Verdict keep(const oran::Message& message, PacketHandle packet, std::int64_t index);
  /// PRBs of the section that lie in the carrier.
  PrbRange in_carrier(const oran::Section& section) const {
    const std::int32_t first = std::min<std::int32_t>(section.first_prb, settings.cell.n_prb);
    return {first, std::min<std::int32_t>(section.n_prb, settings.cell.n_prb - first)};
  }
  bool is_outside_carrier(const oran::Message& message) const {
    const auto sections = message.sections();
    return std::all_of(sections.begin(), sections.end(),
                       [this](const oran::Section& s) { return in_carrier(s).n == 0; });
  }

  AssemblerSettings settings;
  PacketCounters& counters;
  bool has_first_slots;
  std::int32_t n_remembered;
  AnnouncedSlots announced;
  SlotClock clock;
  AirTime air;
  SlotPool pool;
  std::size_t max_runs;
  std::size_t max_packets;
  std::vector<Arrivals> arrivals; ///< a power of two of them, by index
  bool schedule_ended = false;
  std::int64_t n_restarts = 0;
  std::optional<std::int64_t> newest; ///< after the last packet
  /// Set by locate(), used up by accept(): the slot of the next message, if it is plausible.
  std::optional<std::optional<std::int64_t>> located;
};

void SlotAssembler::State::close_front() {
  const std::int64_t index = announced.closed();
  Arrivals* place = find_arrivals(index);
  counters.missing_prbs +=
      announced[index].n_prbs - (place != nullptr ? place->map.n_arrived() : 0);
  SlotBuffer* buffer = place != nullptr ? std::exchange(place->buffer, nullptr) : nullptr;
  if (buffer != nullptr && buffer->packets.empty()) { // its only packets found no room
    pool.give_back(&buffer->slot);
    buffer = nullptr;
  }
  if (buffer == nullptr) {
    announced.close_front(nullptr);
    return;
  }
  buffer->slot.id =
      slot_id_at(settings.cell.id, announced[index].slot.count, settings.cell.numerology);
  buffer->slot.iq = FrequencyDomainIq{buffer->runs};
  announced.close_front(&buffer->slot);
}

/// Closes the oldest slots as long as they are complete or too old.
void SlotAssembler::State::close_ready() {
  while (clock.is_anchored() && announced.n_open() > 0 &&
         (announced[announced.closed()].slot.count < clock.oldest_open() ||
          is_complete(announced.closed())))
    close_front();
}

std::optional<std::int64_t> SlotAssembler::State::locate(const oran::Message& message,
                                                         std::int64_t now_ns) {
  const auto count = clock.locate(message.frame, message.slot, now_ns, announced);
  if (n_restarts != clock.n_restarts()) {
    n_restarts = clock.n_restarts();
    air.forget_reference();
  }
  if (count == clock.newest() && newest != count && air.has_reference())
    air.follow(*count, message.symbol, now_ns);
  newest = clock.newest();
  close_ready();
  return count;
}

Verdict SlotAssembler::State::judge(const oran::Message& message,
                                    PacketHandle packet,
                                    std::int64_t now_ns) {
  const auto count = located ? *located : locate(message, now_ns);
  located.reset();
  if (!count)
    return {clock.is_anchored() ? DropReason::implausible_slot : DropReason::no_context, false};
  const auto index = announced.find(*count);
  if (!index)
    return {announced.is_forgotten(*count) ? DropReason::late : DropReason::no_context, false};

  if (!air.has_reference())
    air.set_reference(*count, message.symbol, now_ns);
  const Punctuality punctuality =
      settings.ta4 ? air.judge(*count, message.symbol, now_ns) : Punctuality::on_time;
  if (punctuality != Punctuality::on_time && settings.ta4->late == LatePolicy::drop)
    return {punctuality == Punctuality::early ? DropReason::early : DropReason::late, false};

  if (*index < announced.first_remembered())
    return {DropReason::late, false};
  if (((announced[*index].slot.symbols >> message.symbol) & 1u) == 0 || is_outside_carrier(message))
    return {std::nullopt, false};
  if (*index < announced.closed())
    return judge_closed(message, *index);
  const Verdict verdict = keep(message, packet, *index);
  if (verdict.is_kept) {
    counters.early_kept += punctuality == Punctuality::early ? 1 : 0;
    counters.late_kept += punctuality == Punctuality::late ? 1 : 0;
    close_ready();
  }
  return verdict;
}

Verdict SlotAssembler::State::judge_closed(const oran::Message& message, std::int64_t index) {
  const Arrivals* place = find_arrivals(index);
  const bool is_repeat = place != nullptr && has_all_of(*place, message);
  return {is_repeat ? DropReason::duplicate : DropReason::late, false};
}

Verdict
SlotAssembler::State::keep(const oran::Message& message, PacketHandle packet, std::int64_t index) {
  Arrivals& place = begin_arrivals(index);
  const bool has_room = place.buffer != nullptr && place.buffer->packets.size() < max_packets;
  if (!has_room) {
    if (has_all_of(place, message))
      return {DropReason::duplicate, false};
    if (place.buffer == nullptr)
      place.buffer = pool.lend();
    if (place.buffer == nullptr || place.buffer->packets.size() >= max_packets)
      return {DropReason::no_memory, false};
  }
  const std::size_t n_before = place.buffer->runs.size();
  if (!add_runs(place, message)) { // as if it had never come
    for (auto& runs = place.buffer->runs; runs.size() > n_before; runs.pop_back())
      place.map.remove(runs.back().port, runs.back().symbol,
                       {runs.back().first_prb, runs.back().n_prb});
    return {DropReason::no_memory, false};
  }
  if (place.buffer->runs.size() == n_before)
    return {DropReason::duplicate, false};
  place.buffer->packets.push_back(packet);
  return {std::nullopt, true};
}

/// Refers to all PRBs of the message that are new; false when there is no room for all of them.
bool SlotAssembler::State::add_runs(Arrivals& place, const oran::Message& message) {
  bool has_room = true;
  for (const oran::Section& section : message.sections()) {
    const PrbRange wanted = in_carrier(section);
    place.map.add(message.port, message.symbol, wanted, [&](PrbRange run) {
      if (place.buffer->runs.size() == max_runs) {
        has_room = false;
        place.map.remove(message.port, message.symbol, run);
        return;
      }
      place.buffer->runs.push_back(
          {section.iq + std::ptrdiff_t{run.first - wanted.first} * prb_bytes(section.format),
           static_cast<std::uint16_t>(message.port), message.symbol,
           static_cast<std::uint16_t>(run.first), static_cast<std::uint16_t>(run.n),
           section.format});
    });
  }
  return has_room;
}

SlotAssembler::SlotAssembler(const AssemblerSettings& settings,
                             const FirstSlots* first_slots,
                             PacketCounters& counters)
    : state_(std::make_unique<State>(settings, first_slots, counters)) {}

SlotAssembler::~SlotAssembler() = default;

void SlotAssembler::expect(const ExpectedSlot& slot) {
  State& s = *state_;
  AIRAN_ASSERT(slot.count >= 0 && slot.count < greatest_count,
               "slot " + std::to_string(slot.count) + " is announced");
  if (s.gives_up() && s.announced.n_open() == max_announced)
    s.close_front();
  const CellSettings& cell = s.settings.cell;
  const auto symbols = static_cast<std::uint16_t>(slot.symbols & ((1u << cell.n_symbols()) - 1u));
  s.announced.push({slot.count, symbols}, std::popcount(symbols) * cell.rx_ports * cell.n_prb);
  s.close_ready();
}

bool SlotAssembler::can_expect() const {
  const State& s = *state_;
  return s.announced.has_room() || (s.gives_up() && !s.announced.is_full());
}

void SlotAssembler::end_of_schedule() {
  state_->schedule_ended = true;
}

bool SlotAssembler::has_closed_all() const {
  return state_->schedule_ended && state_->announced.n_open() == 0;
}

bool SlotAssembler::needs_schedule() const {
  const State& s = *state_;
  if (s.settings.closing != ClosingRule::by_packets || s.schedule_ended)
    return false;
  if (!s.clock.is_anchored())
    return s.announced.n_open() < look_ahead_slots;
  const std::int64_t index = s.announced.end() - look_ahead_slots;
  return index < s.announced.begin() || s.announced[index].slot.count <= s.clock.newest();
}

bool SlotAssembler::has_room() const {
  return state_->pool.has_free();
}

void SlotAssembler::locate(const oran::Message& message, std::int64_t now_ns) {
  if (!state_->located)
    state_->located = state_->locate(message, sane_time(now_ns));
}

Verdict
SlotAssembler::accept(const oran::Message& message, PacketHandle packet, std::int64_t now_ns) {
  return state_->judge(message, packet, sane_time(now_ns));
}

void SlotAssembler::close_due(std::int64_t now_ns) {
  State& s = *state_;
  if (s.settings.closing != ClosingRule::by_time || !s.air.has_reference())
    return;
  while (s.announced.n_open() > 0) {
    const ExpectedSlot& slot = s.announced[s.announced.closed()].slot;
    const std::int32_t last_symbol = std::max(0, std::bit_width(slot.symbols) - 1);
    if (sane_time(now_ns) < s.air.deadline_ns(slot.count, last_symbol))
      break;
    s.close_front();
  }
  s.close_ready();
}

bool SlotAssembler::close_oldest() {
  State& s = *state_;
  const auto oldest = std::min_element(s.arrivals.begin(), s.arrivals.end(),
                                       [](const Arrivals& a, const Arrivals& b) {
                                         return (a.buffer != nullptr ? a.index : INT64_MAX) <
                                                (b.buffer != nullptr ? b.index : INT64_MAX);
                                       });
  if (oldest->buffer == nullptr)
    return false;
  while (s.announced.closed() <= oldest->index)
    s.close_front();
  s.close_ready();
  return true;
}

void SlotAssembler::close_all() {
  while (state_->announced.n_open() > 0)
    state_->close_front();
}

bool SlotAssembler::has_closed() const {
  return state_->announced.has_closed();
}

std::optional<ClosedSlot> SlotAssembler::take_closed(std::int64_t steady_ns) {
  const auto entry = state_->announced.take();
  if (!entry)
    return std::nullopt;
  if (entry->iq != nullptr)
    entry->iq->closed_ns = steady_ns;
  return ClosedSlot{entry->slot.count, steady_ns, entry->iq, false};
}

std::span<const PacketHandle> SlotAssembler::recycle(const SlotIq* slot) {
  return state_->pool.give_back(slot);
}

std::vector<PacketHandle> SlotAssembler::abandon() {
  return state_->pool.abandon();
}

std::optional<std::int64_t> SlotAssembler::symbol_start_ns(std::int64_t count,
                                                           std::int32_t symbol) const {
  if (!state_->air.has_reference())
    return std::nullopt;
  return state_->air.start_ns(count, symbol);
}

std::optional<std::int64_t> SlotAssembler::symbol_start_ns(const oran::Message& message) const {
  if (!state_->clock.is_anchored())
    return std::nullopt;
  return symbol_start_ns(state_->clock.next_to_newest(message.frame, message.slot), message.symbol);
}

} // namespace airan::io
