// SPDX-License-Identifier: Apache-2.0
// Measures slots whose place is known: fine timing, carrier offset, and how well DM-RS match.
#pragma once

#include "core/cell_settings.hpp"
#include "core/numerology.hpp"
#include "core/view.hpp"
#include "kernels/primitives/fft.hpp"
#include "phy/sync_replica.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace airan {

/// How much of a slot's DM-RS was found.
struct SlotMatch {
  double sum = 0;     ///< of n exponential variables if there is only noise
  std::int32_t n = 0; ///< symbols x layers x ports
  /// The same block by block of neighbouring pilots: does not mind echoes or other delays, and is
  /// less sensitive.
  double block_sum = 0;
  std::int32_t block_n = 0;
  double least_symbol_sum = 0; ///< of the worst of the symbols
  std::int32_t least_symbol_n = 0;

  /// Adds all but the worst symbol.
  void add(const SlotMatch& other) {
    sum += other.sum;
    n += other.n;
    block_sum += other.block_sum;
    block_n += other.block_n;
  }
};

/// Slots in a stretch of samples, start in samples; what a slot lacks of samples is left out.
class SyncSlots {
public:
  SyncSlots(View<const cf32, 2> samples, const OfdmTiming& timing, const CellSettings& cell);

  /// Carrier offset that is taken out of all that follows, Hz.
  void set_cfo(double cfo_hz) { cfo_hz_ = cfo_hz; }

  SlotMatch match(const SlotReplica& slot, double start);

  struct Timing {
    double strongest = 0; ///< start of the slot on the strongest path
    double first = 0;     ///< on the first path that is not far below
  };
  /// Looks at delays up to `reach` samples from `start`.
  Timing refine(const SlotReplica& slot, double start, double reach);

  /// sum over ports of conj(x(n)) x(n + N) over the cyclic prefixes of the widest grant, after a
  /// filter for its band: its angle is 2 pi CFO / subcarrier spacing.
  cf64 prefix_product(const SlotReplica& slot, double start);

  /// sum of conj(H(first)) H(last) over layers, ports and pilots for the first and the last DM-RS
  /// symbol of a hop; its angle is 2 pi CFO * seconds.
  struct SymbolPair {
    cf64 product;
    double seconds = 0; ///< 0: there is only one DM-RS symbol
  };
  SymbolPair symbol_product(const SlotReplica& slot, double start);

  /// The same for the first DM-RS symbols of two slots, over the layers that have the same REs in
  /// both. [a, b]: slot and its start.
  cf64 slot_product(const SlotReplica& a, double start_a, const SlotReplica& b, double start_b);

  /// The shortest cyclic prefix in samples.
  std::int32_t prefix() const { return prefix_; }

private:
  /// Channel at the pilots of a replica (Y conj(r)), [pilot]; empty if samples are missing.
  /// `advance` samples of the prefix are in the window; the ramp is taken out.
  std::vector<cf32> channel(const SlotReplica& slot,
                            const DmrsReplica& replica,
                            std::int32_t port,
                            double start,
                            std::int32_t advance);

  View<const cf32, 2> samples_;
  OfdmTiming timing_;
  CellSettings cell_;
  std::int32_t prefix_ = 0;
  double cfo_hz_ = 0;
  std::unique_ptr<const Fft> fft_;
  std::unique_ptr<const Fft> ifft_;
  std::unique_ptr<const Fft> slot_fft_;
  std::unique_ptr<const Fft> slot_ifft_;
  std::vector<cf32> window_, spectrum_, slot_time_, slot_spectrum_;
};

} // namespace airan
