// SPDX-License-Identifier: Apache-2.0
// The sending thread.
#include "apps/packet_player.hpp"

#include "apps/interrupt.hpp"
#include "core/numerology.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <limits>
#include <sys/prctl.h>
#include <utility>

namespace airan::apps {
namespace {

constexpr std::size_t max_batch = 64;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t start_ns = 100'000'000; ///< from the first call to the first line of grants
constexpr unsigned long timer_slack_ns = 5000;

std::int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Between the machine's clock and times on the air.
class AirClock {
public:
  AirClock(Pace pace, std::int64_t first_ns) : pace_(pace), offset_ns_(first_ns - monotonic_ns()) {
    ::prctl(PR_SET_TIMERSLACK, timer_slack_ns);
  }
  std::int64_t now_ns() const { return monotonic_ns() + offset_ns_; }
  /// Returns early when a signal arrives.
  void sleep_until(std::int64_t time_ns) const {
    if (pace_ != Pace::real_time)
      return;
    const std::int64_t due = time_ns - offset_ns_;
    const timespec until{due / 1'000'000'000, due % 1'000'000'000};
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR)
      if (interrupted())
        return;
  }

private:
  Pace pace_;
  std::int64_t offset_ns_;
};

} // namespace

PacketPlayer::PacketPlayer(const EmulatedLoop& loop,
                           simulation::OutgoingPackets& packets,
                           const simulation::FaultSettings& faults)
    : loop_(loop), packets_(packets), faults_(faults), begun_(loop),
      newest_ns_(std::numeric_limits<std::int64_t>::min()) {}

std::optional<simulation::OrderedPacket> PacketPlayer::pull() {
  for (;;) {
    if (has_ended_)
      return faults_.take_before(never);
    if (newest_ns_ > std::numeric_limits<std::int64_t>::min())
      if (auto packet = faults_.take_before(newest_ns_ - packets_.max_disorder_ns()))
        return packet;
    if (const auto next = packets_.next()) {
      newest_ns_ = std::max(newest_ns_, next->time_ns);
      faults_.add(next->time_ns, next->port, next->bytes);
    } else {
      has_ended_ = true;
      faults_.finish();
    }
  }
}

/// The slots that began until then.
void PacketPlayer::count_slots(std::int64_t time_ns) {
  for (auto count = begun_.next_count();
       count && *count * slot_ns(loop_.cell.numerology) <= time_ns; count = begun_.next_count()) {
    ++counters_.slots;
    counters_.transport_blocks += std::ssize(begun_.take().pusch);
  }
}

Result<void> PacketPlayer::play(PacketOutlet& outlet,
                                GrantsOutlet& grants,
                                Pace pace,
                                const std::function<void(std::int64_t)>& progress) {
  auto head = pull();
  const std::int64_t first_ns =
      std::min(head ? head->time_ns : never, grants.due_ns().value_or(never));
  const AirClock clock(pace, (first_ns == never ? 0 : first_ns) - start_ns);
  std::vector<simulation::OrderedPacket> batch;
  while (head && !interrupted()) {
    clock.sleep_until(std::min(head->time_ns, grants.due_ns().value_or(never)));
    // Without a pace, too, the lines of a slot go out before its packets.
    const std::int64_t due_ns =
        pace == Pace::real_time ? clock.now_ns() : head->time_ns + GrantsOutlet::lead_ns;
    if (auto written = grants.write_due(due_ns); !written)
      return written;
    batch.clear();
    for (; head && head->time_ns <= due_ns && batch.size() < max_batch; head = pull())
      batch.push_back(std::move(*head));
    if (batch.empty())
      continue;
    if (pace == Pace::real_time)
      counters_.largest_lateness_ns =
          std::max(counters_.largest_lateness_ns, due_ns - batch.front().time_ns);
    if (auto sent = outlet.send(batch); !sent)
      return sent;
    count_slots(batch.back().time_ns);
    progress(counters_.slots);
  }
  return interrupted() || !loop_.slots.end ? Result<void>{} : grants.write_due(never);
}

} // namespace airan::apps
