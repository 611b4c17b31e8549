// SPDX-License-Identifier: Apache-2.0
// Opening a recording of any type.
#include "io/open_source.hpp"

#include "io/files/grid_source.hpp"
#include "io/files/sample_recording.hpp"
#include "io/files/sample_source.hpp"
#include "io/files/sigmf_recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace airan::io {
namespace {

/// The longest stretch that read_samples allocates.
constexpr std::int64_t max_stretch_samples = std::int64_t{1} << 30;
constexpr std::int64_t max_stretch_bytes = std::int64_t{8} << 30;

IqFormat format_of(RawFormat format) {
  return format == RawFormat::sc16 ? IqFormat{IqNumber::int16, ByteOrder::little, 16}
                                   : IqFormat{IqNumber::float32, ByteOrder::little, 32};
}

/// The samples of a time-domain recording, checked against the cell.
Result<SampleRecording> open_samples(const SourceSettings& settings, const CellSettings& cell) {
  if (settings.type == SourceType::raw)
    return open_raw_recording(settings.path, format_of(settings.raw_format), cell.rx_ports);
  auto sigmf = open_sigmf_recording(settings.path, settings.strictness);
  if (!sigmf)
    return tl::unexpected(sigmf.error());
  if (sigmf->metadata.n_channels != cell.rx_ports)
    return file_error(fmt::format("{} has {} channels but the cell has {} rx_ports", settings.path,
                                  sigmf->metadata.n_channels, cell.rx_ports));
  if (sigmf->metadata.sample_rate_hz && cell.fft_size) {
    const double wanted = *cell.fft_size * subcarrier_spacing_hz(cell.numerology);
    if (std::abs(*sigmf->metadata.sample_rate_hz - wanted) > 1e-9 * wanted)
      return file_error(fmt::format("{} was recorded at {} Hz but the cell has {} Hz",
                                    settings.path, *sigmf->metadata.sample_rate_hz, wanted));
  }
  return std::move(sigmf->samples);
}

} // namespace

Result<CellFacts> probe_recording(const SourceSettings& settings) {
  if (settings.type == SourceType::grid)
    return probe_grid(settings.path);
  CellFacts facts;
  if (settings.type == SourceType::raw) {
    if (auto file = RegularFile::open(settings.path); !file)
      return tl::unexpected(file.error());
    return facts;
  }
  // The hash is checked once, when the slots are opened.
  const auto sigmf = open_sigmf_recording(settings.path, Strictness::lenient);
  if (!sigmf)
    return tl::unexpected(sigmf.error());
  facts.rx_ports = sigmf->metadata.n_channels;
  facts.sample_rate_hz = sigmf->metadata.sample_rate_hz;
  return facts;
}

Result<std::unique_ptr<SlotSource>>
open_source(const SourceSettings& settings, const CellSettings& cell, const SourcePlan& plan) {
  if (settings.type == SourceType::grid)
    return open_grid_source(settings.path, cell, plan);
  auto samples = open_samples(settings, cell);
  if (!samples)
    return tl::unexpected(samples.error());
  return make_sample_source(std::move(*samples), cell, plan);
}

Result<SampleChunk>
read_samples(const SourceSettings& settings, const CellSettings& cell, const SampleRange& range) {
  if (settings.type == SourceType::grid)
    return configuration_error("sync: auto needs a recording in the time domain, not a grid");
  auto once = settings;
  once.strictness = Strictness::lenient; // the hash is checked when the slots are opened
  const auto samples = open_samples(once, cell);
  if (!samples)
    return tl::unexpected(samples.error());
  SampleChunk chunk;
  chunk.n_recorded = samples->end();
  const SampleRange recorded{
      range.first, std::clamp<std::int64_t>(samples->end() - range.first, 0, range.count)};
  const std::int64_t max_samples =
      std::min(max_stretch_samples, max_stretch_bytes / samples->stride());
  if (recorded.count > max_samples)
    return configuration_error(fmt::format(
        "sync: auto would hold {} samples of {} ports in memory, and at most {} are held: lower "
        "sync_search_ms",
        recorded.count, samples->n_ports(), max_samples));
  chunk.bytes.resize(static_cast<std::size_t>(recorded.count * samples->stride()));
  chunk.missing.reserve(1024);
  samples->read(recorded, recorded.first, chunk.bytes, chunk.missing);
  chunk.iq = TimeDomainIq{chunk.bytes,
                          samples->format(),
                          samples->n_ports(),
                          recorded.count,
                          0,
                          samples->stride(),
                          std::int64_t{2} * component_bytes(samples->format().number),
                          chunk.missing};
  return chunk;
}

} // namespace airan::io
