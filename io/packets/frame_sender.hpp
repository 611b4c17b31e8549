// SPDX-License-Identifier: Apache-2.0
// Sends Ethernet frames on an interface: a packet socket of Linux.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace airan::io {

struct FrameSenderCounters {
  std::int64_t sent = 0;
  std::int64_t refused = 0; ///< not taken by the kernel (too long, interface down, no room)
};

/// Sends at once, in the order given; pacing is the caller's. For one thread.
class FrameSender {
public:
  /// The errors (ErrorKind::file) say that there is no such interface, that the rights are missing,
  /// or that the interface is down.
  static Result<FrameSender> open(const std::string& interface);
  ~FrameSender();
  FrameSender(FrameSender&& o) noexcept;
  FrameSender& operator=(FrameSender&& o) noexcept;

  /// Bytes that a frame may have after its Ethernet header and VLAN tag.
  std::int32_t mtu() const { return mtu_; }
  /// Whole frames without FCS. Waits while the queue of the interface is full, up to 100 ms for a
  /// frame.
  void send(std::span<const std::span<const std::byte>> frames);
  const FrameSenderCounters& counters() const { return counters_; }
  /// Why the first frame was refused; empty when none was.
  const std::string& trouble() const { return trouble_; }

private:
  FrameSender(int socket, std::int32_t mtu, std::string interface);
  void send_batch(std::span<const std::span<const std::byte>> frames);
  /// Whether to try again after this error.
  bool wait_after(int error, std::int32_t n_tries);

  int socket_ = -1;
  std::int32_t mtu_ = 0;
  std::string interface_;
  FrameSenderCounters counters_;
  std::string trouble_;
};

} // namespace airan::io
