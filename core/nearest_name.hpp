// SPDX-License-Identifier: Apache-2.0
// The known name nearest to one that was mistyped.
#pragma once

#include <span>
#include <string_view>

namespace airan {

/// The name with the smallest number of insertions, deletions, substitutions and swaps of
/// neighbours; the first of several; empty when `known` is.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);

} // namespace airan
