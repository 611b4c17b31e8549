// SPDX-License-Identifier: Apache-2.0
// The seven operations of a receiver, planned for the worst case on one device.
#pragma once

#include "core/plan_limits.hpp"
#include "core/result.hpp"
#include "core/results.hpp"
#include "kernels/assemble_transport_block.hpp"
#include "kernels/decode_ldpc.hpp"
#include "kernels/dematch_rate.hpp"
#include "kernels/demodulate_ofdm.hpp"
#include "kernels/detect.hpp"
#include "kernels/estimate_channel.hpp"
#include "kernels/unpack_iq.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace airan {

/// Which backend and algorithms a plan uses, and which rows are forced.
struct RowChoices {
  std::string_view backend = "cpu";
  std::string_view estimator = "smooth";  ///< algorithm of EstimateChannel
  std::string_view detector = "lmmse";    ///< algorithm of Detect
  std::array<std::string, n_stages> rows; ///< by Stage; empty: the first row that accepts
};

struct ReceiverPlan {
  PlanLimits limits;
  std::unique_ptr<UnpackIq> unpack_iq;
  std::unique_ptr<DemodulateOfdm> demodulate_ofdm; ///< null when limits.fft_size is 0
  std::unique_ptr<EstimateChannel> estimate_channel;
  std::unique_ptr<Detect> detect;
  std::unique_ptr<DematchRate> dematch_rate;
  std::unique_ptr<DecodeLdpc> decode_ldpc;
  std::unique_ptr<AssembleTransportBlock> assemble_transport_block;
  std::array<std::string_view, n_stages> row_names{}; ///< by Stage; empty where not used
};

/// Selects a row for each operation and sizes its workspace. The error lists the rows passed over.
Result<std::unique_ptr<ReceiverPlan>> make_receiver_plan(const PlanLimits& limits,
                                                         const RowChoices& choices);

} // namespace airan
