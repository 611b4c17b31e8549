// SPDX-License-Identifier: Apache-2.0
// The slots that `airan bench` receives, and what the measured peer needs for them.
#pragma once

#include "config/made_signals.hpp"

#include <cstdint>
#include <span>

namespace airan::apps {

/// Stage times of OCUDU 26.04 (commit 9b0cfa600d) on one core of a 2.3 GHz Xeon with AVX-512, where
/// one 4096-point FFT of FFTW takes 4.6 us; microseconds per slot. Its chain starts at the grid.
struct PeerTimes {
  double estimate_us = 0;
  double detect_us = 0; ///< equalise + demap + scrambling + other (descramble, copies, CRC)
  double dematch_us = 0;
  double decode_us = 0;
  double total_us = 0;
  double mean_iterations = 0;
};
inline constexpr double peer_fft_4096_us = 4.6;

struct BenchShape {
  std::int32_t n_prb = 0;
  std::int32_t n_ports = 0;
  std::int32_t n_layers = 0;
  config::McsTable mcs_table = config::McsTable::qam64;
  std::int32_t mcs_index = 0;
  double snr_db = 0; ///< post-combining
  PeerTimes peer;
};

std::span<const BenchShape> bench_shapes();

} // namespace airan::apps
