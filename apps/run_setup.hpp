// SPDX-License-Identifier: Apache-2.0
// All that a run holds, and how it is set up.
#pragma once

#include "apps/packet_sources.hpp"
#include "apps/slot_feed.hpp"
#include "config/configuration.hpp"
#include "core/result.hpp"
#include "io/writers/result_writer.hpp"
#include "phy/receiver.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace airan::apps {

/// All that a run holds while it goes.
struct Run {
  std::vector<std::unique_ptr<SlotFeed>> cells;
  PacketSources packets;          ///< after the cells, which its threads write to
  std::vector<std::string> notes; ///< about what was opened
  /// One receiver for all cells with the same FFT size: they can be a batch.
  std::vector<std::unique_ptr<Receiver>> receivers;
  std::vector<std::size_t> receiver_of; ///< [cell]
  std::unique_ptr<io::ResultWriter> writer;
  std::string_view detector;
  /// A received transport block is not what its grant expects.
  bool is_unexpected = false;
  /// What is reused from batch to batch.
  std::vector<std::size_t> due;
  std::vector<SlotInput> inputs;
};

/// Opens the sources, validates the grants and plans the receivers. What can be known before the
/// first slot is answered here.
Result<Run> set_up(const config::Configuration& configuration);

} // namespace airan::apps
