// SPDX-License-Identifier: Apache-2.0
// Grants of a cell, checked and counted: what a receiver must be planned for.
#pragma once

#include "apps/slot_feed.hpp"
#include "core/cell_settings.hpp"
#include "core/checked_grant.hpp"
#include "core/result.hpp"
#include "core/source_settings.hpp"
#include "io/files/grants_reader.hpp"
#include "io/packets/first_slots.hpp"
#include "phy/group_grants.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace airan::apps {

/// How "unix:PATH" begins.
inline constexpr std::string_view socket_prefix = "unix:";
/// Whether the grants of the source come from a socket.
inline bool is_socket(const SourceSettings& source) {
  return source.grants.starts_with(socket_prefix);
}

/// How the grants of a source are read; the path is the file's or the socket's.
io::GrantsSettings grants_settings(const SourceSettings& source, const CellSettings& cell);

/// The next line that is for this cell.
Result<std::optional<io::GrantsLine>> next_line(io::GrantsReader& reader, std::int32_t cell);

/// What a slot needs of a receiver (n_lines 1). `groups` is storage that is reused.
GrantsSurvey
survey_slot(const SlotId& id, std::span<const CheckedGrant> grants, GrantGroups& groups);
/// Whether a receiver that is planned for `limits` can take what `slot` needs.
bool fits(const GrantsSurvey& slot, const GrantsSurvey& limits);

/// Reads all grants once: every one must be sound, before anything is received. Slots in which
/// something is granted are noted in `first_slots`, unless it is null.
Result<GrantsSurvey> survey_grants(const io::GrantsSettings& settings,
                                   const CellSettings& cell,
                                   io::FirstSlots* first_slots = nullptr);

} // namespace airan::apps
