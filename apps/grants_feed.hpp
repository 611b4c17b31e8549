// SPDX-License-Identifier: Apache-2.0
// Grants as they arrive: announced to the packet thread, handed to the slot thread.
#pragma once

#include "apps/slot_feed.hpp"
#include "core/cell_settings.hpp"
#include "core/result.hpp"
#include "core/source_settings.hpp"
#include "io/packets/first_slots.hpp"
#include "io/packets/slot_exchange.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace airan::apps {

/// A thread that reads the grants of one cell, from a file or from a UNIX socket that a scheduler
/// writes to. Every line is validated, its slot announced (the symbols of its grants), and then
/// kept for next(), in the same order. Bounded: it waits when either side is full.
class GrantsFeed {
public:
  /// Surveys a file wholly, or listens on the socket. `limits` is what the receiver of live grants
  /// is planned for; a live line that exceeds it is dropped and counted.
  static Result<std::unique_ptr<GrantsFeed>>
  open(const SourceSettings& source, const CellSettings& cell, const GrantsSurvey& limits);
  /// Stops the thread.
  ~GrantsFeed();

  /// What the receiver must be planned for: of the file, or the limits.
  const GrantsSurvey& survey() const;
  /// Of a file; null for a socket.
  std::shared_ptr<const io::FirstSlots> first_slots() const;

  /// SlotId::count of the source's first_sfn and first_slot, where both are given.
  std::optional<std::int64_t> start_count() const;

  /// Begins to announce; `slots` outlives the feed.
  void start(io::SlotExchange& slots);
  void stop();

  // The slot thread
  /// The next announced slot with its grants; waits for it, at most `timeout_ns`.
  std::optional<NextSlot> next(std::int64_t timeout_ns);
  /// Every line was handed out by next(), and none will follow.
  bool has_ended() const;
  /// About a line that could not be used, one sentence; empty when there was none.
  std::string trouble() const;

private:
  struct State;
  explicit GrantsFeed(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace airan::apps
