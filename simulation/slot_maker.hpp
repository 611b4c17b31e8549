// SPDX-License-Identifier: Apache-2.0
// The slots of a configuration, one after the other: who sends what, and what arrives.
#pragma once

#include "config/configuration.hpp"
#include "core/cell_facts.hpp"
#include "core/cell_settings.hpp"
#include "core/complex.hpp"
#include "core/pusch_grant.hpp"
#include "core/result.hpp"
#include "core/slot_id.hpp"
#include "core/view.hpp"
#include "runtime/buffer.hpp"
#include "simulation/signal_level.hpp"
#include "simulation/slot_schedule.hpp"
#include "simulation/slot_transmitter.hpp"
#include "simulation/user_grid_channel.hpp"

#include <cstdint>
#include <vector>

namespace airan::simulation {

/// A slot that was made. Valid until the next one.
struct MadeSlot {
  SlotId id;
  std::int64_t index = 0; ///< from 0
  SlotGrants grants;      ///< with payload hashes and expectations
  /// [user of the configuration], each [antenna port, symbol, subcarrier]; empty: does not send.
  std::vector<View<const cf32, 3>> sent;
};

/// Makes slots; memory does not grow with their number. The same configuration gives the same
/// slots.
///
/// A grant expects crc_ok where that is sure as far as the configuration can say: in the last
/// transmission of its rv_sequence, and without noise wherever the redundancy version can be
/// decoded by itself (0 and 3). Other transmissions carry no expectation.
class SlotMaker {
public:
  /// Checks everything that can be known before the first slot, the grants of the first 1024 slots
  /// included. `configuration` has a transmitter and one cell; in the time domain it must give the
  /// cell a sample rate.
  static Result<SlotMaker> make(const config::Configuration& configuration, SignalDomain domain);

  std::int64_t n_slots() const { return transmitter_.n_slots; }
  const CellSettings& cell() const { return cell_; }
  const config::Transmitter& transmitter() const { return transmitter_; }
  const config::Channel& channel() const { return channel_; }
  const SignalLevel& level() const { return level_; }

  /// The next slot; null when all are made.
  Result<const MadeSlot*> next();
  /// What arrives of the last slot, [rx port, symbol, subcarrier]: through the channel in the
  /// frequency domain (UserGridChannel), with noise. To be called once at most for each slot. Valid
  /// until the next call.
  View<const cf32, 3> receive();

private:
  SlotMaker(const config::Configuration& configuration,
            const CellSettings& cell,
            const SignalLevel& level);
  void set_expectations(const ScheduledSlot& scheduled);

  CellSettings cell_;
  config::Transmitter transmitter_;
  config::Channel channel_;
  SignalLevel level_;
  SlotSchedule schedule_;
  SlotTransmitter slot_transmitter_;
  std::vector<UserGridChannel> grid_channels_; ///< [user]; empty until receive()
  std::vector<HostTensor<cf32, 3>> sent_;      ///< [user], each [antenna port, symbol, subcarrier]
  HostTensor<cf32, 3> received_;               ///< [rx port, symbol, subcarrier]
  std::int64_t n_made_ = 0;
  MadeSlot slot_;
};

} // namespace airan::simulation
