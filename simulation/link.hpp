// SPDX-License-Identifier: Apache-2.0
// One user over one channel, block after block: transmitter, channel, receiver.
#pragma once

#include "config/made_signals.hpp"
#include "core/cell_settings.hpp"
#include "core/checked_grant.hpp"
#include "core/result.hpp"
#include "core/slot_iq.hpp"
#include "phy/receiver.hpp"
#include "runtime/buffer.hpp"
#include "simulation/frequency_channel.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace airan::simulation {

/// What the receiver gets in place of PRBs that were lost on their way from the radio unit.
enum class LostPrbs : std::uint8_t {
  erased, ///< nothing: no run of the slot holds them
  zeroed, ///< zeros, as if they had arrived: what a receiver must not do
};

/// Packets are lost. Each port and symbol comes in packets of `prb_per_packet` PRBs, the last one
/// with what is left. Of those of a slot the number next to `share` is lost, any as likely as any
/// other, in DM-RS symbols too.
struct PrbLoss {
  double share = 0;
  std::int32_t prb_per_packet = 1;
  LostPrbs lost_prbs = LostPrbs::erased;
};

struct LinkSettings {
  CellSettings cell; ///< rx_ports are the receive ports
  config::User user;
  config::Channel channel;   ///< snr_db is not used
  ReceiverSettings receiver; ///< user_state is sized by the link
  RowChoices rows;
  std::optional<PrbLoss> loss; ///< empty: everything arrives
  std::uint64_t seed = 1;
  std::int32_t sfn = 0;
  std::int32_t slot = 0;
};

struct LinkOutcome {
  bool crc_ok = false;
  std::int32_t tb_bits = 0;
  float mean_iterations = 0;
  float snr_db = 0; ///< as the receiver measured it
};

/// Blocks are independent of each other; block number b is a function of (seed, b) alone, and its
/// channel, noise directions and losses are the same at every SNR. The channel acts on grids
/// (FrequencyChannel).
class Link {
public:
  static Result<std::unique_ptr<Link>> make(const LinkSettings& settings);

  /// Sends and receives block `block` at `snr_db` (settings.channel.snr_definition).
  LinkOutcome run_block(double snr_db, std::uint64_t block);

  /// The two halves of run_block(), for benchmarks that receive one slot many times.
  void send_block(double snr_db, std::uint64_t block);
  const SlotOutput& receive_block();

  const CheckedGrant& grant() const { return grants_.front(); }
  const ReceiverPlan& plan() const { return receiver_->plan(); }

private:
  Link(const LinkSettings& settings,
       std::vector<CheckedGrant> grants,
       std::vector<cf32> precoder,
       std::unique_ptr<ReceiverPlan> plan);
  void add_run(std::int32_t port, std::int32_t symbol, std::int32_t first_prb, std::int32_t n_prb);
  void lose_prbs(const PrbLoss& loss, std::uint64_t block);

  LinkSettings settings_;
  std::vector<CheckedGrant> grants_; ///< one
  std::vector<cf32> precoder_;       ///< [antenna port, layer]; empty: identity
  double signal_power_ = 0;          ///< per receive port and RE, mean over the channel
  FrequencyChannel channel_;
  std::unique_ptr<Receiver> receiver_;
  HostTensor<cf32, 3> sent_;     ///< [antenna port, symbol, subcarrier]
  HostTensor<cf32, 3> received_; ///< [rx, symbol, subcarrier]
  std::vector<PrbRun> runs_;     ///< of received_: what arrives
  std::vector<std::uint8_t> payload_;
};

} // namespace airan::simulation
