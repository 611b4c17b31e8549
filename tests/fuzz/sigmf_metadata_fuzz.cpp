// SPDX-License-Identifier: Apache-2.0
// SigMF metadata: whatever the text, a sentence or captures that lie inside the file.
#include "core/cell_settings.hpp"
#include "io/files/sigmf_recording.hpp"
#include "tests/fuzz/plain_sentence.hpp"

#include <cstdint>
#include <string_view>

namespace airan::io {
namespace {

void require_sound(const SigmfMetadata& m) {
  AIRAN_ASSERT(m.n_channels >= 1 && m.n_channels <= max_rx_ports, std::to_string(m.n_channels));
  AIRAN_ASSERT(component_bytes(m.format.number) >= 1 && component_bytes(m.format.number) <= 8,
               std::to_string(component_bytes(m.format.number)));
  AIRAN_ASSERT(!m.sample_rate_hz || *m.sample_rate_hz > 0, std::to_string(*m.sample_rate_hz));
  AIRAN_ASSERT(!m.captures.empty(), "no capture");
}

/// In time order, without overlap, within the file.
void require_sound(std::span<const SampleSegment> segments,
                   std::int64_t stride,
                   std::int64_t file_bytes) {
  std::int64_t time = 0;
  std::int64_t byte = 0;
  AIRAN_ASSERT(!segments.empty(), "no samples");
  for (const SampleSegment& s : segments) {
    AIRAN_ASSERT(s.count > 0 && s.first >= time, std::to_string(s.first));
    AIRAN_ASSERT(s.byte_offset >= byte, std::to_string(s.byte_offset));
    AIRAN_ASSERT(s.count <= (file_bytes - s.byte_offset) / stride, std::to_string(s.count));
    time = s.first + s.count;
    byte = s.byte_offset + s.count * stride;
  }
}

void check(std::string_view text, Strictness strictness) {
  const auto metadata = parse_sigmf_metadata(text, strictness, "m");
  if (!metadata) {
    fuzz::require_plain_sentence(metadata.error().message);
    return;
  }
  require_sound(*metadata);
  const std::int64_t stride =
      std::int64_t{2} * component_bytes(metadata->format.number) * metadata->n_channels;
  // An empty file, a few samples, and as many as no disk holds.
  for (const std::int64_t file_bytes :
       {std::int64_t{0}, 480 * stride + metadata->trailing_bytes, stride << 40}) {
    const auto segments = place_captures(*metadata, file_bytes, "m");
    if (segments)
      require_sound(*segments, stride, file_bytes);
    else
      fuzz::require_plain_sentence(segments.error().message);
  }
}

} // namespace
} // namespace airan::io

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  airan::io::check(text, airan::Strictness::lenient);
  airan::io::check(text, airan::Strictness::strict);
  return 0;
}
