// SPDX-License-Identifier: Apache-2.0
// Opening a recording: what it states of itself, its samples for synchronisation, its slots.
#pragma once

#include "core/cell_facts.hpp"
#include "core/cell_settings.hpp"
#include "core/result.hpp"
#include "core/source_settings.hpp"
#include "io/slot_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace airan::io {

/// What the recording states of itself; nothing else is known of it. Opens and checks the file. A
/// raw recording states nothing.
Result<CellFacts> probe_recording(const SourceSettings& settings);

/// Where slots lie and how many may be out at a time.
struct SourcePlan {
  std::int64_t first_count = 0;  ///< SlotId::count of the slot that begins at first_sample
  std::int64_t first_sample = 0; ///< of the recording; time domain only (0 with `sync: aligned`)
  std::int32_t n_in_flight = 2;
};

/// The slots of a recording. Everything about the file that can be known is checked here: a
/// truncated file, a format that is not supported, a shape that does not fit `cell`.
Result<std::unique_ptr<SlotSource>>
open_source(const SourceSettings& settings, const CellSettings& cell, const SourcePlan& plan);

/// Samples of a time-domain recording, as they were recorded; what lies in a gap is listed as
/// missing (and zero).
struct SampleChunk {
  SampleChunk() = default;
  SampleChunk(SampleChunk&&) = default; // not copied: iq refers to the vectors
  SampleChunk& operator=(SampleChunk&&) = default;

  std::int64_t n_recorded = 0; ///< samples from the first to the last of the recording, gaps too
  TimeDomainIq iq;             ///< margin 0; refers to the two members below
  std::vector<std::byte> bytes;
  std::vector<SampleRange> missing;
};

/// Samples [range.first, range.first + range.count), for synchronisation: fewer where the recording
/// ends before. Allocates them; a stretch of more than 2^30 samples or 8 GiB is refused.
Result<SampleChunk>
read_samples(const SourceSettings& settings, const CellSettings& cell, const SampleRange& range);

} // namespace airan::io
