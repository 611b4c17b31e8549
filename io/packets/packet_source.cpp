// SPDX-License-Identifier: Apache-2.0
// The packet thread.
#include "io/packets/packet_source.hpp"

#include "io/oran/parse_frame.hpp"
#include "io/packets/idle_wait.hpp"
#include "io/packets/published.hpp"
#include "io/packets/sequence_tracker.hpp"
#include "io/packets/thread_core.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <thread>
#include <utility>

namespace airan::io {
namespace {

using Clock = std::chrono::steady_clock;

/// Packet buffers that a burst may take.
constexpr std::int64_t burst_packets = 64;

std::int64_t unix_now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::int64_t steady_now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
      .count();
}

oran::FrameRules frame_rules(const std::vector<PacketCell>& cells) {
  oran::FrameRules rules;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const PacketSettings& p = cells[c].packets;
    rules.vlan = p.vlan;
    rules.dst_mac = p.dst_mac;
    rules.ignore_ecpri_size = p.ignore_ecpri_size;
    oran::StreamRules stream;
    stream.cell = static_cast<std::int32_t>(c);
    stream.numerology = cells[c].cell.numerology;
    stream.n_symbols = cells[c].cell.n_symbols();
    stream.ru_prb = p.ru_prb.value_or(cells[c].cell.n_prb);
    stream.prach_compression = p.prach_compression;
    stream.bfp16 = p.bfp16;
    const auto add = [&](const std::vector<std::int32_t>& eaxc, oran::StreamKind kind) {
      stream.kind = kind;
      stream.compression = kind == oran::StreamKind::prach
                               ? p.prach_compression.value_or(p.compression)
                               : p.compression;
      for (std::size_t port = 0; port < eaxc.size(); ++port) {
        stream.port = static_cast<std::int32_t>(port);
        rules.add(static_cast<std::uint16_t>(eaxc[port]), stream);
      }
    };
    add(p.eaxc, oran::StreamKind::pusch);
    add(p.prach_eaxc, oran::StreamKind::prach);
    add(p.srs_eaxc, oran::StreamKind::srs);
  }
  return rules;
}

} // namespace

/// What the packet thread works on, and the copies that others may read.
class PacketSource::Loop {
public:
  Loop(std::unique_ptr<PacketInput> input,
       const PacketSourceSettings& settings,
       std::vector<PacketCell> cells)
      : input_(std::move(input)), settings_(settings), rules_(frame_rules(cells)) {
    for (PacketCell& cell : cells)
      cells_.emplace_back(std::move(cell), counters_);
  }
  ~Loop() {
    stop();
    if (thread_.joinable())
      thread_.join();
    for (Cell& cell : cells_)
      input_->release(cell.assembler.abandon());
  }

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop() { is_stopped_.store(true, std::memory_order_relaxed); }
  bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }

  /// What other threads may look at.
  struct Copies {
    PacketCounters counters;
    DeviceCounters device;
    std::vector<FirstPacket> first_packets;
    std::string trouble;
  };
  Copies copies() const { return copies_.copy(); }

private:
  /// A cell with its slots on their way.
  struct Cell {
    Cell(PacketCell made, PacketCounters& counters)
        : settings(std::move(made)),
          assembler(settings.assembler, settings.first_slots.get(), counters) {}
    PacketCell settings;
    SlotAssembler assembler;
    std::deque<std::int64_t> out; ///< counts of the closed slots that are not back yet
    bool is_granted() const { return settings.slots != nullptr; }
  };

  void run() {
    pin_this_thread(settings_.core);
    IdleWait idle;
    while (!is_stopped() && !input_->has_ended()) {
      exchange();
      if (!may_read()) {
        idle.wait();
        continue;
      }
      const std::span<const RxPacket> packets = input_->burst();
      if (packets.empty())
        close_due();
      for (const RxPacket& packet : packets)
        receive(packet);
      copies_.update_if_due([this](Copies& copies) { publish(copies); });
      packets.empty() ? idle.wait() : idle.reset();
    }
    finish();
  }

  bool is_stopped() const { return is_stopped_.load(std::memory_order_relaxed); }

  /// Takes what other threads left in the queues, and hands over what is closed.
  void exchange() {
    for (Cell& cell : cells_) {
      if (!cell.is_granted())
        continue;
      SlotExchange& slots = *cell.settings.slots;
      while (const SlotIq* iq = slots.next_returned()) {
        input_->release(cell.assembler.recycle(iq));
        cell.out.pop_front();
      }
      while (cell.assembler.can_expect()) {
        const auto expected = slots.next_announced();
        if (!expected)
          break;
        cell.assembler.expect(*expected);
      }
      if (slots.announcements_ended())
        cell.assembler.end_of_schedule();
      hand_over(cell);
    }
  }

  void hand_over(Cell& cell) {
    while (cell.assembler.has_closed()) {
      const auto closed = cell.assembler.take_closed(steady_now_ns());
      if (closed->iq != nullptr)
        cell.out.push_back(closed->count);
      cell.settings.slots->close(*closed);
    }
    // The receiver is too far behind: the oldest slots are given up.
    const auto max_out = static_cast<std::size_t>(cell.settings.queue_slots);
    if (settings_.pace == Pace::real_time && cell.out.size() > max_out)
      cell.settings.slots->skip_to(cell.out[cell.out.size() - max_out]);
  }

  /// Whether a burst may be taken: there are packet buffers for it, and as_fast_as_possible also
  /// room for the slots.
  bool may_read() {
    bool has_room = true;
    bool is_waiting = false; // for slots to come back
    for (const Cell& cell : cells_) {
      const auto max_out = static_cast<std::size_t>(cell.settings.queue_slots);
      has_room = has_room && cell.out.size() < max_out;
      is_waiting = is_waiting || !cell.out.empty();
    }
    if (settings_.pace == Pace::as_fast_as_possible && !has_room)
      return false;
    if (input_->n_free() >= burst_packets)
      return true;
    // Open slots hold all packet buffers: one of them must go as it is.
    if (!is_waiting)
      for (Cell& cell : cells_)
        if (cell.is_granted() && cell.assembler.close_oldest())
          break;
    return settings_.pace == Pace::real_time;
  }

  void receive(const RxPacket& packet) {
    Verdict verdict;
    verdict.dropped = oran::parse_frame(packet.bytes, rules_, message_);
    Cell* cell = verdict.dropped ? nullptr : &cells_[static_cast<std::size_t>(message_.cell)];
    if (cell != nullptr)
      verdict = assemble(*cell, packet);
    counters_.count(verdict.dropped);
    if (first_packets_.is_new(message_, verdict.dropped))
      note_first_packet(cell, packet, verdict);
    if (!verdict.is_kept)
      input_->release({&packet.handle, 1});
  }

  /// What a sound message is good for.
  Verdict assemble(Cell& cell, const RxPacket& packet) {
    if (!cell.settings.packets.ignore_sequence)
      note_sequence();
    counters_.reserved_bits += message_.has_reserved_bits ? 1 : 0;
    if (message_.plane == oran::Plane::control) {
      ++counters_.c_plane;
      return {};
    }
    if (message_.kind != oran::StreamKind::pusch) {
      ++(message_.kind == oran::StreamKind::prach ? counters_.prach : counters_.srs);
      return {};
    }
    if (!cell.is_granted())
      return {};
    await_turn(cell, packet);
    const Verdict verdict = cell.assembler.accept(message_, packet.handle, packet.time_ns);
    hand_over(cell);
    return verdict;
  }

  void note_sequence() {
    const SequenceChange change =
        sequences_.note(*message_.eaxc, message_.plane, message_.sequence);
    counters_.sequence_gaps += change.gaps;
    counters_.out_of_order += change.out_of_order ? 1 : 0;
  }

  /// A replay may be faster than its grants are read and its slots received.
  void await_turn(Cell& cell, const RxPacket& packet) {
    IdleWait idle;
    cell.assembler.locate(message_, packet.time_ns);
    const auto must_wait = [&] {
      return cell.assembler.needs_schedule() ||
             (settings_.pace == Pace::as_fast_as_possible && !cell.assembler.has_room());
    };
    while (must_wait() && !is_stopped()) {
      exchange();
      if (must_wait())
        idle.wait();
    }
  }

  void note_first_packet(const Cell* cell, const RxPacket& packet, const Verdict& verdict) {
    std::optional<std::int64_t> offset_ns;
    if (cell != nullptr)
      if (const auto start = cell->assembler.symbol_start_ns(message_))
        offset_ns = packet.time_ns - *start;
    first_packets_.add(message_, verdict.dropped, offset_ns);
  }

  void close_due() {
    for (Cell& cell : cells_) {
      if (!cell.is_granted())
        continue;
      cell.assembler.close_due(unix_now_ns());
      hand_over(cell);
    }
    if (has_closed_all())
      stop();
  }

  /// Live: everything that was announced is closed, and nothing will be announced any more.
  bool has_closed_all() const {
    bool is_granted = false;
    for (const Cell& cell : cells_) {
      if (!cell.is_granted())
        continue;
      is_granted = true;
      if (cell.settings.assembler.closing == ClosingRule::by_packets ||
          !cell.assembler.has_closed_all())
        return false;
    }
    return is_granted;
  }

  /// The input has ended: slots that were announced are closed with what is there. The thread lives
  /// until every slot is back, for it frees the packets.
  void finish() {
    IdleWait idle;
    for (bool is_done = false; !is_done; idle.wait()) {
      exchange();
      is_done = true;
      for (Cell& cell : cells_) {
        if (!cell.is_granted())
          continue;
        cell.assembler.close_all();
        hand_over(cell);
        is_done = is_done && (is_stopped() || (cell.settings.slots->announcements_ended() &&
                                               cell.assembler.has_closed_all()));
      }
    }
    copies_.update_now([this](Copies& copies) {
      publish(copies);
      copies.trouble = input_->trouble();
    });
    has_ended_.store(true, std::memory_order_release);
  }

  void publish(Copies& copies) {
    copies.device = input_->counters();
    // Frames that fit no packet buffer never came here as packets.
    counters_.count_dropped(DropReason::frame_too_long, copies.device.too_long - n_too_long_);
    n_too_long_ = copies.device.too_long;
    copies.counters = counters_;
    if (copies.first_packets.size() != first_packets_.packets().size())
      copies.first_packets = first_packets_.packets();
  }

  std::unique_ptr<PacketInput> input_;
  PacketSourceSettings settings_;
  oran::FrameRules rules_;
  std::deque<Cell> cells_;
  PacketCounters counters_;
  std::int64_t n_too_long_ = 0; ///< counted so far
  SequenceTracker sequences_;
  FirstPackets first_packets_;
  oran::Message message_;

  Published<Copies> copies_;
  std::atomic<bool> is_stopped_{false};
  std::atomic<bool> has_ended_{false};
  std::thread thread_;
};

PacketSource::PacketSource(std::unique_ptr<PacketInput> input,
                           const PacketSourceSettings& settings,
                           std::vector<PacketCell> cells)
    : loop_(std::make_unique<Loop>(std::move(input), settings, std::move(cells))) {}
PacketSource::~PacketSource() = default;

void PacketSource::start() {
  loop_->start();
}
void PacketSource::stop() {
  loop_->stop();
}
bool PacketSource::has_ended() const {
  return loop_->has_ended();
}
PacketCounters PacketSource::counters() const {
  return loop_->copies().counters;
}
DeviceCounters PacketSource::device_counters() const {
  return loop_->copies().device;
}
std::vector<FirstPacket> PacketSource::first_packets() const {
  return loop_->copies().first_packets;
}
std::string PacketSource::trouble() const {
  return loop_->copies().trouble;
}

} // namespace airan::io
