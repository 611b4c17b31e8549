// SPDX-License-Identifier: Apache-2.0
// Why a packet is dropped. Each reason has a counter of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace airan::io {

enum class DropReason : std::uint8_t {
  // Ethernet and eCPRI
  short_ethernet,     ///< no whole Ethernet header (with its VLAN tag)
  wrong_mac,          ///< not the destination that is configured
  wrong_vlan,         ///< not the VLAN that is configured
  not_ecpri,          ///< another EtherType than 0xAEFE
  short_ecpri,        ///< no whole eCPRI header
  bad_version,        ///< eCPRI revision other than 1
  concatenated,       ///< eCPRI concatenation (C bit), which nobody uses
  unsupported_type,   ///< eCPRI message type other than 0 (IQ data) and 2 (real-time control)
  size_below_minimum, ///< eCPRI payload size too small for an O-RAN header
  size_beyond_frame,  ///< eCPRI payload size larger than what the frame holds
  unknown_eaxc,       ///< an eAxC that no cell names
  fragmented, ///< radio transport fragmentation (E bit 0 or a subsequence), which nobody uses
  // O-RAN application
  downlink_direction,
  bad_payload_version,      ///< payloadVersion other than 1
  reserved_filter,          ///< filterIndex 8..15
  bad_subframe,             ///< subframeId above 9
  bad_slot,                 ///< slotId beyond those of a subframe of the cell
  bad_symbol,               ///< symbolId beyond those of a slot of the cell
  unsupported_section_type, ///< C-plane section type other than 0, 1 and 3
  short_section,            ///< no whole section header
  too_many_sections,        ///< more sections than any use needs
  unsupported_rb_or_syminc, ///< rb or symInc is 1
  bad_compression,          ///< a method or width that is not supported, or not the configured one
  prb_out_of_range,         ///< PRBs beyond those of the radio unit
  iq_truncated,             ///< fewer bytes of IQ than the section announces
  trailing_bytes,           ///< bytes after the last section that make no section
  // What it is for
  no_context,       ///< its slot is not granted to anyone
  implausible_slot, ///< a slot far from its neighbours', until three packets in a row agree
  early,            ///< before its window (ta4.late: drop)
  late,             ///< after its window (ta4.late: drop), or after its slot was handed on
  duplicate,        ///< brings no PRB that was not there
  no_memory,        ///< no room: the receiver is too far behind, or a slot has too many packets
  frame_too_long,   ///< does not fit a packet buffer
};
inline constexpr std::size_t n_drop_reasons = 33;

/// Names in reports, by DropReason.
inline constexpr std::array<std::string_view, n_drop_reasons> drop_reason_names{
    "short_ethernet",
    "wrong_mac",
    "wrong_vlan",
    "not_ecpri",
    "short_ecpri",
    "bad_version",
    "concatenated",
    "unsupported_type",
    "size_below_minimum",
    "size_beyond_frame",
    "unknown_eaxc",
    "fragmented",
    "downlink_direction",
    "bad_payload_version",
    "reserved_filter",
    "bad_subframe",
    "bad_slot",
    "bad_symbol",
    "unsupported_section_type",
    "short_section",
    "too_many_sections",
    "unsupported_rb_or_syminc",
    "bad_compression",
    "prb_out_of_range",
    "iq_truncated",
    "trailing_bytes",
    "no_context",
    "implausible_slot",
    "early",
    "late",
    "duplicate",
    "no_memory",
    "frame_too_long",
};
static_assert(static_cast<std::size_t>(DropReason::frame_too_long) + 1 == n_drop_reasons);

constexpr std::string_view name_of(DropReason reason) {
  return drop_reason_names[static_cast<std::size_t>(reason)];
}

} // namespace airan::io
