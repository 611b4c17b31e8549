// SPDX-License-Identifier: Apache-2.0
// AssembleTransportBlock: code blocks -> bytes of the transport block and its CRC.
#pragma once

#include "core/codeword.hpp"
#include "core/results.hpp"
#include "core/tensor_ref.hpp"
#include "kernels/row_list.hpp"
#include "runtime/queue.hpp"

#include <span>

namespace airan {

struct AssembleTransportBlockItem {
  const CodewordPlan* plan = nullptr;
  TensorRef<const std::uint8_t, 2> code_blocks;  ///< [code block, byte], as DecodeLdpc writes them
  TensorRef<const CodeBlockVerdict, 1> verdicts; ///< [code block]
  TensorRef<std::uint8_t, 1> payload;            ///< written: [byte], tb_bits / 8 bytes
  /// Written: 1 when the transport block's CRC holds and every code block's does.
  std::uint8_t* crc_ok = nullptr;
};

struct AssembleTransportBlockArgs {
  std::span<const AssembleTransportBlockItem> transport_blocks;
};

/// TS 38.212 5.1 and 5.2.2 backwards.
class AssembleTransportBlock {
public:
  virtual ~AssembleTransportBlock() = default;
  virtual void run(const AssembleTransportBlockArgs& args, Queue& queue) noexcept = 0;
};

/// "cpu:ref".
std::span<const Row<AssembleTransportBlock>> assemble_transport_block_rows();

} // namespace airan
