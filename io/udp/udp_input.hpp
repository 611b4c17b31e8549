// SPDX-License-Identifier: Apache-2.0
// The sockets that a time-domain stream arrives on: one UDP port per receive port.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace airan::io {

struct UdpInputSettings {
  /// "address:port" of receive port 0, 1, ...; an IPv6 address in brackets, "[::1]:5000". Port 0
  /// lets the system choose.
  std::vector<std::string> listen;
  std::int64_t receive_buffer_bytes = 64 << 20; ///< of each socket
};

/// A view: the bytes belong to the input until the next burst of the same port.
struct ReceivedDatagram {
  std::span<const std::byte> bytes;
  std::int64_t n_lost_before = 0; ///< datagrams that the kernel dropped since the one before
};

/// For one thread.
class UdpInput {
public:
  static constexpr std::int32_t burst_size = 32;

  /// Opens and binds all sockets. Errors say which address is wrong and why.
  static Result<std::unique_ptr<UdpInput>> open(const UdpInputSettings& settings);
  ~UdpInput();

  /// The datagrams that arrived at a receive port since the last call, at most burst_size. Never
  /// waits.
  std::span<const ReceivedDatagram> burst(std::int32_t port);
  /// Who sent the first datagram of the last burst of a port, "address:port".
  std::string sender(std::int32_t port) const;

  std::int32_t n_ports() const;
  /// The UDP port of a receive port.
  std::uint16_t local_port(std::int32_t port) const;
  /// Datagrams that found no room in the receive buffers, as far as later ones told.
  std::int64_t kernel_drops() const;
  /// What is not as it was asked for: sentences for the log.
  const std::vector<std::string>& notes() const;
  /// What could not be received, one sentence; empty when nothing failed.
  const std::string& trouble() const;

private:
  struct State;
  explicit UdpInput(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace airan::io
