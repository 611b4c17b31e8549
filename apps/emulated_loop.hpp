// SPDX-License-Identifier: Apache-2.0
// What an emulated radio unit sends, prepared in memory: one repetition, and the grants of it.
#pragma once

#include "apps/emulated_slots.hpp"
#include "config/configuration.hpp"
#include "core/cell_settings.hpp"
#include "core/pusch_grant.hpp"
#include "core/result.hpp"
#include "simulation/packet_list.hpp"
#include "simulation/packet_loop.hpp"
#include "simulation/sample_loop.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace airan::apps {

/// A slot in which something is granted.
struct GrantedSlot {
  std::int64_t count = 0; ///< SlotId::count
  SlotGrants grants;
};

/// How long is sent.
struct LoopLength {
  bool is_repeated = false;
  std::optional<double>
      seconds; ///< whole slots that begin before; empty: one repetition, or no end
};

struct EmulatedLoop {
  CellSettings cell;
  simulation::LoopSlots slots;
  std::vector<GrantedSlot> grants;
  simulation::PacketList packets;                 ///< of split 7.2x
  std::int32_t n_streams = 0;                     ///< of split 7.2x
  std::optional<simulation::SampleStore> samples; ///< in the time domain
  std::int64_t n_saturated = 0;                   ///< components
  double gain_db = 0;                             ///< of the signal
  std::string trouble;                            ///< what of the recording could not be read

  /// What is sent; refers to this.
  std::unique_ptr<simulation::OutgoingPackets> outgoing(const config::RadioUnit& unit) const;
};

/// Goes through the slots twice, for their level and for what is sent.
Result<EmulatedLoop> prepare_emulated_loop(const config::Configuration& configuration,
                                           SignalDomain domain,
                                           const LoopLength& length);

/// The grants of all repetitions.
class GrantsLoop {
public:
  /// Refers to `loop`.
  explicit GrantsLoop(const EmulatedLoop& loop) : loop_(&loop) {}

  /// SlotId::count of the next slot with grants; empty at the end.
  std::optional<std::int64_t> next_count() const;
  /// Its grants, with the SFN of the repetition; then goes on.
  SlotGrants take();
  std::int64_t n_taken() const { return n_taken_; }

private:
  const EmulatedLoop* loop_;
  std::size_t position_ = 0;
  std::int64_t repetition_ = 0;
  std::int64_t n_taken_ = 0;
};

} // namespace airan::apps
