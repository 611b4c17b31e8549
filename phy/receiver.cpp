// SPDX-License-Identifier: Apache-2.0
// One batch of slots through the seven operations, in the order of the block diagram.
#include "phy/receiver.hpp"

#include "phy/slot_batch.hpp"
#include "phy/stage_clock.hpp"
#include "runtime/cpu/inline_queue.hpp"

namespace airan {

Receiver::Receiver(std::unique_ptr<ReceiverPlan> plan, const ReceiverSettings& settings)
    : plan_(std::move(plan)), settings_(settings), user_state_(settings.user_state),
      queue_(std::make_unique<InlineQueue>()),
      batch_(std::make_unique<SlotBatch>(plan_->limits, settings)) {}

Receiver::~Receiver() = default;

std::span<const SlotOutput> Receiver::receive(std::span<const SlotInput> slots, Detail detail) {
  SlotBatch& batch = *batch_;
  StageClock clock(*queue_);

  batch.open(slots, detail, user_state_);
  clock.run(Stage::unpack_iq, *plan_->unpack_iq, batch.unpack_iq());
  if (batch.has_samples())
    clock.run(Stage::demodulate_ofdm, *plan_->demodulate_ofdm, batch.demodulate_ofdm());
  clock.run(Stage::estimate_channel, *plan_->estimate_channel, batch.estimate_channel());
  clock.run(Stage::detect, *plan_->detect, batch.detect());
  clock.run(Stage::dematch_rate, *plan_->dematch_rate, batch.dematch_rate());
  clock.run(Stage::decode_ldpc, *plan_->decode_ldpc, batch.decode_ldpc());
  clock.run(Stage::assemble_transport_block, *plan_->assemble_transport_block,
            batch.assemble_transport_block());
  queue_->wait();
  return batch.close(clock.stage_ns(), user_state_);
}

} // namespace airan
