// SPDX-License-Identifier: Apache-2.0
// Files that the build embeds into the program.
#pragma once

#include <string_view>

namespace airan::io {

/// Chart.js 3 (MIT licence, its notice included), from Debian's libjs-chart.js.
std::string_view chart_js();
/// The page of report.html, with @NAME@ where content goes.
std::string_view report_page();

} // namespace airan::io
