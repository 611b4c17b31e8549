// SPDX-License-Identifier: Apache-2.0
// The CPU's queue: an operation runs in the caller's thread when it is enqueued.
#pragma once

#include "runtime/queue.hpp"

namespace airan {

class InlineQueue final : public Queue {
public:
  MemorySpace space() const override { return MemorySpace::host; }
  void wait() override {}
};

} // namespace airan
