// SPDX-License-Identifier: Apache-2.0
// Where the IQ of a cell comes from: the section `source` of a configuration.
#pragma once

#include "core/packet_settings.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace airan {

enum class SourceType : std::uint8_t {
  sigmf, ///< SigMF recording; the path names the .sigmf-meta, the .sigmf-data or what they share
  raw,   ///< bare samples, channels interleaved sample by sample
  grid,  ///< HDF5 grid recording (after the FFT)
  pcap,  ///< capture of O-RAN fronthaul packets (pcap, pcapng)
  dpdk,  ///< O-RAN fronthaul packets of a DPDK device
  udp,   ///< time-domain IQ in UDP datagrams
};

/// Whether slots arrive as packets (or lie in a capture of them).
constexpr bool is_packets(SourceType type) {
  return type == SourceType::pcap || type == SourceType::dpdk || type == SourceType::udp;
}

/// Number format of a raw recording, little-endian, I first.
enum class RawFormat : std::uint8_t {
  sc16, ///< int16, full scale 1.0
  fc32, ///< float32
};

/// Where the slots of a time-domain recording lie.
enum class Sync : std::uint8_t {
  aligned,   ///< sample 0 is the start of a slot
  automatic, ///< to be found from the DM-RS of the grants ("auto")
};

/// How a SigMF file that departs from the specification is met.
enum class Strictness : std::uint8_t {
  lenient, ///< read what can be read without doubt
  strict,  ///< validate; the SHA-512 of the data is checked where the file states it
};

struct SourceSettings {
  SourceType type = SourceType::sigmf;
  std::string path; ///< of a recording or a capture
  /// Path of the grants (JSON Lines); packets: also "unix:PATH", a socket that a scheduler writes
  /// the same lines to, or empty: packets are counted only.
  std::string grants;
  RawFormat raw_format = RawFormat::sc16;
  Sync sync = Sync::aligned;
  Strictness strictness = Strictness::lenient;
  /// SFN and slot of the slot at sample 0 (aligned), of the first whole slot (automatic) or of the
  /// first slot of a grid. Both or neither.
  std::optional<std::int32_t> first_sfn;
  std::optional<std::int32_t> first_slot;
  PacketSettings packets; ///< of the types pcap, dpdk and udp
};

} // namespace airan
