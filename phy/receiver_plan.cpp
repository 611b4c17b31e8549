// SPDX-License-Identifier: Apache-2.0
// Row selection for each of the seven operations.
#include "phy/receiver_plan.hpp"

namespace airan {
namespace {

/// Selects a row, remembers its name, makes the operation.
template <class Op>
Result<void> plan_operation(Stage stage,
                            std::span<const Row<Op>> rows,
                            std::string_view algorithm,
                            const RowChoices& choices,
                            ReceiverPlan& plan,
                            std::unique_ptr<Op>& operation) {
  const auto index = static_cast<std::size_t>(stage);
  const RowChoice choice{stage_names[index], algorithm, choices.backend, choices.rows[index]};
  const Result<const Row<Op>*> row = select_row(rows, choice, plan.limits);
  if (!row)
    return tl::unexpected(row.error());
  operation = (*row)->make(plan.limits);
  plan.row_names[index] = (*row)->name;
  return {};
}

} // namespace

Result<std::unique_ptr<ReceiverPlan>> make_receiver_plan(const PlanLimits& limits,
                                                         const RowChoices& choices) {
  auto plan = std::make_unique<ReceiverPlan>();
  plan->limits = limits;
  ReceiverPlan& p = *plan;
  Result<void> ok = plan_operation(Stage::unpack_iq, unpack_iq_rows(), "", choices, p, p.unpack_iq);
  if (ok && limits.fft_size > 0)
    ok = plan_operation(Stage::demodulate_ofdm, demodulate_ofdm_rows(), "", choices, p,
                        p.demodulate_ofdm);
  if (ok)
    ok = plan_operation(Stage::estimate_channel, estimate_channel_rows(), choices.estimator,
                        choices, p, p.estimate_channel);
  if (ok)
    ok = plan_operation(Stage::detect, detect_rows(), choices.detector, choices, p, p.detect);
  if (ok)
    ok = plan_operation(Stage::dematch_rate, dematch_rate_rows(), "", choices, p, p.dematch_rate);
  if (ok)
    ok = plan_operation(Stage::decode_ldpc, decode_ldpc_rows(), "", choices, p, p.decode_ldpc);
  if (ok)
    ok = plan_operation(Stage::assemble_transport_block, assemble_transport_block_rows(), "",
                        choices, p, p.assemble_transport_block);
  if (!ok)
    return tl::unexpected(ok.error());
  return plan;
}

} // namespace airan
