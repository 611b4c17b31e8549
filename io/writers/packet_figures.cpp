// SPDX-License-Identifier: Apache-2.0
// Counters of the kinds of packets, by name.
#include "io/writers/packet_figures.hpp"

#include <algorithm>
#include <string_view>

namespace airan::io {
namespace {

void add_counts(const std::vector<NamedCount>& more, std::vector<NamedCount>& sum) {
  for (const NamedCount& count : more) {
    const auto known = std::find_if(sum.begin(), sum.end(),
                                    [&](const NamedCount& c) { return c.first == count.first; });
    if (known == sum.end())
      sum.push_back(count);
    else
      known->second += count.second;
  }
}

/// `names` and `counts` by reason.
template <class Names, class Counts>
std::vector<NamedCount> named(const Names& names, const Counts& counts) {
  std::vector<NamedCount> out;
  for (std::size_t i = 0; i < counts.size(); ++i)
    out.emplace_back(names[i], counts[i]);
  return out;
}

} // namespace

void PacketFigures::add(const PacketFigures& more) {
  received += more.received;
  accepted += more.accepted;
  late += more.late;
  duplicates += more.duplicates;
  sequence_gaps += more.sequence_gaps;
  missing_prbs += more.missing_prbs;
  slots_dropped += more.slots_dropped;
  add_counts(more.dropped, dropped);
  add_counts(more.others, others);
}

PacketFigures packet_figures(const PacketCounters& c, const DeviceCounters& device) {
  PacketFigures f;
  f.received = c.received;
  f.accepted = c.accepted;
  f.dropped = named(drop_reason_names, c.dropped);
  f.late = c.late();
  f.duplicates = c.of(DropReason::duplicate);
  f.sequence_gaps = c.sequence_gaps;
  f.missing_prbs = c.missing_prbs;
  f.slots_dropped = c.slots_dropped;
  f.others = {{"c_plane", c.c_plane},
              {"prach", c.prach},
              {"srs", c.srs},
              {"late_kept", c.late_kept},
              {"early_kept", c.early_kept},
              {"out_of_order", c.out_of_order},
              {"reserved_bits", c.reserved_bits},
              {"device_missed", device.missed},
              {"device_errors", device.errors},
              {"device_no_buffer", device.no_buffer},
              {"device_too_long", device.too_long}};
  return f;
}

PacketFigures packet_figures(const UdpCounters& c) {
  PacketFigures f;
  f.received = c.received;
  f.accepted = c.accepted;
  f.dropped = named(udp_drop_reason_names, c.dropped);
  f.late = c.of(UdpDropReason::late);
  f.duplicates = c.of(UdpDropReason::duplicate);
  f.sequence_gaps = c.sequence_gaps;
  f.slots_dropped = c.slots_dropped;
  f.others = {{"context", c.context},
              {"not_needed", c.not_needed},
              {"out_of_order", c.out_of_order},
              {"sender_gaps", c.sender_gaps},
              {"overranges", c.overranges},
              {"kernel_drops", c.kernel_drops},
              {"missing_samples", c.missing_samples}};
  return f;
}

} // namespace airan::io
