// SPDX-License-Identifier: Apache-2.0
// Which PRBs of a slot have arrived: one bit for each [port, symbol, prb].
#pragma once

#include "core/assert.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace airan::io {

/// Neighbouring PRBs of one port and symbol.
struct PrbRange {
  std::int32_t first = 0;
  std::int32_t n = 0;

  friend constexpr bool operator==(const PrbRange&, const PrbRange&) = default;
};

/// A bit for each [port, symbol, prb]; nothing is allocated after construction.
class ArrivalMap {
public:
  ArrivalMap(std::int32_t n_ports, std::int32_t n_symbols, std::int32_t n_prb)
      : n_ports_(n_ports), n_symbols_(n_symbols), n_prb_(n_prb), n_words_((n_prb + 63) / 64),
        words_(static_cast<std::size_t>(n_ports * n_symbols * n_words_), 0) {}

  void clear() {
    std::fill(words_.begin(), words_.end(), std::uint64_t{0});
    n_arrived_ = 0;
  }
  std::int64_t n_arrived() const { return n_arrived_; }

  /// Adds the PRBs of `range` (it must lie in the carrier) and calls `take(PrbRange)` for each run
  /// of them that was not there.
  template <class Take>
  void add(std::int32_t port, std::int32_t symbol, PrbRange range, Take&& take) {
    std::uint64_t* row = row_of(port, symbol, range);
    for_each_absent(row, range, [&](PrbRange run) {
      for_each_mask(run, [&](std::int32_t word, std::uint64_t mask) { row[word] |= mask; });
      n_arrived_ += run.n;
      take(run);
    });
  }
  /// Takes back PRBs that are there, all of them.
  void remove(std::int32_t port, std::int32_t symbol, PrbRange range) {
    std::uint64_t* row = row_of(port, symbol, range);
    for_each_mask(range, [&](std::int32_t word, std::uint64_t mask) { row[word] &= ~mask; });
    n_arrived_ -= range.n;
  }
  /// True when every PRB of `range` is there (no PRB at all: true).
  bool has_all(std::int32_t port, std::int32_t symbol, PrbRange range) const {
    const std::uint64_t* row = row_of(port, symbol, range);
    bool all = true;
    for_each_mask(range, [&](std::int32_t word, std::uint64_t mask) {
      all = all && (row[word] & mask) == mask;
    });
    return all;
  }

private:
  std::size_t offset_of(std::int32_t port, std::int32_t symbol, PrbRange range) const {
    AIRAN_ASSERT(port >= 0 && port < n_ports_ && symbol >= 0 && symbol < n_symbols_ &&
                     range.first >= 0 && range.n >= 0 && range.first + range.n <= n_prb_,
                 "PRBs " + std::to_string(range.first) + " + " + std::to_string(range.n) +
                     " of port " + std::to_string(port) + ", symbol " + std::to_string(symbol) +
                     " are outside the carrier");
    return static_cast<std::size_t>((port * n_symbols_ + symbol) * n_words_);
  }
  std::uint64_t* row_of(std::int32_t port, std::int32_t symbol, PrbRange range) {
    return words_.data() + offset_of(port, symbol, range);
  }
  const std::uint64_t* row_of(std::int32_t port, std::int32_t symbol, PrbRange range) const {
    return words_.data() + offset_of(port, symbol, range);
  }

  /// Calls `use(word, mask)` for each word that holds bits of the range.
  template <class Use>
  static void for_each_mask(PrbRange range, Use&& use) {
    const std::int32_t end = range.first + range.n;
    for (std::int32_t at = range.first; at < end;) {
      const std::int32_t word = at / 64;
      const std::int32_t stop = std::min(end, (word + 1) * 64);
      use(word, (~std::uint64_t{0} >> (64 - (stop - at))) << (at % 64));
      at = stop;
    }
  }
  /// The first position in [at, end) whose bit differs from those of `skipped` (all ones or all
  /// zeros); `end` if there is none.
  static std::int32_t
  skip(const std::uint64_t* row, std::int32_t at, std::int32_t end, std::uint64_t skipped) {
    while (at < end) {
      const std::uint64_t rest = (row[at / 64] ^ skipped) >> (at % 64);
      if (rest != 0)
        return std::min(end, at + std::countr_zero(rest));
      at = (at / 64 + 1) * 64;
    }
    return end;
  }
  template <class Use>
  static void for_each_absent(const std::uint64_t* row, PrbRange range, Use&& use) {
    const std::int32_t end = range.first + range.n;
    for (std::int32_t at = range.first;;) {
      at = skip(row, at, end, ~std::uint64_t{0});
      if (at >= end)
        return;
      const std::int32_t stop = skip(row, at, end, 0);
      use(PrbRange{at, stop - at});
      at = stop;
    }
  }

  std::int32_t n_ports_;
  std::int32_t n_symbols_;
  std::int32_t n_prb_;
  std::int32_t n_words_; ///< of 64 PRBs, per [port, symbol]
  std::vector<std::uint64_t> words_;
  std::int64_t n_arrived_ = 0;
};

} // namespace airan::io
