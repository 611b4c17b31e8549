// SPDX-License-Identifier: Apache-2.0
// Writes O-RAN fronthaul frames into a caller's buffer: what a radio unit (U-plane) or a
// distributed unit (C-plane) sends.
#pragma once

#include "core/packet_settings.hpp"
#include "io/oran/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace airan::io::oran {

/// Ethernet, eCPRI and radio application header. The direction is always uplink.
struct FrameHeader {
  MacAddress destination{};
  MacAddress source{};
  std::optional<std::uint16_t> vlan; ///< id of an 802.1Q tag, 0..4095; empty: no tag
  std::uint8_t vlan_priority = 0;    ///< 0..7
  std::uint16_t eaxc = 0;
  std::uint8_t sequence = 0;
  std::uint8_t filter_index = 0; ///< 0: standard, 1..7: PRACH
  std::uint8_t frame = 0;        ///< SFN mod 256
  std::uint8_t subframe = 0;     ///< 0..9
  std::uint8_t slot = 0;         ///< in the subframe
  std::uint8_t symbol = 0;       ///< C-plane: the start symbol
};

/// udCompHdr.
struct SectionCompression {
  CompressionMethod method = CompressionMethod::bfp;
  std::uint8_t width = 9; ///< bits, 1..16
};

struct UplaneSection {
  std::uint16_t id = 0;        ///< 0..4095
  std::uint16_t first_prb = 0; ///< 0..1023
  /// 1..255, or 0: all PRBs of the radio unit (then first_prb should be 0).
  std::uint16_t n_prb = 0;
  std::optional<SectionCompression> compression; ///< given: dynamic header; empty: static
  std::span<const std::byte> iq;                 ///< compressed already, PRB by PRB
};

/// C-plane section types.
enum class SectionType : std::uint8_t {
  idle = 0,   ///< idle and guard periods
  normal = 1, ///< most channels
  prach = 3,  ///< PRACH and mixed numerology
};

/// What all sections of a C-plane message share.
struct CplaneHeader {
  SectionType type = SectionType::normal;
  std::uint16_t time_offset = 0;    ///< types 0 and 3
  std::uint8_t frame_structure = 0; ///< types 0 and 3: FFT size, subcarrier spacing
  std::uint16_t cp_length = 0;      ///< types 0 and 3
  /// Types 1 and 3: how the radio unit is to compress; empty with static compression.
  std::optional<SectionCompression> compression;
};

struct CplaneSection {
  std::uint16_t id = 0;              ///< 0..4095
  std::uint16_t first_prb = 0;       ///< 0..1023
  std::uint16_t n_prb = 0;           ///< 1..255, or 0: all
  std::uint16_t re_mask = 0xFFF;     ///< 12 bits
  std::uint8_t n_symbols = 14;       ///< 0..15
  std::uint16_t beam = 0;            ///< types 1 and 3, 15 bits
  std::int32_t frequency_offset = 0; ///< type 3: half subcarriers, 24 bits signed
  /// Types 1 and 3: section extensions, whole, each a multiple of four bytes with its own
  /// extension flag; ef of the section is set when there are any.
  std::span<const std::byte> extensions;
};

/// Writes a U-plane frame without FCS, padded with zeros to the 60 bytes that Ethernet asks for.
/// Returns its size; empty when `out`, or the 65535 bytes of an eCPRI payload, are too small.
/// Values beyond their fields are a programmer error.
std::optional<std::size_t> build_uplane_frame(const FrameHeader& header,
                                              std::span<const UplaneSection> sections,
                                              std::span<std::byte> out);

/// The same for a C-plane frame of at most 255 sections.
std::optional<std::size_t> build_cplane_frame(const FrameHeader& header,
                                              const CplaneHeader& control,
                                              std::span<const CplaneSection> sections,
                                              std::span<std::byte> out);

} // namespace airan::io::oran
