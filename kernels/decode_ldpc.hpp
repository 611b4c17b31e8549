// SPDX-License-Identifier: Apache-2.0
// DecodeLdpc: soft bits -> code blocks. The costliest loop; stops early per code block.
#pragma once

#include "core/codeword.hpp"
#include "core/results.hpp"
#include "core/tensor_ref.hpp"
#include "kernels/row_list.hpp"
#include "runtime/queue.hpp"

#include <span>

namespace airan {

struct DecodeLdpcCodeword {
  const CodewordPlan* plan = nullptr;
  TensorRef<const std::int8_t, 2> soft_bits; ///< [code block, position in the circular buffer]
  /// Written: the K' information bits of each code block, packed, first bit is the top bit of byte
  /// 0; [code block, byte], at least ceil(K'/8) bytes a row, unused bits 0.
  TensorRef<std::uint8_t, 2> code_blocks;
  TensorRef<CodeBlockVerdict, 1> verdicts; ///< [code block]
  std::int32_t max_iterations = 10;
};

struct DecodeLdpcArgs {
  std::span<const DecodeLdpcCodeword> codewords;
};

/// TS 38.212 5.3.2 backwards: layered normalised min-sum. A block stops when its CRC holds (its
/// own, or the transport block's when it is the only one) and all parity checks that were received
/// do.
class DecodeLdpc {
public:
  virtual ~DecodeLdpc() = default;
  virtual void run(const DecodeLdpcArgs& args, Queue& queue) noexcept = 0;
};

/// "cpu:simd", "cpu:ref".
std::span<const Row<DecodeLdpc>> decode_ldpc_rows();

} // namespace airan
