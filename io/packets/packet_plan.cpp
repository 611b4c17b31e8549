// SPDX-License-Identifier: Apache-2.0
// Computing packet memory.
#include "io/packets/packet_plan.hpp"

#include "core/assert.hpp"
#include "io/packets/device_name.hpp"
#include "io/packets/packet_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace airan::io {
namespace {

constexpr std::int32_t page_bytes = 4096;
constexpr std::int32_t ethernet_header_bytes = 14;
constexpr std::int32_t vlan_tag_bytes = 4;
constexpr std::int32_t longest_fronthaul_mtu =
    longest_fronthaul_frame - ethernet_header_bytes - vlan_tag_bytes;
constexpr std::int32_t oran_header_bytes = 8 + 4 + 6 + 2; ///< eCPRI with ids, O-RAN, a section
constexpr std::int32_t work_slots = 3; ///< one received, one closed, one about to be closed
constexpr std::size_t most_bytes = std::size_t{16} << 30;

template <class T>
T round_up(T value, T unit) {
  return (value + unit - 1) / unit * unit;
}

/// What carries the most bytes wins where packets say for themselves how they are compressed.
std::int32_t most_prb_bytes(const PacketSettings& packets) {
  constexpr std::int32_t bits_per_component_to_bytes = 3; // 24 components of a PRB
  const CompressionSettings& c = packets.compression;
  if (c.header == CompressionHeader::dynamic)
    return 1 + 16 * bits_per_component_to_bytes;
  return c.width * bits_per_component_to_bytes + (c.method == CompressionMethod::bfp ? 1 : 0);
}

std::int32_t n_cells_prbs(const CellSettings& cell) {
  return cell.rx_ports * cell.n_symbols() * cell.n_prb;
}

/// Packets of a slot: what a radio unit sends that fills its frames, and `spare` more for each port
/// and symbol, for units that do not or that send PRBs in uneven pieces.
std::int32_t expected_slot_packets(const PlannedCell& p, std::int32_t mtu, std::int32_t spare) {
  const std::int32_t per_frame = std::max(1, (mtu - oran_header_bytes) / most_prb_bytes(p.packets));
  const std::int32_t fragments = (p.cell.n_prb + per_frame - 1) / per_frame + spare;
  return p.cell.rx_ports * p.cell.n_symbols() * std::min(fragments, p.cell.n_prb);
}

double slot_ms(const CellSettings& cell) {
  return static_cast<double>(slot_ns(cell.numerology)) / 1e6;
}

/// Slots that wait when the receiver stalls; where the input waits for the receiver, none must.
std::int32_t n_slot_buffers(const PlannedCell& p, Pace pace) {
  const double queued = pace == Pace::real_time ? p.packets.queue_ms / slot_ms(p.cell) : 1;
  return p.packets.window_slots + static_cast<std::int32_t>(std::ceil(queued)) + work_slots;
}

CellPlan plan_cell(const PlannedCell& p, std::int32_t slot_packets, Pace pace) {
  // A packet that a slot keeps brings at least one new PRB; few radio units send so little.
  const std::int32_t most = n_cells_prbs(p.cell);
  return {.slot_packets = slot_packets,
          .n_buffers = n_slot_buffers(p, pace),
          .max_packets_per_slot = std::min(most, std::max(1024, 4 * slot_packets)),
          .max_runs_per_slot = std::min(most, std::max(4096, 8 * slot_packets))};
}

Result<PacketPlan> check_size(PacketPlan plan, double n_packets) {
  // As double: what is absurd does not fit an integer.
  const double bytes = n_packets * plan.frame_bytes;
  if (bytes > static_cast<double>(most_bytes))
    return configuration_error(fmt::format(
        "packets would need {:.0f} GB of memory ({:.0f} buffers of {} bytes), more than "
        "{:.0f} GB: lower source.queue_ms or source.window_slots",
        bytes / 1e9, n_packets, plan.frame_bytes, static_cast<double>(most_bytes) / 1e9));
  plan.n_packets = static_cast<std::int32_t>(n_packets);
  return plan;
}

/// Packets of a slot that a device is about to deliver, a burst in work and one in the driver.
constexpr double extra_packets = 8 * static_cast<double>(max_burst);

} // namespace

Result<PacketPlan> plan_capture(std::span<const PlannedCell> cells, const CaptureFacts& facts) {
  AIRAN_ASSERT(!cells.empty(), "a plan without cells");
  PacketPlan plan;
  plan.frame_bytes = std::min(facts.longest_frame, longest_fronthaul_frame);
  double kept = 0;
  for (const PlannedCell& p : cells) {
    const std::int32_t most = n_cells_prbs(p.cell);
    const auto slot_packets =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(facts.max_slot_packets, 1, most));
    plan.cells.push_back(
        plan_cell(p, slot_packets, p.packets.pace.value_or(Pace::as_fast_as_possible)));
    CellPlan& cell = plan.cells.back();
    cell.max_packets_per_slot = slot_packets; // no slot of this file has more
    // Packets of different slots of the file: never more than it holds.
    kept += std::min(static_cast<double>(cell.slot_packets) * cell.n_buffers,
                     static_cast<double>(facts.n_packets));
  }
  return check_size(plan, kept + extra_packets);
}

Result<PacketPlan> plan_device(std::span<const PlannedCell> cells, std::int32_t mtu) {
  AIRAN_ASSERT(!cells.empty(), "a plan without cells");
  mtu = std::min(mtu, longest_fronthaul_mtu); // the loopback interface has 65,536
  PacketPlan plan;
  plan.mtu = mtu;
  plan.n_descriptors = 4096;
  plan.frame_bytes = ethernet_header_bytes + vlan_tag_bytes + mtu;
  double kept = 0;
  for (const PlannedCell& p : cells) {
    plan.cells.push_back(
        plan_cell(p, expected_slot_packets(p, mtu, 1), p.packets.pace.value_or(Pace::real_time)));
    kept += static_cast<double>(plan.cells.back().slot_packets) * plan.cells.back().n_buffers;
  }
  return check_size(plan, kept + extra_packets + plan.n_descriptors);
}

namespace {

/// The kernel puts 32 bytes of header and 52 of address before a frame (TPACKET_V2), and the driver
/// reads frames at fixed distances: a frame size that does not divide the block silences it.
AfPacketRing smallest_ring_frame(std::int32_t mtu) {
  constexpr std::int32_t header_bytes = 84, alignment = 16, most_pages = 16;
  const std::int32_t least = round_up(mtu + header_bytes, alignment);
  AfPacketRing best;
  double best_cost = 0;
  for (std::int32_t pages = 1; pages <= std::max(most_pages, least / page_bytes + 1); ++pages) {
    const std::int32_t block = pages * page_bytes;
    for (std::int32_t n = block / least; n >= 1; --n) {
      if (block % n != 0 || block / n % alignment != 0)
        continue;
      // The kernel takes a power of two of pages for a block.
      const double cost = std::bit_ceil(static_cast<std::uint32_t>(pages)) * 4096.0 / n;
      if (best.block_bytes == 0 || cost < best_cost) {
        best_cost = cost;
        best.frame_bytes = block / n;
        best.block_bytes = block;
      }
      break; // fewer frames in the same block cost more
    }
  }
  return best;
}

} // namespace

Result<PacketPlan> plan_af_packet(std::span<const PlannedCell> cells,
                                  std::int32_t mtu,
                                  std::optional<std::size_t> lockable) {
  mtu = std::min(mtu, longest_fronthaul_mtu);
  auto plan = plan_device(cells, mtu);
  if (!plan)
    return plan;
  double packets_per_ms = 0, queue_ms = 0;
  for (const PlannedCell& p : cells) {
    packets_per_ms += expected_slot_packets(p, mtu, 0) / slot_ms(p.cell);
    queue_ms = std::max(queue_ms, p.packets.queue_ms);
  }
  AfPacketRing ring = smallest_ring_frame(mtu);
  const std::int32_t per_block = ring.block_bytes / ring.frame_bytes;
  constexpr double least_frames = 2048; // stray traffic, and stalls of the system
  double n_frames = std::max(least_frames, packets_per_ms * queue_ms);
  if (lockable) // the driver maps the ring twice: once to receive, once to send
    n_frames = std::min(n_frames, static_cast<double>(*lockable) / 2.0 / ring.frame_bytes);
  constexpr double most_ring_bytes = 1 << 30; // it is the kernel's memory
  n_frames = std::min(n_frames, most_ring_bytes / ring.frame_bytes);
  ring.n_frames = static_cast<std::int32_t>(n_frames) / per_block * per_block;
  ring.covers_ms = ring.n_frames / packets_per_ms;
  constexpr double least_covered_ms = 5;
  if (lockable &&
      (ring.n_frames < per_block || ring.covers_ms < std::min(least_covered_ms, queue_ms)))
    return configuration_error(fmt::format(
        "the ring of packets may take only {} kB of locked memory, which covers {:.1f} ms of "
        "traffic: raise the limit (ulimit -l) or give the program the right CAP_IPC_LOCK",
        *lockable / 1000, ring.covers_ms));
  // The driver copies whole ring frames.
  plan->frame_bytes = std::max(plan->frame_bytes, ring.frame_bytes);
  plan->ring = ring;
  return check_size(*plan, plan->n_packets);
}

Result<PacketPlan> plan_interface(std::span<const PlannedCell> cells, const std::string& device) {
  const auto name = parse_device_name(device);
  if (!name)
    return tl::unexpected(name.error());
  if (!name->is_af_packet())
    return plan_device(cells, jumbo_mtu);
  const auto mtu = find_interface_mtu(*name->argument("iface"));
  if (!mtu)
    return tl::unexpected(mtu.error());
  auto plan = plan_af_packet(cells, *mtu, lockable_bytes());
  if (plan)
    return plan;
  // Who may not receive at all need not hear about the size of a ring.
  const auto allowed = check_packet_socket_rights(*name->argument("iface"));
  return allowed ? plan : tl::unexpected(allowed.error());
}

std::size_t PacketPlan::packet_bytes() const {
  return static_cast<std::size_t>(n_packets) * static_cast<std::size_t>(frame_bytes);
}
std::size_t PacketPlan::total_bytes() const {
  return packet_bytes() + (ring ? 2 * ring->bytes() : 0);
}

std::vector<Fact> PacketPlan::describe() const {
  const auto megabytes = [](std::size_t n) {
    return fmt::format("{:.1f} MB", static_cast<double>(n) / 1e6);
  };
  std::vector<Fact> facts;
  if (mtu != 0)
    facts.push_back({"MTU", fmt::format("{} bytes", mtu)});
  facts.push_back({"longest frame", fmt::format("{} bytes", frame_bytes)});
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string prefix = cells.size() > 1 ? fmt::format("cell {}: ", i + 1) : "";
    facts.push_back({prefix + "packets per slot", fmt::format("up to {}", cells[i].slot_packets)});
    facts.push_back({prefix + "slot buffers", fmt::format("{}", cells[i].n_buffers)});
  }
  facts.push_back({"packet buffers", fmt::format("{} of {} bytes, {}", n_packets, frame_bytes,
                                                 megabytes(packet_bytes()))});
  if (ring)
    facts.push_back(
        {"af_packet ring", fmt::format("blocksz={},framesz={},framecnt={} (twice {}, {:.0f} ms of "
                                       "packets)",
                                       ring->block_bytes, ring->frame_bytes, ring->n_frames,
                                       megabytes(ring->bytes()), ring->covers_ms)});
  return facts;
}

} // namespace airan::io
