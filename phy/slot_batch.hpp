// SPDX-License-Identifier: Apache-2.0
// The working state of one batch: buffers of every slot, group and grant, and the arguments of the
// seven operations over them.
#pragma once

#include "phy/group_grants.hpp"
#include "phy/receiver.hpp"
#include "runtime/arena.hpp"

#include <optional>
#include <span>
#include <vector>

namespace airan {

/// Opened with the slots that are due, closed when their transport blocks are there. Between
/// batches it keeps its memory; it allocates only when a batch needs more than any before.
class SlotBatch {
public:
  SlotBatch(const PlanLimits& limits, const ReceiverSettings& settings);

  void open(std::span<const SlotInput> slots, Detail detail, UserState& user_state);

  bool has_samples() const { return !demodulate_items_.empty(); }
  UnpackIqArgs unpack_iq() const { return {unpack_items_}; }
  DemodulateOfdmArgs demodulate_ofdm() const { return {demodulate_items_}; }
  EstimateChannelArgs estimate_channel() const { return {estimate_items_}; }
  DetectArgs detect() const { return {detect_items_}; }
  DematchRateArgs dematch_rate() const { return {dematch_items_}; }
  DecodeLdpcArgs decode_ldpc() const { return {decode_items_}; }
  AssembleTransportBlockArgs assemble_transport_block() const { return {assemble_items_}; }

  /// Replaces the stored HARQ memory and fills in the reports.
  std::span<const SlotOutput> close(const std::array<std::int64_t, n_stages>& stage_ns,
                                    UserState& user_state);

private:
  /// Buffers of one place in the batch, for the largest cell.
  struct SlotBuffers {
    HostTensor<cf32, 1> samples;
    HostTensor<std::uint8_t, 1> symbol_missing;
    HostTensor<cf32, 1> re;
    HostTensor<std::uint8_t, 1> valid;
    SampleBuffer sample_buffer;
    ResourceGrid grid;
    GrantGroups groups;
    std::int64_t n_bad = 0; ///< samples or REs that are not finite
  };
  /// A grant on its way.
  struct GrantState {
    const CheckedGrant* grant = nullptr;
    std::int32_t slot = 0;  ///< place in the batch
    std::int32_t group = 0; ///< index into estimates_
    std::int32_t grant_in_group = 0;
    std::optional<HarqSlot> harq; ///< empty: no soft-bit memory, the grant is not received
    TensorRef<std::int8_t, 1> llrs;
    TensorRef<std::uint8_t, 2> code_blocks;
    TensorRef<CodeBlockVerdict, 1> verdicts;
    TensorRef<std::uint8_t, 1> payload;
    TensorRef<cf32, 1> symbols;
    std::uint8_t crc_ok = 0;
    DetectMetrics metrics;
    std::array<DetectMetrics, max_symbols_per_slot> metrics_by_symbol{};
  };

  void open_slot(const SlotInput& input, SlotBuffers& buffers);
  void open_grants(std::int32_t slot, UserState& user_state);
  std::size_t arena_bytes() const;
  void take_group(const DetectionGroup& group, std::int32_t slot);
  void take_grant(GrantState& state);
  TransportBlock transport_block(const GrantState& state) const;
  /// Timing and carrier offset, where the DM-RS tell.
  void measure_offsets(const GrantState& state, TransportBlock& block) const;

  PlanLimits limits_;
  ReceiverSettings settings_;
  Detail detail_ = Detail::results_only;
  std::span<const SlotInput> slots_;
  Arena arena_;
  std::vector<SlotBuffers> buffers_;            ///< [slot]
  std::vector<GrantState> grants_;              ///< [grant], slot by slot
  std::vector<std::int32_t> first_grant_;       ///< [slot + 1], into grants_
  std::vector<ChannelEstimate> estimates_;      ///< [group], slot by slot
  std::vector<const DetectionGroup*> group_of_; ///< [group]
  std::vector<DetectOutput> detect_outputs_;    ///< [grant], in the order of the groups

  std::vector<UnpackIqSlot> unpack_items_;
  std::vector<DemodulateOfdmSlot> demodulate_items_;
  std::vector<EstimateChannelGroup> estimate_items_;
  std::vector<DetectGroup> detect_items_;
  std::vector<DematchRateCodeword> dematch_items_;
  std::vector<DecodeLdpcCodeword> decode_items_;
  std::vector<AssembleTransportBlockItem> assemble_items_;

  std::vector<TransportBlock> transport_blocks_; ///< [grant]
  std::vector<GrantDetail> details_;             ///< [grant]
  std::vector<SlotOutput> outputs_;              ///< [slot]
};

} // namespace airan
