// SPDX-License-Identifier: Apache-2.0
// What a build without DPDK can open: captures, through libpcap.
#include "io/dpdk/open_input.hpp"
#include "io/pcap/pcap_input.hpp"

#include <utility>

namespace airan::io {

bool has_dpdk() {
  return false;
}

Result<OpenedInput> open_device(const PacketSettings&, const PacketPlan&, PacketAllocator) {
  return configuration_error("source.type dpdk: this program was built without DPDK; install "
                             "libdpdk-dev and build it again (AIRAN_DPDK=ON says what is missing), "
                             "or use a source of type pcap or udp");
}

Result<OpenedInput> open_capture(const std::string& path,
                                 const CaptureFacts&,
                                 const PacketSettings&,
                                 const PacketPlan& plan,
                                 PacketAllocator allocator) {
  return open_through_libpcap(path, plan, "libpcap (built without DPDK)", std::move(allocator));
}

} // namespace airan::io
