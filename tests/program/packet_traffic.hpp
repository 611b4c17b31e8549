// SPDX-License-Identifier: Apache-2.0
// Slots of two users as fronthaul packets in memory, what is done to them on the way, and what the
// packet thread and the receiver make of them.
#pragma once

#include "io/oran/parse_frame.hpp"
#include "io/packets/packet_source.hpp"
#include "io/pcap/capture_writer.hpp"
#include "phy/check_grants.hpp"
#include "phy/receiver.hpp"
#include "simulation/packet_list.hpp"
#include "simulation/radio_unit.hpp"
#include "simulation/slot_transmitter.hpp"
#include "tests/program/made_grid.hpp"
#include "tests/support/memory_input.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace airan::tests {

/// A cell of 24 PRBs, two ports and two users of 12 PRBs each, and its radio unit, whose packets
/// hold six PRBs: no packet holds IQ of both users.
struct TrafficCell {
  std::int32_t id = 1;
  std::int32_t first_eaxc = 4;
  std::vector<std::int64_t> counts; ///< slots (SlotId::count), ascending

  static constexpr std::int32_t n_ports = 2;
  static constexpr std::int32_t n_users = 2;
  static constexpr std::int32_t prb_per_user = 12;
  static constexpr std::int32_t prb_per_packet = 6;
  static constexpr std::int32_t packets_of_user = 14 * n_ports * prb_per_user / prb_per_packet;
  static constexpr std::int32_t packets_of_slot = n_users * packets_of_user;

  CellSettings cell() const {
    CellSettings c;
    c.id = id;
    c.n_prb = n_users * prb_per_user;
    c.rx_ports = n_ports;
    return c;
  }
};

/// A packet on its way. What it was when it was sent, and its bytes as they are now.
struct TrafficPacket {
  io::FrameInMemory frame;
  std::int32_t cell = 0; ///< index
  std::int64_t count = 0;
  std::int32_t user = 0; ///< whose PRBs it holds
  std::int32_t port = 0;
  bool is_intact = true; ///< its bytes are what was sent
};
using Packets = std::vector<TrafficPacket>;

/// What was sent of a cell, slot by slot.
struct SentSlot {
  std::int64_t count = 0;
  SlotGrants line;                                ///< of a grants file
  std::vector<CheckedGrant> grants;               ///< [user]
  std::vector<std::vector<std::uint8_t>> payload; ///< [user]
};

/// What came out of a grant.
struct ReceivedBlock {
  bool has_data = false;
  bool crc_ok = false;
  bool is_right = false; ///< the payload is the one that was sent
};

struct TrafficResult {
  io::PacketCounters counters;
  /// [cell, slot count, user]
  std::map<std::tuple<std::int32_t, std::int64_t, std::int32_t>, ReceivedBlock> blocks;
  std::int64_t n_unreleased = 0; ///< packets that never came back to the input

  std::int64_t n_right() const {
    return std::count_if(blocks.begin(), blocks.end(),
                         [](const auto& b) { return b.second.is_right; });
  }
  std::int64_t n_wrong() const { ///< with a CRC that holds, and another payload
    return std::count_if(blocks.begin(), blocks.end(),
                         [](const auto& b) { return b.second.crc_ok && !b.second.is_right; });
  }
};

/// Sends, lets a test spoil the packets, receives.
class Traffic {
public:
  static constexpr std::int32_t vlan = 6;

  explicit Traffic(std::vector<TrafficCell> cells) : cells_(std::move(cells)) {
    for (std::size_t c = 0; c < cells_.size(); ++c)
      send(static_cast<std::int32_t>(c));
    sort(packets);
  }
  explicit Traffic(const std::vector<std::int64_t>& counts)
      : Traffic({TrafficCell{1, 4, counts}}) {}

  /// In order of time; packets of equal time stay in their order.
  static void sort(Packets& list) {
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
      return a.frame.time_ns < b.frame.time_ns;
    });
  }

  /// Blocks of which every packet is in the list, intact.
  std::set<std::tuple<std::int32_t, std::int64_t, std::int32_t>> whole_blocks() const {
    std::map<std::tuple<std::int32_t, std::int64_t, std::int32_t>, std::set<std::string>> arrived;
    for (const TrafficPacket& p : packets)
      if (p.is_intact) {
        const char* bytes = reinterpret_cast<const char*>(p.frame.bytes.data());
        arrived[{p.cell, p.count, p.user}].emplace(bytes, p.frame.bytes.size());
      }
    std::set<std::tuple<std::int32_t, std::int64_t, std::int32_t>> whole;
    for (const auto& [block, different] : arrived)
      if (different.size() == TrafficCell::packets_of_user)
        whole.insert(block);
    return whole;
  }

  /// Receives the packets as they are now. `adapt` may change how a cell's packets are read.
  TrafficResult receive(const std::function<void(io::PacketCell&)>& adapt = {});

  /// Writes the packets as they are now to traffic.pcap, the grants of each cell, and run.yaml.
  void write(const RunFolder& folder) const;

  Packets packets;

private:
  struct ReceivingCell {
    CellSettings settings;
    std::unique_ptr<io::SlotExchange> slots;
    std::unique_ptr<Receiver> receiver;
    std::size_t n_taken = 0;
  };

  void send(std::int32_t cell_index);
  io::PacketCell packet_cell(std::size_t c, io::SlotExchange& slots) const;
  ReceivingCell receiving_cell(std::size_t c) const;
  void receive_slot(std::size_t c,
                    ReceivingCell& cell,
                    const io::ClosedSlot& closed,
                    TrafficResult& result) const;

  std::vector<TrafficCell> cells_;
  std::vector<std::vector<SentSlot>> sent_; ///< [cell]
};

inline void Traffic::send(std::int32_t cell_index) {
  const TrafficCell& traffic = cells_[static_cast<std::size_t>(cell_index)];
  const CellSettings cell = traffic.cell();
  config::RadioUnit settings;
  settings.eaxc = {traffic.first_eaxc, traffic.first_eaxc + 1};
  settings.vlan = vlan;
  settings.max_prb_per_section = TrafficCell::prb_per_packet;
  auto unit = simulation::RadioUnit::make(cell, settings);
  ASSERT_TRUE(unit) << unit.error().message;
  unit->set_gain(0.1F); // QPSK of two antennas and noise: 20 dB below full scale
  simulation::SlotTransmitter transmitter(cell, 7 + static_cast<std::uint64_t>(cell_index));
  std::mt19937 random(11);
  std::normal_distribution<float> noise(0.0F, 0.02F); // -31 dB per RE
  HostTensor<cf32, 3> layer({1, cell.n_symbols(), cell.n_subcarriers()});
  HostTensor<cf32, 3> grid({cell.rx_ports, cell.n_symbols(), cell.n_subcarriers()});
  simulation::PacketList list;
  std::vector<SentSlot> slots;
  for (const std::int64_t count : traffic.counts) {
    const SlotId id = slot_id_at(traffic.id, count, cell.numerology);
    SlotGrants grants = made_slot(id.sfn, id.slot, {made_grant(17, 0), made_grant(18, 12)});
    auto users = transmitter.prepare(grants, {});
    ASSERT_TRUE(users) << users.error().message;
    std::fill_n(layer.data(), layer.size(), cf32{});
    SentSlot slot;
    slot.count = count;
    slot.line = grants;
    for (const simulation::SlotUser& user : *users) {
      simulation::transmit_user(user, layer.view());
      slot.grants.push_back(user.grant);
      slot.payload.push_back(user.payload);
    }
    for (std::int64_t i = 0; i < grid.size(); ++i)
      grid.data()[i] = layer.data()[i % layer.size()] + cf32{noise(random), noise(random)};
    unit->send(id, simulation::granted_symbols(grants), grid.view(), list);
    slots.push_back(std::move(slot));
  }
  // What is in a packet, as its builder meant it: fragments of a symbol and port follow each other.
  io::oran::FrameRules rules;
  for (std::int32_t port = 0; port < TrafficCell::n_ports; ++port) {
    io::oran::StreamRules stream;
    stream.port = port;
    stream.ru_prb = cell.n_prb;
    rules.add(static_cast<std::uint16_t>(traffic.first_eaxc + port), stream);
  }
  auto message = std::make_unique<io::oran::Message>();
  for (const simulation::ListedPacket& p : list.packets()) {
    const auto bytes = list.bytes_of(p);
    ASSERT_FALSE(io::oran::parse_frame(bytes, rules, *message));
    packets.push_back({{{bytes.begin(), bytes.end()}, simulation::capture_epoch_ns + p.time_ns},
                       cell_index,
                       p.slot,
                       message->sections().front().first_prb / TrafficCell::prb_per_user,
                       message->port,
                       true});
  }
  sent_.push_back(std::move(slots));
}

inline void Traffic::write(const RunFolder& folder) const {
  std::string text = "cells:\n";
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    const TrafficCell& traffic = cells_[c];
    const std::string grants = "cell" + std::to_string(traffic.id) + ".grants.jsonl";
    std::vector<SlotGrants> lines;
    for (const SentSlot& slot : sent_[c])
      lines.push_back(slot.line);
    folder.write(grants, grants_text(lines));
    text +=
        "  - {id: " + std::to_string(traffic.id) +
        ", numerology: 1, n_prb: 24, rx_ports: 2,\n     source: {type: pcap, path: traffic.pcap, "
        "vlan: 6, eaxc: [" +
        std::to_string(traffic.first_eaxc) + ", " + std::to_string(traffic.first_eaxc + 1) +
        "], grants: " + grants + "}}\n";
  }
  folder.write("run.yaml", text + "output: {directory: out}\n");
  auto capture = io::CaptureWriter::create(folder.at("traffic.pcap"));
  ASSERT_TRUE(capture) << capture.error().message;
  for (const TrafficPacket& p : packets)
    ASSERT_TRUE(capture->append(p.frame.bytes, p.frame.time_ns));
  ASSERT_TRUE(capture->finish());
}

inline io::PacketCell Traffic::packet_cell(std::size_t c, io::SlotExchange& slots) const {
  const TrafficCell& traffic = cells_[c];
  io::PacketCell out;
  out.cell = traffic.cell();
  out.packets.eaxc = {traffic.first_eaxc, traffic.first_eaxc + 1};
  out.packets.vlan = VlanId{vlan};
  out.assembler.cell = out.cell;
  out.assembler.n_buffers = 10;
  out.slots = &slots;
  auto first = std::make_shared<io::FirstSlots>(out.cell.numerology);
  for (const std::int64_t count : traffic.counts)
    first->note(count);
  out.first_slots = first;
  return out;
}

inline Traffic::ReceivingCell Traffic::receiving_cell(std::size_t c) const {
  ReceivingCell out;
  out.settings = cells_[c].cell();
  out.slots = std::make_unique<io::SlotExchange>(io::SlotAssembler::max_announced, 10);
  for (const std::int64_t count : cells_[c].counts)
    EXPECT_TRUE(out.slots->announce({count, 0x3FFF}));
  out.slots->end_announcements();
  PlanLimits limits;
  limits.n_ports = TrafficCell::n_ports;
  limits.n_prb = out.settings.n_prb;
  limits.n_grants = TrafficCell::n_users;
  limits.n_layers_per_group = 1;
  auto plan = make_receiver_plan(limits, {});
  EXPECT_TRUE(plan) << plan.error().message;
  ReceiverSettings settings;
  settings.user_state = {TrafficCell::n_users, std::size_t{1} << 20};
  out.receiver = std::make_unique<Receiver>(*std::move(plan), settings);
  return out;
}

inline void Traffic::receive_slot(std::size_t c,
                                  ReceivingCell& cell,
                                  const io::ClosedSlot& closed,
                                  TrafficResult& result) const {
  const SentSlot& sent = sent_[c].at(cell.n_taken++);
  ASSERT_EQ(closed.count, sent.count) << "slots are closed in the order of their grants";
  SlotIq nothing;
  nothing.id = slot_id_at(cell.settings.id, closed.count, cell.settings.numerology);
  nothing.iq = FrequencyDomainIq{};
  const SlotInput input{closed.iq != nullptr ? closed.iq : &nothing, &cell.settings, sent.grants,
                        0.0};
  const auto outputs = cell.receiver->receive({&input, 1}, Detail::results_only);
  for (const TransportBlock& tb : outputs.front().report.transport_blocks) {
    const auto user = static_cast<std::size_t>(tb.grant);
    ReceivedBlock& block = result.blocks[{static_cast<std::int32_t>(c), sent.count, tb.grant}];
    block.has_data = tb.has_data;
    block.crc_ok = tb.crc_ok;
    block.is_right = tb.crc_ok && std::equal(tb.payload.begin(), tb.payload.end(),
                                             sent.payload[user].begin(), sent.payload[user].end());
  }
  if (closed.iq != nullptr)
    cell.slots->give_back(closed.iq);
}

inline TrafficResult Traffic::receive(const std::function<void(io::PacketCell&)>& adapt) {
  TrafficResult result;
  std::vector<ReceivingCell> cells;
  std::vector<io::PacketCell> made;
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    cells.push_back(receiving_cell(c));
    made.push_back(packet_cell(c, *cells.back().slots));
    if (adapt)
      adapt(made.back());
  }
  std::vector<io::FrameInMemory> frames;
  for (const TrafficPacket& p : packets)
    frames.push_back(p.frame);
  auto input = std::make_unique<io::MemoryInput>(std::move(frames));
  input->on_destruction([&result](std::int64_t n_out) { result.n_unreleased = n_out; });
  {
    io::PacketSource source(std::move(input), {}, std::move(made));
    source.start();
    // The cells take turns; each waits a little, so that one cell cannot starve the other.
    for (std::size_t n_done = 0; n_done < cells.size();) {
      n_done = 0;
      for (std::size_t c = 0; c < cells.size(); ++c) {
        if (cells[c].n_taken == sent_[c].size())
          ++n_done;
        else if (const auto closed = cells[c].slots->take(1'000'000))
          receive_slot(c, cells[c], *closed, result);
        if (testing::Test::HasFatalFailure())
          return result;
      }
    }
    while (!source.has_ended())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    result.counters = source.counters();
  }
  return result;
}

} // namespace airan::tests
