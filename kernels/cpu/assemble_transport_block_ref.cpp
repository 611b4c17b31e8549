// SPDX-License-Identifier: Apache-2.0
// Puts the payloads of the code blocks one behind the other and checks the transport block's CRC.
#include "kernels/cpu/assemble_transport_block_ref.hpp"

#include "kernels/primitives/crc.hpp"
#include "runtime/buffer.hpp"

#include <algorithm>
#include <cstring>

namespace airan {
namespace {

/// Appends n_bits of `source` (first bit on top of byte 0) to `target` at bit `offset`; the bits of
/// the target from there on are overwritten, up to a whole byte.
void append_bits(std::uint8_t* target,
                 std::int64_t offset,
                 const std::uint8_t* source,
                 std::int64_t n_bits) {
  std::uint8_t* out = target + offset / 8;
  const auto shift = static_cast<std::uint32_t>(offset % 8);
  const std::int64_t n_bytes = (n_bits + 7) / 8;
  if (shift == 0) {
    std::memcpy(out, source, static_cast<std::size_t>(n_bytes));
    return;
  }
  // Bits already there stay on top of the first byte.
  std::uint32_t carry = *out & (0xFF00U >> shift);
  for (std::int64_t i = 0; i < n_bytes; ++i) {
    out[i] = static_cast<std::uint8_t>(carry | (std::uint32_t{source[i]} >> shift));
    carry = (std::uint32_t{source[i]} << (8 - shift)) & 0xFFU;
  }
  if ((n_bits - 1) % 8 + shift >= 8)
    out[n_bytes] = static_cast<std::uint8_t>(carry);
}

class AssembleTransportBlockRef final : public AssembleTransportBlock {
public:
  AssembleTransportBlockRef() : bits_({max_transport_block_bytes + spare_bytes}) {}

  void run(const AssembleTransportBlockArgs& args, Queue&) noexcept override {
    for (const AssembleTransportBlockItem& item : args.transport_blocks)
      *item.crc_ok = assemble(item) ? 1 : 0;
  }

private:
  /// 275 PRB, 14 symbols, 8 bits, 4 layers: a retransmission may have less room than its first.
  static constexpr std::int32_t max_transport_block_bytes = 275 * 12 * 14 * max_layers_per_user;
  /// The transport block's CRC and what the last append writes beyond.
  static constexpr std::int32_t spare_bytes = 64;

  bool assemble(const AssembleTransportBlockItem& item) {
    const CodewordPlan& plan = *item.plan;
    const auto code_blocks = item.code_blocks.on_host();
    const auto verdicts = item.verdicts.on_host();
    const std::int32_t n_payload_bits = plan.code_block_payload_bits();
    bool blocks_ok = true;
    for (std::int32_t block = 0; block < plan.n_code_blocks; ++block) {
      blocks_ok &= verdicts(block).crc_ok != 0;
      append_bits(bits_.data(), std::int64_t{block} * n_payload_bits, code_blocks.row(block).data(),
                  n_payload_bits);
    }
    std::memcpy(item.payload.on_host().data(), bits_.data(),
                static_cast<std::size_t>(plan.tb_bits / 8));
    const std::span<const std::uint8_t> bytes(bits_.data(), static_cast<std::size_t>(bits_.size()));
    return blocks_ok && crc(plan.tb_crc, bytes, plan.tb_bits + crc_bits(plan.tb_crc)) == 0;
  }

  HostTensor<std::uint8_t, 1> bits_; ///< [byte]: the transport block with its CRC
};

} // namespace

std::unique_ptr<AssembleTransportBlock> make_assemble_transport_block_ref(const PlanLimits&) {
  return std::make_unique<AssembleTransportBlockRef>();
}

} // namespace airan
