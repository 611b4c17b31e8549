// SPDX-License-Identifier: Apache-2.0
// Slots of a grid recording: HDF5 dataset `grid` [slot, port, symbol, subcarrier].
#pragma once

#include "core/cell_facts.hpp"
#include "core/result.hpp"
#include "io/open_source.hpp"
#include "io/slot_source.hpp"

#include <memory>
#include <string>

namespace airan::io {

/// What the attributes and the shape of the dataset state.
Result<CellFacts> probe_grid(const std::string& path);

/// Reads slot by slot into one buffer per slot in flight; complex float32 only. The shape must be
/// that of the cell. Slots that the file does not hold come with every PRB missing. HDF5 is not
/// thread-safe: one thread at a time may use sources of this kind.
Result<std::unique_ptr<SlotSource>>
open_grid_source(const std::string& path, const CellSettings& cell, const SourcePlan& plan);

} // namespace airan::io
