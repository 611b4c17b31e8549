// SPDX-License-Identifier: Apache-2.0
// The slots in which something is granted, from their announcement until they are forgotten.
#pragma once

#include "core/slot_iq.hpp"
#include "io/packets/slot_exchange.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace airan::io {

/// A bounded queue of slots in ascending order of count. Each has an index that counts on:
///
///     begin()                       closed()               end()
///       | closed and remembered, or   | open                |
///       | closed and not taken yet    |                     |
class AnnouncedSlots {
public:
  struct Entry {
    ExpectedSlot slot;
    std::int32_t n_prbs = 0; ///< that are expected, [port, symbol, prb]
    SlotIq* iq = nullptr;    ///< set when closed, if anything arrived
  };

  /// At most `n_open` slots that are not closed; at least `n_remembered` (not 0) closed ones are
  /// remembered.
  AnnouncedSlots(std::int32_t n_open, std::int32_t n_remembered);

  bool has_room() const { return n_open() < n_open_max_ && !is_full(); }
  /// No room even when an open slot is closed: closed ones must be taken.
  bool is_full() const { return end_ - begin_ == static_cast<std::int64_t>(entries_.size()); }
  /// Counts ascend; there is room.
  void push(const ExpectedSlot& slot, std::int32_t n_prbs);
  /// Closes the oldest open slot.
  void close_front(SlotIq* iq);
  bool has_closed() const { return taken_ < closed_; }
  /// The oldest closed slot that was not taken.
  std::optional<Entry> take();

  std::int64_t begin() const { return begin_; }
  std::int64_t first_remembered() const {
    return std::max<std::int64_t>(0, closed_ - n_remembered_);
  }
  /// Count of the oldest slot that is remembered or open; the greatest number if there is none.
  std::int64_t oldest_remembered() const {
    return begin_ == end_ ? INT64_MAX : (*this)[first_remembered()].slot.count;
  }
  std::int64_t closed() const { return closed_; }
  std::int64_t end() const { return end_; }
  std::int64_t n_open() const { return end_ - closed_; }
  const Entry& operator[](std::int64_t index) const {
    return entries_[static_cast<std::size_t>(index) & mask_];
  }

  /// Index of the slot `count`, if it is announced and not forgotten.
  std::optional<std::int64_t> find(std::int64_t count) const;
  /// Index of the first slot with a count above `count`; end() if there is none.
  std::int64_t first_after(std::int64_t count) const;
  /// True for slots older than all that are remembered, once some were forgotten.
  bool is_forgotten(std::int64_t count) const {
    return begin_ > 0 && count < (*this)[begin_].slot.count;
  }

private:
  void forget();

  std::int64_t n_open_max_;
  std::int64_t n_remembered_;
  std::vector<Entry> entries_; ///< a power of two of them
  std::size_t mask_;
  std::int64_t begin_ = 0;
  std::int64_t taken_ = 0;
  std::int64_t closed_ = 0;
  std::int64_t end_ = 0;
  mutable std::int64_t last_found_ = 0; ///< most packets are of the slot of the one before
};

} // namespace airan::io
