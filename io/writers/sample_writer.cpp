// SPDX-License-Identifier: Apache-2.0
// Writing samples and SigMF recordings.
#include "core/assert.hpp"
#include "io/hash.hpp"
#include "io/writers/recording_writers.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

namespace airan::io {

struct SampleWriter::State {
  std::ofstream file;
  std::string path;
  IqFormat format;
  std::int32_t n_ports = 1;
  std::int64_t n_samples = 0;
  std::int64_t n_saturated = 0;
  Sha512 hash;
  std::vector<std::byte> block;
};

namespace {

constexpr std::int32_t samples_per_block = 4096;

/// Bytes of an unsigned word in the wanted order.
template <class Word>
void put(std::byte* out, Word w, ByteOrder order) {
  for (std::size_t i = 0; i < sizeof(Word); ++i) {
    const std::size_t shift = order == ByteOrder::little ? 8 * i : 8 * (sizeof(Word) - 1 - i);
    out[i] = static_cast<std::byte>((w >> shift) & 0xFF);
  }
}

/// Rounds to nearest, saturates; true if it had to.
template <class Int>
bool put_integer(std::byte* out, float value, ByteOrder order) {
  constexpr double full_scale = static_cast<double>(std::numeric_limits<Int>::max()) + 1.0;
  const double scaled = std::isnan(value) ? 0.0 : std::nearbyint(value * full_scale);
  const double kept = std::clamp(scaled, -full_scale, full_scale - 1.0);
  put(out, static_cast<std::make_unsigned_t<Int>>(static_cast<Int>(kept)), order);
  return kept != scaled;
}

/// One component; true if it saturated.
bool put_component(std::byte* out, float value, const IqFormat& f) {
  switch (f.number) {
  case IqNumber::int8:
    return put_integer<std::int8_t>(out, value, f.byte_order);
  case IqNumber::int16:
    return put_integer<std::int16_t>(out, value, f.byte_order);
  case IqNumber::int32:
    return put_integer<std::int32_t>(out, value, f.byte_order);
  case IqNumber::float32:
    put(out, std::bit_cast<std::uint32_t>(value), f.byte_order);
    return false;
  case IqNumber::float64:
    put(out, std::bit_cast<std::uint64_t>(static_cast<double>(value)), f.byte_order);
    return false;
  case IqNumber::packed:
  case IqNumber::bfp:
    break;
  }
  return false;
}

std::string datatype_of(const IqFormat& f) {
  const char* order = f.byte_order == ByteOrder::little ? "_le" : "_be";
  switch (f.number) {
  case IqNumber::int8:
    return "ci8";
  case IqNumber::int16:
    return std::string("ci16") + order;
  case IqNumber::int32:
    return std::string("ci32") + order;
  case IqNumber::float32:
    return std::string("cf32") + order;
  case IqNumber::float64:
  case IqNumber::packed:
  case IqNumber::bfp:
    break;
  }
  return std::string("cf64") + order;
}

} // namespace

SampleWriter::SampleWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SampleWriter::~SampleWriter() = default;
SampleWriter::SampleWriter(SampleWriter&&) noexcept = default;
SampleWriter& SampleWriter::operator=(SampleWriter&&) noexcept = default;

Result<SampleWriter>
SampleWriter::create(const std::string& path, IqFormat format, std::int32_t n_ports) {
  AIRAN_ASSERT(format.number != IqNumber::bfp, "block floating point has no file format");
  auto s = std::make_unique<State>();
  s->file.open(path, std::ios::binary | std::ios::trunc);
  if (!s->file)
    return file_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  s->path = path;
  s->format = format;
  s->n_ports = n_ports;
  s->block.resize(static_cast<std::size_t>(samples_per_block) * 2 *
                  static_cast<std::size_t>(component_bytes(format.number) * n_ports));
  return SampleWriter(std::move(s));
}

Result<void> SampleWriter::append(View<const cf32, 2> samples) {
  State& s = *state_;
  AIRAN_ASSERT(samples.extent(0) == s.n_ports, "the number of ports differs");
  const std::int32_t size = component_bytes(s.format.number);
  const std::int32_t n = samples.extent(1);
  for (std::int32_t at = 0; at < n; at += samples_per_block) {
    const std::int32_t end = std::min(n, at + samples_per_block);
    std::byte* out = s.block.data();
    for (std::int32_t i = at; i < end; ++i) {
      for (std::int32_t p = 0; p < s.n_ports; ++p) {
        for (const float v : {samples(p, i).re, samples(p, i).im}) {
          s.n_saturated += put_component(out, v, s.format) ? 1 : 0;
          out += size;
        }
      }
    }
    const std::span bytes(s.block.data(), static_cast<std::size_t>(out - s.block.data()));
    s.hash.update(bytes);
    s.file.write(reinterpret_cast<const char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()));
  }
  s.n_samples += n;
  if (!s.file)
    return file_error(fmt::format("cannot write {}: {}", s.path, std::strerror(errno)));
  return {};
}

Result<std::string> SampleWriter::finish() {
  state_->file.close();
  if (!state_->file)
    return file_error(fmt::format("cannot write {}: {}", state_->path, std::strerror(errno)));
  return state_->hash.finish();
}
std::int64_t SampleWriter::n_samples() const {
  return state_->n_samples;
}
std::int64_t SampleWriter::n_saturated() const {
  return state_->n_saturated;
}

SigmfWriter::SigmfWriter(SampleWriter samples, std::string base, SigmfFacts facts)
    : samples_(std::move(samples)), base_(std::move(base)),
      facts_(std::move(facts)), captures_{{0, 0}} {}

Result<SigmfWriter> SigmfWriter::create(const std::string& path, const SigmfFacts& facts) {
  std::string base = path;
  for (const std::string_view extension : {".sigmf-meta", ".sigmf-data"})
    if (base.ends_with(extension))
      base.resize(base.size() - extension.size());
  auto samples = SampleWriter::create(base + ".sigmf-data", facts.format, facts.n_ports);
  if (!samples)
    return tl::unexpected(samples.error());
  return SigmfWriter(std::move(*samples), std::move(base), facts);
}

Result<void> SigmfWriter::append(View<const cf32, 2> samples) {
  return samples_.append(samples);
}

void SigmfWriter::skip(std::int64_t n) {
  const std::int64_t start = samples_.n_samples();
  const std::int64_t index =
      captures_.back().global_index + start - captures_.back().sample_start + n;
  if (captures_.back().sample_start == start)
    captures_.pop_back();
  captures_.push_back({start, index});
}

Result<void> SigmfWriter::finish() {
  namespace json = boost::json;
  const auto hash = samples_.finish();
  if (!hash)
    return tl::unexpected(hash.error());
  json::object global{{"core:datatype", datatype_of(facts_.format)},
                      {"core:version", "1.2.5"},
                      {"core:num_channels", facts_.n_ports},
                      {"core:sha512", *hash},
                      {"core:recorder", "airan"}};
  // Whole rates are written as integers, as most tools do.
  if (facts_.sample_rate_hz == std::floor(facts_.sample_rate_hz))
    global["core:sample_rate"] = static_cast<std::int64_t>(facts_.sample_rate_hz);
  else
    global["core:sample_rate"] = facts_.sample_rate_hz;
  if (!facts_.description.empty())
    global["core:description"] = facts_.description;
  json::array captures;
  for (const Capture& c : captures_) {
    json::object o{{"core:sample_start", c.sample_start}};
    if (c.global_index != c.sample_start || captures_.size() > 1)
      o["core:global_index"] = c.global_index;
    if (facts_.frequency_hz)
      o["core:frequency"] = *facts_.frequency_hz;
    captures.push_back(std::move(o));
  }
  const json::object root{{"global", std::move(global)},
                          {"captures", std::move(captures)},
                          {"annotations", json::array()}};
  std::ofstream file(base_ + ".sigmf-meta", std::ios::binary | std::ios::trunc);
  file << json::serialize(root) << '\n';
  file.close();
  if (!file)
    return file_error(fmt::format("cannot write {}.sigmf-meta", base_));
  return {};
}

} // namespace airan::io
