// SPDX-License-Identifier: Apache-2.0
// The plain LDPC decoder: layered normalised min-sum in float, one bit at a time.
#include "kernels/cpu/decode_ldpc_ref.hpp"

#include "core/modulation.hpp"
#include "kernels/primitives/crc.hpp"
#include "kernels/primitives/ldpc_graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace airan {
namespace {

constexpr float normalisation = 0.8F;
constexpr std::int32_t n_core_rows = 4; ///< the others each hold one bit of degree one
constexpr std::int32_t max_edges = 316;
constexpr std::int32_t max_row_degree = 19;

class DecodeLdpcRef final : public DecodeLdpc {
public:
  DecodeLdpcRef()
      : posterior_(static_cast<std::size_t>(max_circular_buffer) + 2 * max_lifting_size),
        messages_(static_cast<std::size_t>(max_edges) * max_lifting_size) {}

  void run(const DecodeLdpcArgs& args, Queue&) noexcept override {
    for (const DecodeLdpcCodeword& codeword : args.codewords)
      for (std::int32_t block = 0; block < codeword.plan->n_code_blocks; ++block)
        decode(codeword, block);
  }

private:
  void decode(const DecodeLdpcCodeword& codeword, std::int32_t block) {
    const CodewordPlan& plan = *codeword.plan;
    z_ = plan.lifting_size;
    graph_ = &ldpc_graph(plan.base_graph, z_);
    const std::span<std::uint8_t> out = codeword.code_blocks.on_host().row(block);
    CodeBlockVerdict& verdict = codeword.verdicts.on_host()(block);
    verdict = {};
    const std::int32_t n_received = load(plan, codeword.soft_bits.on_host().row(block));
    std::fill(out.begin(), out.end(), std::uint8_t{0});
    // Fewer received bits than unknown ones: no decoder can tell, and zeros would pass the CRC.
    if (n_received < plan.info_bits)
      return;
    for (std::int32_t iteration = 1; iteration <= codeword.max_iterations; ++iteration) {
      for (std::int32_t row = 0; row < graph_->n_rows; ++row)
        for (std::int32_t lane = 0; lane < z_; ++lane)
          update_check(row, lane);
      verdict.iterations = static_cast<std::uint16_t>(iteration);
      verdict.parity_ok = core_parity_holds() ? 1 : 0;
      verdict.crc_ok = verdict.parity_ok != 0 && decide(plan, out) ? 1 : 0;
      if (verdict.crc_ok != 0)
        return;
    }
    decide(plan, out);
  }

  /// Puts the soft bits behind the 2 Z_c punctured ones; returns how many carry information.
  std::int32_t load(const CodewordPlan& plan, std::span<const std::int8_t> soft_bits) {
    std::fill(messages_.begin(), messages_.end(), 0.0F);
    std::fill(posterior_.begin(), posterior_.end(), 0.0F);
    std::int32_t n_received = 0;
    for (std::int32_t n = 0; n < plan.encoded_bits; ++n) {
      const bool filler = n >= plan.first_filler() && n < plan.first_filler() + plan.n_filler();
      const std::int8_t soft = soft_bits[static_cast<std::size_t>(n)];
      n_received += !filler && soft != 0 ? 1 : 0;
      posterior(n / z_ + 2, n % z_) =
          filler ? static_cast<float>(llr_max) : static_cast<float>(soft);
    }
    return n_received;
  }

  float& posterior(std::int32_t column, std::int32_t lane) {
    return posterior_[static_cast<std::size_t>(column * z_ + lane)];
  }
  /// The bit of an edge in the check of this lane: TS 38.212 5.3.2, I(P) shifted to the right.
  float& posterior(const LdpcEdge& edge, std::int32_t lane) {
    return posterior(edge.column, (lane + edge.shift) % z_);
  }

  /// R_e = 0.8 prod_{e' != e} sgn(Q_e') min_{e' != e} |Q_e'|, Q_e = L_e - R_e, L_e = Q_e + R_e
  void update_check(std::int32_t row, std::int32_t lane) {
    const std::int32_t begin = graph_->row_begin[static_cast<std::size_t>(row)];
    const std::int32_t end = graph_->row_begin[static_cast<std::size_t>(row) + 1];
    float q[max_row_degree];
    for (std::int32_t e = begin; e < end; ++e)
      q[e - begin] = posterior(graph_->edges[static_cast<std::size_t>(e)], lane) -
                     messages_[static_cast<std::size_t>(e * z_ + lane)];
    for (std::int32_t e = begin; e < end; ++e) {
      float least = std::numeric_limits<float>::max();
      bool negative = false;
      for (std::int32_t other = begin; other < end; ++other)
        if (other != e) {
          least = std::min(least, std::abs(q[other - begin]));
          negative ^= q[other - begin] < 0;
        }
      const float message = normalisation * (negative ? -least : least);
      messages_[static_cast<std::size_t>(e * z_ + lane)] = message;
      posterior(graph_->edges[static_cast<std::size_t>(e)], lane) = q[e - begin] + message;
    }
  }

  /// The checks without a bit of degree one: the others can always be made to hold.
  bool core_parity_holds() {
    for (std::int32_t row = 0; row < n_core_rows; ++row)
      for (std::int32_t lane = 0; lane < z_; ++lane) {
        bool odd = false;
        for (std::int32_t e = graph_->row_begin[static_cast<std::size_t>(row)];
             e < graph_->row_begin[static_cast<std::size_t>(row) + 1]; ++e)
          odd ^= posterior(graph_->edges[static_cast<std::size_t>(e)], lane) < 0;
        if (odd)
          return false;
      }
    return true;
  }

  /// Writes the information bits; true when none is undecided and their CRC holds.
  bool decide(const CodewordPlan& plan, std::span<std::uint8_t> out) {
    std::fill(out.begin(), out.end(), std::uint8_t{0});
    bool decided = true;
    for (std::int32_t n = 0; n < plan.info_bits; ++n) {
      const float value = posterior_[static_cast<std::size_t>(n)];
      decided &= value != 0.0F;
      if (value < 0)
        out[static_cast<std::size_t>(n / 8)] |= static_cast<std::uint8_t>(0x80U >> (n % 8));
    }
    const CrcKind kind = plan.n_code_blocks > 1 ? plan.code_block_crc : plan.tb_crc;
    return decided && crc(kind, out, plan.info_bits) == 0;
  }

  std::int32_t z_ = 0;
  const LdpcGraph* graph_ = nullptr;
  std::vector<float> posterior_; ///< [column, lane]
  std::vector<float> messages_;  ///< [edge, lane]
};

} // namespace

std::unique_ptr<DecodeLdpc> make_decode_ldpc_ref(const PlanLimits&) {
  return std::make_unique<DecodeLdpcRef>();
}

} // namespace airan
