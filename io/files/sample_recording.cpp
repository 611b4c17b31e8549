// SPDX-License-Identifier: Apache-2.0
// Reading ranges of a recording's time line.
#include "io/files/sample_recording.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace airan::io {
namespace {

/// Appends a range, joined to the one before it where they touch. When the list is full its last
/// range grows over what lies between: samples that did arrive are then given up, none is invented.
void add_missing(std::vector<SampleRange>& missing, std::int64_t first, std::int64_t count) {
  if (count <= 0)
    return;
  const bool joins = !missing.empty() && missing.back().first + missing.back().count == first;
  if (joins || (!missing.empty() && missing.size() == missing.capacity()))
    missing.back().count = first + count - missing.back().first;
  else
    missing.push_back({first, count});
}

} // namespace

SampleRecording::SampleRecording(RegularFile file,
                                 IqFormat format,
                                 std::int32_t n_ports,
                                 std::vector<SampleSegment> segments)
    : file_(std::move(file)), format_(format), n_ports_(n_ports),
      stride_(std::int64_t{2} * component_bytes(format.number) * n_ports),
      segments_(std::move(segments)) {}

std::int64_t SampleRecording::end() const {
  return segments_.empty() ? 0 : segments_.back().first + segments_.back().count;
}

std::int64_t SampleRecording::read(const SampleRange& range,
                                   std::int64_t origin,
                                   std::span<std::byte> bytes,
                                   std::vector<SampleRange>& missing) const {
  AIRAN_ASSERT(static_cast<std::int64_t>(bytes.size()) == range.count * stride_,
               "the buffer does not fit the range");
  const std::int64_t end = range.first + range.count;
  std::int64_t unreadable = 0;
  std::int64_t at = range.first; // first sample that is not dealt with yet
  const auto erase_until = [&](std::int64_t until) {
    if (until <= at)
      return;
    std::memset(bytes.data() + (at - range.first) * stride_, 0,
                static_cast<std::size_t>((until - at) * stride_));
    add_missing(missing, at - origin, until - at);
    at = until;
  };
  auto segment = std::upper_bound(
      segments_.begin(), segments_.end(), range.first,
      [](std::int64_t t, const SampleSegment& s) { return t < s.first + s.count; });
  for (; segment != segments_.end() && segment->first < end; ++segment) {
    erase_until(std::min(segment->first, end));
    const std::int64_t n = std::min(end, segment->first + segment->count) - at;
    const auto wanted = bytes.subspan(static_cast<std::size_t>((at - range.first) * stride_),
                                      static_cast<std::size_t>(n * stride_));
    const std::size_t got =
        file_.read_at(segment->byte_offset + (at - segment->first) * stride_, wanted);
    const std::int64_t n_got = static_cast<std::int64_t>(got) / stride_;
    at += n_got;
    unreadable += n - n_got;
    erase_until(at + n - n_got);
  }
  erase_until(end);
  return unreadable;
}

Result<SampleRecording>
open_raw_recording(const std::string& path, IqFormat format, std::int32_t n_ports) {
  auto file = RegularFile::open(path);
  if (!file)
    return tl::unexpected(file.error());
  const std::int64_t stride = std::int64_t{2} * component_bytes(format.number) * n_ports;
  if (file->size() == 0)
    return file_error(fmt::format("{} is empty", path));
  if (file->size() % stride != 0)
    return file_error(fmt::format("{} has {} bytes, which is not a whole number of samples of {} "
                                  "bytes ({} ports): it is truncated, or format or rx_ports are "
                                  "wrong",
                                  path, file->size(), stride, n_ports));
  const std::int64_t count = file->size() / stride;
  return SampleRecording(std::move(*file), format, n_ports, {{0, count, 0}});
}

} // namespace airan::io
