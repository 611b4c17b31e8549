// SPDX-License-Identifier: Apache-2.0
// Counting NaN and infinite values in IQ as it was recorded.
#pragma once

#include "core/slot_iq.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace airan::io {

/// Components (I or Q) that are not finite; 0 for integer formats.
std::int64_t count_bad_values(std::span<const std::byte> bytes, const IqFormat& format);

} // namespace airan::io
