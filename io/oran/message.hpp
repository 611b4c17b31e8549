// SPDX-License-Identifier: Apache-2.0
// One O-RAN message, as it was read from an Ethernet frame.
#pragma once

#include "core/packet_settings.hpp"
#include "core/slot_iq.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace airan::io::oran {

enum class Plane : std::uint8_t {
  user,    ///< eCPRI message type 0: IQ
  control, ///< eCPRI message type 2: what the radio unit is to send; only counted here
};

/// What the IQ of a stream (an eAxC) is.
enum class StreamKind : std::uint8_t { pusch, prach, srs };

/// PRBs of one port and symbol (O-RAN CUS-plane 8.3.3, sections of types 1 and 3). numPrbu 0 is
/// resolved to all PRBs of the radio unit.
struct Section {
  std::uint16_t id = 0; ///< sectionId
  std::uint16_t first_prb = 0;
  std::uint16_t n_prb = 0;
  IqFormat format;
  /// n_prb * prb_bytes(format) bytes in the frame; null in C-plane messages.
  const std::byte* iq = nullptr;
};

/// More sections in one message than this are refused: a jumbo frame of 9-bit BFP holds 321 PRBs.
inline constexpr std::size_t max_sections = 64;

/// What one frame says. Refers to the frame's bytes.
struct Message {
  // Ethernet
  MacAddress destination{};
  MacAddress source{};
  std::optional<std::uint16_t> vlan; ///< id of its 802.1Q tag
  // eCPRI
  Plane plane = Plane::user;
  std::optional<std::uint16_t> eaxc; ///< ecpriPcid or ecpriRtcid; empty where the frame ends before
  std::uint8_t sequence = 0;         ///< per eAxC and plane, wraps
  // the stream that the eAxC stands for
  std::int32_t cell = 0; ///< index of the cell among those of the interface
  StreamKind kind = StreamKind::pusch;
  std::int32_t port = 0; ///< receive port; of PRACH and SRS: place in its own list
  // radio application
  std::uint8_t filter_index = 0;
  std::uint8_t frame = 0;         ///< SFN mod 256
  std::uint8_t slot = 0;          ///< in the frame
  std::uint8_t symbol = 0;        ///< of the slot; C-plane: the start symbol
  std::uint8_t section_type = 1;  ///< C-plane: 0, 1 or 3
  bool has_reserved_bits = false; ///< in the exponent byte of a section's first PRB
  std::uint16_t n_sections = 0;
  std::array<Section, max_sections> section_storage;

  std::span<const Section> sections() const { return std::span(section_storage).first(n_sections); }
};

} // namespace airan::io::oran
