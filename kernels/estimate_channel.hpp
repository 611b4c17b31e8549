// SPDX-License-Identifier: Apache-2.0
// EstimateChannel: ResourceGrid and DM-RS -> ChannelEstimate. Everything that looks at pilots.
#pragma once

#include "core/channel_estimate.hpp"
#include "core/slot_buffers.hpp"
#include "kernels/row_list.hpp"
#include "runtime/queue.hpp"

#include <span>

namespace airan {

struct EstimateChannelGroup {
  ResourceGrid grid;
  const DetectionGroup* group = nullptr;
  std::int32_t numerology = 1;
  CyclicPrefix cyclic_prefix = CyclicPrefix::normal;
  ChannelEstimate estimate; ///< the tensors are written
};

struct EstimateChannelArgs {
  std::span<const EstimateChannelGroup> groups;
};

class EstimateChannel {
public:
  virtual ~EstimateChannel() = default;
  virtual void run(const EstimateChannelArgs& args, Queue& queue) noexcept = 0;
};

/// Algorithm "smooth": rows "cpu:simd", "cpu:ref".
std::span<const Row<EstimateChannel>> estimate_channel_rows();

} // namespace airan
