// SPDX-License-Identifier: Apache-2.0
// A cell of a configuration with its recording and its grants, checked and ready to be received.
#pragma once

#include "apps/slot_feed.hpp"
#include "config/configuration.hpp"
#include "core/cell_settings.hpp"
#include "core/checked_grant.hpp"
#include "core/plan_limits.hpp"
#include "core/result.hpp"
#include "io/files/grants_reader.hpp"
#include "io/slot_source.hpp"
#include "phy/group_grants.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace airan::apps {

/// Where `sync: auto` found the slots.
struct Synchronised {
  SlotId id;                     ///< of the slot that begins at first_sample
  std::int64_t first_sample = 0; ///< of the recording
  double carrier_offset_hz = 0;  ///< > 0: received too high
};

class RecordedCell final : public SlotFeed {
public:
  /// Opens the recording, validates every grant, and finds the slots (`sync: auto`). Everything
  /// that can be known before the first slot is answered here.
  static Result<RecordedCell> open(const config::Cell& cell,
                                   const config::ReceiverSection& receiver);

  const CellSettings& settings() const override { return settings_; }
  const GrantsSurvey& survey() const override { return survey_; }
  /// Empty with `sync: aligned`.
  const std::optional<Synchronised>& synchronised() const { return synchronised_; }
  double carrier_offset_hz() const override {
    return synchronised_ ? synchronised_->carrier_offset_hz : 0;
  }

  const NextSlot* next() override { return next_ ? &*next_ : nullptr; }
  bool has_ended() override { return !next_; }
  Result<const SlotIq*> read() override { return source_->read(next_->line.id); }
  /// Any slot of the recording, with grants or without; one at a time.
  Result<const SlotIq*> read_slot(const SlotId& id) { return source_->read(id); }
  void release(const SlotIq* iq) override { source_->release(iq); }
  Result<void> advance() override;
  std::string trouble() const override {
    const io::ReadTrouble& t = source_->trouble();
    return t.n_unreadable > 0 ? t.sentence : std::string();
  }

private:
  RecordedCell(CellSettings settings, io::GrantsReader grants)
      : settings_(settings), grants_(std::move(grants)) {}
  Result<Synchronised> synchronise_source(const config::Cell& cell,
                                          const config::ReceiverSection& receiver);

  CellSettings settings_;
  GrantsSurvey survey_;
  io::GrantsReader grants_;
  std::string grants_path_;
  GrantGroups groups_; ///< of the slot that advance() looks at
  std::unique_ptr<io::SlotSource> source_;
  std::optional<Synchronised> synchronised_;
  std::optional<NextSlot> next_;
};

/// The worst case over cells that share a receiver.
PlanLimits plan_limits(const std::vector<const SlotFeed*>& cells, std::int32_t ldpc_max_iterations);

} // namespace airan::apps
