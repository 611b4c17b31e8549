// SPDX-License-Identifier: Apache-2.0
// A file of results: written under another name first, so that a reader never meets half a report.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace airan::io {

/// Replaces the file.
Result<void> write_text_file(const std::string& path, std::string_view text);

/// A number as JSON: null where it is not finite.
std::string json_number(double value);
/// Text as a JSON string, with its quotes.
std::string json_string(std::string_view text);
/// Text for HTML, `< > & " '` escaped.
std::string html_text(std::string_view text);

} // namespace airan::io
