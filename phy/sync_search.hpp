// SPDX-License-Identifier: Apache-2.0
// Searches a stretch of samples for the DM-RS of granted slots.
#pragma once

#include "core/numerology.hpp"
#include "core/view.hpp"
#include "kernels/primitives/fft.hpp"
#include "phy/sync_replica.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace airan {

/// Where the DM-RS of a slot match best.
struct SyncHit {
  std::int32_t replica = 0; ///< index into the replicas
  double start = 0;         ///< of the slot, samples
  double shift = 0;         ///< carrier offset that was tried, subcarrier spacings
  double significance = 0;  ///< -ln of the probability that noise is as good at one place
};

/// -ln of (a bound of) the probability that the sum of n unit exponential variables reaches `sum`.
double significance_of(double sum, std::int32_t n);

/// Correlates, in the frequency domain, blocks of four symbols with replicas of one symbol. Only a
/// band of the middle PRBs of a grant is used, so that wide carriers cost no more than narrow ones.
///
/// The share rho of a window's energy in the band that lies in the direction of a replica with M
/// pilots satisfies, for noise, P(rho > x) <= (1 - x)^(M-1): -(M-1) ln(1 - rho) is (at most) an
/// exponential variable, and these add up over symbols, layers and ports.
class SyncSearch {
public:
  SyncSearch(View<const cf32, 2> samples,
             const OfdmTiming& timing,
             std::int32_t n_subcarriers,
             std::span<const SlotReplica> replicas);

  /// Slot starts in [first, end) samples; `shift` in subcarrier spacings.
  struct Window {
    std::int32_t replica = 0;
    double first = 0;
    double end = 0;
  };
  /// The best match among the windows.
  SyncHit best(std::span<const Window> windows, double shift);

  static constexpr std::int32_t max_replicas = 4; ///< per slot

private:
  struct Band {
    std::int32_t first = 0; ///< subcarrier of the grid
    std::int32_t count = 0;
  };
  /// One block of samples of one port in one band.
  struct Block {
    std::vector<cf32> spectrum;        ///< [bin of the band]
    std::vector<float> inverse_energy; ///< [lag]: 1 / energy of the window that begins there
  };
  Band band_of(const DmrsReplica& replica) const;
  std::int32_t band_index(const Band& band);
  const Block& block(std::int32_t band, std::int32_t port, std::int64_t number);
  void fill_block(Block& out, const Band& band, std::int32_t port, std::int64_t number);
  std::vector<cf32>
  reference_spectrum(const DmrsReplica& replica, const Band& band, double shift, double delay);
  void correlate(const SlotReplica& slot,
                 const DmrsReplica& replica,
                 double shift,
                 std::int64_t first,
                 std::span<float> remainder);

  View<const cf32, 2> samples_;
  OfdmTiming timing_;
  std::int32_t n_subcarriers_;
  std::span<const SlotReplica> replicas_;
  std::int32_t size_ = 0;                  ///< N_s: samples of a symbol at the rate of the search
  std::unique_ptr<const Fft> block_fft_;   ///< 4 N
  std::unique_ptr<const Fft> lag_ifft_;    ///< 4 N_s
  std::unique_ptr<const Fft> lag_fft_;     ///< 4 N_s
  std::unique_ptr<const Fft> symbol_ifft_; ///< N_s
  std::vector<Band> bands_;
  std::vector<std::vector<Block>> blocks_; ///< [band][block, port]
  std::int64_t n_blocks_ = 0;
  std::vector<cf32> time_, spectrum_, lag_a_, lag_b_;
};

} // namespace airan
