// SPDX-License-Identifier: Apache-2.0
// Where the fields of a fronthaul frame lie: what the parser reads and the builder writes.
#pragma once

#include "core/packet_settings.hpp"
#include "core/slot_iq.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace airan::io::oran::layout {

/// A field of a header: big-endian, the first bit is the top one.
struct Field {
  std::uint16_t bit = 0;  ///< its first bit, counted from the start of the header
  std::uint8_t width = 0; ///< bits, at most 24, or 32 on whole bytes

  constexpr std::size_t first_byte() const { return bit / 8U; }
  constexpr std::size_t last_byte() const { return (bit + width - 1U) / 8U; }
  constexpr unsigned bits_after() const { return 7U - (bit + width - 1U) % 8U; }
  constexpr std::uint32_t max() const {
    return static_cast<std::uint32_t>((std::uint64_t{1} << width) - 1U);
  }
};

/// The value of field F of a header of N bytes.
template <Field F, std::size_t N>
constexpr std::uint32_t read(std::span<const std::byte, N> header) {
  static_assert(N != std::dynamic_extent && F.last_byte() < N, "the field lies in the header");
  std::uint32_t value = 0;
  for (std::size_t i = F.first_byte(); i <= F.last_byte(); ++i)
    value = (value << 8U) | std::to_integer<std::uint32_t>(header[i]);
  return (value >> F.bits_after()) & F.max();
}

/// Sets field F of a header that was zero there; `value` is at most F.max().
template <Field F, std::size_t N>
constexpr void write(std::span<std::byte, N> header, std::uint32_t value) {
  static_assert(N != std::dynamic_extent && F.last_byte() < N, "the field lies in the header");
  std::uint64_t bits = std::uint64_t{value & F.max()} << F.bits_after();
  for (std::size_t i = F.last_byte() + 1; i-- > F.first_byte(); bits >>= 8U)
    header[i] |= static_cast<std::byte>(bits & 0xFFU);
}

// Ethernet, IEEE 802.3; EtherType and tag protocol id share their place.
namespace ethernet {
inline constexpr std::size_t n_bytes = 14;
inline constexpr std::size_t min_frame_bytes = 60; ///< without FCS; shorter frames are padded
inline constexpr std::size_t mac_bytes = 6;
inline constexpr std::size_t destination_at = 0;
inline constexpr std::size_t source_at = 6;
inline constexpr Field ethertype{96, 16};

inline constexpr std::uint32_t ethertype_ecpri = 0xAEFE;
inline constexpr std::uint32_t ethertype_vlan = 0x8100;
} // namespace ethernet

// The rest of a tag, IEEE 802.1Q, after its protocol id, with the EtherType that follows.
namespace vlan {
inline constexpr std::size_t n_bytes = 4;
inline constexpr Field priority{0, 3}; // then 1 bit drop eligible indicator
inline constexpr Field id{4, 12};
inline constexpr Field ethertype{16, 16};
} // namespace vlan

// eCPRI common header, eCPRI 2.0 3.1.3.
namespace ecpri {
inline constexpr std::size_t n_bytes = 4;
inline constexpr Field revision{0, 4}; // then 3 bits reserved
inline constexpr Field concatenation{7, 1};
inline constexpr Field message_type{8, 8};
inline constexpr Field payload_size{16, 16}; ///< bytes after this header, without padding

inline constexpr std::uint32_t revision_1 = 1;
inline constexpr std::uint32_t type_iq_data = 0;
inline constexpr std::uint32_t type_control = 2;
} // namespace ecpri

// What follows it in eCPRI messages of types 0 and 2, O-RAN CUS-plane 5.1.3.
namespace ecpri_message {
inline constexpr std::size_t n_bytes = 4;
inline constexpr Field eaxc{0, 16}; ///< ecpriPcid, ecpriRtcid
inline constexpr Field sequence{16, 8};
inline constexpr Field e_bit{24, 1}; ///< 1: the last fragment
inline constexpr Field subsequence{25, 7};
} // namespace ecpri_message

// Radio application header of both planes, O-RAN CUS-plane 7.3 and 8.3.
namespace application {
inline constexpr std::size_t n_bytes = 4;
inline constexpr Field direction{0, 1}; ///< dataDirection, 0: uplink
inline constexpr Field payload_version{1, 3};
inline constexpr Field filter_index{4, 4};
inline constexpr Field frame{8, 8};
inline constexpr Field subframe{16, 4};
inline constexpr Field slot{20, 6};   ///< of the subframe
inline constexpr Field symbol{26, 6}; ///< C-plane: startSymbolId

inline constexpr std::uint32_t uplink = 0;
inline constexpr std::uint32_t payload_version_1 = 1;
inline constexpr std::uint32_t last_filter_index = 7; ///< larger ones are reserved
inline constexpr std::uint32_t last_subframe = 9;
} // namespace application

// Which PRBs: how sections begin in both planes, O-RAN CUS-plane 7.3 and 8.3.
namespace section {
inline constexpr std::size_t n_bytes = 4;
inline constexpr Field id{0, 12};
inline constexpr Field rb{12, 1};
inline constexpr Field sym_inc{13, 1};
inline constexpr Field first_prb{14, 10};
inline constexpr Field n_prb{24, 8}; ///< 0: all
} // namespace section

// U-plane, dynamic compression only: udCompHdr and a reserved byte.
namespace compression {
inline constexpr std::size_t n_bytes = 2;
inline constexpr Field width{0, 4};  ///< udIqWidth, 0: 16
inline constexpr Field method{4, 4}; ///< udCompMeth

inline constexpr std::uint32_t method_none = 0;
inline constexpr std::uint32_t method_bfp = 1;
} // namespace compression

// udCompParam of block floating point, before each PRB.
namespace bfp {
inline constexpr std::size_t n_bytes = 1;
inline constexpr Field reserved{0, 4};
inline constexpr Field exponent{4, 4};
} // namespace bfp

// C-plane, after the radio application header.
namespace control {
inline constexpr std::size_t n_bytes = 2;
inline constexpr Field n_sections{0, 8};
inline constexpr Field section_type{8, 8};

inline constexpr std::uint32_t type_idle = 0;   ///< idle and guard periods
inline constexpr std::uint32_t type_normal = 1; ///< most channels
inline constexpr std::uint32_t type_prach = 3;  ///< PRACH and mixed numerology
} // namespace control

// C-plane section type 1 (most channels), after `control`: udCompHdr and a reserved byte.
namespace control_type1 {
inline constexpr std::size_t n_bytes = 2;
inline constexpr Field width{0, 4};
inline constexpr Field method{4, 4};
} // namespace control_type1

// C-plane section types 3 (PRACH, mixed numerology) and 0 (idle, guard), after `control`.
namespace control_type3 {
inline constexpr std::size_t n_bytes = 6;
inline constexpr Field time_offset{0, 16};
inline constexpr Field frame_structure{16, 8}; ///< FFT size, subcarrier spacing
inline constexpr Field cp_length{24, 16};
// type 3 only; reserved in type 0
inline constexpr Field width{40, 4};
inline constexpr Field method{44, 4};
} // namespace control_type3

// C-plane sections, after `section`.
namespace control_section {
inline constexpr std::size_t n_bytes = 4;
inline constexpr Field re_mask{0, 12};
inline constexpr Field n_symbols{12, 4};
// types 1 and 3 only; reserved in type 0
inline constexpr Field extension_flag{16, 1}; ///< ef
inline constexpr Field beam{17, 15};
} // namespace control_section

// C-plane sections of type 3 only, after `control_section`.
namespace frequency_offset {
inline constexpr std::size_t n_bytes = 4;
inline constexpr Field value{0, 24}; ///< signed, in half subcarriers
} // namespace frequency_offset

// Section extensions (ef = 1), O-RAN CUS-plane 7.7. extLen counts 4-byte words with this header;
// types 11, 19 and 20 have one of 16 bits.
namespace extension {
inline constexpr std::size_t n_bytes = 4;    ///< the shortest
inline constexpr Field extension_flag{0, 1}; ///< another one follows
inline constexpr Field type{1, 7};
inline constexpr Field length{8, 8};
inline constexpr Field long_length{8, 16};

constexpr bool has_long_length(std::uint32_t extension_type) {
  return extension_type == 11 || extension_type == 19 || extension_type == 20;
}
} // namespace extension

/// Bytes of a U-plane frame before the IQ of its first section, without a VLAN tag: 30 or 32.
constexpr std::size_t uplane_header_bytes(CompressionHeader header) {
  return ethernet::n_bytes + ecpri::n_bytes + ecpri_message::n_bytes + application::n_bytes +
         section::n_bytes + (header == CompressionHeader::dynamic ? compression::n_bytes : 0);
}

/// PRBs of a symbol that fit a U-plane frame with one section, when the link takes `mtu_bytes`
/// after the Ethernet header and VLAN tag. 0 when none does.
constexpr std::size_t
n_prb_within(std::size_t mtu_bytes, const IqFormat& format, CompressionHeader header) {
  const std::size_t headers = uplane_header_bytes(header) - ethernet::n_bytes;
  return mtu_bytes < headers ? 0
                             : (mtu_bytes - headers) / static_cast<std::size_t>(prb_bytes(format));
}

} // namespace airan::io::oran::layout
