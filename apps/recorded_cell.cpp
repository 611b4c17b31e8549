// SPDX-License-Identifier: Apache-2.0
// Set-up of a recorded cell: facts, grants, synchronisation, source.
#include "apps/recorded_cell.hpp"

#include "apps/grants_survey.hpp"
#include "config/resolve_cell.hpp"
#include "io/open_source.hpp"
#include "phy/check_grants.hpp"
#include "phy/synchronise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace airan::apps {
Result<RecordedCell> RecordedCell::open(const config::Cell& cell,
                                        const config::ReceiverSection& receiver) {
  SourceSettings source = *cell.source;
  const auto facts = io::probe_recording(source);
  if (!facts)
    return tl::unexpected(facts.error());
  const SignalDomain domain =
      source.type == SourceType::grid ? SignalDomain::frequency : SignalDomain::time;
  const auto settings = config::resolve_cell(cell, *facts, source.path, domain);
  if (!settings)
    return tl::unexpected(settings.error());
  // A grid recording may say itself which slot it begins with.
  if (!source.first_sfn)
    source.first_sfn = facts->first_sfn;
  if (!source.first_slot)
    source.first_slot = facts->first_slot;

  const io::GrantsSettings grants = grants_settings(source, *settings);
  const auto survey = survey_grants(grants, *settings);
  if (!survey)
    return tl::unexpected(survey.error());
  auto reader = io::GrantsReader::open(grants);
  if (!reader)
    return tl::unexpected(reader.error());

  RecordedCell out(*settings, *std::move(reader));
  out.survey_ = *survey;
  out.grants_path_ = source.grants;
  io::SourcePlan plan;
  plan.first_count = out.grants_.recording_count();
  config::Cell completed = cell;
  completed.source = source;
  if (source.sync == Sync::automatic && domain == SignalDomain::time) {
    const auto found = out.synchronise_source(completed, receiver);
    if (!found)
      return tl::unexpected(found.error());
    plan.first_count = found->id.count;
    plan.first_sample = found->first_sample;
    out.synchronised_ = *found;
  }
  auto opened = io::open_source(source, *settings, plan);
  if (!opened)
    return tl::unexpected(opened.error());
  out.source_ = *std::move(opened);
  if (const auto first = out.advance(); !first)
    return tl::unexpected(first.error());
  return out;
}

Result<Synchronised> RecordedCell::synchronise_source(const config::Cell& cell,
                                                      const config::ReceiverSection& receiver) {
  const SourceSettings& source = *cell.source;
  const OfdmTiming timing{settings_.numerology, settings_.cyclic_prefix,
                          settings_.fft_size.value_or(0)};
  const auto n_samples =
      static_cast<std::int64_t>(receiver.sync_search_ms * 1e-3 * timing.sample_rate_hz());
  const auto chunk = io::read_samples(source, settings_, {0, n_samples});
  if (!chunk)
    return tl::unexpected(chunk.error());
  const HostTensor<cf32, 2> samples = unpack_stretch(chunk->iq, timing);

  // The grants of the slots that this stretch may hold.
  auto reader = io::GrantsReader::open(grants_settings(source, settings_));
  if (!reader)
    return tl::unexpected(reader.error());
  std::vector<std::vector<CheckedGrant>> grants;
  std::vector<SlotId> ids;
  for (;;) {
    const auto line = next_line(*reader, settings_.id);
    if (!line)
      return tl::unexpected(line.error());
    if (!*line ||
        (!ids.empty() &&
         ((*line)->id.count - ids.front().count) * slot_ns(settings_.numerology) > sync_grants_ns))
      break;
    auto checked = check_grants((*line)->grants, settings_);
    if (!checked)
      return tl::unexpected(checked.error());
    grants.push_back(*std::move(checked));
    ids.push_back((*line)->id);
  }
  std::vector<SyncSlot> slots;
  for (std::size_t i = 0; i < ids.size(); ++i)
    slots.push_back({ids[i], grants[i]});

  SyncRequest request;
  request.samples = samples.view();
  request.slots = slots;
  request.timing = timing;
  request.cell = settings_;
  request.max_cfo_hz = receiver.sync_max_carrier_offset_hz;
  if (source.first_sfn && source.first_slot)
    request.first_count = grants_.recording_count();
  const auto found = synchronise(request);
  if (!found)
    return file_error(source.path + ": " + found.error().message);
  return Synchronised{found->first_slot, found->first_sample, found->cfo_hz};
}

Result<void> RecordedCell::advance() {
  next_.reset();
  auto line = next_line(grants_, settings_.id);
  if (!line)
    return tl::unexpected(line.error());
  if (!*line)
    return {};
  auto grants = check_grants((*line)->grants, settings_);
  // All of the file was sound when it was surveyed, and the receiver is planned for what it held.
  if (!grants || !fits(survey_slot((*line)->id, *grants, groups_), survey_))
    return file_error(fmt::format("{}:{}: the grants were changed while they were read",
                                  grants_path_, (*line)->grants.line));
  next_ = NextSlot{*std::move(*line), *std::move(grants)};
  return {};
}

PlanLimits plan_limits(const std::vector<const SlotFeed*>& cells,
                       std::int32_t ldpc_max_iterations) {
  PlanLimits limits;
  limits.n_cells = static_cast<std::int32_t>(cells.size());
  limits.n_prb = 1;
  limits.n_symbols = 12;
  limits.n_grants = 0;
  limits.n_layers_per_group = 1;
  limits.ldpc_max_iterations = ldpc_max_iterations;
  for (const SlotFeed* c : cells) {
    const CellSettings& s = c->settings();
    limits.n_ports = std::max(limits.n_ports, s.rx_ports);
    limits.n_prb = std::max(limits.n_prb, s.n_prb);
    limits.n_symbols = std::max(limits.n_symbols, s.n_symbols());
    limits.fft_size = std::max(limits.fft_size, s.fft_size.value_or(0));
    limits.n_grants += std::max(c->survey().max_grants, 1);
    limits.n_layers_per_group =
        std::max(limits.n_layers_per_group, c->survey().max_layers_per_group);
  }
  return limits;
}

} // namespace airan::apps
