// SPDX-License-Identifier: Apache-2.0
// Writing captures: file header and record headers of classic pcap (draft-ietf-opsawg-pcap).
#include "io/pcap/capture_writer.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace airan::io {
namespace {

constexpr std::uint32_t nanosecond_magic = 0xa1b23c4d;
constexpr std::uint32_t version_2_4 = 2 | 4U << 16;
constexpr std::uint32_t snapshot_bytes = 262144;
constexpr std::int64_t ns_per_s = 1'000'000'000;

/// In the byte order of the machine; the magic number tells readers which one that is.
template <std::size_t n>
void put_native(std::ofstream& file, const std::array<std::uint32_t, n>& words) {
  file.write(reinterpret_cast<const char*>(words.data()), sizeof(words));
}

} // namespace

CaptureWriter::CaptureWriter(std::ofstream file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {}

Result<CaptureWriter> CaptureWriter::create(const std::string& path, LinkType link_type) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  put_native<6>(file, {nanosecond_magic, version_2_4, 0, 0, snapshot_bytes,
                       static_cast<std::uint32_t>(link_type)});
  if (!file)
    return file_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  return CaptureWriter(std::move(file), path);
}

Result<void> CaptureWriter::append(std::span<const std::byte> frame, std::int64_t time_ns) {
  AIRAN_ASSERT(frame.size() <= snapshot_bytes, "a packet is longer than a capture can hold");
  time_ns = std::clamp<std::int64_t>(time_ns, 0, (ns_per_s << 32) - 1);
  const auto n_bytes = static_cast<std::uint32_t>(frame.size());
  put_native<4>(file_, {static_cast<std::uint32_t>(time_ns / ns_per_s),
                        static_cast<std::uint32_t>(time_ns % ns_per_s), n_bytes, n_bytes});
  file_.write(reinterpret_cast<const char*>(frame.data()),
              static_cast<std::streamsize>(frame.size()));
  if (!file_)
    return file_error(fmt::format("cannot write {}: is the disk full?", path_));
  return {};
}

Result<void> CaptureWriter::finish() {
  file_.close();
  if (!file_)
    return file_error(fmt::format("cannot write {}: is the disk full?", path_));
  return {};
}

} // namespace airan::io
