// SPDX-License-Identifier: Apache-2.0
// Asks each operation for its rows.
#include "apps/list_rows.hpp"

#include "core/results.hpp"
#include "kernels/assemble_transport_block.hpp"
#include "kernels/decode_ldpc.hpp"
#include "kernels/dematch_rate.hpp"
#include "kernels/demodulate_ofdm.hpp"
#include "kernels/detect.hpp"
#include "kernels/estimate_channel.hpp"
#include "kernels/unpack_iq.hpp"

#include <span>

namespace airan::apps {
namespace {

template <class Op>
void append(std::vector<RowEntry>& out,
            Stage stage,
            std::span<const Row<Op>> rows,
            const PlanLimits& limits) {
  for (const Row<Op>& row : rows)
    out.push_back({stage_names[static_cast<std::size_t>(stage)], row.name, row.algorithm, row.space,
                   row.reason_to_decline(limits)});
}

} // namespace

std::vector<RowEntry> list_rows(const PlanLimits& limits) {
  std::vector<RowEntry> out;
  append(out, Stage::unpack_iq, unpack_iq_rows(), limits);
  append(out, Stage::demodulate_ofdm, demodulate_ofdm_rows(), limits);
  append(out, Stage::estimate_channel, estimate_channel_rows(), limits);
  append(out, Stage::detect, detect_rows(), limits);
  append(out, Stage::dematch_rate, dematch_rate_rows(), limits);
  append(out, Stage::decode_ldpc, decode_ldpc_rows(), limits);
  append(out, Stage::assemble_transport_block, assemble_transport_block_rows(), limits);
  return out;
}

} // namespace airan::apps
