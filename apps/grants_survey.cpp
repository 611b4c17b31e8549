// SPDX-License-Identifier: Apache-2.0
// Reading a grants file once, before anything is received.
#include "apps/grants_survey.hpp"

#include "phy/check_grants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace airan::apps {
namespace {

std::string listed(const std::set<std::int32_t>& ids) {
  std::string text;
  for (const std::int32_t id : ids)
    text += (text.empty() ? "" : ", ") + std::to_string(id);
  return text;
}

void add(const GrantsSurvey& slot, GrantsSurvey& survey) {
  survey.n_lines += slot.n_lines;
  survey.max_grants = std::max(survey.max_grants, slot.max_grants);
  survey.max_layers_per_group = std::max(survey.max_layers_per_group, slot.max_layers_per_group);
}

} // namespace

io::GrantsSettings grants_settings(const SourceSettings& source, const CellSettings& cell) {
  io::GrantsSettings g;
  g.path = is_socket(source) ? source.grants.substr(socket_prefix.size()) : source.grants;
  g.cell = cell.id;
  g.numerology = cell.numerology;
  g.first_sfn = source.first_sfn;
  g.first_slot = source.first_slot;
  return g;
}

Result<std::optional<io::GrantsLine>> next_line(io::GrantsReader& reader, std::int32_t cell) {
  for (;;) {
    auto line = reader.next();
    if (!line || !*line || (*line)->id.cell == cell)
      return line;
  }
}

GrantsSurvey
survey_slot(const SlotId& id, std::span<const CheckedGrant> grants, GrantGroups& groups) {
  group_grants(id, grants, groups);
  GrantsSurvey slot;
  slot.n_lines = 1;
  slot.max_grants = static_cast<std::int32_t>(grants.size());
  for (const DetectionGroup& g : groups.groups)
    slot.max_layers_per_group = std::max(slot.max_layers_per_group, g.layers.size());
  return slot;
}

bool fits(const GrantsSurvey& slot, const GrantsSurvey& limits) {
  return slot.max_grants <= limits.max_grants &&
         slot.max_layers_per_group <= limits.max_layers_per_group;
}

Result<GrantsSurvey> survey_grants(const io::GrantsSettings& settings,
                                   const CellSettings& cell,
                                   io::FirstSlots* first_slots) {
  auto reader = io::GrantsReader::open(settings);
  if (!reader)
    return tl::unexpected(reader.error());
  GrantsSurvey survey;
  std::set<std::int32_t> other_cells;
  GrantGroups groups;
  for (;;) {
    const auto line = reader->next();
    if (!line)
      return tl::unexpected(line.error());
    if (!*line)
      break;
    const SlotId& id = (*line)->id;
    if (id.cell != cell.id) {
      if (other_cells.size() < 8)
        other_cells.insert(id.cell);
      continue;
    }
    SlotGrants slot = (*line)->grants;
    slot.line = 0; // said below, with the file
    const auto grants = check_grants(slot, cell);
    if (!grants)
      return file_error(
          fmt::format("{}:{}: {}", settings.path, (*line)->grants.line, grants.error().message));
    add(survey_slot(id, *grants, groups), survey);
    if (first_slots != nullptr && !grants->empty())
      first_slots->note(id.count);
  }
  if (survey.n_lines == 0)
    return file_error(
        fmt::format("{}: no line is for cell {} (the file names cell {}); set cell.id",
                    settings.path, cell.id, listed(other_cells)));
  return survey;
}

} // namespace airan::apps
