// SPDX-License-Identifier: Apache-2.0
// How fronthaul packets are read: the keys of the section `source` for packets (types pcap, dpdk
// and udp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace airan {

/// udCompMeth of the O-RAN CUS-plane, as far as it is supported for the uplink.
enum class CompressionMethod : std::uint8_t {
  none, ///< numbers of `width` bits
  bfp,  ///< block floating point, mantissas of `width` bits
};
/// Who says how the IQ is compressed.
enum class CompressionHeader : std::uint8_t {
  fixed,   ///< "static": the configuration; packets carry no udCompHdr
  dynamic, ///< each section says method and width itself (udCompHdr)
};
/// What block floating point of width 16 means; implementations differ.
enum class Bfp16 : std::uint8_t {
  with_exponent, ///< an exponent byte and 16-bit mantissas: 49 bytes per PRB
  plain,         ///< no compression: 48 bytes per PRB
};
struct CompressionSettings {
  CompressionMethod method = CompressionMethod::bfp;
  std::int32_t width = 9; ///< bits, 8..16
  CompressionHeader header = CompressionHeader::fixed;
};

using MacAddress = std::array<std::uint8_t, 6>;

struct AnyVlan {}; ///< tagged or not
struct NoVlan {};  ///< untagged only
struct VlanId {
  std::int32_t id = 1; ///< 0..4094
};
using VlanRule = std::variant<AnyVlan, NoVlan, VlanId>;

/// What becomes of a packet that arrives outside its window. Both are counted.
enum class LatePolicy : std::uint8_t {
  warn, ///< it is used as long as its slot is open
  drop,
};
/// What the time of a symbol on the air is told from.
enum class TimeReference : std::uint8_t {
  first_packet, ///< the first packet arrived when its window opened
  gps,          ///< SFN 0 began at the GPS epoch (O-RAN CUS-plane 11.7); needs a disciplined clock
};
/// When packets of a symbol may arrive: from min_us to max_us after the symbol's start on the air
/// (Ta4 of the CUS-plane).
struct Ta4Window {
  double min_us = 25;
  double max_us = 500;
  LatePolicy late = LatePolicy::warn;
  TimeReference reference = TimeReference::first_packet;
};

/// Whether the input or the receiver sets the pace.
enum class Pace : std::uint8_t {
  as_fast_as_possible, ///< nothing is dropped: a full queue stops the reading
  real_time,           ///< a busy receiver drops whole slots, oldest first
};

/// How the datagrams of a time-domain stream are framed; all carry 16-bit I and Q.
enum class UdpFraming : std::uint8_t {
  raw,    ///< bare samples, little-endian, as USRPs stream to a remote host (raw_payload)
  vita49, ///< VITA-49 (VRT) data packets, big-endian
  chdr,   ///< UHD's CHDR with timestamps (full_packet), little-endian
};

struct PacketSettings {
  CompressionSettings compression;
  /// eAxC id of receive port 0, 1, ...; empty: 0 .. rx_ports - 1.
  std::vector<std::int32_t> eaxc;
  std::vector<std::int32_t> prach_eaxc; ///< counted, kept apart
  std::vector<std::int32_t> srs_eaxc;   ///< counted, kept apart
  /// How the IQ of PRACH is compressed; empty: as that of the PUSCH.
  std::optional<CompressionSettings> prach_compression;
  VlanRule vlan = AnyVlan{};
  std::optional<MacAddress> dst_mac;  ///< empty: any
  std::optional<std::int32_t> ru_prb; ///< what numPrbu 0 means; empty: the cell's n_prb
  std::int32_t window_slots = 4;
  double queue_ms = 100; ///< how long a stall of the receiver is absorbed
  std::optional<Ta4Window> ta4;
  Bfp16 bfp16 = Bfp16::with_exponent;
  bool ignore_ecpri_size = false; ///< take what the Ethernet frame holds
  bool ignore_sequence = false;
  /// Empty: as fast as possible for pcap, real time otherwise.
  std::optional<Pace> pace;
  std::optional<std::int32_t> packet_core; ///< core of the packet thread; empty: any

  // dpdk
  std::string device;           ///< "net_af_packet,iface=eth0", "0000:17:00.0", ...
  std::vector<std::string> eal; ///< more arguments of DPDK's EAL
  std::int32_t queue = 0;       ///< receive queue of the device

  // udp
  std::vector<std::string> listen; ///< "address:port" of receive port 0, 1, ...
  UdpFraming framing = UdpFraming::raw;
  std::int64_t receive_buffer_bytes = 64 << 20;
};

} // namespace airan
