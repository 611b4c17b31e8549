// SPDX-License-Identifier: Apache-2.0
// Where an emulated radio unit's packets go.
#pragma once

#include "core/result.hpp"
#include "simulation/packet_order.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace airan::apps {

struct OutletCounters {
  std::int64_t sent = 0;
  std::int64_t bytes = 0;   ///< of all packets that were given
  std::int64_t refused = 0; ///< not taken by the kernel
};

class PacketOutlet {
public:
  virtual ~PacketOutlet() = default;
  virtual Result<void> send(std::span<const simulation::OrderedPacket> packets) = 0;
  virtual Result<void> finish() = 0;
  virtual OutletCounters counters() const = 0;
  /// Why the first packet was refused; empty when none was, or nobody knows.
  virtual std::string trouble() const { return {}; }
};

enum class OutletKind : std::uint8_t { pcap, device, udp };

/// What --to names: pcap:FILE, dev:IFACE or udp:HOST:PORT.
struct OutletName {
  OutletKind kind = OutletKind::pcap;
  std::string name; ///< without the kind
};
Result<OutletName> parse_outlet(const std::string& text);

struct OutletNeeds {
  std::int32_t n_ports = 1;        ///< udp
  std::size_t max_frame_bytes = 0; ///< dev
};
Result<std::unique_ptr<PacketOutlet>> open_outlet(const OutletName& name, const OutletNeeds& needs);

} // namespace airan::apps
