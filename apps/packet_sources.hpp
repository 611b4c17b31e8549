// SPDX-License-Identifier: Apache-2.0
// The packet threads of a run: one per interface, for the cells whose slots arrive there.
#pragma once

#include "apps/slot_feed.hpp"
#include "config/configuration.hpp"
#include "core/result.hpp"
#include "io/writers/packet_figures.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace airan::apps {

class PacketSources {
public:
  /// Opens the captures, devices and sockets of all cells whose slots arrive as packets; nothing is
  /// read yet.
  static Result<PacketSources> open(const config::Configuration& configuration);
  PacketSources();
  ~PacketSources();
  PacketSources(PacketSources&&) noexcept;
  PacketSources& operator=(PacketSources&&) noexcept;

  bool empty() const;
  /// The feeds of the cells with grants, in the order of the configuration; they outlive the
  /// threads. Once.
  std::vector<std::unique_ptr<SlotFeed>> take_feeds();

  void start();
  void stop();
  /// Every thread has ended: no slot will be closed any more.
  bool has_ended() const;

  /// Over all interfaces; empty without packets.
  std::optional<io::PacketFigures> figures() const;
  /// What could not be read, one sentence; empty when nothing was lost.
  std::string trouble() const;
  /// A sentence for each stream whose first packet has arrived since the last call: what it looks
  /// like beside what is expected.
  std::vector<std::string> news();

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace airan::apps
