// SPDX-License-Identifier: Apache-2.0
// Detect: ResourceGrid and ChannelEstimate -> LLRs. Equalise, de-precode, demap, descramble.
#pragma once

#include "core/channel_estimate.hpp"
#include "core/slot_buffers.hpp"
#include "kernels/row_list.hpp"
#include "runtime/queue.hpp"

#include <span>

namespace airan {

/// What is measured behind the equaliser, per grant. Powers are linear and relative to unit symbol
/// power; sums run over data REs and layers with a valid observation. Means are sums over
/// n_symbols: of a large codeword a row may measure a fair sample only ("cpu:simd": one run of 16
/// codeword symbols in 64 from 4096 symbols on, unless symbols or metrics by symbol are wanted).
struct DetectMetrics {
  double sum_error_power = 0;  ///< |x_hat - nearest constellation point|^2
  double sum_inverse_sinr = 0; ///< 1/SINR predicted by the equaliser
  double sum_sinr = 0;         ///< SINR predicted by the equaliser
  std::int64_t n_symbols = 0;  ///< equalised symbols that were summed
};

/// The output of one grant; grants that are not written have an empty `llrs`.
struct DetectOutput {
  /// Descrambled LLRs in codeword order, [codeword bit]; erased bits are 0. Positive means bit 0;
  /// the scale is llr_steps_per_nat.
  TensorRef<std::int8_t, 1> llrs;
  DetectMetrics* metrics = nullptr; ///< host; may be null
  /// Equalised symbols in codeword order [symbol of the codeword], for reports; empty if not
  /// wanted.
  TensorRef<cf32, 1> symbols;
  /// With `symbols`: the measures by OFDM symbol [14]; may be null.
  DetectMetrics* metrics_by_symbol = nullptr;
};

struct DetectGroup {
  ResourceGrid grid;
  const DetectionGroup* group = nullptr;
  const ChannelEstimate* estimate = nullptr;
  std::span<const DetectOutput> outputs; ///< [grant of the group]
};

struct DetectArgs {
  std::span<const DetectGroup> groups;
};

class Detect {
public:
  virtual ~Detect() = default;
  virtual void run(const DetectArgs& args, Queue& queue) noexcept = 0;
};

/// Algorithm "lmmse": rows "cpu:simd", "cpu:ref".
std::span<const Row<Detect>> detect_rows();

} // namespace airan
