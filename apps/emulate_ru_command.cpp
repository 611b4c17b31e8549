// SPDX-License-Identifier: Apache-2.0
// Command `airan emulate-ru`: sends what a radio unit would, into a capture, an interface or a
// socket.
#include "apps/commands.hpp"
#include "apps/emulated_loop.hpp"
#include "apps/grants_outlet.hpp"
#include "apps/interrupt.hpp"
#include "apps/packet_outlet.hpp"
#include "apps/packet_player.hpp"
#include "apps/progress.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace airan::apps {
namespace {

struct EmulateLine {
  std::string config;
  std::string to;
  std::string grants;
  std::string pace;
  simulation::FaultSettings faults;
  double delay_us = 0;
  LoopLength length;
  bool is_json = true; ///< nothing else is printed
};

Pace pace_of(const EmulateLine& line, OutletKind kind) {
  if (line.pace.empty())
    return kind == OutletKind::pcap ? Pace::as_fast_as_possible : Pace::real_time;
  return line.pace == "real_time" ? Pace::real_time : Pace::as_fast_as_possible;
}

void print_counts(const EmulatedLoop& loop,
                  const PacketPlayer& player,
                  const PacketOutlet& outlet) {
  const OutletCounters sent = outlet.counters();
  const simulation::FaultCounters& faults = player.faults();
  const PlayCounters& played = player.counters();
  const boost::json::object out{
      {"packets", sent.sent},
      {"bytes", sent.bytes},
      {"refused", sent.refused},
      {"lost", faults.lost},
      {"duplicated", faults.duplicated},
      {"reordered", faults.reordered},
      {"delayed", faults.delayed},
      {"corrupted", faults.corrupted},
      {"slots", played.slots},
      {"transport_blocks", played.transport_blocks},
      {"largest_lateness_us", static_cast<double>(played.largest_lateness_ns) * 1e-3},
      {"gain_db", loop.gain_db},
      {"saturated_components", loop.n_saturated},
  };
  std::fputs((boost::json::serialize(out) + "\n").c_str(), stdout);
}

std::size_t max_frame_bytes(const EmulatedLoop& loop) {
  std::size_t n = 0;
  for (const simulation::ListedPacket& packet : loop.packets.packets())
    n = std::max<std::size_t>(n, packet.n_bytes);
  return n;
}

std::int64_t n_slots_to_come(const EmulatedLoop& loop) {
  if (!loop.slots.end)
    return 0; // nobody knows
  const std::int64_t n = *loop.slots.end - loop.slots.first;
  return n * std::ssize(loop.grants) / loop.slots.n_slots();
}

int emulate(const EmulateLine& line) {
  const auto name = parse_outlet(line.to);
  if (!name)
    return fail(name.error());
  if (name->kind == OutletKind::pcap && line.length.is_repeated && !line.length.seconds)
    return fail(Error{ErrorKind::configuration,
                      "a capture must end: give --seconds together with --loop and pcap:FILE"});
  const auto configuration = config::load_configuration(line.config, config::Purpose::emulate);
  if (!configuration)
    return fail(configuration.error());
  const config::RadioUnit unit = configuration->radio_unit.value_or(config::RadioUnit{});
  const auto loop = prepare_emulated_loop(
      *configuration, name->kind == OutletKind::udp ? SignalDomain::time : SignalDomain::frequency,
      line.length);
  if (!loop)
    return fail(loop.error());
  const auto outlet = open_outlet(*name, {loop->cell.rx_ports, max_frame_bytes(*loop)});
  if (!outlet)
    return fail(outlet.error());
  install_interrupt_handlers();
  auto grants = GrantsOutlet::open(line.grants, *loop);
  if (!grants)
    return fail(grants.error());
  const auto packets = loop->outgoing(unit);
  PacketPlayer player(*loop, *packets, line.faults);
  Result<void> done;
  {
    Progress progress("slots", n_slots_to_come(*loop));
    done = player.play(**outlet, *grants, pace_of(line, name->kind),
                       [&](std::int64_t n) { progress.update(n); });
  }
  for (const Result<void>& finished : {(*outlet)->finish(), grants->finish()})
    if (done && !finished)
      done = finished;
  print_counts(*loop, player, **outlet);
  if (!done)
    return fail(done.error());
  if (const std::string trouble = (*outlet)->trouble(); !trouble.empty())
    return fail(Error{ErrorKind::file, trouble});
  if (!loop->trouble.empty())
    return fail(Error{ErrorKind::file, loop->trouble});
  return exit_code::done;
}

void add_fault_options(CLI::App& command, EmulateLine& line) {
  const CLI::Range probability(0.0, 1.0);
  command.add_option("--loss", line.faults.loss, "probability that a packet is lost")
      ->check(probability)
      ->capture_default_str();
  command.add_option("--duplicate", line.faults.duplicate, "probability that it is sent twice")
      ->check(probability)
      ->capture_default_str();
  command
      .add_option("--reorder", line.faults.reorder,
                  fmt::format("probability that 1 .. {} later packets overtake it",
                              simulation::PacketFaults::max_overtakers))
      ->check(probability)
      ->capture_default_str();
  command.add_option("--corrupt", line.faults.corrupt, "probability that 1 .. 3 of its bits flip")
      ->check(probability)
      ->capture_default_str();
  command.add_option("--delay-us", line.delay_us, "packets are sent so much later (us)")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command.add_option("--delay-share", line.faults.delay_share, "share of the packets that are")
      ->check(probability)
      ->capture_default_str();
  command.add_option("--seed", line.faults.seed, "of these draws")->capture_default_str();
}

} // namespace

void add_emulate_ru_command(CLI::App& program, Command& chosen) {
  const auto line = std::make_shared<EmulateLine>();
  CLI::App* command = program.add_subcommand(
      "emulate-ru", "Send what a radio unit sends: made slots, or those of a recording");
  command->add_option("CONFIG", line->config, "configuration file (YAML)")->required();
  command
      ->add_option("--to", line->to,
                   "pcap:FILE, dev:INTERFACE (frames, as root), or udp:HOST:PORT (samples, receive "
                   "port p to PORT + p)")
      ->required();
  command->add_option("--grants", line->grants,
                      "where the grants go: a file, written before the first packet when the end "
                      "is known, or unix:PATH, the socket of a receiver");
  command->add_flag("--loop", line->length.is_repeated,
                    "repeat what is sent, with new frame and sequence numbers");
  command->add_option("--seconds", line->length.seconds, "end after so much time on the air (s)")
      ->check(CLI::Range(1e-6, 1e9));
  command
      ->add_option("--pace", line->pace,
                   "real_time (default for dev and udp) or as_fast_as_possible (for pcap)")
      ->check(CLI::IsMember({"real_time", "as_fast_as_possible"}));
  add_fault_options(*command, *line);
  command->add_flag("--json", line->is_json, "the counts are printed as JSON with or without it");
  command->footer("The keys of CONFIG, with units and defaults: airan check --keys");
  command->callback([line, &chosen] {
    line->faults.delay_ns = std::llround(line->delay_us * 1e3);
    chosen = [line] { return emulate(*line); };
  });
}

} // namespace airan::apps
