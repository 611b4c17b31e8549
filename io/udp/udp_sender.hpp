// SPDX-License-Identifier: Apache-2.0
// Sends datagrams: the socket of the emulated radio unit.
#pragma once

#include "core/result.hpp"
#include "io/udp/datagram_writer.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace airan::io {

struct UdpSenderCounters {
  std::int64_t sent = 0;
  std::int64_t refused = 0; ///< not taken by the kernel (nobody listens, no route, too long)
};

/// Sends at once, in the order given; pacing is the caller's. For one thread.
class UdpSender {
public:
  /// `to` is "host:port" or "[IPv6 address]:port"; receive port p is sent to port + p.
  static Result<std::unique_ptr<UdpSender>> open(const std::string& to, std::int32_t n_ports);
  ~UdpSender();

  /// Waits while the kernel's send buffer is full.
  void send(std::span<const OutgoingDatagram> datagrams);
  UdpSenderCounters counters() const;

private:
  struct State;
  explicit UdpSender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace airan::io
