// SPDX-License-Identifier: Apache-2.0
// Room for the slots that packets are collected in: a fixed number of them.
#pragma once

#include "core/assert.hpp"
#include "core/slot_iq.hpp"
#include "io/packets/packet_input.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace airan::io {

/// Where the IQ of one slot lies, and the packets that hold it.
struct SlotBuffer {
  SlotIq slot;
  std::vector<PrbRun> runs;          ///< room is reserved
  std::vector<PacketHandle> packets; ///< room is reserved
};

/// Slots that are lent, filled, handed on as SlotIq and given back.
class SlotPool {
public:
  SlotPool(std::int32_t n_buffers, std::int32_t max_runs, std::int32_t max_packets)
      : buffers_(static_cast<std::size_t>(n_buffers)) {
    free_.reserve(buffers_.size());
    for (SlotBuffer& buffer : buffers_) {
      buffer.runs.reserve(static_cast<std::size_t>(max_runs));
      buffer.packets.reserve(static_cast<std::size_t>(max_packets));
      free_.push_back(&buffer);
    }
  }

  bool has_free() const { return !free_.empty(); }
  /// An empty buffer; null when all are out.
  SlotBuffer* lend() {
    if (free_.empty())
      return nullptr;
    SlotBuffer* buffer = free_.back();
    free_.pop_back();
    buffer->runs.clear();
    buffer->packets.clear();
    return buffer;
  }
  /// Takes a slot back. The packets stay readable until the buffer is lent again.
  std::span<const PacketHandle> give_back(const SlotIq* slot) {
    for (SlotBuffer& buffer : buffers_)
      if (&buffer.slot == slot) {
        AIRAN_ASSERT(free_.size() < buffers_.size(), "a slot is given back twice");
        free_.push_back(&buffer);
        return buffer.packets;
      }
    AIRAN_ASSERT(false, "a slot is given back that came from elsewhere");
    return {};
  }

  /// The packets of all buffers that are out, which may not be used any more.
  std::vector<PacketHandle> abandon() {
    std::vector<PacketHandle> packets;
    for (SlotBuffer& buffer : buffers_) {
      if (std::find(free_.begin(), free_.end(), &buffer) != free_.end())
        continue;
      packets.insert(packets.end(), buffer.packets.begin(), buffer.packets.end());
      free_.push_back(&buffer);
    }
    return packets;
  }

private:
  std::vector<SlotBuffer> buffers_; ///< never moves
  std::vector<SlotBuffer*> free_;
};

} // namespace airan::io
