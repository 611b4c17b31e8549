// SPDX-License-Identifier: Apache-2.0
#include "runtime/buffer.hpp"

#include <algorithm>
#include <cstring>

namespace airan {

HostBuffer::HostBuffer(std::size_t n_bytes)
    : bytes_(static_cast<std::byte*>(
          ::operator new (std::max<std::size_t>(n_bytes, 1), std::align_val_t{alignment}))),
      size_(n_bytes) {
  std::memset(bytes_.get(), 0, n_bytes);
}

} // namespace airan
