// SPDX-License-Identifier: Apache-2.0
// Where the datagrams of one port lie on its time axis, by timestamp, sequence number or order.
#pragma once

#include "io/udp/datagram.hpp"

#include <cstdint>

namespace airan::io {

/// Follows one port. Positions count samples, modulo 2^64.
class PortStream {
public:
  struct Place {
    std::uint64_t position = 0; ///< of the first sample
    bool is_old = false;        ///< before what was placed last: reordered or repeated
    bool is_repeat = false;     ///< its sequence number was seen already
    std::int64_t n_skipped = 0; ///< sequence numbers between the last one and this, modulo wraps
  };
  /// Where a datagram belongs. Without a timestamp: the first one at `base`, later ones by the
  /// sequence number, or `n_lost` datagrams after the last one; all are taken to be as long as it.
  Place place(const Datagram& datagram, std::int64_t n_lost, std::uint64_t base) const;
  /// Moves on past a datagram that is taken for sound.
  void pass(const Datagram& datagram, const Place& place);

  bool has_started() const { return has_started_; }

private:
  void place_by_sequence(const Datagram& datagram, Place& place) const;

  bool has_started_ = false;
  std::uint64_t next_ = 0;        ///< position after the datagram placed last
  std::int64_t n_samples_ = 0;    ///< of it
  std::uint16_t last_number_ = 0; ///< its sequence number
  /// Bit k: sequence number last_number_ - k was seen.
  std::uint64_t seen_ = 0;
};

} // namespace airan::io
