// SPDX-License-Identifier: Apache-2.0
// Slots of one cell that arrive as packets.
#include "apps/packet_feed.hpp"

#include "apps/interrupt.hpp"
#include "core/assert.hpp"

#include <utility>

namespace airan::apps {
namespace {

constexpr std::int64_t at_once = 0;
/// How long to wait before looking whether the run was stopped.
constexpr std::int64_t patience_ns = 20'000'000;

} // namespace

PacketFeed::PacketFeed(const CellSettings& settings,
                       SignalDomain domain,
                       std::unique_ptr<GrantsFeed> grants,
                       std::unique_ptr<io::SlotExchange> slots,
                       std::function<bool()> has_stopped)
    : settings_(settings), slots_(std::move(slots)), grants_(std::move(grants)),
      has_stopped_(std::move(has_stopped)) {
  if (domain == SignalDomain::time)
    nothing_.iq = TimeDomainIq{};
  else
    nothing_.iq = FrequencyDomainIq{};
}

const NextSlot* PacketFeed::next() {
  if (!next_)
    next_ = grants_->next(at_once);
  return next_ ? &*next_ : nullptr;
}

bool PacketFeed::has_ended() {
  return !next() && grants_->has_ended();
}

Result<const SlotIq*> PacketFeed::read() {
  AIRAN_ASSERT(next_, "a slot is read that has no grants");
  const SlotId& id = next_->line.id;
  std::optional<io::ClosedSlot> closed;
  while (!closed) {
    const bool is_last_look = has_stopped_() || interrupted();
    closed = slots_->take(patience_ns);
    if (!closed && is_last_look)
      return nullptr;
  }
  AIRAN_ASSERT(closed->count == id.count, "slots and grants are out of step");
  n_dropped_ += closed->is_dropped ? 1 : 0;
  if (closed->iq != nullptr)
    return closed->iq;
  nothing_.id = id;
  nothing_.closed_ns = closed->closed_ns;
  return &nothing_;
}

void PacketFeed::release(const SlotIq* iq) {
  if (iq != &nothing_)
    slots_->give_back(iq);
}

Result<void> PacketFeed::advance() {
  next_.reset();
  return {};
}

} // namespace airan::apps
