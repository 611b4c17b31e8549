// SPDX-License-Identifier: Apache-2.0
// Opening what packets come from, and the threads that read it.
#include "apps/packet_sources.hpp"

#include "apps/first_packet_text.hpp"
#include "apps/grants_feed.hpp"
#include "apps/packet_feed.hpp"
#include "apps/packet_interface.hpp"
#include "io/packets/packet_source.hpp"
#include "io/udp/udp_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace airan::apps {
namespace {

/// Slots that may be announced and not received yet.
constexpr std::int32_t max_announced = io::SlotAssembler::max_announced;

/// A cell on its way from the configuration to its feed.
struct OpenedCell {
  CellSettings cell;
  SourceSettings source;
  std::unique_ptr<GrantsFeed> grants; ///< null: packets are counted only
  std::unique_ptr<io::SlotExchange> slots;
};

/// SlotId::count of the first packet's frame or sample, where the configuration tells.
std::optional<std::int64_t> first_count(const SourceSettings& source, const CellSettings& cell) {
  if (!source.first_sfn)
    return std::nullopt;
  return slot_count_in_cycle(*source.first_sfn, source.first_slot.value_or(0), cell.numerology);
}

/// Closed slots that may wait: of all buffers, what the open slots leave, and one is received.
std::int32_t queue_slots(const io::CellPlan& plan, const PacketSettings& packets) {
  return std::max(1, plan.n_buffers - packets.window_slots - 2);
}

/// What live grants may need of the receiver.
GrantsSurvey live_limits(const config::ReceiverSection& receiver) {
  return {0, receiver.max_grants, receiver.max_layers};
}

/// `n_buffers` slots with IQ may be on their way.
OpenedCell prepare_cell(const PacketCellSettings& settings, std::int32_t n_buffers) {
  OpenedCell out{settings.cell, settings.source, nullptr, nullptr};
  if (!settings.source.grants.empty())
    out.slots = std::make_unique<io::SlotExchange>(max_announced, n_buffers);
  return out;
}

/// A cell as the packet thread sees it. Its grants have been opened.
io::PacketCell packet_cell(const OpenedCell& cell, const io::CellPlan& plan, SourceType type) {
  const PacketSettings& packets = cell.source.packets;
  io::PacketCell out;
  out.cell = cell.cell;
  out.packets = packets;
  out.queue_slots = queue_slots(plan, packets);
  out.assembler.cell = cell.cell;
  out.assembler.window_slots = packets.window_slots;
  out.assembler.closing =
      type == SourceType::pcap ? io::ClosingRule::by_packets : io::ClosingRule::by_time;
  out.assembler.ta4 = packets.ta4;
  out.assembler.first_sfn = cell.source.first_sfn;
  out.assembler.first_sfn_count =
      slot_count_in_cycle(cell.source.first_sfn.value_or(0), 0, cell.cell.numerology);
  out.assembler.n_buffers = plan.n_buffers;
  out.assembler.max_runs_per_slot = plan.max_runs_per_slot;
  out.assembler.max_packets_per_slot = plan.max_packets_per_slot;
  if (cell.grants) {
    out.slots = cell.slots.get();
    out.first_slots = cell.grants->first_slots();
    out.assembler.first_sfn_count =
        cell.grants->start_count().value_or(out.assembler.first_sfn_count);
  }
  return out;
}

/// From here on a scheduler finds the socket, and may expect that packets are received.
Result<void> open_grants(OpenedCell& cell, const config::ReceiverSection& receiver) {
  if (cell.source.grants.empty())
    return {};
  SourceSettings source = cell.source;
  if (source.first_sfn && !source.first_slot)
    source.first_slot = 0;
  auto grants = GrantsFeed::open(source, cell.cell, live_limits(receiver));
  if (!grants)
    return tl::unexpected(grants.error());
  cell.grants = std::move(*grants);
  return {};
}

} // namespace

struct PacketSources::State {
  /// An interface with O-RAN packets.
  struct Fronthaul {
    std::unique_ptr<io::PacketSource> source;
    std::vector<ExpectedStream> expected;
    std::size_t n_told = 0; ///< first packets that news() has named
  };
  /// The sockets of a cell.
  struct Sockets {
    std::unique_ptr<io::UdpSource> source;
    std::int32_t cell_id = 1;
    std::size_t n_told = 0;
  };

  std::vector<Fronthaul> fronthauls;
  std::vector<Sockets> sockets;
  std::vector<std::unique_ptr<SlotFeed>> feeds;
  std::vector<PacketFeed*> packet_feeds; ///< the same, after they were taken too
  std::vector<std::string> notes;

  Result<void> open_fronthaul(const PacketInterface& interface,
                              const config::ReceiverSection& receiver);
  Result<void> open_sockets(const PacketInterface& interface,
                            const config::ReceiverSection& receiver);
  void add_feed(OpenedCell& cell, SignalDomain domain);
};

void PacketSources::State::add_feed(OpenedCell& cell, SignalDomain domain) {
  if (!cell.grants)
    return;
  auto feed = std::make_unique<PacketFeed>(cell.cell, domain, std::move(cell.grants),
                                           std::move(cell.slots));
  // A scheduler may have begun: what it says is known before the first packet is read.
  feed->start();
  packet_feeds.push_back(feed.get());
  feeds.push_back(std::move(feed));
}

Result<void> PacketSources::State::open_fronthaul(const PacketInterface& interface,
                                                  const config::ReceiverSection& receiver) {
  auto planned = plan_interface(interface);
  if (!planned)
    return tl::unexpected(planned.error());
  auto input = open_input(interface, *planned);
  if (!input)
    return tl::unexpected(input.error());
  for (const io::Fact& fact : input->facts)
    notes.push_back(fmt::format("{}: {}", fact.name, fact.value));

  std::vector<OpenedCell> cells;
  std::vector<io::PacketCell> packet_cells;
  Fronthaul fronthaul;
  for (std::size_t i = 0; i < interface.cells.size(); ++i) {
    const io::CellPlan& plan = planned->plan.cells[i];
    OpenedCell cell = prepare_cell(interface.cells[i], plan.n_buffers);
    if (const auto opened = open_grants(cell, receiver); !opened)
      return opened;
    packet_cells.push_back(packet_cell(cell, plan, interface.type));
    fronthaul.expected.push_back({cell.cell.id, cell.source.packets});
    cells.push_back(std::move(cell));
  }
  const PacketSettings& shared = interface.cells.front().source.packets;
  fronthaul.source = std::make_unique<io::PacketSource>(
      std::move(input->input), io::PacketSourceSettings{interface.pace(), shared.packet_core},
      std::move(packet_cells));
  for (OpenedCell& cell : cells)
    add_feed(cell, SignalDomain::frequency);
  fronthauls.push_back(std::move(fronthaul));
  return {};
}

Result<void> PacketSources::State::open_sockets(const PacketInterface& interface,
                                                const config::ReceiverSection& receiver) {
  const PacketCellSettings& wanted = interface.cells.front();
  const io::UdpSourceSettings settings = io::plan_udp_source(
      wanted.source, wanted.cell, max_announced, first_count(wanted.source, wanted.cell));
  OpenedCell cell = prepare_cell(wanted, settings.assembler.n_buffers);
  auto source = io::UdpSource::open(settings, cell.slots.get());
  if (!source)
    return tl::unexpected(source.error());
  if (const auto opened = open_grants(cell, receiver); !opened)
    return opened;
  for (const std::string& note : (*source)->notes())
    notes.push_back(note);
  add_feed(cell, SignalDomain::time);
  sockets.push_back({std::move(*source), cell.cell.id});
  return {};
}

PacketSources::PacketSources() : state_(std::make_unique<State>()) {}
PacketSources::~PacketSources() = default;
PacketSources::PacketSources(PacketSources&&) noexcept = default;
PacketSources& PacketSources::operator=(PacketSources&&) noexcept = default;

Result<PacketSources> PacketSources::open(const config::Configuration& configuration) {
  PacketSources out;
  const auto interfaces = packet_interfaces(configuration);
  if (!interfaces)
    return tl::unexpected(interfaces.error());
  if (const auto usable = check_core(configuration.receiver.slot_core, "receiver.slot_core");
      !usable)
    return tl::unexpected(usable.error());
  for (const PacketInterface& interface : *interfaces) {
    const auto core = interface.cells.front().source.packets.packet_core;
    if (const auto usable = check_core(core, "source.packet_core"); !usable)
      return tl::unexpected(usable.error());
    const auto opened = interface.type == SourceType::udp
                            ? out.state_->open_sockets(interface, configuration.receiver)
                            : out.state_->open_fronthaul(interface, configuration.receiver);
    if (!opened)
      return tl::unexpected(opened.error());
  }
  return out;
}

bool PacketSources::empty() const {
  return state_->fronthauls.empty() && state_->sockets.empty();
}

std::vector<std::unique_ptr<SlotFeed>> PacketSources::take_feeds() {
  return std::exchange(state_->feeds, {});
}

void PacketSources::start() {
  for (State::Fronthaul& f : state_->fronthauls)
    f.source->start();
  for (State::Sockets& s : state_->sockets)
    s.source->start();
}

void PacketSources::stop() {
  for (State::Fronthaul& f : state_->fronthauls)
    f.source->stop();
  for (State::Sockets& s : state_->sockets)
    s.source->stop();
  while (!has_ended())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

bool PacketSources::has_ended() const {
  for (const State::Fronthaul& f : state_->fronthauls)
    if (!f.source->has_ended())
      return false;
  for (const State::Sockets& s : state_->sockets)
    if (!s.source->has_ended())
      return false;
  return true;
}

std::optional<io::PacketFigures> PacketSources::figures() const {
  if (empty())
    return std::nullopt;
  io::PacketFigures sum;
  for (const State::Fronthaul& f : state_->fronthauls)
    sum.add(io::packet_figures(f.source->counters(), f.source->device_counters()));
  for (const State::Sockets& s : state_->sockets)
    sum.add(io::packet_figures(s.source->counters()));
  for (const PacketFeed* feed : state_->packet_feeds)
    sum.slots_dropped += feed->n_dropped();
  return sum;
}

std::string PacketSources::trouble() const {
  for (const State::Fronthaul& f : state_->fronthauls)
    if (std::string trouble = f.source->trouble(); !trouble.empty())
      return trouble;
  for (const State::Sockets& s : state_->sockets)
    if (std::string trouble = s.source->trouble(); !trouble.empty())
      return trouble;
  return {};
}

std::vector<std::string> PacketSources::news() {
  std::vector<std::string> lines = std::exchange(state_->notes, {});
  for (State::Fronthaul& f : state_->fronthauls) {
    const auto packets = f.source->first_packets();
    for (; f.n_told < packets.size(); ++f.n_told)
      lines.push_back(first_packet_text(packets[f.n_told], f.expected));
  }
  for (State::Sockets& s : state_->sockets) {
    const auto datagrams = s.source->first_datagrams();
    for (; s.n_told < datagrams.size(); ++s.n_told)
      lines.push_back(first_datagram_text(datagrams[s.n_told], s.cell_id));
  }
  return lines;
}

} // namespace airan::apps
