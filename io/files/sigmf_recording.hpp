// SPDX-License-Identifier: Apache-2.0
// SigMF recordings (specification 1.2.5): metadata and where the samples lie.
#pragma once

#include "core/result.hpp"
#include "core/source_settings.hpp"
#include "io/files/sample_recording.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace airan::io {

struct SigmfCapture {
  std::int64_t sample_start = 0; ///< index into the data file
  std::optional<std::int64_t> global_index;
  std::int64_t header_bytes = 0; ///< before its samples
};

/// What a .sigmf-meta file says, as far as it concerns the samples.
struct SigmfMetadata {
  IqFormat format;
  std::int32_t n_channels = 1;
  std::optional<double> sample_rate_hz;
  std::int64_t trailing_bytes = 0;
  bool metadata_only = false;
  std::optional<std::string> dataset; ///< file name in the same folder
  std::optional<std::string> sha512;
  std::vector<SigmfCapture> captures; ///< at least one
};

/// Parses the text of a .sigmf-meta file. Supported datatypes: cf32 and cf64, ci8, ci16, ci32, in
/// both byte orders. Lenient: the version, annotations and unknown keys are not looked at, a
/// missing byte order is little-endian, the first capture may lack core:sample_start. Strict: the
/// required fields, the form of datatype and version, and the shape of the arrays must be right.
/// `where` begins the error.
Result<SigmfMetadata>
parse_sigmf_metadata(std::string_view text, Strictness strictness, const std::string& where);

/// Joins the captures to segments of the time line: the distance between two captures in time is
/// that of their core:global_index, in the file of `file_bytes` that of their core:sample_start.
/// `file` names it in errors.
Result<std::vector<SampleSegment>>
place_captures(const SigmfMetadata& metadata, std::int64_t file_bytes, const std::string& file);

struct SigmfRecording {
  SigmfMetadata metadata;
  SampleRecording samples;
};

/// `path` names the metadata, the data, or what both share. Gaps come from core:global_index:
/// sample 0 of the file is time 0. With Strictness::strict the SHA-512 of the data is checked.
Result<SigmfRecording> open_sigmf_recording(const std::string& path, Strictness strictness);

} // namespace airan::io
