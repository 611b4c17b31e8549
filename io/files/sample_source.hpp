// SPDX-License-Identifier: Apache-2.0
// Slots of a time-domain recording.
#pragma once

#include "core/cell_settings.hpp"
#include "io/files/sample_recording.hpp"
#include "io/open_source.hpp"
#include "io/slot_source.hpp"

#include <memory>

namespace airan::io {

/// Cuts a recording into slots. Each slot carries a margin of the longest cyclic prefix on both
/// sides. One buffer per slot in flight is allocated here; read() allocates nothing.
/// cell.fft_size must be set.
std::unique_ptr<SlotSource>
make_sample_source(SampleRecording recording, const CellSettings& cell, const SourcePlan& plan);

} // namespace airan::io
