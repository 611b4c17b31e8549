// SPDX-License-Identifier: Apache-2.0
// Packets of DPDK's ports: devices, and captures read through net_pcap.
#pragma once

#include "io/dpdk/af_packet_sockets.hpp"
#include "io/dpdk/dpdk_calls.hpp"
#include "io/dpdk/ethdev_port.hpp"
#include "io/packets/packet_input.hpp"
#include "io/pcap/capture_file.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace airan::io::dpdk {

/// What a device receives. Never ends; a packet's time is that of its burst.
class EthdevInput final : public PacketInput {
public:
  EthdevInput(std::unique_ptr<EthdevPort> port, std::uint16_t queue);
  /// Counts what the ring of net_af_packet had no room for.
  void count_drops(AfPacketSockets sockets) { sockets_ = std::move(sockets); }

  std::span<const RxPacket> burst() override;
  void release(std::span<const PacketHandle> packets) override;
  bool has_ended() const override { return false; }
  std::int64_t n_free() const override { return port_->memory().n_free(); }
  DeviceCounters counters() const override;
  std::string trouble() const override { return {}; }
  PortFacts facts() const { return port_->facts(); }

private:
  std::unique_ptr<EthdevPort> port_;
  std::uint16_t queue_ = 0;
  std::array<Frame, max_burst> frames_{};
  std::array<RxPacket, max_burst> packets_{};
  std::int64_t n_too_long_ = 0;
  mutable std::optional<AfPacketSockets> sockets_;
};

/// A capture through net_pcap. The driver cuts times to microseconds, so a second reader goes
/// beside it for the exact ones.
class PcapEthdevInput final : public PacketInput {
public:
  /// The port reads the same file as `times`, which holds `n_packets`.
  PcapEthdevInput(std::unique_ptr<EthdevPort> port, CaptureReader times, std::int64_t n_packets);

  std::span<const RxPacket> burst() override;
  void release(std::span<const PacketHandle> packets) override;
  bool has_ended() const override { return has_ended_; }
  std::int64_t n_free() const override { return port_->memory().n_free(); }
  DeviceCounters counters() const override;
  std::string trouble() const override { return trouble_; }

private:
  /// Gives frames their times, as many as agree with the second reader.
  std::uint16_t take_times(std::uint16_t n_frames);

  std::unique_ptr<EthdevPort> port_;
  CaptureReader times_;
  std::int64_t n_packets_ = 0;
  std::int64_t n_read_ = 0;
  std::array<Frame, max_burst> frames_{};
  std::array<RxPacket, max_burst> packets_{};
  std::string trouble_;
  bool has_ended_ = false;
};

} // namespace airan::io::dpdk
