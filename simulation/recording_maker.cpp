// SPDX-License-Identifier: Apache-2.0
// Recordings with known payload.
#include "simulation/recording_maker.hpp"

#include "config/resolve_cell.hpp"
#include "io/writers/grants_writer.hpp"
#include "io/writers/output_directory.hpp"
#include "io/writers/recording_writers.hpp"
#include "io/writers/text_file.hpp"
#include "simulation/run_configuration.hpp"
#include "simulation/sample_maker.hpp"
#include "simulation/slot_schedule.hpp"
#include "simulation/slot_transmitter.hpp"
#include "simulation/user_grid_channel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>

namespace airan::simulation {
namespace {

using config::RecordingType;

/// Slots that are checked, and averaged for the gain, before anything is written.
constexpr std::int32_t max_checked_slots = 1024;
/// Streams of noise of grids lie above those of samples, which are numbered by port.
constexpr std::uint64_t first_grid_noise = std::uint64_t{1} << 32;

bool has(const config::Recording& recording, RecordingType type) {
  return std::find(recording.types.begin(), recording.types.end(), type) != recording.types.end();
}

Result<void> check_recording(const config::Configuration& c, const CellSettings& cell) {
  const config::Channel channel = c.channel.value_or(config::Channel{});
  const std::string& name = c.recording.name;
  if (name.empty() || name.find('/') != std::string::npos || name.find('\0') != std::string::npos)
    return configuration_error(
        fmt::format("output.name is \"{}\"; it is a file name without extension or folder", name));
  if (c.recording.types.empty())
    return configuration_error("output.recordings is empty; name sigmf, raw or grid");
  const IqNumber number = channel.front_end.format;
  if (has(c.recording, RecordingType::raw) &&
      ((number != IqNumber::int16 && number != IqNumber::float32) ||
       channel.front_end.byte_order != ByteOrder::little))
    return configuration_error("raw recordings are int16 or float32, little-endian: change "
                               "channel.front_end, or record sigmf");
  if (c.transmitter->first_slot >= n_slots_per_frame(cell.numerology))
    return configuration_error(fmt::format(
        "transmitter.first_slot is {}, but a frame of numerology {} has {} slots",
        c.transmitter->first_slot, cell.numerology, n_slots_per_frame(cell.numerology)));
  if (channel.model == config::ChannelModel::none)
    for (const config::User& user : c.transmitter->users)
      if (user.first_antenna_port + n_antenna_ports(user) > cell.rx_ports)
        return configuration_error(fmt::format(
            "user {}: with channel model none its antenna ports {} .. {} need as many receive "
            "ports, but cell.rx_ports is {}",
            user.rnti, user.first_antenna_port, user.first_antenna_port + n_antenna_ports(user) - 1,
            cell.rx_ports));
  return {};
}

/// Whether a grant is sure to be received; see RecordingMaker.
bool expects_crc_ok(const config::User& user, std::int32_t transmission, bool has_noise) {
  const std::int32_t rv = user.rv_sequence[static_cast<std::size_t>(transmission)];
  const bool is_last = transmission + 1 == std::ssize(user.rv_sequence);
  return is_last || (!has_noise && (rv == 0 || rv == 3));
}

/// Kind of error: whatever is wrong with made grants is wrong with the configuration.
tl::unexpected<Error> as_configuration_error(const Error& error) {
  return tl::unexpected(
      Error{error.kind == ErrorKind::file ? ErrorKind::configuration : error.kind, error.message});
}

/// Prepares the first slots as they will be prepared again.
Result<void> check_first_slots(const config::Transmitter& section, const CellSettings& cell) {
  config::Transmitter first = section;
  first.n_slots = std::min(first.n_slots, max_checked_slots);
  SlotSchedule schedule(first, cell.id, cell.numerology);
  SlotTransmitter transmitter(cell, static_cast<std::uint64_t>(section.payload_seed));
  while (auto slot = schedule.next())
    if (const auto users = transmitter.prepare(slot->grants, slot->precoders); !users)
      return as_configuration_error(users.error());
  return {};
}

} // namespace

struct RecordingMaker::State {
  State(const config::Configuration& c, const CellSettings& resolved, const SignalLevel& made_level)
      : configuration(c), cell(resolved), channel(c.channel.value_or(config::Channel{})),
        level(made_level), schedule(*c.transmitter, resolved.id, resolved.numerology),
        transmitter(resolved, static_cast<std::uint64_t>(c.transmitter->payload_seed)) {}

  config::Configuration configuration;
  CellSettings cell;
  config::Channel channel;
  SignalLevel level;
  SlotSchedule schedule;
  SlotTransmitter transmitter;
  std::optional<SampleMaker> samples;
  std::vector<UserGridChannel> grid_channels; ///< [user]; empty: no grid is made
  std::vector<HostTensor<cf32, 3>> sent;      ///< [user], each [antenna port, symbol, subcarrier]
  HostTensor<cf32, 3> received;               ///< [rx port, symbol, subcarrier]
  std::optional<io::SigmfWriter> sigmf;
  std::optional<io::SampleWriter> raw;
  std::optional<io::GridWriter> grid;
  std::optional<io::GrantsWriter> grants;
  RecordingSummary summary;

  const config::Transmitter& section() const { return *configuration.transmitter; }
  std::string path_of(const std::string& file) const {
    return (std::filesystem::path(configuration.output.directory) / file).string();
  }
  Result<void> open_files();
  Result<void> write_samples(View<const cf32, 2> block);
  Result<void> write_grid(std::span<const View<const cf32, 3>> grids, std::int64_t index);
  Result<std::vector<View<const cf32, 3>>> send(ScheduledSlot& slot);
  void set_expectations(ScheduledSlot& slot);
  void count(const SlotGrants& grants);
  Result<void> add_slot(ScheduledSlot& slot);
  SampleSink sink() {
    return [this](View<const cf32, 2> block) { return write_samples(block); };
  }
};

RecordingMaker::RecordingMaker(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordingMaker::~RecordingMaker() = default;
RecordingMaker::RecordingMaker(RecordingMaker&&) noexcept = default;
RecordingMaker& RecordingMaker::operator=(RecordingMaker&&) noexcept = default;

std::int64_t RecordingMaker::n_slots() const {
  return state_->section().n_slots;
}

Result<RecordingMaker> RecordingMaker::make(const config::Configuration& configuration) {
  const bool is_timed = has(configuration.recording, RecordingType::sigmf) ||
                        has(configuration.recording, RecordingType::raw);
  const config::Transmitter& section = *configuration.transmitter;
  const config::Channel channel = configuration.channel.value_or(config::Channel{});
  const auto cell = config::resolve_cell(configuration.cells.at(0), {}, "the configuration",
                                         is_timed ? SignalDomain::time : SignalDomain::frequency);
  if (!cell)
    return as_configuration_error(cell.error());
  if (const auto checked = check_recording(configuration, *cell); !checked)
    return tl::unexpected(checked.error());
  if (const auto checked = check_first_slots(section, *cell); !checked)
    return tl::unexpected(checked.error());
  const auto level = signal_level(section, channel, *cell, max_checked_slots);
  if (!level)
    return tl::unexpected(level.error());
  auto state = std::make_unique<State>(configuration, *cell, *level);
  State& s = *state;
  if (is_timed) {
    auto samples = SampleMaker::make(*cell, section, channel, *level);
    if (!samples)
      return tl::unexpected(samples.error());
    s.samples.emplace(std::move(*samples));
    s.summary.sample_rate_hz = s.samples->timing().sample_rate_hz();
    s.summary.gain_db = 20.0 * std::log10(level->gain);
  }
  s.summary.noise_variance = level->noise_variance;
  for (const config::User& user : section.users)
    s.sent.emplace_back(typename View<cf32, 3>::Extents{n_antenna_ports(user), cell->n_symbols(),
                                                        cell->n_subcarriers()});
  if (has(configuration.recording, RecordingType::grid)) {
    for (const config::User& user : section.users)
      s.grid_channels.emplace_back(make_user_path(channel, user, cell->rx_ports), *cell);
    s.received = HostTensor<cf32, 3>({cell->rx_ports, cell->n_symbols(), cell->n_subcarriers()});
  }
  return RecordingMaker(std::move(state));
}

Result<void> RecordingMaker::State::open_files() {
  const std::string& name = configuration.recording.name;
  if (auto made = io::make_output_directory(configuration.output.directory); !made)
    return made;
  const IqFormat format{channel.front_end.format, channel.front_end.byte_order, 16};
  const auto open = [&](auto& writer, auto created, const std::string& path) -> Result<void> {
    if (!created)
      return tl::unexpected(created.error());
    writer.emplace(std::move(*created));
    summary.recordings.push_back({path, 0});
    return {};
  };
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
  if (const std::string path = path_of(name + ".h5"); opened && !grid_channels.empty()) {
    const io::GridFacts facts{cell.numerology,     cell.cyclic_prefix, cell.n_prb,
                              cell.first_prb,      cell.rx_ports,      section().first_sfn,
                              section().first_slot};
    opened = open(grid, io::GridWriter::create(path, facts), path);
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

/// Each user's grid, empty where it does not send.
Result<std::vector<View<const cf32, 3>>> RecordingMaker::State::send(ScheduledSlot& slot) {
  const auto users = transmitter.prepare(slot.grants, slot.precoders);
  if (!users)
    return as_configuration_error(users.error());
  std::vector<View<const cf32, 3>> grids(sent.size());
  for (const SlotUser& user : *users) {
    const auto index =
        static_cast<std::size_t>(slot.users[static_cast<std::size_t>(user.grant.index)]);
    const HostTensor<cf32, 3>& tensor = sent[index];
    std::fill_n(tensor.data(), tensor.size(), cf32{});
    transmit_user(user, tensor.view());
    const auto amplitude =
        static_cast<float>(std::pow(10.0, section().users[index].power_db / 20.0));
    if (amplitude != 1.0F)
      for (std::int64_t i = 0; i < tensor.size(); ++i)
        tensor.data()[i] *= amplitude;
    grids[index] = tensor.view();
  }
  return grids;
}

void RecordingMaker::State::set_expectations(ScheduledSlot& slot) {
  for (std::size_t i = 0; i < slot.grants.pusch.size(); ++i) {
    const config::User& user = section().users[static_cast<std::size_t>(slot.users[i])];
    if (!expects_crc_ok(user, slot.transmissions[i], level.noise_variance > 0))
      slot.grants.pusch[i].expect.reset();
  }
}

void RecordingMaker::State::count(const SlotGrants& slot) {
  ++summary.n_slots;
  for (const PuschGrant& grant : slot.pusch) {
    ++summary.n_transport_blocks;
    summary.n_expected += grant.expect ? 1 : 0;
    summary.n_payload_bits += grant.new_data_indicator == 1 ? 8 * *grant.tb_size : 0;
  }
}

Result<void> RecordingMaker::State::write_grid(std::span<const View<const cf32, 3>> grids,
                                               std::int64_t index) {
  std::fill_n(received.data(), received.size(), cf32{});
  for (std::size_t u = 0; u < grids.size(); ++u)
    if (!grids[u].empty())
      grid_channels[u].apply(grids[u], index, received.view());
  if (level.noise_variance > 0) {
    RandomStream noise(static_cast<std::uint64_t>(channel.seed), random_noise,
                       first_grid_noise + static_cast<std::uint64_t>(index));
    add_noise(received.view(), static_cast<float>(level.noise_variance), noise);
  }
  return grid->append(received.view());
}

Result<void> RecordingMaker::State::add_slot(ScheduledSlot& slot) {
  const std::int64_t index = summary.n_slots;
  const auto grids = send(slot);
  if (!grids)
    return tl::unexpected(grids.error());
  set_expectations(slot);
  count(slot.grants);
  Result<void> written;
  if (samples)
    written = samples->add_slot(*grids, slot.id.slot, static_cast<std::uint64_t>(index), sink());
  if (written && grid)
    written = write_grid(*grids, index);
  if (written && !slot.grants.pusch.empty())
    written = grants->append(slot.grants);
  return written;
}

Result<bool> RecordingMaker::make_slot() {
  State& s = *state_;
  auto slot = s.schedule.next();
  if (!slot)
    return false;
  if (s.summary.n_slots == 0) {
    if (const auto opened = s.open_files(); !opened)
      return tl::unexpected(opened.error());
    if (s.samples) {
      const auto n = std::llround(s.channel.lead_in_us * 1e-6 * s.summary.sample_rate_hz);
      if (const auto added = s.samples->add_silence(n, s.sink()); !added)
        return tl::unexpected(added.error());
    }
  }
  if (const auto added = s.add_slot(*slot); !added)
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
  if (done)
    done = s.grants->finish();
  for (const RecordingType type : s.configuration.recording.types) {
    if (!done)
      break;
    const std::string path =
        s.path_of(s.configuration.recording.name + "." + name_of(type) + ".yaml");
    done = io::write_text_file(path, run_configuration(s.configuration, s.cell, type));
    s.summary.configurations.push_back(path);
  }
  if (!done)
    return tl::unexpected(done.error());
  for (MadeFile& file : s.summary.recordings)
    file.n_bytes = static_cast<std::int64_t>(std::filesystem::file_size(file.path));
  return s.summary;
}

} // namespace airan::simulation
