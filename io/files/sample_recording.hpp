// SPDX-License-Identifier: Apache-2.0
// Time-domain samples in a file: where each sample of the time line lies, and reading a range.
#pragma once

#include "core/result.hpp"
#include "core/slot_iq.hpp"
#include "io/files/regular_file.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace airan::io {

/// Samples that follow each other both in time and in the file. Time counts samples from the first
/// sample of the recording.
struct SampleSegment {
  std::int64_t first = 0;       ///< time
  std::int64_t count = 0;       ///< samples (of all ports at once)
  std::int64_t byte_offset = 0; ///< of the first one
};

/// Channels interleaved sample by sample, complex components of one format, I first.
class SampleRecording {
public:
  /// `segments` in time order, without overlap, within the file.
  SampleRecording(RegularFile file,
                  IqFormat format,
                  std::int32_t n_ports,
                  std::vector<SampleSegment> segments);

  const IqFormat& format() const { return format_; }
  std::int32_t n_ports() const { return n_ports_; }
  /// Bytes of one sample of all ports.
  std::int64_t stride() const { return stride_; }
  /// Samples from the first to the last, gaps included.
  std::int64_t end() const;
  const std::string& path() const { return file_.path(); }
  const std::vector<SampleSegment>& segments() const { return segments_; }

  /// Fills `bytes` (range.count * stride()) with the samples of `range`. What the recording does
  /// not hold, or what cannot be read, becomes zero and is appended to `missing`, with `origin`
  /// subtracted from its time; the returned number is of those that should have been there. At most
  /// `missing.capacity()` ranges are kept: what follows is then missing as a whole.
  std::int64_t read(const SampleRange& range,
                    std::int64_t origin,
                    std::span<std::byte> bytes,
                    std::vector<SampleRange>& missing) const;

private:
  RegularFile file_;
  IqFormat format_;
  std::int32_t n_ports_;
  std::int64_t stride_;
  std::vector<SampleSegment> segments_;
};

/// Raw samples without a header, all in one segment.
Result<SampleRecording>
open_raw_recording(const std::string& path, IqFormat format, std::int32_t n_ports);

} // namespace airan::io
