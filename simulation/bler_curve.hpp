// SPDX-License-Identifier: Apache-2.0
// Block error rate over SNR, and the SNR at which it crosses a target.
#pragma once

#include "core/result.hpp"
#include "simulation/binomial.hpp"
#include "simulation/link.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace airan::simulation {

struct BlerPoint {
  double snr_db = 0;
  std::int64_t n_blocks = 0;
  std::int64_t n_errors = 0;
  double sum_iterations = 0;

  double bler() const {
    return n_blocks == 0 ? 0.0 : static_cast<double>(n_errors) / static_cast<double>(n_blocks);
  }
};

/// When to stop at a point, and where to measure.
struct CurveSettings {
  double snr_start_db = 0;
  double snr_stop_db = 0;
  double snr_step_db = 0.5;
  std::int64_t min_blocks = 100;
  std::int64_t max_blocks = 1000;
  std::int64_t max_errors = 100; ///< enough, once min_blocks are done
  double stop_bler = 1e-3;       ///< the curve ends behind a point below
  double target_bler = 0.1;
  std::int32_t n_threads = 1;
};

/// SNR at the target with its 95 % interval, from a fit of ln(BLER / (1 - BLER)) as a line in SNR
/// to the points around the target (weighted by what each knows), the interval by the delta method.
struct Crossing {
  double snr_db = 0;
  Interval interval; ///< dB
};

struct BlerCurve {
  std::vector<BlerPoint> points;    ///< ascending SNR
  std::optional<Crossing> crossing; ///< empty: the target is not bracketed
  double seconds = 0;
};

/// Called after every batch of blocks from one thread; return false to stop early.
using CurveProgress = std::function<bool(const BlerPoint&)>;

/// Runs the points in ascending SNR; each takes blocks 0, 1, ... of the link, so that points are
/// paired. The result does not depend on n_threads.
Result<BlerCurve>
run_curve(const LinkSettings& link, const CurveSettings& settings, const CurveProgress& progress);

std::optional<Crossing> find_crossing(const std::vector<BlerPoint>& points, double target_bler);

} // namespace airan::simulation
