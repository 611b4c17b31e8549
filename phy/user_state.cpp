// SPDX-License-Identifier: Apache-2.0
// HARQ processes: lookup, room for a new sum, replacement of the old one.
#include "phy/user_state.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <limits>

namespace airan {
namespace {

std::uint64_t key_of(const SlotId& id, const CheckedGrant& grant) {
  return (static_cast<std::uint64_t>(id.cell) << 32) |
         (static_cast<std::uint64_t>(grant.rnti) << 8) | static_cast<std::uint64_t>(grant.harq_id);
}

/// A key that no grant has: the place of a dropped process, free for reuse.
constexpr std::uint64_t free_key = std::numeric_limits<std::uint64_t>::max();

} // namespace

UserState::UserState(const UserStateLimits& limits)
    : limits_(limits),
      // Each process has at most a stored and a pending sum.
      pool_(limits.soft_bit_bytes, 2 * limits.max_processes) {
  keys_.reserve(static_cast<std::size_t>(limits.max_processes));
  processes_.reserve(static_cast<std::size_t>(limits.max_processes));
}

std::int32_t UserState::find_or_add(std::uint64_t key) {
  auto it = std::find(keys_.begin(), keys_.end(), key);
  if (it == keys_.end())
    it = std::find(keys_.begin(), keys_.end(), free_key);
  if (it == keys_.end()) {
    if (keys_.size() == keys_.capacity()) {
      if (!drop_one())
        return -1;
      it = std::find(keys_.begin(), keys_.end(), free_key);
    } else {
      keys_.push_back(free_key);
      processes_.emplace_back();
      it = std::prev(keys_.end());
    }
  }
  const auto i = static_cast<std::int32_t>(it - keys_.begin());
  keys_[static_cast<std::size_t>(i)] = key;
  return i;
}

void UserState::remove(std::int32_t i) {
  Process& p = processes_[static_cast<std::size_t>(i)];
  if (p.stored)
    pool_.give_back(*p.stored);
  p = {};
  keys_[static_cast<std::size_t>(i)] = free_key;
}

bool UserState::drop_one() {
  std::int32_t best = -1;
  for (std::int32_t i = 0; i < n_entries(); ++i) {
    const Process& p = processes_[static_cast<std::size_t>(i)];
    if (keys_[static_cast<std::size_t>(i)] == free_key || p.pending)
      continue;
    if (best < 0) {
      best = i;
      continue;
    }
    const Process& b = processes_[static_cast<std::size_t>(best)];
    if (p.crc_ok != b.crc_ok ? p.crc_ok : p.last_use < b.last_use)
      best = i;
  }
  if (best < 0)
    return false;
  n_dropped_ += processes_[static_cast<std::size_t>(best)].crc_ok ? 0 : 1;
  remove(best);
  return true;
}

std::optional<HarqSlot> UserState::open(const SlotId& id, const CheckedGrant& grant) {
  const CodewordPlan& plan = grant.codeword;
  const std::int32_t i = find_or_add(key_of(id, grant));
  if (i < 0)
    return std::nullopt;
  Process& p = processes_[static_cast<std::size_t>(i)];
  AIRAN_ASSERT(!p.pending, "a HARQ process was opened twice in a slot");
  // Sizes that differ by less than a lifting size have code blocks of the same shape.
  const bool continues = !grant.is_new_data && p.stored && p.tb_bits == plan.tb_bits &&
                         p.n_code_blocks == plan.n_code_blocks &&
                         p.encoded_bits == plan.encoded_bits;
  if (!continues && p.stored) {
    pool_.give_back(*p.stored);
    p.stored.reset();
  }
  p.last_use = ++uses_;
  p.crc_ok = false;
  p.tb_bits = plan.tb_bits;
  p.n_code_blocks = plan.n_code_blocks;
  p.encoded_bits = plan.encoded_bits;

  const auto n_bytes =
      static_cast<std::size_t>(plan.n_code_blocks) * static_cast<std::size_t>(plan.encoded_bits);
  // The entry itself must survive the search for room: mark it before anything is dropped.
  p.pending = SoftBitPool::Block{};
  std::optional<SoftBitPool::Block> room = pool_.take(n_bytes);
  while (!room && drop_one())
    room = pool_.take(n_bytes);
  p.pending = room;
  if (!room) {
    remove(i);
    return std::nullopt;
  }
  const View<std::int8_t, 2>::Extents extents{plan.n_code_blocks, plan.encoded_bits};
  HarqSlot slot;
  slot.process = i;
  slot.soft_bits = {View<std::int8_t, 2>(pool_.address(*room), extents), MemorySpace::host};
  if (p.stored)
    slot.stored = TensorRef<std::int8_t, 2>(View<std::int8_t, 2>(pool_.address(*p.stored), extents),
                                            MemorySpace::host);
  return slot;
}

void UserState::commit(const HarqSlot& slot, bool crc_ok) {
  Process& p = processes_[static_cast<std::size_t>(slot.process)];
  if (p.stored)
    pool_.give_back(*p.stored);
  p.stored = p.pending;
  p.pending.reset();
  p.crc_ok = crc_ok;
}

} // namespace airan
