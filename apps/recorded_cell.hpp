// SPDX-License-Identifier: Apache-2.0
// A cell of a configuration with its recording and its grants, checked and ready to be received.
#pragma once

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

/// What a grants file needs of a receiver, from reading all of it once.
struct GrantsSurvey {
  std::int64_t n_lines = 0;    ///< of this cell
  std::int32_t max_grants = 0; ///< in a slot
  std::int32_t max_layers_per_group = 1;
};

/// The slot that is next for a cell.
struct NextSlot {
  io::GrantsLine line;
  std::vector<CheckedGrant> grants;
};

/// Where `sync: auto` found the slots.
struct Synchronised {
  SlotId id;                     ///< of the slot that begins at first_sample
  std::int64_t first_sample = 0; ///< of the recording
  double carrier_offset_hz = 0;  ///< > 0: received too high
};

class RecordedCell {
public:
  /// Opens the recording, validates every grant, and finds the slots (`sync: auto`). Everything
  /// that can be known before the first slot is answered here.
  static Result<RecordedCell> open(const config::Cell& cell,
                                   const config::ReceiverSection& receiver);

  const CellSettings& settings() const { return settings_; }
  const GrantsSurvey& survey() const { return survey_; }
  io::SlotSource& source() { return *source_; }
  /// Empty with `sync: aligned`.
  const std::optional<Synchronised>& synchronised() const { return synchronised_; }
  /// Coarse carrier offset, taken out before the FFT, Hz.
  double carrier_offset_hz() const { return synchronised_ ? synchronised_->carrier_offset_hz : 0; }

  /// The next slot with grants; null at the end of the grants. Valid until advance().
  const NextSlot* next() const { return next_ ? &*next_ : nullptr; }
  Result<void> advance();

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
PlanLimits plan_limits(const std::vector<const RecordedCell*>& cells,
                       std::int32_t ldpc_max_iterations);

} // namespace airan::apps
