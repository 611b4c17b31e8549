// SPDX-License-Identifier: Apache-2.0
// The queues between the grants thread, the packet thread and the slot thread.
#include "io/packets/slot_exchange.hpp"

#include "core/assert.hpp"

#include <boost/lockfree/spsc_queue.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <limits>
#include <semaphore>

namespace airan::io {

struct SlotExchange::State {
  State(std::size_t n_announced, std::size_t n_buffers)
      : max_announced(static_cast<std::int64_t>(n_announced)), announced(n_announced),
        closed(n_announced), returned(n_buffers) {}

  const std::int64_t max_announced;
  /// Announced and not taken: closed slots always find room.
  std::atomic<std::int64_t> n_outstanding{0};
  std::atomic<bool> has_ended{false};
  std::atomic<std::int64_t> first_wanted{std::numeric_limits<std::int64_t>::min()};
  boost::lockfree::spsc_queue<ExpectedSlot> announced;
  boost::lockfree::spsc_queue<ClosedSlot> closed;
  std::counting_semaphore<> n_closed{0}; ///< entries of `closed`, for who waits
  boost::lockfree::spsc_queue<const SlotIq*> returned;
};

SlotExchange::SlotExchange(std::int32_t n_announced, std::int32_t n_buffers)
    : state_(std::make_unique<State>(static_cast<std::size_t>(n_announced),
                                     static_cast<std::size_t>(n_buffers))) {}
SlotExchange::~SlotExchange() = default;

bool SlotExchange::announce(const ExpectedSlot& slot) {
  if (state_->n_outstanding.load(std::memory_order_acquire) >= state_->max_announced)
    return false;
  state_->n_outstanding.fetch_add(1, std::memory_order_relaxed);
  const bool pushed = state_->announced.push(slot);
  AIRAN_ASSERT(pushed, "no room for an announced slot");
  return true;
}

void SlotExchange::end_announcements() {
  state_->has_ended.store(true, std::memory_order_release);
}

std::optional<ExpectedSlot> SlotExchange::next_announced() {
  ExpectedSlot slot;
  return state_->announced.pop(slot) ? std::optional(slot) : std::nullopt;
}

bool SlotExchange::announcements_ended() const {
  // In this order: what was announced before the end is seen.
  return state_->has_ended.load(std::memory_order_acquire) &&
         state_->announced.read_available() == 0;
}

void SlotExchange::close(const ClosedSlot& slot) {
  const bool pushed = state_->closed.push(slot);
  AIRAN_ASSERT(pushed, "a slot was closed that had not been announced");
  state_->n_closed.release();
}

void SlotExchange::skip_to(std::int64_t count) {
  state_->first_wanted.store(count, std::memory_order_release);
}

const SlotIq* SlotExchange::next_returned() {
  const SlotIq* iq = nullptr;
  return state_->returned.pop(iq) ? iq : nullptr;
}

std::optional<ClosedSlot> SlotExchange::take(std::int64_t timeout_ns) {
  if (!state_->n_closed.try_acquire_for(std::chrono::nanoseconds(timeout_ns)))
    return std::nullopt;
  ClosedSlot slot;
  const bool popped = state_->closed.pop(slot);
  AIRAN_ASSERT(popped, "a closed slot was counted that is not there");
  state_->n_outstanding.fetch_sub(1, std::memory_order_release);
  if (slot.iq != nullptr && slot.count < state_->first_wanted.load(std::memory_order_acquire)) {
    give_back(slot.iq);
    slot.iq = nullptr;
    slot.is_dropped = true;
  }
  return slot;
}

void SlotExchange::give_back(const SlotIq* iq) {
  const bool pushed = state_->returned.push(iq);
  AIRAN_ASSERT(pushed, "more slots were given back than there are");
}

} // namespace airan::io
