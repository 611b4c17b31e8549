// SPDX-License-Identifier: Apache-2.0
// Captures without DPDK's reader, in every build.
#include "io/dpdk/open_input.hpp"
#include "io/pcap/pcap_input.hpp"

#include <utility>

namespace airan::io {

Result<OpenedInput> open_through_libpcap(const std::string& path,
                                         const PacketPlan& plan,
                                         std::string reader,
                                         PacketAllocator allocator) {
  auto input = PcapInput::open(path, {.n_buffers = plan.n_packets, .frame_bytes = plan.frame_bytes},
                               std::move(allocator));
  if (!input)
    return tl::unexpected(input.error());
  return OpenedInput{.input = std::make_unique<PcapInput>(std::move(*input)),
                     .facts = {{"reader", std::move(reader)}}};
}

} // namespace airan::io
