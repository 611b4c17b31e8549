// SPDX-License-Identifier: Apache-2.0
// Slots of one cell that arrive as packets.
#pragma once

#include "apps/grants_feed.hpp"
#include "apps/slot_feed.hpp"
#include "core/cell_facts.hpp"
#include "io/packets/slot_exchange.hpp"

#include <memory>
#include <optional>

namespace airan::apps {

/// The grants of a feed and the slots that the packet thread closes for them, in step.
class PacketFeed final : public SlotFeed {
public:
  PacketFeed(const CellSettings& settings,
             SignalDomain domain,
             std::unique_ptr<GrantsFeed> grants,
             std::unique_ptr<io::SlotExchange> slots);

  const CellSettings& settings() const override { return settings_; }
  const GrantsSurvey& survey() const override { return grants_->survey(); }
  const NextSlot* next() override;
  bool has_ended() override;
  bool is_ready() override;
  Result<const SlotIq*> read() override;
  void release(const SlotIq* iq) override;
  Result<void> advance() override;
  std::string trouble() const override { return grants_->trouble(); }

  /// Slots that arrived and were dropped because the receiver was too far behind.
  std::int64_t n_dropped() const { return n_dropped_; }
  /// Begins to announce slots.
  void start() { grants_->start(*slots_); }

private:
  CellSettings settings_;
  std::unique_ptr<io::SlotExchange> slots_; ///< before the grants, whose thread announces slots
  std::unique_ptr<GrantsFeed> grants_;
  std::optional<NextSlot> next_;
  std::optional<io::ClosedSlot> closed_; ///< next_, once it is closed
  SlotIq nothing_;                       ///< a slot of which nothing is there
  std::int64_t n_dropped_ = 0;
};

} // namespace airan::apps
