// SPDX-License-Identifier: Apache-2.0
// From bursts of DPDK to packets of airan.
#include "io/dpdk/ethdev_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace airan::io::dpdk {
namespace {

std::int64_t time_now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void free_all(std::span<const PacketHandle> packets) {
  free_packets(packets.data(), static_cast<std::uint32_t>(packets.size()));
}

DeviceCounters counters_of(std::uint16_t port) {
  const PortCounters c = read_counters(port);
  return {.missed = static_cast<std::int64_t>(c.missed),
          .errors = static_cast<std::int64_t>(c.errors),
          .no_buffer = static_cast<std::int64_t>(c.no_buffer)};
}

RxPacket to_packet(const Frame& frame, std::int64_t time_ns) {
  return {.bytes = {frame.bytes, frame.n_bytes}, .time_ns = time_ns, .handle = frame.packet};
}

} // namespace

EthdevInput::EthdevInput(std::unique_ptr<EthdevPort> port, std::uint16_t queue)
    : port_(std::move(port)), queue_(queue) {}

std::span<const RxPacket> EthdevInput::burst() {
  const Received received =
      receive(port_->number(), queue_, frames_.data(), static_cast<std::uint16_t>(max_burst));
  n_too_long_ += received.n_too_long;
  if (received.n_frames == 0)
    return {};
  const std::int64_t now = time_now_ns();
  for (std::uint16_t i = 0; i < received.n_frames; ++i)
    packets_[i] = to_packet(frames_[i], now);
  return {packets_.data(), received.n_frames};
}

void EthdevInput::release(std::span<const PacketHandle> packets) {
  free_all(packets);
}

DeviceCounters EthdevInput::counters() const {
  DeviceCounters counters = counters_of(port_->number());
  counters.too_long = n_too_long_;
  if (sockets_)
    counters.missed += sockets_->read_drops();
  return counters;
}

PcapEthdevInput::PcapEthdevInput(std::unique_ptr<EthdevPort> port,
                                 CaptureReader times,
                                 std::int64_t n_packets)
    : port_(std::move(port)), times_(std::move(times)), n_packets_(n_packets) {}

std::span<const RxPacket> PcapEthdevInput::burst() {
  // net_pcap reads a packet before it looks for a buffer, and loses it when there is none.
  const auto most = static_cast<std::uint16_t>(
      std::min<std::int64_t>(static_cast<std::int64_t>(max_burst), n_free()));
  if (has_ended_ || most == 0)
    return {};
  const Received received = receive(port_->number(), 0, frames_.data(), most);
  if (received.was_empty) { // net_pcap has no other sign of the end
    has_ended_ = true;
    trouble_ = fmt::format("the capture ended after {} of its {} packets: it was changed while it "
                           "was read",
                           n_read_, n_packets_);
    return {};
  }
  const std::uint16_t n = take_times(received.n_frames);
  for (std::uint16_t i = n; i < received.n_frames; ++i)
    free_packets(&frames_[i].packet, 1);
  has_ended_ = has_ended_ || n_read_ == n_packets_;
  return {packets_.data(), n};
}

std::uint16_t PcapEthdevInput::take_times(std::uint16_t n_frames) {
  for (std::uint16_t i = 0; i < n_frames; ++i) {
    const auto record = times_.next();
    if (record && *record && (*record)->bytes.size() == frames_[i].n_bytes) {
      packets_[i] = to_packet(frames_[i], (*record)->time_ns);
      ++n_read_;
      continue;
    }
    has_ended_ = true;
    trouble_ = !record ? record.error().message
                       : fmt::format("internal error: packet {} of the capture has {} bytes for "
                                     "DPDK and {} for libpcap",
                                     n_read_ + 1, frames_[i].n_bytes,
                                     *record ? (*record)->bytes.size() : 0);
    return i;
  }
  return n_frames;
}

void PcapEthdevInput::release(std::span<const PacketHandle> packets) {
  free_all(packets);
}

DeviceCounters PcapEthdevInput::counters() const {
  return counters_of(port_->number());
}

} // namespace airan::io::dpdk
