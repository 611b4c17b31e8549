// SPDX-License-Identifier: Apache-2.0
// The receiver: slots and their grants in, transport blocks and a report out.
#pragma once

#include "core/cell_settings.hpp"
#include "core/channel_estimate.hpp"
#include "core/checked_grant.hpp"
#include "core/results.hpp"
#include "core/slot_iq.hpp"
#include "phy/receiver_plan.hpp"
#include "phy/user_state.hpp"
#include "runtime/queue.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace airan {

/// One slot that is due, with its grants.
struct SlotInput {
  const SlotIq* iq = nullptr;
  const CellSettings* cell = nullptr;
  std::span<const CheckedGrant> grants;
  /// Coarse carrier offset of the recording, taken out before the FFT (time domain only), Hz.
  double carrier_offset_hz = 0;
};

/// Whether the equalised symbols and measures by OFDM symbol are kept for a report.
enum class Detail : std::uint8_t { results_only, with_symbols };

/// What one grant looked like on the way, for reports. Empty where not kept.
struct GrantDetail {
  std::span<const cf32> symbols; ///< equalised, in codeword order
  std::span<const DetectMetrics> metrics_by_symbol;
  const DetectionGroup* group = nullptr;
  const ChannelEstimate* estimate = nullptr;
  std::int32_t grant_in_group = 0;
};

/// What came out of one slot; the spans are valid until the next receive().
struct SlotOutput {
  SlotReport report;
  std::span<const GrantDetail> details; ///< in the order of the grants
};

struct ReceiverSettings {
  std::int32_t ldpc_max_iterations = 10;
  /// Where the FFT window begins, as a share of the shortest cyclic prefix before the prefix's end.
  double window_advance = 0.3125;
  UserStateLimits user_state;
};

/// Receives batches of slots with one plan. Not thread-safe: one receiver per slot thread.
class Receiver {
public:
  Receiver(std::unique_ptr<ReceiverPlan> plan, const ReceiverSettings& settings);
  ~Receiver();

  /// Receives the slots of one batch (at most limits.n_cells). Rows of `details` follow `detail`.
  std::span<const SlotOutput> receive(std::span<const SlotInput> batch, Detail detail);

  const ReceiverPlan& plan() const { return *plan_; }
  const UserState& user_state() const { return user_state_; }

private:
  std::unique_ptr<ReceiverPlan> plan_;
  ReceiverSettings settings_;
  UserState user_state_;
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<class SlotBatch> batch_;
};

} // namespace airan
