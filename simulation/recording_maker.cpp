// SPDX-License-Identifier: Apache-2.0
// Recordings with known payload.
#include "simulation/recording_maker.hpp"

#include "io/pcap/capture_writer.hpp"
#include "io/writers/grants_writer.hpp"
#include "io/writers/output_directory.hpp"
#include "io/writers/recording_writers.hpp"
#include "io/writers/text_file.hpp"
#include "simulation/packet_order.hpp"
#include "simulation/radio_unit.hpp"
#include "simulation/run_configuration.hpp"
#include "simulation/sample_maker.hpp"
#include "simulation/slot_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

namespace airan::simulation {
namespace {

using config::RecordingType;

bool has(const config::Recording& recording, RecordingType type) {
  return std::find(recording.types.begin(), recording.types.end(), type) != recording.types.end();
}

Result<void> check_recording(const config::Configuration& c) {
  const config::Channel channel = c.channel.value_or(config::Channel{});
  const std::string& name = c.recording.name;
  if (name.empty() || name.find('/') != std::string::npos || name.find('\0') != std::string::npos)
    return configuration_error(
        fmt::format("output.name is \"{}\"; it is a file name without extension or folder", name));
  if (c.recording.types.empty())
    return configuration_error("output.recordings is empty; name sigmf, raw, grid or oran-pcap");
  const IqNumber number = channel.front_end.format;
  if (has(c.recording, RecordingType::raw) &&
      ((number != IqNumber::int16 && number != IqNumber::float32) ||
       channel.front_end.byte_order != ByteOrder::little))
    return configuration_error("raw recordings are int16 or float32, little-endian: change "
                               "channel.front_end, or record sigmf");
  return {};
}

/// Packets of a capture: a radio unit, and the order in which they leave.
struct Capture {
  RadioUnit unit;
  PacketList slot; ///< packets of the last slot
  PacketOrder order;
  io::CaptureWriter writer;
};

} // namespace

struct RecordingMaker::State {
  State(const config::Configuration& c, SlotMaker slot_maker)
      : configuration(c), slots(std::move(slot_maker)) {
    if (!configuration.radio_unit)
      configuration.radio_unit.emplace();
  }

  config::Configuration configuration;
  SlotMaker slots;
  std::optional<SampleMaker> samples;
  bool has_grid = false;
  std::optional<SlotMaker> level_pass; ///< finds the largest component of what is sent
  float largest = 0;
  std::optional<RadioUnit> unit; ///< until the files are opened
  std::optional<io::SigmfWriter> sigmf;
  std::optional<io::SampleWriter> raw;
  std::optional<io::GridWriter> grid;
  std::optional<Capture> capture;
  std::optional<io::GrantsWriter> grants;
  RecordingSummary summary;

  std::string path_of(const std::string& file) const {
    return (std::filesystem::path(configuration.output.directory) / file).string();
  }
  template <class Writer>
  Result<void> open(std::optional<Writer>& writer, Result<Writer> created, const std::string& path);
  Result<void> open_recordings();
  Result<void> open_files();
  Result<void> write_samples(View<const cf32, 2> block);
  Result<void> write_packets(const MadeSlot& slot, View<const cf32, 3> received);
  Result<void> flush_packets(std::int64_t before_ns);
  void count(const SlotGrants& grants);
  Result<void> add_slot(const MadeSlot& slot);
  Result<void> measure_slot();
  Result<void> begin();
  SampleSink sink() {
    return [this](View<const cf32, 2> block) { return write_samples(block); };
  }
};

RecordingMaker::RecordingMaker(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordingMaker::~RecordingMaker() = default;
RecordingMaker::RecordingMaker(RecordingMaker&&) noexcept = default;
RecordingMaker& RecordingMaker::operator=(RecordingMaker&&) noexcept = default;

std::int64_t RecordingMaker::n_steps() const {
  return state_->slots.n_slots() * (state_->level_pass ? 2 : 1);
}

Result<RecordingMaker> RecordingMaker::make(const config::Configuration& configuration) {
  const config::Recording& recording = configuration.recording;
  const bool is_timed = has(recording, RecordingType::sigmf) || has(recording, RecordingType::raw);
  const SignalDomain domain = is_timed ? SignalDomain::time : SignalDomain::frequency;
  auto slots = SlotMaker::make(configuration, domain);
  if (!slots)
    return tl::unexpected(slots.error());
  if (const auto checked = check_recording(configuration); !checked)
    return tl::unexpected(checked.error());
  auto state = std::make_unique<State>(configuration, std::move(*slots));
  State& s = *state;
  const SignalLevel& level = s.slots.level();
  if (is_timed) {
    auto samples =
        SampleMaker::make(s.slots.cell(), s.slots.transmitter(), s.slots.channel(), level);
    if (!samples)
      return tl::unexpected(samples.error());
    s.samples.emplace(std::move(*samples));
    s.summary.sample_rate_hz = s.samples->timing().sample_rate_hz();
    s.summary.gain_db = 20.0 * std::log10(level.gain);
  }
  s.summary.noise_variance = level.noise_variance;
  s.has_grid = has(recording, RecordingType::grid);
  if (has(recording, RecordingType::oran_pcap)) {
    auto unit = RadioUnit::make(s.slots.cell(), *s.configuration.radio_unit);
    if (!unit)
      return tl::unexpected(unit.error());
    s.unit.emplace(std::move(*unit));
    auto again = SlotMaker::make(configuration, domain);
    if (!again)
      return tl::unexpected(again.error());
    s.level_pass.emplace(std::move(*again));
  }
  return RecordingMaker(std::move(state));
}

template <class Writer>
Result<void> RecordingMaker::State::open(std::optional<Writer>& writer,
                                         Result<Writer> created,
                                         const std::string& path) {
  if (!created)
    return tl::unexpected(created.error());
  writer.emplace(std::move(*created));
  summary.recordings.push_back({path, 0});
  return {};
}

Result<void> RecordingMaker::State::open_recordings() {
  const std::string& name = configuration.recording.name;
  const CellSettings& cell = slots.cell();
  const config::FrontEnd& front_end = slots.channel().front_end;
  const IqFormat format{front_end.format, front_end.byte_order, 16};
  Result<void> opened;
  if (has(configuration.recording, RecordingType::sigmf)) {
    io::SigmfFacts facts{format, samples->timing().sample_rate_hz(), cell.rx_ports, {}, {}};
    if (cell.phase_compensation_hz > 0)
      facts.frequency_hz = cell.phase_compensation_hz;
    facts.description = fmt::format("5G NR uplink (PUSCH), made; grants in {}.grants.jsonl", name);
    const std::string path = path_of(name + ".sigmf-data");
    opened = open(sigmf, io::SigmfWriter::create(path, facts), path);
  }
  if (const std::string path = path_of(name + ".raw");
      opened && has(configuration.recording, RecordingType::raw))
    opened = open(raw, io::SampleWriter::create(path, format, cell.rx_ports), path);
  if (const std::string path = path_of(name + ".h5"); opened && has_grid) {
    const io::GridFacts facts{cell.numerology,
                              cell.cyclic_prefix,
                              cell.n_prb,
                              cell.first_prb,
                              cell.rx_ports,
                              slots.transmitter().first_sfn,
                              slots.transmitter().first_slot};
    opened = open(grid, io::GridWriter::create(path, facts), path);
  }
  return opened;
}

Result<void> RecordingMaker::State::open_files() {
  const std::string& name = configuration.recording.name;
  if (auto made = io::make_output_directory(configuration.output.directory); !made)
    return made;
  Result<void> opened = open_recordings();
  if (const std::string path = path_of(name + ".pcap"); opened && unit) {
    auto writer = io::CaptureWriter::create(path);
    if (!writer)
      return tl::unexpected(writer.error());
    capture.emplace(Capture{std::move(*unit), {}, {}, std::move(*writer)});
    summary.recordings.push_back({path, 0});
  }
  const std::string path = path_of(name + ".grants.jsonl");
  return opened ? open(grants, io::GrantsWriter::create(path), path) : opened;
}

Result<void> RecordingMaker::State::write_samples(View<const cf32, 2> block) {
  if (sigmf)
    if (auto written = sigmf->append(block); !written)
      return written;
  return raw ? raw->append(block) : Result<void>{};
}

Result<void> RecordingMaker::State::write_packets(const MadeSlot& slot,
                                                  View<const cf32, 3> received) {
  Capture& c = *capture;
  c.slot.clear();
  c.unit.send(slot.id, granted_symbols(slot.grants), received, c.slot);
  for (const ListedPacket& packet : c.slot.packets()) {
    const auto bytes = c.slot.bytes_of(packet);
    c.order.add({packet.time_ns, 0, {bytes.begin(), bytes.end()}});
  }
  return flush_packets(symbol_start_ns(slots.cell(), slot.id.count + 1, 0) -
                       RadioUnit::cplane_advance_ns);
}

/// Writes the packets that nothing can come before any more.
Result<void> RecordingMaker::State::flush_packets(std::int64_t before_ns) {
  while (const auto packet = capture->order.take_before(before_ns)) {
    ++summary.n_packets;
    if (auto written = capture->writer.append(packet->bytes, capture_epoch_ns + packet->time_ns);
        !written)
      return written;
  }
  return {};
}

void RecordingMaker::State::count(const SlotGrants& slot) {
  ++summary.n_slots;
  for (const PuschGrant& grant : slot.pusch) {
    ++summary.n_transport_blocks;
    summary.n_expected += grant.expect ? 1 : 0;
    summary.n_payload_bits += grant.new_data_indicator == 1 ? 8 * *grant.tb_size : 0;
  }
}

Result<void> RecordingMaker::State::add_slot(const MadeSlot& slot) {
  count(slot.grants);
  Result<void> written;
  if (samples)
    written =
        samples->add_slot(slot.sent, slot.id.slot, static_cast<std::uint64_t>(slot.index), sink());
  if (written && (grid || capture)) {
    const View<const cf32, 3> received = slots.receive();
    if (grid)
      written = grid->append(received);
    if (written && capture)
      written = write_packets(slot, received);
  }
  if (written && !slot.grants.pusch.empty())
    written = grants->append(slot.grants);
  return written;
}

/// One slot of the first pass; at its end the gain is known.
Result<void> RecordingMaker::State::measure_slot() {
  const auto slot = level_pass->next();
  if (!slot)
    return tl::unexpected(slot.error());
  if (*slot != nullptr) {
    if (const std::uint16_t symbols = granted_symbols((*slot)->grants); symbols != 0)
      largest = std::max(largest, largest_component(level_pass->receive(), symbols));
  }
  if ((*slot == nullptr || (*slot)->index + 1 == level_pass->n_slots())) {
    level_pass.reset();
    const float gain = gain_to_peak(largest, configuration.radio_unit->peak);
    summary.packet_gain = gain;
    unit->set_gain(gain);
  }
  return {};
}

Result<void> RecordingMaker::State::begin() {
  if (const auto opened = open_files(); !opened)
    return opened;
  if (!samples)
    return {};
  const auto n = std::llround(slots.channel().lead_in_us * 1e-6 * summary.sample_rate_hz);
  return samples->add_silence(n, sink());
}

Result<bool> RecordingMaker::make_slot() {
  State& s = *state_;
  if (s.level_pass) {
    if (const auto measured = s.measure_slot(); !measured)
      return tl::unexpected(measured.error());
    return true;
  }
  if (s.summary.n_slots == 0)
    if (const auto begun = s.begin(); !begun)
      return tl::unexpected(begun.error());
  const auto slot = s.slots.next();
  if (!slot)
    return tl::unexpected(slot.error());
  if (*slot == nullptr)
    return false;
  if (const auto added = s.add_slot(**slot); !added)
    return tl::unexpected(added.error());
  return true;
}

Result<RecordingSummary> RecordingMaker::finish() {
  State& s = *state_;
  Result<void> done;
  if (s.samples)
    done = s.samples->finish(s.sink());
  if (done && s.sigmf) {
    done = s.sigmf->finish();
    s.summary.n_samples = s.sigmf->n_samples();
    s.summary.n_saturated = s.sigmf->n_saturated();
  }
  if (done && s.raw) {
    if (const auto hash = s.raw->finish(); !hash)
      done = tl::unexpected(hash.error());
    s.summary.n_samples = s.raw->n_samples();
    s.summary.n_saturated = s.raw->n_saturated();
  }
  if (done && s.grid)
    done = s.grid->finish();
  if (done && s.capture) {
    done = s.flush_packets(std::numeric_limits<std::int64_t>::max());
    if (done)
      done = s.capture->writer.finish();
  }
  if (done)
    done = s.grants->finish();
  for (const RecordingType type : s.configuration.recording.types) {
    if (!done)
      break;
    const std::string path =
        s.path_of(s.configuration.recording.name + "." + name_of(type) + ".yaml");
    done = io::write_text_file(path, run_configuration(s.configuration, s.slots.cell(), type));
    s.summary.configurations.push_back(path);
  }
  if (!done)
    return tl::unexpected(done.error());
  for (MadeFile& file : s.summary.recordings)
    file.n_bytes = static_cast<std::int64_t>(std::filesystem::file_size(file.path));
  return s.summary;
}

} // namespace airan::simulation
