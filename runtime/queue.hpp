// SPDX-License-Identifier: Apache-2.0
// Where operations are enqueued: in order, in one memory space.
#pragma once

#include "core/tensor_ref.hpp"

namespace airan {

/// An in-order queue of one device. Operations enqueue on it and return; wait() ends a slot.
class Queue {
public:
  virtual ~Queue() = default;
  virtual MemorySpace space() const = 0;
  /// Blocks until everything enqueued so far is done.
  virtual void wait() = 0;
};

} // namespace airan
