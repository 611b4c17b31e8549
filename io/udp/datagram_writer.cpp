// SPDX-License-Identifier: Apache-2.0
// Layouts of raw, VITA-49 (VRT) and CHDR data packets as they are sent.
#include "io/udp/datagram_writer.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace airan::io {
namespace {

using cs16 = Complex<std::int16_t>;

void append_big_endian(std::vector<std::byte>& out, std::uint64_t value, int n_bytes) {
  for (int i = n_bytes; i-- > 0;)
    out.push_back(static_cast<std::byte>(value >> 8 * i));
}
void append_little_endian(std::vector<std::byte>& out, std::uint64_t value, int n_bytes) {
  for (int i = 0; i < n_bytes; ++i)
    out.push_back(static_cast<std::byte>(value >> 8 * i));
}

/// A signal data packet with stream identifier and a sample count (VITA-49.2 5.1).
void append_vrt_header(std::vector<std::byte>& out,
                       std::int32_t port,
                       std::uint64_t position,
                       std::uint16_t sequence,
                       std::size_t n_iq_bytes) {
  constexpr std::uint64_t type = 1, tsf_sample_count = 1, n_header_words = 4;
  append_big_endian(out,
                    type << 28 | tsf_sample_count << 20 | std::uint64_t{sequence % 16u} << 16 |
                        (n_header_words + n_iq_bytes / 4),
                    4);
  append_big_endian(out, static_cast<std::uint64_t>(port), 4);
  append_big_endian(out, position, 8);
}

/// A data packet with timestamp, words of 64 bits (RFNoC specification 2.2).
void append_chdr_header(std::vector<std::byte>& out,
                        std::int32_t port,
                        std::uint64_t position,
                        std::uint16_t sequence,
                        std::size_t n_iq_bytes) {
  constexpr std::uint64_t type_data_with_timestamp = 7, n_header_bytes = 16;
  append_little_endian(out,
                       type_data_with_timestamp << 53 | std::uint64_t{sequence} << 32 |
                           (n_header_bytes + n_iq_bytes) << 16 | static_cast<std::uint16_t>(port),
                       8);
  append_little_endian(out, position, 8);
}

std::int16_t to_int16(float value) {
  const float scaled = std::nearbyint(value * 32768.0F);
  if (!(scaled > -32768.0F)) // NaN too
    return scaled == scaled ? std::int16_t{-32768} : std::int16_t{0};
  return static_cast<std::int16_t>(std::min(scaled, 32767.0F));
}
cs16 to_cs16(const cf32& sample) {
  return {to_int16(sample.re), to_int16(sample.im)};
}
cs16 to_cs16(const cs16& sample) {
  return sample;
}

} // namespace

DatagramWriter::DatagramWriter(const DatagramWriterSettings& settings)
    : settings_(settings), max_samples_(static_cast<std::size_t>(settings.max_iq_bytes / 4)),
      position_(settings.first_position), sequence_(static_cast<std::size_t>(settings.n_ports)),
      kept_(static_cast<std::size_t>(settings.n_ports)) {
  AIRAN_ASSERT(settings.n_ports >= 1, "a stream has at least one port");
  AIRAN_ASSERT(settings.max_iq_bytes >= 4 && settings.max_iq_bytes <= 65'408 &&
                   settings.max_iq_bytes % 4 == 0,
               "IQ per datagram must be whole samples that fit a datagram");
}

template <class T>
std::span<const OutgoingDatagram> DatagramWriter::write_any(View<const T, 2> samples) {
  AIRAN_ASSERT(samples.extent(0) == settings_.n_ports, "one row of samples per port");
  for (std::int32_t p = 0; p < samples.extent(0); ++p) {
    std::vector<cs16>& kept = kept_[static_cast<std::size_t>(p)];
    kept.reserve(kept.size() + static_cast<std::size_t>(samples.extent(1)));
    for (std::int32_t n = 0; n < samples.extent(1); ++n)
      kept.push_back(to_cs16(samples(p, n)));
  }
  clear();
  const std::size_t n_datagrams = kept_.front().size() / max_samples_;
  for (std::size_t i = 0; i < n_datagrams; ++i, position_ += max_samples_)
    for (std::int32_t p = 0; p < settings_.n_ports; ++p)
      append(p,
             std::span(kept_[static_cast<std::size_t>(p)]).subspan(i * max_samples_, max_samples_));
  for (std::vector<cs16>& kept : kept_)
    kept.erase(kept.begin(),
               kept.begin() + static_cast<std::ptrdiff_t>(n_datagrams * max_samples_));
  return collect();
}

std::span<const OutgoingDatagram> DatagramWriter::write(View<const cf32, 2> samples) {
  return write_any(samples);
}
std::span<const OutgoingDatagram>
DatagramWriter::write(View<const Complex<std::int16_t>, 2> samples) {
  return write_any(samples);
}

std::span<const OutgoingDatagram> DatagramWriter::flush() {
  clear();
  const std::size_t n_left = kept_.front().size(); // fewer than fill a datagram
  for (std::int32_t p = 0; p < settings_.n_ports && n_left > 0; ++p) {
    append(p, kept_[static_cast<std::size_t>(p)]);
    kept_[static_cast<std::size_t>(p)].clear();
  }
  position_ += n_left;
  return collect();
}

void DatagramWriter::skip(std::int64_t n_samples) {
  AIRAN_ASSERT(kept_.front().empty(), "flush() comes before skip()");
  position_ += static_cast<std::uint64_t>(n_samples);
}

void DatagramWriter::append(std::int32_t port, std::span<const cs16> iq) {
  const std::size_t first = bytes_.size();
  std::uint16_t& sequence = sequence_[static_cast<std::size_t>(port)];
  if (settings_.framing == UdpFraming::vita49)
    append_vrt_header(bytes_, port, position_, sequence, 4 * iq.size());
  else if (settings_.framing == UdpFraming::chdr)
    append_chdr_header(bytes_, port, position_, sequence, 4 * iq.size());
  ++sequence;
  const bool is_big = settings_.framing == UdpFraming::vita49;
  const std::size_t payload_at = bytes_.size();
  bytes_.resize(payload_at + 4 * iq.size());
  std::byte* out = bytes_.data() + payload_at;
  for (const cs16& sample : iq)
    for (const std::int16_t value : {sample.re, sample.im}) {
      const auto bits = static_cast<std::uint16_t>(value);
      out[is_big ? 1 : 0] = static_cast<std::byte>(bits);
      out[is_big ? 0 : 1] = static_cast<std::byte>(bits >> 8);
      out += 2;
    }
  slices_.push_back({port, position_, first, bytes_.size() - first});
}

std::span<const OutgoingDatagram> DatagramWriter::collect() {
  // After all bytes are written: they may have moved while the buffer grew.
  for (const Slice& s : slices_)
    datagrams_.push_back({s.port, s.position, std::span(bytes_).subspan(s.first, s.count)});
  return datagrams_;
}

void DatagramWriter::clear() {
  bytes_.clear();
  slices_.clear();
  datagrams_.clear();
}

} // namespace airan::io
