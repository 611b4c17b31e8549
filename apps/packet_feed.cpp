// SPDX-License-Identifier: Apache-2.0
// Slots of one cell that arrive as packets.
#include "apps/packet_feed.hpp"

#include "core/assert.hpp"

#include <utility>

namespace airan::apps {
namespace {

constexpr std::int64_t at_once = 0;
/// How long read() waits: then the run looks whether it was stopped.
constexpr std::int64_t patience_ns = 20'000'000;

} // namespace

PacketFeed::PacketFeed(const CellSettings& settings,
                       SignalDomain domain,
                       std::unique_ptr<GrantsFeed> grants,
                       std::unique_ptr<io::SlotExchange> slots)
    : settings_(settings), slots_(std::move(slots)), grants_(std::move(grants)) {
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

bool PacketFeed::is_ready() {
  if (!closed_)
    closed_ = slots_->take(at_once);
  return closed_.has_value();
}

Result<const SlotIq*> PacketFeed::read() {
  AIRAN_ASSERT(next_, "a slot is read that has no grants");
  const SlotId& id = next_->line.id;
  if (!closed_)
    closed_ = slots_->take(patience_ns);
  if (!closed_)
    return nullptr;
  const io::ClosedSlot closed = *std::exchange(closed_, std::nullopt);
  AIRAN_ASSERT(closed.count == id.count, "slots and grants are out of step");
  n_dropped_ += closed.is_dropped ? 1 : 0;
  if (closed.iq != nullptr)
    return closed.iq;
  nothing_.id = id;
  nothing_.closed_ns = closed.closed_ns;
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
