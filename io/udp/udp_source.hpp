// SPDX-License-Identifier: Apache-2.0
// The packet thread of a cell whose time-domain IQ arrives in UDP datagrams: datagrams in, closed
// slots out.
#pragma once

#include "core/cell_settings.hpp"
#include "core/result.hpp"
#include "core/source_settings.hpp"
#include "io/packets/slot_exchange.hpp"
#include "io/udp/datagram.hpp"
#include "io/udp/sample_assembler.hpp"
#include "io/udp/udp_counters.hpp"
#include "io/udp/udp_input.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace airan::io {

struct UdpSourceSettings {
  UdpInputSettings input;
  DatagramRules rules;
  SampleAssemblerSettings assembler;
  std::int32_t queue_slots = 4; ///< closed slots that may wait for the receiver
  Pace pace = Pace::real_time;
  std::optional<std::int32_t> core; ///< of the packet thread; empty: any
};

/// Sizes and rules from the configuration. `n_announced` is what the SlotExchange was made for; it
/// needs `assembler.n_buffers` of the result as its n_buffers. `first_count` is SlotId::count of
/// source.first_sfn and first_slot, where they are given.
UdpSourceSettings plan_udp_source(const SourceSettings& source,
                                  const CellSettings& cell,
                                  std::int32_t n_announced,
                                  std::optional<std::int64_t> first_count);

/// What the first datagram of a port looked like: answers whether sender and configuration agree.
struct FirstDatagram {
  std::int32_t port = 0; ///< receive port
  std::string sender;    ///< "address:port"
  std::int64_t n_bytes = 0;
  std::optional<UdpDropReason> dropped; ///< what was wrong with it; otherwise:
  std::int64_t n_samples = 0;
  std::optional<std::uint64_t> position; ///< its timestamp in samples
};

/// Reads the sockets on a thread of its own. What follows from a datagram, in order: burst ->
/// parse_datagram -> SampleAssembler::accept -> SlotExchange::close.
///
/// With Pace::real_time slots are given up, oldest first, when more than queue_slots wait; with
/// as_fast_as_possible reading stops then, and what the sender goes on sending is lost in the
/// kernel as soon as the receive buffer is full: UDP cannot make a sender wait.
class UdpSource {
public:
  /// Opens the sockets. `slots` outlives the source; null: nothing is granted, datagrams are
  /// counted only.
  static Result<std::unique_ptr<UdpSource>> open(const UdpSourceSettings& settings,
                                                 SlotExchange* slots);
  /// Stops the thread.
  ~UdpSource();

  void start();
  /// Asks the thread to end: what is open is closed, nothing more is read.
  void stop();
  /// The announcements have ended and every announced slot is closed, or stop().
  bool has_ended() const;

  /// A copy, at most some milliseconds old; final after has_ended().
  UdpCounters counters() const;
  /// At most one per port, in the order of arrival.
  std::vector<FirstDatagram> first_datagrams() const;
  /// What could not be received, one sentence, or empty. After has_ended().
  std::string trouble() const;
  /// What is not as it was asked for (receive buffers): sentences for the log.
  const std::vector<std::string>& notes() const;
  /// The UDP port of a receive port.
  std::uint16_t local_port(std::int32_t port) const;

private:
  class Loop;
  explicit UdpSource(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

} // namespace airan::io
