// SPDX-License-Identifier: Apache-2.0
// Embeds files by the assembler; CMake gives their paths.
#include "io/writers/embedded_files.hpp"

#define AIRAN_EMBED(name, path)                                                                    \
  __asm__(".pushsection .rodata,\"a\",%progbits\n"                                                 \
          ".global " #name "_begin\n" #name "_begin:\n"                                            \
          ".incbin \"" path "\"\n"                                                                 \
          ".global " #name "_end\n" #name "_end:\n"                                                \
          ".byte 0\n"                                                                              \
          ".popsection\n")

AIRAN_EMBED(airan_chart_js, AIRAN_CHART_JS_PATH);
AIRAN_EMBED(airan_report_page, AIRAN_REPORT_PAGE_PATH);

extern "C" {
extern const char airan_chart_js_begin[], airan_chart_js_end[];
extern const char airan_report_page_begin[], airan_report_page_end[];
}

namespace airan::io {

std::string_view chart_js() {
  return {airan_chart_js_begin,
          static_cast<std::size_t>(airan_chart_js_end - airan_chart_js_begin)};
}
std::string_view report_page() {
  return {airan_report_page_begin,
          static_cast<std::size_t>(airan_report_page_end - airan_report_page_begin)};
}

} // namespace airan::io
