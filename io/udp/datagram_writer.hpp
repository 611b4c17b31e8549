// SPDX-License-Identifier: Apache-2.0
// Cuts samples into the datagrams of a time-domain stream: what the emulated radio unit sends.
#pragma once

#include "core/complex.hpp"
#include "core/packet_settings.hpp"
#include "core/view.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace airan::io {

/// IQ bytes of a datagram of 1500 bytes of Ethernet payload, less the headers of IPv6, UDP and
/// VITA-49, in whole samples.
inline constexpr std::int32_t ethernet_iq_bytes = 1424;

struct DatagramWriterSettings {
  UdpFraming framing = UdpFraming::raw;
  std::int32_t n_ports = 1;
  std::int32_t max_iq_bytes = 8192; ///< IQ per datagram: 4 .. 65,408, a multiple of 4
  /// Timestamp of the first sample: a count of samples (a VITA-49 sample count without an integer
  /// part, CHDR ticks at the sample rate).
  std::uint64_t first_position = 0;
};

/// A datagram to be sent. A view: the bytes belong to the writer.
struct OutgoingDatagram {
  std::int32_t port = 0;      ///< receive port, 0 ..
  std::uint64_t position = 0; ///< of its first sample
  std::span<const std::byte> bytes;
};

/// Writes the samples of all ports into datagrams of equal size: what is left over of a call is
/// kept for the next one. Float full scale is 1.0; what exceeds it is clipped, NaN becomes 0.
/// Datagrams are in the order of time, those of the ports next to each other.
class DatagramWriter {
public:
  explicit DatagramWriter(const DatagramWriterSettings& settings);

  /// `samples` [port, sample]. The datagrams are valid until the next call.
  std::span<const OutgoingDatagram> write(View<const cf32, 2> samples);
  std::span<const OutgoingDatagram> write(View<const Complex<std::int16_t>, 2> samples);
  /// The rest, in datagrams that may be shorter.
  std::span<const OutgoingDatagram> flush();
  /// The next sample is `n_samples` later than it would be: a pause of the sender. To be called
  /// after flush(). Raw framing cannot express it: a receiver takes what follows for adjacent.
  void skip(std::int64_t n_samples);

private:
  struct Slice {
    std::int32_t port;
    std::uint64_t position;
    std::size_t first, count; ///< bytes in `bytes_`
  };
  template <class T>
  std::span<const OutgoingDatagram> write_any(View<const T, 2> samples);
  void append(std::int32_t port, std::span<const Complex<std::int16_t>> iq);
  std::span<const OutgoingDatagram> collect();
  void clear();

  DatagramWriterSettings settings_;
  std::size_t max_samples_;
  std::uint64_t position_;                               ///< of the first sample that is kept
  std::vector<std::uint16_t> sequence_;                  ///< [port]
  std::vector<std::vector<Complex<std::int16_t>>> kept_; ///< [port], samples not sent yet
  std::vector<std::byte> bytes_;
  std::vector<Slice> slices_;
  std::vector<OutgoingDatagram> datagrams_;
};

} // namespace airan::io
