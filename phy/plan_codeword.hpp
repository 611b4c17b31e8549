// SPDX-License-Identifier: Apache-2.0
// Transport block size, segmentation, LDPC parameters and rate matching lengths.
#pragma once

#include "core/codeword.hpp"
#include "core/modulation.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <optional>

namespace airan {

/// TS 38.214 6.1.4.2 (5.1.3.2): bits of the transport block.
/// `n_res_per_prb` is N'_RE before the cap of 156; `code_rate` is R (not x 1024).
std::int64_t transport_block_bits(std::int32_t n_res_per_prb,
                                  std::int32_t n_prb,
                                  double code_rate,
                                  std::int32_t bits_per_symbol,
                                  std::int32_t n_layers);

struct CodewordRequest {
  std::int64_t tb_bits = 0;                ///< A
  double code_rate = 0;                    ///< R, chooses the base graph (TS 38.212 6.2.2)
  std::optional<LdpcBaseGraph> base_graph; ///< overrides that choice
  Modulation modulation = Modulation::qpsk;
  std::int32_t n_layers = 1;
  std::int32_t codeword_bits = 0; ///< G
  std::int32_t rv = 0;
  std::optional<std::int64_t> lbrm_tb_bits; ///< TBS_LBRM, limits N_cb (5.4.2.1)
};

/// TS 38.212 6.2.2: the base graph of a first transmission of `tb_bits` with rate `code_rate`.
LdpcBaseGraph base_graph_of(std::int64_t tb_bits, double code_rate);

/// TS 38.212 5.2.2, 5.3.2, 5.4.2.1, 6.2. Errors name what cannot be coded.
Result<CodewordPlan> plan_codeword(const CodewordRequest& request);

} // namespace airan
