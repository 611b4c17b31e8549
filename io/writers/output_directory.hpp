// SPDX-License-Identifier: Apache-2.0
// The folder of results: checked before anything runs, made when the first slot is done.
#pragma once

#include "core/result.hpp"

#include <string>

namespace airan::io {

/// Whether results can be written there: the path, or what exists of it, must be a folder that may
/// be written to. Touches nothing.
Result<void> check_output_directory(const std::string& path);

/// Makes the folder and those above it.
Result<void> make_output_directory(const std::string& path);

} // namespace airan::io
