// SPDX-License-Identifier: Apache-2.0
// The slots of one cell in time order, each with its grants and its IQ: what a run receives.
#pragma once

#include "core/cell_settings.hpp"
#include "core/checked_grant.hpp"
#include "core/result.hpp"
#include "core/slot_iq.hpp"
#include "io/files/grants_reader.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace airan::apps {

/// What a cell's grants need of a receiver.
struct GrantsSurvey {
  std::int64_t n_lines = 0;    ///< of this cell; 0 where they are not known beforehand
  std::int32_t max_grants = 0; ///< in a slot
  std::int32_t max_layers_per_group = 1;
};

/// A slot with grants.
struct NextSlot {
  io::GrantsLine line;
  std::vector<CheckedGrant> grants;
};

/// Slots of a recording are there when they are asked for; slots of packets arrive.
class SlotFeed {
public:
  virtual ~SlotFeed() = default;

  virtual const CellSettings& settings() const = 0;
  virtual const GrantsSurvey& survey() const = 0;
  /// Coarse carrier offset, taken out before the FFT, Hz.
  virtual double carrier_offset_hz() const { return 0; }

  /// The next slot with grants, valid until advance(); null at the end, and while its grants have
  /// not arrived.
  virtual const NextSlot* next() = 0;
  /// Nothing will come any more.
  virtual bool has_ended() = 0;
  /// Whether read() would not wait. There is a next().
  virtual bool is_ready() { return true; }
  /// The IQ of next(), valid until release(). Null when it did not come within some milliseconds.
  virtual Result<const SlotIq*> read() = 0;
  virtual void release(const SlotIq* iq) = 0;
  virtual Result<void> advance() = 0;

  /// What could not be read so far, one sentence; empty when nothing was lost.
  virtual std::string trouble() const = 0;
};

} // namespace airan::apps
