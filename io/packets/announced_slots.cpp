// SPDX-License-Identifier: Apache-2.0
#include "io/packets/announced_slots.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <bit>
#include <string>

namespace airan::io {

AnnouncedSlots::AnnouncedSlots(std::int32_t n_open, std::int32_t n_remembered)
    : n_open_max_(n_open), n_remembered_(n_remembered),
      entries_(
          std::bit_ceil(static_cast<std::size_t>(n_open) + static_cast<std::size_t>(n_remembered))),
      mask_(entries_.size() - 1) {}

void AnnouncedSlots::push(const ExpectedSlot& slot, std::int32_t n_prbs) {
  AIRAN_ASSERT(has_room(), "there is no room for slot " + std::to_string(slot.count));
  AIRAN_ASSERT(end_ == begin_ || slot.count > (*this)[end_ - 1].slot.count,
               "slot " + std::to_string(slot.count) + " is announced after a later one");
  entries_[static_cast<std::size_t>(end_++) & mask_] = {slot, n_prbs, nullptr};
}

void AnnouncedSlots::close_front(SlotIq* iq) {
  entries_[static_cast<std::size_t>(closed_++) & mask_].iq = iq;
  forget();
}

std::optional<AnnouncedSlots::Entry> AnnouncedSlots::take() {
  if (taken_ == closed_)
    return std::nullopt;
  const Entry entry = (*this)[taken_++];
  forget();
  return entry;
}

void AnnouncedSlots::forget() {
  begin_ = std::max(begin_, std::min(taken_, closed_ - n_remembered_));
}

std::int64_t AnnouncedSlots::first_after(std::int64_t count) const {
  std::int64_t low = begin_;
  std::int64_t high = end_;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if ((*this)[middle].slot.count > count)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

std::optional<std::int64_t> AnnouncedSlots::find(std::int64_t count) const {
  if (last_found_ >= begin_ && last_found_ < end_ && (*this)[last_found_].slot.count == count)
    return last_found_;
  const std::int64_t index = first_after(count) - 1;
  if (index < begin_ || (*this)[index].slot.count != count)
    return std::nullopt;
  last_found_ = index;
  return index;
}

} // namespace airan::io
