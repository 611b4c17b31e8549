// SPDX-License-Identifier: Apache-2.0
// Captures, interfaces and sockets.
#include "apps/packet_outlet.hpp"

#include "io/oran/frame_layout.hpp"
#include "io/packets/frame_sender.hpp"
#include "io/pcap/capture_writer.hpp"
#include "io/udp/udp_sender.hpp"
#include "simulation/radio_unit.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

namespace airan::apps {
namespace {

using simulation::OrderedPacket;

std::int64_t bytes_of(std::span<const OrderedPacket> packets) {
  std::int64_t n = 0;
  for (const OrderedPacket& packet : packets)
    n += std::ssize(packet.bytes);
  return n;
}

class CaptureOutlet final : public PacketOutlet {
public:
  explicit CaptureOutlet(io::CaptureWriter writer) : writer_(std::move(writer)) {}
  Result<void> send(std::span<const OrderedPacket> packets) override {
    for (const OrderedPacket& packet : packets)
      if (auto written =
              writer_.append(packet.bytes, simulation::capture_epoch_ns + packet.time_ns);
          !written)
        return written;
    counters_.sent += std::ssize(packets);
    counters_.bytes += bytes_of(packets);
    return {};
  }
  Result<void> finish() override { return writer_.finish(); }
  OutletCounters counters() const override { return counters_; }

private:
  io::CaptureWriter writer_;
  OutletCounters counters_;
};

class DeviceOutlet final : public PacketOutlet {
public:
  explicit DeviceOutlet(io::FrameSender sender) : sender_(std::move(sender)) {}
  Result<void> send(std::span<const OrderedPacket> packets) override {
    frames_.clear();
    for (const OrderedPacket& packet : packets)
      frames_.emplace_back(packet.bytes);
    sender_.send(frames_);
    bytes_ += bytes_of(packets);
    return {};
  }
  Result<void> finish() override { return {}; }
  OutletCounters counters() const override {
    return {sender_.counters().sent, bytes_, sender_.counters().refused};
  }
  std::string trouble() const override { return sender_.trouble(); }

private:
  io::FrameSender sender_;
  std::vector<std::span<const std::byte>> frames_;
  std::int64_t bytes_ = 0;
};

class UdpOutlet final : public PacketOutlet {
public:
  explicit UdpOutlet(std::unique_ptr<io::UdpSender> sender) : sender_(std::move(sender)) {}
  Result<void> send(std::span<const OrderedPacket> packets) override {
    datagrams_.clear();
    for (const OrderedPacket& packet : packets)
      datagrams_.push_back({packet.port, 0, packet.bytes});
    sender_->send(datagrams_);
    bytes_ += bytes_of(packets);
    return {};
  }
  Result<void> finish() override { return {}; }
  OutletCounters counters() const override {
    return {sender_->counters().sent, bytes_, sender_->counters().refused};
  }

private:
  std::unique_ptr<io::UdpSender> sender_;
  std::vector<io::OutgoingDatagram> datagrams_;
  std::int64_t bytes_ = 0;
};

Result<std::unique_ptr<PacketOutlet>> open_device(const std::string& name,
                                                  std::size_t max_frame_bytes) {
  auto sender = io::FrameSender::open(name);
  if (!sender)
    return tl::unexpected(sender.error());
  const std::size_t room = static_cast<std::size_t>(sender->mtu()) +
                           io::oran::layout::ethernet::n_bytes + io::oran::layout::vlan::n_bytes;
  if (max_frame_bytes > room)
    return file_error(fmt::format("frames of {} bytes do not fit the interface {}, whose MTU is "
                                  "{}: lower radio_unit.mtu or raise that of the interface",
                                  max_frame_bytes, name, sender->mtu()));
  return std::make_unique<DeviceOutlet>(std::move(*sender));
}

} // namespace

Result<OutletName> parse_outlet(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, OutletKind>, 3> kinds{
      {{"pcap:", OutletKind::pcap}, {"dev:", OutletKind::device}, {"udp:", OutletKind::udp}}};
  for (const auto& [prefix, kind] : kinds)
    if (text.starts_with(prefix) && text.size() > prefix.size())
      return OutletName{kind, text.substr(prefix.size())};
  return configuration_error(
      fmt::format("--to is '{}'; it must be pcap:FILE, dev:INTERFACE or udp:HOST:PORT", text));
}

Result<std::unique_ptr<PacketOutlet>> open_outlet(const OutletName& name,
                                                  const OutletNeeds& needs) {
  if (name.kind == OutletKind::device)
    return open_device(name.name, needs.max_frame_bytes);
  if (name.kind == OutletKind::udp) {
    auto sender = io::UdpSender::open(name.name, needs.n_ports);
    if (!sender)
      return tl::unexpected(sender.error());
    return std::make_unique<UdpOutlet>(std::move(*sender));
  }
  auto writer = io::CaptureWriter::create(name.name);
  if (!writer)
    return tl::unexpected(writer.error());
  return std::make_unique<CaptureOutlet>(std::move(*writer));
}

} // namespace airan::apps
