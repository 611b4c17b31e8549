// SPDX-License-Identifier: Apache-2.0
// What became of the datagrams of a time-domain stream, and why some are dropped.
#pragma once

#include "io/packets/drop_counts.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace airan::io {

/// Why a datagram is dropped. Each reason has a counter of its own.
enum class UdpDropReason : std::uint8_t {
  // its bytes
  short_datagram,   ///< no whole header, or no sample
  bad_length,       ///< its length field disagrees, or the payload is no whole number of samples
  unsupported_type, ///< neither time-domain IQ nor context
  bad_timestamp,    ///< a fraction of a second that is none
  // what it is for
  implausible_position, ///< a timestamp far from its neighbours', until three in a row agree
  late,                 ///< its slot was handed on before it came
  duplicate,            ///< brings no sample that was not there
  no_memory,            ///< no room: the receiver is too far behind, or a slot is too torn
};
inline constexpr std::size_t n_udp_drop_reasons = 8;

/// Names in reports, by UdpDropReason.
inline constexpr std::array<std::string_view, n_udp_drop_reasons> udp_drop_reason_names{
    "short_datagram",       "bad_length", "unsupported_type", "bad_timestamp",
    "implausible_position", "late",       "duplicate",        "no_memory",
};
static_assert(static_cast<std::size_t>(UdpDropReason::no_memory) + 1 == n_udp_drop_reasons);

constexpr std::string_view name_of(UdpDropReason reason) {
  return udp_drop_reason_names[static_cast<std::size_t>(reason)];
}

struct UdpCounters : DropCounts<UdpDropReason, n_udp_drop_reasons> {
  // of the accepted ones
  std::int64_t context = 0;      ///< VITA-49 context and commands: no IQ
  std::int64_t not_needed = 0;   ///< only samples of slots in which nothing is granted
  std::int64_t out_of_order = 0; ///< came after a datagram that continues it
  std::int64_t sender_gaps = 0;  ///< in which the sender says that it lost samples
  std::int64_t overranges = 0;   ///< in which the sender says that its converter was overdriven

  std::int64_t sequence_gaps = 0;   ///< sequence numbers that never came; a lower bound
  std::int64_t kernel_drops = 0;    ///< datagrams that found no room in a socket's receive buffer
  std::int64_t missing_samples = 0; ///< [port, sample] of granted slots, without margins
  /// Whole slots for which there was no buffer, because the receiver was too far behind.
  std::int64_t slots_dropped = 0;
};

} // namespace airan::io
