// SPDX-License-Identifier: Apache-2.0
// The packet thread of a time-domain stream.
#include "io/udp/udp_source.hpp"

#include "core/assert.hpp"
#include "io/packets/idle_wait.hpp"
#include "io/packets/published.hpp"
#include "io/packets/thread_core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <deque>
#include <thread>
#include <utility>

namespace airan::io {
namespace {

using Clock = std::chrono::steady_clock;

/// How long the first datagrams of the ports are waited for, so that the earliest timestamp among
/// them begins the stream.
constexpr auto begin_period = std::chrono::milliseconds(10);
/// A sender goes on a little after the last granted slot. It is listened to, so that what was sent
/// and what was received can be compared, until it is silent for a while; but not for ever.
constexpr auto silent_period = std::chrono::milliseconds(50);
constexpr auto max_listening = std::chrono::milliseconds(250);
/// Datagrams between two looks at the other threads' queues.
constexpr std::int32_t n_per_round = 32;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
      .count();
}

} // namespace

UdpSourceSettings plan_udp_source(const SourceSettings& source,
                                  const CellSettings& cell,
                                  std::int32_t n_announced,
                                  std::optional<std::int64_t> first_count) {
  const PacketSettings& packets = source.packets;
  UdpSourceSettings s;
  s.input = {packets.listen, packets.receive_buffer_bytes};
  s.pace = packets.pace.value_or(Pace::real_time);
  s.core = packets.packet_core;
  s.rules.framing = packets.framing;
  s.rules.sample_rate_hz =
      OfdmTiming{cell.numerology, cell.cyclic_prefix, cell.fft_size.value_or(0)}.sample_rate_hz();
  const double queue_ns = packets.queue_ms * 1e6;
  s.queue_slots = std::max(1, static_cast<std::int32_t>(std::ceil(
                                  queue_ns / static_cast<double>(slot_ns(cell.numerology)))));
  SampleAssemblerSettings& a = s.assembler;
  a.cell = cell;
  a.format = iq_format_of(packets.framing);
  a.window_slots = packets.window_slots;
  a.closing = s.pace == Pace::real_time ? ClosingRule::by_time : ClosingRule::by_packets;
  a.stall_ns = static_cast<std::int64_t>(queue_ns);
  a.first_count = first_count;
  // Waiting for the receiver, open, and opened by the next datagrams.
  a.n_buffers =
      s.queue_slots + packets.window_slots + 2 * SampleAssembler::max_slots_per_datagram(cell) + 2;
  a.max_announced = n_announced;
  return s;
}

/// What the packet thread works on, and the copies that others may read.
class UdpSource::Loop {
public:
  Loop(std::unique_ptr<UdpInput> input, const UdpSourceSettings& settings, SlotExchange* slots)
      : input_(std::move(input)), settings_(settings), slots_(slots),
        assembler_(settings.assembler, counters_),
        pending_(static_cast<std::size_t>(input_->n_ports())),
        is_seen_(static_cast<std::size_t>(input_->n_ports())) {
    if (slots_ == nullptr)
      assembler_.end_of_schedule();
  }
  ~Loop() {
    stop();
    if (thread_.joinable())
      thread_.join();
  }

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop() { is_stopped_.store(true, std::memory_order_relaxed); }
  bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }
  const UdpInput& input() const { return *input_; }

  /// What other threads may look at.
  struct Copies {
    UdpCounters counters;
    std::vector<FirstDatagram> first_datagrams;
    std::string trouble;
  };
  Copies copies() const { return copies_.copy(); }

private:
  void run() {
    pin_this_thread(settings_.core);
    begin();
    IdleWait idle;
    while (!is_stopped()) {
      exchange();
      std::int32_t n = 0;
      while (n < n_per_round && !is_stopped() && receive_next())
        ++n;
      if (n == 0) {
        assembler_.close_due(now_ns());
        hand_over();
      }
      if (is_over(n > 0))
        break;
      publish_if_due();
      n == 0 ? idle.wait() : idle.reset();
    }
    finish();
  }

  /// Whether every announced slot is closed, none will follow, and the sender has fallen silent.
  bool is_over(bool has_received) {
    if (slots_ == nullptr || !assembler_.has_closed_all())
      return false;
    const Clock::time_point now = Clock::now();
    if (!closed_all_at_)
      closed_all_at_ = now;
    if (has_received || *closed_all_at_ == now)
      heard_at_ = now;
    return now - heard_at_ > silent_period || now - *closed_all_at_ > max_listening;
  }

  bool is_stopped() const { return is_stopped_.load(std::memory_order_relaxed); }

  /// Waits until it is known which slot the stream begins with, and for the first datagrams: the
  /// earliest of their timestamps begins it.
  void begin() {
    IdleWait idle;
    while (assembler_.needs_first_slot() && !is_stopped()) {
      exchange();
      idle.wait();
    }
    if (settings_.rules.framing == UdpFraming::raw)
      return;
    std::optional<Clock::time_point> first;
    for (bool is_done = false; !is_done && !is_stopped() && !assembler_.has_closed_all();) {
      exchange();
      std::size_t n_there = 0;
      for (std::size_t p = 0; p < pending_.size(); ++p)
        n_there += refill(p) ? 1 : 0;
      if (n_there > 0 && !first)
        first = Clock::now();
      is_done = n_there == pending_.size() || (first && Clock::now() - *first > begin_period);
      publish_if_due();
      if (!is_done)
        idle.wait();
    }
    begin_at_earliest();
  }

  /// Timestamps more than a second from the first one are not believed.
  void begin_at_earliest() {
    std::optional<std::uint64_t> reference;
    std::int64_t earliest = 0;
    Datagram datagram;
    for (const auto& datagrams : pending_)
      for (const ReceivedDatagram& received : datagrams) {
        if (parse_datagram(received.bytes, settings_.rules, datagram) || !datagram.position)
          continue;
        if (!reference)
          reference = datagram.position;
        const auto ahead = static_cast<std::int64_t>(*datagram.position - *reference);
        if (static_cast<double>(ahead) > -settings_.rules.sample_rate_hz)
          earliest = std::min(earliest, ahead);
      }
    if (reference)
      assembler_.begin_at(*reference + static_cast<std::uint64_t>(earliest));
  }

  /// Takes what other threads left in the queues, and hands over what is closed.
  void exchange() {
    if (slots_ == nullptr)
      return;
    while (const SlotIq* iq = slots_->next_returned()) {
      assembler_.recycle(iq);
      out_.pop_front();
    }
    while (assembler_.can_expect()) {
      const auto expected = slots_->next_announced();
      if (!expected)
        break;
      assembler_.expect(*expected);
    }
    if (slots_->announcements_ended())
      assembler_.end_of_schedule();
    hand_over();
  }

  void hand_over() {
    while (const auto closed = assembler_.take_closed()) {
      if (closed->iq != nullptr)
        out_.push_back(closed->count);
      slots_->close(*closed);
    }
    // The receiver is too far behind: the oldest slots are given up.
    const auto max_out = static_cast<std::size_t>(settings_.queue_slots);
    if (settings_.pace == Pace::real_time && out_.size() > max_out)
      slots_->skip_to(out_[out_.size() - max_out]);
  }

  /// As fast as possible: waits for grants and for room, so that nothing is given up.
  void await_room() {
    IdleWait idle;
    const auto max_out = static_cast<std::size_t>(settings_.queue_slots);
    while (!is_stopped() &&
           (assembler_.needs_schedule() || !assembler_.has_room() || out_.size() >= max_out)) {
      exchange();
      publish_if_due();
      idle.wait();
    }
  }

  /// Whether datagrams of port p are pending.
  bool refill(std::size_t p) {
    if (pending_[p].empty()) {
      pending_[p] = input_->burst(static_cast<std::int32_t>(p));
      if (!pending_[p].empty() && !is_seen_[p])
        note_first(p);
    }
    return !pending_[p].empty();
  }

  /// The port that is furthest behind among those with datagrams: after a stall the sockets hold
  /// many slots, and the ports must advance together.
  std::optional<std::size_t> next_port() {
    const auto delivered = [this](std::size_t p) {
      return assembler_.delivered(static_cast<std::int32_t>(p));
    };
    std::size_t last = 0;
    for (std::size_t p = 1; p < pending_.size(); ++p)
      last = delivered(p) < delivered(last) ? p : last;
    if (refill(last))
      return last;
    std::optional<std::size_t> next;
    for (std::size_t p = 0; p < pending_.size(); ++p)
      if (refill(p) && (!next || delivered(p) < delivered(*next)))
        next = p;
    return next;
  }

  bool receive_next() {
    const auto port = next_port();
    if (!port)
      return false;
    if (settings_.pace == Pace::as_fast_as_possible)
      await_room();
    const ReceivedDatagram& received = pending_[*port].front();
    std::optional<UdpDropReason> dropped =
        parse_datagram(received.bytes, settings_.rules, datagram_);
    if (!dropped)
      dropped = assembler_.accept(
          datagram_, {static_cast<std::int32_t>(*port), received.n_lost_before, now_ns()});
    counters_.count(dropped);
    pending_[*port] = pending_[*port].subspan(1);
    hand_over();
    return true;
  }

  void note_first(std::size_t p) {
    is_seen_[p] = true;
    const ReceivedDatagram& received = pending_[p].front();
    FirstDatagram first;
    first.port = static_cast<std::int32_t>(p);
    first.sender = input_->sender(first.port);
    first.n_bytes = static_cast<std::int64_t>(received.bytes.size());
    Datagram datagram;
    first.dropped = parse_datagram(received.bytes, settings_.rules, datagram);
    if (!first.dropped) {
      first.n_samples = datagram.n_samples();
      first.position = datagram.position;
    }
    first_datagrams_.push_back(std::move(first));
  }

  /// Slots that were announced are closed with what is there. The thread lives until nothing more
  /// is announced, or it is stopped.
  void finish() {
    if (slots_ != nullptr) {
      exchange();
      assembler_.close_all(now_ns());
      hand_over();
    }
    copies_.update_now([this](Copies& copies) {
      publish(copies);
      copies.trouble = input_->trouble();
    });
    has_ended_.store(true, std::memory_order_release);
  }

  void publish(Copies& copies) {
    counters_.kernel_drops = input_->kernel_drops();
    copies.counters = counters_;
    if (copies.first_datagrams.size() != first_datagrams_.size())
      copies.first_datagrams = first_datagrams_;
  }
  void publish_if_due() {
    copies_.update_if_due([this](Copies& copies) { publish(copies); });
  }

  std::unique_ptr<UdpInput> input_;
  UdpSourceSettings settings_;
  SlotExchange* slots_;
  UdpCounters counters_;
  SampleAssembler assembler_;
  Datagram datagram_;
  std::vector<std::span<const ReceivedDatagram>> pending_; ///< [port], received and not taken yet
  std::vector<bool> is_seen_;                              ///< [port]
  std::vector<FirstDatagram> first_datagrams_;
  std::deque<std::int64_t> out_; ///< counts of the closed slots that are not back yet
  std::optional<Clock::time_point> closed_all_at_; ///< when the last slot was closed
  Clock::time_point heard_at_;                     ///< the last datagram after that

  Published<Copies> copies_;
  std::atomic<bool> is_stopped_{false};
  std::atomic<bool> has_ended_{false};
  std::thread thread_;
};

UdpSource::UdpSource(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
UdpSource::~UdpSource() = default;

Result<std::unique_ptr<UdpSource>> UdpSource::open(const UdpSourceSettings& settings,
                                                   SlotExchange* slots) {
  const std::size_t n_ports = static_cast<std::size_t>(settings.assembler.cell.rx_ports);
  if (settings.input.listen.size() != n_ports)
    return configuration_error(fmt::format(
        "listen names {} UDP ports, but the cell has {} receive ports: one each is needed",
        settings.input.listen.size(), n_ports));
  auto input = UdpInput::open(settings.input);
  if (!input)
    return tl::unexpected(input.error());
  return std::unique_ptr<UdpSource>(
      new UdpSource(std::make_unique<Loop>(std::move(*input), settings, slots)));
}

void UdpSource::start() {
  loop_->start();
}
void UdpSource::stop() {
  loop_->stop();
}
bool UdpSource::has_ended() const {
  return loop_->has_ended();
}
UdpCounters UdpSource::counters() const {
  return loop_->copies().counters;
}
std::vector<FirstDatagram> UdpSource::first_datagrams() const {
  return loop_->copies().first_datagrams;
}
std::string UdpSource::trouble() const {
  return loop_->copies().trouble;
}
const std::vector<std::string>& UdpSource::notes() const {
  return loop_->input().notes();
}
std::uint16_t UdpSource::local_port(std::int32_t port) const {
  return loop_->input().local_port(port);
}

} // namespace airan::io
