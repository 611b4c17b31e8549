// SPDX-License-Identifier: Apache-2.0
// DematchRate: LLRs -> soft bits of the circular buffer, combined with earlier transmissions.
#pragma once

#include "core/codeword.hpp"
#include "core/tensor_ref.hpp"
#include "kernels/row_list.hpp"
#include "runtime/queue.hpp"

#include <span>

namespace airan {

struct DematchRateCodeword {
  const CodewordPlan* plan = nullptr;
  TensorRef<const std::int8_t, 1> llrs; ///< [codeword bit]
  /// Soft bits of earlier transmissions of this HARQ process, [code block, position]; empty for new
  /// data.
  TensorRef<const std::int8_t, 2> stored;
  /// Written: stored + this transmission, saturated to +-llr_max; [code block, position],
  /// encoded_bits positions (those beyond circular_bits are 0). Filler positions are +llr_max.
  TensorRef<std::int8_t, 2> soft_bits;
};

struct DematchRateArgs {
  std::span<const DematchRateCodeword> codewords;
};

/// TS 38.212 5.4.2.1 and 5.4.2.2 backwards.
class DematchRate {
public:
  virtual ~DematchRate() = default;
  virtual void run(const DematchRateArgs& args, Queue& queue) noexcept = 0;
};

/// "cpu:simd", "cpu:ref".
std::span<const Row<DematchRate>> dematch_rate_rows();

} // namespace airan
