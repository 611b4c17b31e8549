// SPDX-License-Identifier: Apache-2.0
// Opening what packets come from. Builds without DPDK have these functions too.
#pragma once

#include "core/packet_settings.hpp"
#include "core/result.hpp"
#include "io/packets/fact.hpp"
#include "io/packets/packet_allocator.hpp"
#include "io/packets/packet_input.hpp"
#include "io/packets/packet_plan.hpp"
#include "io/pcap/capture_file.hpp"

#include <memory>
#include <string>
#include <vector>

namespace airan::io {

struct OpenedInput {
  std::unique_ptr<PacketInput> input; ///< used, and destroyed, after all its packets are released
  std::vector<Fact> facts;            ///< what was found: reader, driver, MTU, ...
};

/// Whether devices can be opened in this build.
bool has_dpdk();

/// A device (source.type dpdk), receive queue settings.queue, as planned by plan_interface(). The
/// time of a packet is when its burst was read (CLOCK_REALTIME). Without DPDK an error that says
/// so.
Result<OpenedInput> open_device(const PacketSettings& settings,
                                const PacketPlan& plan,
                                PacketAllocator allocator = page_allocator());

/// A capture (source.type pcap) that was examined, as planned by plan_capture(). It goes through
/// DPDK's net_pcap and rte_eth_rx_burst; where that cannot be had, through libpcap, and the facts
/// say why. Either way packets have the times of the capture, and none is lost: a burst ends where
/// there is no free buffer.
Result<OpenedInput> open_capture(const std::string& path,
                                 const CaptureFacts& facts,
                                 const PacketSettings& settings,
                                 const PacketPlan& plan,
                                 PacketAllocator allocator = page_allocator());

/// The same through libpcap alone; `reader` is what the facts call it.
Result<OpenedInput> open_through_libpcap(const std::string& path,
                                         const PacketPlan& plan,
                                         std::string reader,
                                         PacketAllocator allocator = page_allocator());

} // namespace airan::io
