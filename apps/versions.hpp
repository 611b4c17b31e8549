// SPDX-License-Identifier: Apache-2.0
// Which airan this is, and with which libraries.
#pragma once

#include "io/writers/result_writer.hpp"

#include <vector>

namespace airan::apps {

/// For reports: airan, the compiler, the FFT libraries.
std::vector<io::NamedText> versions();

} // namespace airan::apps
