// SPDX-License-Identifier: Apache-2.0
// Segmentation, base graph, lifting size and rate matching lengths of one transport block.
#include "phy/plan_codeword.hpp"

#include "core/assert.hpp"
#include "kernels/primitives/ldpc_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace airan {
namespace {

/// Larger than any size that TS 38.214 6.1.4.2 can give (275 PRB, 156 REs, 256QAM, 4 layers).
constexpr std::int64_t max_tb_bits = 1'300'000;

/// K_b of 5.2.2: how many columns of the graph the information bits may fill.
std::int32_t info_columns(LdpcBaseGraph base_graph, std::int64_t n_bits_with_crc) {
  if (base_graph == LdpcBaseGraph::bg1)
    return 22;
  if (n_bits_with_crc > 640)
    return 10;
  if (n_bits_with_crc > 560)
    return 9;
  return n_bits_with_crc > 192 ? 8 : 6;
}

/// k0 = floor(factor N_cb / (columns Z_c)) Z_c, table 5.4.2.1-2.
std::int32_t start_position(const CodewordPlan& plan) {
  constexpr std::int32_t factors[2][4] = {{0, 17, 33, 56}, {0, 13, 25, 43}};
  const bool is_bg1 = plan.base_graph == LdpcBaseGraph::bg1;
  const std::int32_t factor = factors[is_bg1 ? 0 : 1][plan.rv];
  return factor * plan.circular_bits / ((is_bg1 ? 66 : 50) * plan.lifting_size) * plan.lifting_size;
}

/// 5.2.2: C, K', and the code blocks' CRC.
Result<void> segment(CodewordPlan& plan) {
  const std::int32_t max_bits = plan.base_graph == LdpcBaseGraph::bg1 ? 8448 : 3840; // K_cb
  const std::int32_t with_crc = plan.tb_bits + crc_bits(plan.tb_crc);                // B
  plan.n_code_blocks = with_crc <= max_bits ? 1 : (with_crc + max_bits - 25) / (max_bits - 24);
  plan.code_block_crc = plan.n_code_blocks > 1 ? CrcKind::crc24b : CrcKind::none;
  if (with_crc % plan.n_code_blocks != 0)
    return file_error(fmt::format(
        "a transport block of {} bytes does not divide into {} equal code blocks of base graph {}: "
        "use a size of TS 38.214 5.1.3.2",
        plan.tb_bits / 8, plan.n_code_blocks, static_cast<int>(plan.base_graph)));
  plan.info_bits = with_crc / plan.n_code_blocks + crc_bits(plan.code_block_crc);
  return {};
}

/// 5.2.2 and table 5.3.2-1: the smallest Z_c with K_b Z_c >= K'.
void lift(CodewordPlan& plan) {
  const std::int32_t columns = info_columns(plan.base_graph, plan.tb_bits + crc_bits(plan.tb_crc));
  const auto sizes = ldpc_lifting_sizes();
  const auto chosen = std::find_if(sizes.begin(), sizes.end(), [&](const LiftingSize& z) {
    return columns * z.size >= plan.info_bits;
  });
  AIRAN_ASSERT(chosen != sizes.end(), "info_bits=" + std::to_string(plan.info_bits));
  const bool is_bg1 = plan.base_graph == LdpcBaseGraph::bg1;
  plan.lifting_size = chosen->size;
  plan.lifting_set = chosen->set;
  plan.code_block_bits = (is_bg1 ? 22 : 10) * plan.lifting_size;
  plan.encoded_bits = (is_bg1 ? 66 : 50) * plan.lifting_size;
}

/// 5.4.2.1: N_cb, k0 and E_r.
Result<void> match_rate(CodewordPlan& plan, std::optional<std::int64_t> lbrm_tb_bits) {
  plan.circular_bits = plan.encoded_bits;
  if (lbrm_tb_bits) {
    // N_ref = floor(TBS_LBRM / (C R_LBRM)), R_LBRM = 2/3.
    const std::int64_t n_ref = 3 * *lbrm_tb_bits / (2 * plan.n_code_blocks);
    plan.circular_bits =
        static_cast<std::int32_t>(std::min<std::int64_t>(n_ref, plan.encoded_bits));
    if (plan.circular_bits - plan.n_filler() < plan.info_bits)
      return file_error(fmt::format(
          "tb_size_lbrm_bytes {} leaves {} bits of circular buffer to a code block of {} bits, "
          "which can then never be decoded: give at least the largest transport block of the cell",
          *lbrm_tb_bits / 8, plan.circular_bits, plan.info_bits));
  }
  plan.k0 = start_position(plan);

  const std::int32_t granularity = plan.n_layers * plan.bits_per_symbol;
  if (plan.codeword_bits <= 0 || plan.codeword_bits % granularity != 0)
    return file_error(fmt::format("a codeword of {} bits is not a positive multiple of {} layers "
                                  "times {} bits per symbol",
                                  plan.codeword_bits, plan.n_layers, plan.bits_per_symbol));
  const std::int32_t n_units = plan.codeword_bits / granularity;
  if (n_units < plan.n_code_blocks)
    return file_error(fmt::format(
        "a transport block of {} bytes has {} code blocks, but the allocation has only {} data REs "
        "per layer: grant more PRBs or symbols, or a smaller tb_size",
        plan.tb_bits / 8, plan.n_code_blocks, n_units));
  plan.n_short = plan.n_code_blocks - n_units % plan.n_code_blocks;
  plan.e_short = n_units / plan.n_code_blocks * granularity;
  plan.e_long = plan.e_short + (n_units % plan.n_code_blocks != 0 ? granularity : 0);
  return {};
}

} // namespace

LdpcBaseGraph base_graph_of(std::int64_t tb_bits, double code_rate) {
  const bool is_bg2 = tb_bits <= 292 || (tb_bits <= 3824 && code_rate <= 0.67) || code_rate <= 0.25;
  return is_bg2 ? LdpcBaseGraph::bg2 : LdpcBaseGraph::bg1;
}

Result<CodewordPlan> plan_codeword(const CodewordRequest& request) {
  if (request.tb_bits < 8 || request.tb_bits > max_tb_bits || request.tb_bits % 8 != 0)
    return file_error(fmt::format("a transport block of {} bits is not a number of bytes from 1 to "
                                  "{}: use a size of TS 38.214 5.1.3.2",
                                  request.tb_bits, max_tb_bits / 8));
  if (request.rv < 0 || request.rv > 3)
    return file_error(
        fmt::format("rv_index {} is not a redundancy version: give 0, 1, 2 or 3", request.rv));
  if (request.n_layers < 1 || request.n_layers > 4)
    return file_error(
        fmt::format("a codeword cannot have {} layers: give 1 to 4", request.n_layers));
  if (!request.base_graph && !(request.code_rate > 0 && request.code_rate < 1))
    return file_error(fmt::format("the base graph follows from the code rate, which is {}: give a "
                                  "rate between 0 and 1, or ldpc_base_graph",
                                  request.code_rate));
  CodewordPlan plan;
  plan.tb_bits = static_cast<std::int32_t>(request.tb_bits);
  plan.tb_crc = request.tb_bits > 3824 ? CrcKind::crc24a : CrcKind::crc16;
  plan.base_graph =
      request.base_graph ? *request.base_graph : base_graph_of(request.tb_bits, request.code_rate);
  plan.rv = request.rv;
  plan.bits_per_symbol = bits_per_symbol(request.modulation);
  plan.n_layers = request.n_layers;
  plan.codeword_bits = request.codeword_bits;
  if (auto done = segment(plan); !done)
    return tl::unexpected(done.error());
  lift(plan);
  if (auto done = match_rate(plan, request.lbrm_tb_bits); !done)
    return tl::unexpected(done.error());
  return plan;
}

} // namespace airan
