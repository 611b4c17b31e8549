// SPDX-License-Identifier: Apache-2.0
// Where the packet thread and the slot thread meet: slots of one cell, handed over and given back.
#pragma once

#include "core/slot_iq.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace airan::io {

/// A slot in which something is granted.
struct ExpectedSlot {
  std::int64_t count = 0;    ///< SlotId::count
  std::uint16_t symbols = 0; ///< bit l: symbol l belongs to a grant

  friend constexpr bool operator==(const ExpectedSlot&, const ExpectedSlot&) = default;
};

/// A slot that is closed: complete, or given up. One for each expected slot, in the same order.
struct ClosedSlot {
  std::int64_t count = 0;
  std::int64_t closed_ns = 0; ///< steady clock
  const SlotIq* iq = nullptr; ///< null: nothing of it arrived
  bool is_dropped = false;    ///< it arrived, but the receiver was too far behind
};

/// Three bounded queues without locks, each with one writer and one reader. The grants thread
/// announces slots, the packet thread closes them, the slot thread takes them and gives them back.
class SlotExchange {
public:
  /// At most `n_announced` slots announced and not taken; at most `n_buffers` slots with IQ.
  SlotExchange(std::int32_t n_announced, std::int32_t n_buffers);
  ~SlotExchange();

  // The grants thread
  /// False when there is no room; try again later. Counts ascend.
  bool announce(const ExpectedSlot& slot);
  /// Nothing more will be announced.
  void end_announcements();

  // The packet thread
  std::optional<ExpectedSlot> next_announced();
  /// True once every announcement was taken and none will follow.
  bool announcements_ended() const;
  /// There is room for every slot that was announced.
  void close(const ClosedSlot& slot);
  /// Every slot before `count` that is not taken yet is to be dropped.
  void skip_to(std::int64_t count);
  const SlotIq* next_returned();

  // The slot thread
  /// The next closed slot; waits for it, at most until `timeout_ns` from now. After a skip_to() it
  /// gives back the slots before and returns them as dropped.
  std::optional<ClosedSlot> take(std::int64_t timeout_ns);
  void give_back(const SlotIq* iq);

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace airan::io
