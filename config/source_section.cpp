// SPDX-License-Identifier: Apache-2.0
// Field tables of what fronthaul packets are like.
#include "config/sections.hpp"

namespace airan::config {
namespace {

constexpr Name<CompressionMethod> compression_methods[] = {{CompressionMethod::none, "none"},
                                                           {CompressionMethod::bfp, "bfp"}};
constexpr Name<CompressionHeader> compression_headers[] = {{CompressionHeader::fixed, "static"},
                                                           {CompressionHeader::dynamic, "dynamic"}};

} // namespace

void describe(FieldTable& table, CompressionSettings& compression) {
  table.choice("method", compression.method, compression_methods,
               "bfp: block floating point, one exponent per PRB");
  table.number("width", compression.width, 8, 16, "bits", "of I and of Q (bfp: of a mantissa)");
  table.choice(
      "header", compression.header, compression_headers,
      "static: no udCompHdr in the packets, dynamic: each section has one that says method "
      "and width");
}

} // namespace airan::config
