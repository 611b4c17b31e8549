// SPDX-License-Identifier: Apache-2.0
// What outlives a slot: the soft bits of HARQ processes, keyed by cell, rnti and process.
#pragma once

#include "core/checked_grant.hpp"
#include "core/slot_id.hpp"
#include "core/tensor_ref.hpp"
#include "phy/soft_bit_pool.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace airan {

/// The limits of UserState, fixed at plan time.
struct UserStateLimits {
  std::int32_t max_processes = 1024; ///< HARQ processes of all users of all cells
  std::size_t soft_bit_bytes = std::size_t{64} << 20;
};

/// Soft bits of one transmission being received: the sum so far (`stored`, empty for new data) and
/// where the new sum goes (`soft_bits`). Both [code block, position].
struct HarqSlot {
  TensorRef<const std::int8_t, 2> stored;
  TensorRef<std::int8_t, 2> soft_bits;
  std::int32_t process = 0; ///< handle for commit()
};

/// Bounded HARQ memory. For each grant: open() before the first pass, commit() once after the last.
/// When memory runs out, finished processes go first, then the ones unused for longest; each is
/// counted.
class UserState {
public:
  explicit UserState(const UserStateLimits& limits);

  /// Finds the process of the grant and room for its new sum. A retransmission of another
  /// size than what is stored, or of which nothing is stored, counts as new data. Empty when there
  /// is no room even after dropping every other process: such a grant cannot be received.
  std::optional<HarqSlot> open(const SlotId& id, const CheckedGrant& grant);
  /// The new sum replaces the stored one.
  void commit(const HarqSlot& slot, bool crc_ok);

  std::int64_t n_dropped() const { return n_dropped_; }

private:
  struct Process {
    std::optional<SoftBitPool::Block> stored;
    std::optional<SoftBitPool::Block> pending;
    std::int32_t tb_bits = 0;
    std::int32_t n_code_blocks = 0;
    std::int32_t encoded_bits = 0;
    std::int64_t last_use = 0;
    bool crc_ok = false;
  };

  std::int32_t n_entries() const { return static_cast<std::int32_t>(keys_.size()); }
  /// -1 when every process is being received.
  std::int32_t find_or_add(std::uint64_t key);
  bool drop_one();
  void remove(std::int32_t i);

  UserStateLimits limits_;
  SoftBitPool pool_;
  /// Parallel arrays, capacity reserved; a handle is an index that stays valid until the next
  /// open() of a slot later than that of the handle: entries with a pending sum are never moved or
  /// dropped.
  std::vector<std::uint64_t> keys_;
  std::vector<Process> processes_;
  std::int64_t uses_ = 0;
  std::int64_t n_dropped_ = 0;
};

} // namespace airan
