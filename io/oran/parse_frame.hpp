// SPDX-License-Identifier: Apache-2.0
// From the bytes of an Ethernet frame to an O-RAN message, or to the reason why it is dropped.
#pragma once

#include "core/packet_settings.hpp"
#include "io/oran/drop_reason.hpp"
#include "io/oran/message.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace airan::io::oran {

/// What is known of a stream beforehand.
struct StreamRules {
  std::int32_t cell = 0; ///< index of the cell among those of the interface
  StreamKind kind = StreamKind::pusch;
  std::int32_t port = 0;
  std::int32_t numerology = 1;
  std::int32_t n_symbols = 14;
  std::int32_t ru_prb = 273; ///< PRBs of the radio unit: what numPrbu 0 means, and the limit
  CompressionSettings compression;
  /// How PRACH is compressed that comes on this eAxC; empty: as the rest.
  std::optional<CompressionSettings> prach_compression;
  Bfp16 bfp16 = Bfp16::with_exponent;
};

/// What frames of an interface are accepted, and what their eAxCs stand for.
class FrameRules {
public:
  VlanRule vlan = AnyVlan{};
  std::optional<MacAddress> dst_mac;
  bool ignore_ecpri_size = false;

  /// Later rules of the same eAxC replace earlier ones. At most 254 streams.
  void add(std::uint16_t eaxc, const StreamRules& stream);
  /// Null when no cell names the eAxC.
  const StreamRules* find(std::uint16_t eaxc) const;

  static constexpr std::size_t max_streams = 254;

private:
  std::vector<StreamRules> streams_;
  std::array<std::uint8_t, 65536> index_{}; ///< by eAxC, 1 + place in streams_; 0: none
};

/// Reads one frame (without FCS; Ethernet padding may follow the eCPRI payload): Ethernet, one
/// 802.1Q tag or none, eCPRI, and O-RAN U-plane (uplink; static or dynamic udCompHdr) or C-plane
/// (section types 0, 1 and 3 with any extensions). A pure function: the same bytes and rules give
/// the same answer. The frame is validated wholly; empty is returned when it is sound, and only
/// then `message` may be used for its sections. On a drop `message` holds what was read before the
/// reason was found (addresses, VLAN, eAxC), for reports. Reads nothing outside `frame`. What is
/// wrong first in the frame is the reason; a frame needs no minimum length.
///
/// PRACH is what comes on an eAxC of kind prach, or with a filterIndex of 1..7 on any other: a
/// radio unit that sends PUSCH and PRACH on one eAxC tells them apart so. Message::kind is prach
/// then, and Message::port that of the eAxC. PRACH has a numerology, and PRBs, of its own, so the
/// limits of the cell and the radio unit do not hold: symbols are 0..13, PRBs 0..1023, numPrbu 0
/// stands for as many PRBs as the message holds, and where slotId goes beyond the slots of a
/// subframe of the cell, Message::slot is the last of them. The same limits hold for C-plane
/// sections of type 3.
///
/// rb = 1 and symInc = 1 are refused in both planes. numPrbc 0 means all PRBs of the radio unit.
///
/// With ignore_ecpri_size the U-plane message goes on to the end of the frame, so padding must be
/// told from a section: after the first section, what is shorter than a section header is padding,
/// and so is a rest of zeros (no section but the first begins with four zero bytes: it would be all
/// PRBs over again), which some radio units append to fill whole words of their data path. After
/// the only section that fits a frame of minimum length (60 bytes, 64 with a tag) anything is. In
/// the C-plane the number of sections tells where padding begins.
std::optional<DropReason>
parse_frame(std::span<const std::byte> frame, const FrameRules& rules, Message& message);

} // namespace airan::io::oran
