// SPDX-License-Identifier: Apache-2.0
#include "tests/support/slot_assembly_oracle.hpp"

#include <algorithm>

namespace airan::test {

using io::DropReason;

std::int64_t SlotAssemblyOracle::n_expected(const Slot& slot) const {
  std::int64_t n = 0;
  for (std::int32_t l = 0; l < settings_.cell.n_symbols(); ++l)
    if ((slot.announced.symbols >> l) % 2 == 1)
      n += settings_.cell.rx_ports * settings_.cell.n_prb;
  return n;
}

void SlotAssemblyOracle::close_oldest_open() {
  Slot& slot = slots_[n_closed_++];
  slot.is_closed = true;
  missing_prbs_ += n_expected(slot) - static_cast<std::int64_t>(slot.prbs.size());
  if (slot.has_buffer && slot.prbs.empty()) {
    slot.has_buffer = false;
    --n_lent_;
  }
}

/// In order: complete slots, and those that the newest packet or the first one leaves behind.
void SlotAssemblyOracle::close_ready() {
  while (newest_ && n_closed_ < slots_.size()) {
    const Slot& slot = slots_[n_closed_];
    const bool is_complete =
        !slot.prbs.empty() && static_cast<std::int64_t>(slot.prbs.size()) == n_expected(slot);
    const bool is_old =
        slot.announced.count <= *newest_ - settings_.window_slots || slot.announced.count < first_;
    if (!is_complete && !is_old)
      return;
    close_oldest_open();
  }
}

void SlotAssemblyOracle::expect(const io::ExpectedSlot& slot) {
  slots_.push_back({slot, {}, 0, 0, false, false});
  close_ready();
}

io::Verdict SlotAssemblyOracle::accept(std::int64_t count, const io::oran::Message& message) {
  if (!newest_)
    first_ = count;
  newest_ = std::max(count, newest_.value_or(count));
  close_ready();

  // Slots are remembered until twice the window of slots is closed after them.
  const auto n_remembered = static_cast<std::size_t>(2 * settings_.window_slots);
  const std::size_t oldest = n_closed_ > n_remembered ? n_closed_ - n_remembered : 0;
  const auto found = std::find_if(slots_.begin(), slots_.end(),
                                  [&](const Slot& s) { return s.announced.count == count; });
  if (oldest > 0 && count < slots_[oldest].announced.count)
    return {DropReason::late, false};
  if (found == slots_.end())
    return {DropReason::no_context, false};
  Slot& slot = *found;
  if ((slot.announced.symbols >> message.symbol) % 2 == 0)
    return {std::nullopt, false};

  // PRB by PRB: which are new, and into how many runs do they fall?
  std::set<Prb> fresh;
  std::int64_t n_runs = 0;
  std::int64_t n_in_carrier = 0;
  for (const io::oran::Section& section : message.sections()) {
    bool goes_on = false;
    for (std::int32_t prb = section.first_prb; prb < section.first_prb + section.n_prb; ++prb) {
      const Prb at{message.port, message.symbol, prb};
      n_in_carrier += prb < settings_.cell.n_prb ? 1 : 0;
      const bool is_new =
          prb < settings_.cell.n_prb && !slot.prbs.contains(at) && !fresh.contains(at);
      n_runs += is_new && !goes_on ? 1 : 0;
      goes_on = is_new;
      if (is_new)
        fresh.insert(at);
    }
  }
  if (n_in_carrier == 0)
    return {std::nullopt, false};
  if (fresh.empty())
    return {DropReason::duplicate, false};
  if (slot.is_closed)
    return {DropReason::late, false};
  if (!slot.has_buffer) {
    if (n_lent_ == settings_.n_buffers)
      return {DropReason::no_memory, false};
    slot.has_buffer = true;
    ++n_lent_;
  }
  if (slot.n_packets == settings_.max_packets_per_slot ||
      slot.n_runs + n_runs > settings_.max_runs_per_slot)
    return {DropReason::no_memory, false};
  slot.prbs.merge(fresh);
  slot.n_runs += n_runs;
  ++slot.n_packets;
  close_ready();
  return {std::nullopt, true};
}

bool SlotAssemblyOracle::close_oldest() {
  const auto oldest = std::find_if(slots_.begin(), slots_.end(),
                                   [](const Slot& s) { return s.has_buffer && !s.is_closed; });
  if (oldest == slots_.end())
    return false;
  while (!oldest->is_closed)
    close_oldest_open();
  close_ready();
  return true;
}

void SlotAssemblyOracle::close_all() {
  while (n_closed_ < slots_.size())
    close_oldest_open();
}

std::vector<SlotAssemblyOracle::ClosedSlot> SlotAssemblyOracle::take_closed() {
  std::vector<ClosedSlot> closed;
  for (; n_taken_ < n_closed_; ++n_taken_)
    closed.push_back({slots_[n_taken_].announced.count,
                      static_cast<std::int64_t>(slots_[n_taken_].prbs.size())});
  return closed;
}

void SlotAssemblyOracle::recycle(std::int64_t count) {
  for (Slot& slot : slots_)
    if (slot.announced.count == count && slot.is_closed && slot.has_buffer) {
      slot.has_buffer = false;
      --n_lent_;
    }
}

} // namespace airan::test
