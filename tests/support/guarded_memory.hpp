// SPDX-License-Identifier: Apache-2.0
// Memory between two pages that nobody may touch: one byte too far ends the program.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

namespace airan::test {

class GuardedMemory {
public:
  /// Room for at least n_bytes.
  explicit GuardedMemory(std::size_t n_bytes) {
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    size_ = (n_bytes + page - 1) / page * page;
    mapped_ = size_ + 2 * page;
    map_ = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map_ == MAP_FAILED)
      std::abort();
    begin_ = static_cast<std::byte*>(map_) + page;
    if (mprotect(begin_, size_, PROT_READ | PROT_WRITE) != 0)
      std::abort();
  }
  ~GuardedMemory() { munmap(map_, mapped_); }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  /// The first byte; the byte before it is out of bounds.
  std::byte* begin() const { return begin_; }
  /// The end: this byte is out of bounds.
  std::byte* end() const { return begin_ + size_; }

private:
  void* map_ = nullptr;
  std::size_t mapped_ = 0;
  std::byte* begin_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace airan::test
