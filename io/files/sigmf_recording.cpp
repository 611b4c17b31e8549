// SPDX-License-Identifier: Apache-2.0
// Opening a SigMF recording.
#include "io/files/sigmf_recording.hpp"

#include "io/hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace airan::io {
namespace {

constexpr std::size_t max_metadata_bytes = std::size_t{16} << 20;

/// The path without .sigmf-meta or .sigmf-data.
std::string base_of(const std::string& path) {
  for (const char* extension : {".sigmf-meta", ".sigmf-data"})
    if (path.ends_with(extension))
      return path.substr(0, path.size() - std::string_view(extension).size());
  return path;
}

Result<void> check_sha512(const RegularFile& file, const std::string& expected) {
  Sha512 hash;
  std::vector<std::byte> block(std::size_t{1} << 20);
  for (std::int64_t at = 0;;) {
    const std::size_t n = file.read_at(at, block);
    if (n == 0)
      break;
    hash.update(std::span(block).first(n));
    at += static_cast<std::int64_t>(n);
  }
  std::string wanted = expected;
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (hash.finish() != wanted)
    return file_error(fmt::format("the SHA-512 of {} is not the core:sha512 of its metadata: one "
                                  "of the two files was changed",
                                  file.path()));
  return {};
}

} // namespace

Result<std::vector<SampleSegment>>
place_captures(const SigmfMetadata& m, std::int64_t file_bytes, const std::string& file) {
  const std::int64_t stride = std::int64_t{2} * component_bytes(m.format.number) * m.n_channels;
  std::vector<SampleSegment> segments;
  std::int64_t headers = 0; // bytes before the samples of the capture, all headers so far
  std::int64_t lag = 0;     // time minus index into the file
  std::optional<std::int64_t> reference; // global index minus index into the file, at time 0
  // The samples ahead of the first capture belong to it in time.
  std::int64_t first_index = 0;
  const auto close = [&](std::int64_t end_index) {
    const std::int64_t count = end_index - first_index;
    if (count <= 0)
      return;
    const SampleSegment s{first_index + lag, count, first_index * stride + headers};
    if (!segments.empty() && segments.back().first + segments.back().count == s.first &&
        segments.back().byte_offset + segments.back().count * stride == s.byte_offset)
      segments.back().count += count;
    else
      segments.push_back(s);
  };
  const std::int64_t payload = file_bytes - m.trailing_bytes;
  for (std::size_t i = 0; i < m.captures.size(); ++i) {
    const SigmfCapture& c = m.captures[i];
    // Captures beyond the data are ignored, as the specification asks.
    if (i > 0 && (payload - headers - c.header_bytes) / stride <= c.sample_start)
      break;
    if (i > 0) {
      close(c.sample_start);
      first_index = c.sample_start;
    }
    headers += c.header_bytes;
    if (!c.global_index)
      continue;
    const std::int64_t ahead = *c.global_index - c.sample_start;
    if (!reference)
      reference = ahead - lag;
    if (ahead - *reference < lag)
      return file_error(fmt::format("{}: core:global_index of capture {} goes back in time, over "
                                    "samples of the capture before it",
                                    file, i));
    lag = ahead - *reference;
  }
  const std::int64_t bytes = payload - headers;
  if (bytes <= 0)
    return file_error(file + " holds no samples");
  if (bytes % stride != 0)
    return file_error(fmt::format("{} has {} bytes of samples, which is not a whole number of "
                                  "samples of {} bytes ({} channels): it is truncated, or "
                                  "core:datatype or core:num_channels is wrong",
                                  file, bytes, stride, m.n_channels));
  close(bytes / stride);
  return segments;
}

Result<SigmfRecording> open_sigmf_recording(const std::string& path, Strictness strictness) {
  if (path.ends_with(".sigmf"))
    return file_error(fmt::format("{} is a SigMF archive; unpack it (tar -xf) and name the "
                                  ".sigmf-meta file",
                                  path));
  const std::string base = base_of(path);
  const std::string meta_path = base + ".sigmf-meta";
  const auto text = read_text_file(meta_path, max_metadata_bytes);
  if (!text)
    return tl::unexpected(text.error());
  auto metadata = parse_sigmf_metadata(*text, strictness, meta_path);
  if (!metadata)
    return tl::unexpected(metadata.error());
  if (metadata->metadata_only && !metadata->dataset)
    return file_error(
        fmt::format("{} says core:metadata_only: there are no samples to it", meta_path));
  const std::string data_path =
      metadata->dataset ? (std::filesystem::path(base).parent_path() / *metadata->dataset).string()
                        : base + ".sigmf-data";
  auto file = RegularFile::open(data_path);
  if (!file)
    return tl::unexpected(file.error());
  auto segments = place_captures(*metadata, file->size(), data_path);
  if (!segments)
    return tl::unexpected(segments.error());
  if (strictness == Strictness::strict && metadata->sha512)
    if (auto ok = check_sha512(*file, *metadata->sha512); !ok)
      return tl::unexpected(ok.error());
  SampleRecording samples(std::move(*file), metadata->format, metadata->n_channels,
                          std::move(*segments));
  return SigmfRecording{std::move(*metadata), std::move(samples)};
}

} // namespace airan::io
