// SPDX-License-Identifier: Apache-2.0
// The configuration that receives a made recording.
#pragma once

#include "config/configuration.hpp"
#include "core/cell_settings.hpp"

#include <string>

namespace airan::simulation {

/// Name of a kind of recording, as in `output.recordings`.
std::string name_of(config::RecordingType type);
/// Files of a recording, in the folder of the configuration: "NAME.sigmf-meta" and so on.
std::string recording_file(const std::string& name, config::RecordingType type);

/// YAML for `airan run`; paths count from the folder of the recording. A recording with a lead-in
/// or late by more than a cyclic prefix is to be synchronised to (`sync: auto`).
std::string run_configuration(const config::Configuration& made,
                              const CellSettings& cell,
                              config::RecordingType type);

} // namespace airan::simulation
