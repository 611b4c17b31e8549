// SPDX-License-Identifier: Apache-2.0
// What the first packet of each eAxC looked like: answers whether the radio unit and the
// configuration agree.
#pragma once

#include "io/oran/drop_reason.hpp"
#include "io/oran/message.hpp"

#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

namespace airan::io {

struct FirstPacket {
  std::optional<std::uint16_t> eaxc; ///< empty: dropped for its addresses, before it was read
  MacAddress source{};
  MacAddress destination{};
  std::optional<std::uint16_t> vlan;
  oran::Plane plane = oran::Plane::user;
  /// What was wrong with it; otherwise the fields below hold.
  std::optional<DropReason> dropped;
  std::int32_t cell = 0; ///< index of the cell among those of the interface
  oran::StreamKind kind = oran::StreamKind::pusch;
  std::int32_t port = 0;
  std::uint8_t frame = 0; ///< SFN mod 256
  std::uint8_t slot = 0;  ///< in the frame
  std::uint8_t symbol = 0;
  IqFormat format; ///< of its first section
  /// Arrival after the start of its symbol on the air, as ta4 sees it; empty where that is not
  /// known.
  std::optional<std::int64_t> offset_ns;
};

/// Keeps the first user-plane packet of each eAxC, and the first ones with a wrong address or VLAN.
class FirstPackets {
public:
  static constexpr std::size_t max_packets = 256;

  FirstPackets() { packets_.reserve(max_packets); }
  /// True for the first packet of its eAxC, or with such an address.
  bool is_new(const oran::Message& message, const std::optional<DropReason>& dropped) const {
    if (packets_.size() >= max_packets)
      return false;
    if (message.eaxc)
      return message.plane == oran::Plane::user && !seen_[*message.eaxc];
    return (dropped == DropReason::wrong_mac && !has_wrong_mac_) ||
           (dropped == DropReason::wrong_vlan && !has_wrong_vlan_);
  }
  void add(const oran::Message& message,
           const std::optional<DropReason>& dropped,
           std::optional<std::int64_t> offset_ns) {
    if (message.eaxc)
      seen_[*message.eaxc] = true;
    has_wrong_mac_ = has_wrong_mac_ || dropped == DropReason::wrong_mac;
    has_wrong_vlan_ = has_wrong_vlan_ || dropped == DropReason::wrong_vlan;
    const IqFormat format = message.n_sections > 0 ? message.section_storage[0].format : IqFormat{};
    packets_.push_back({message.eaxc, message.source, message.destination, message.vlan,
                        message.plane, dropped, message.cell, message.kind, message.port,
                        message.frame, message.slot, message.symbol, format, offset_ns});
  }
  const std::vector<FirstPacket>& packets() const { return packets_; }

private:
  std::bitset<65536> seen_;
  bool has_wrong_mac_ = false;
  bool has_wrong_vlan_ = false;
  std::vector<FirstPacket> packets_;
};

} // namespace airan::io
