// SPDX-License-Identifier: Apache-2.0
// Reader of grants files: JSON Lines, one slot per line, in time order.
#pragma once

#include "core/pusch_grant.hpp"
#include "core/result.hpp"
#include "core/slot_id.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace airan::io {

/// One line: the slot, numbered, and what was scheduled in it.
struct GrantsLine {
  SlotId id; ///< cell: the line's, or the only cell's
  SlotGrants grants;
};

struct GrantsSettings {
  std::string path;
  std::int32_t cell = 1; ///< the only cell, for lines that name none
  std::int32_t numerology = 1;
  /// SFN and slot of the recording's first slot, where they are known: they tell in which SFN cycle
  /// the first line lies (the one nearest to the recording's start).
  std::optional<std::int32_t> first_sfn;
  std::optional<std::int32_t> first_slot;
};

/// Reads one line at a time: memory does not grow with the file. Errors (ErrorKind::file) are one
/// sentence with file and line. Empty lines, CR before the newline and a byte order mark at the
/// start are skipped. Nothing is checked but form: names, types, the range of a field's FAPI type,
/// SFN and slot, a slot of a cell given twice; phy's check_grants does the rest.
class GrantsReader {
public:
  /// Opens the file and reads its first line; a file without any line is an error.
  static Result<GrantsReader> open(const GrantsSettings& settings);
  ~GrantsReader();
  GrantsReader(GrantsReader&&) noexcept;
  GrantsReader& operator=(GrantsReader&&) noexcept;

  /// The next line; nullopt at the end of the file. After an error the reader must not be used.
  Result<std::optional<GrantsLine>> next();
  /// The slot of the first line.
  const SlotId& first() const;
  /// SlotId::count of the recording's first slot: of first_sfn and first_slot where they were
  /// given, else of the first line (the recording starts with the first slot of the grants).
  std::int64_t recording_count() const;

private:
  struct State;
  explicit GrantsReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Parses one line (no newline in it). `where` begins the error ("FILE:LINE"). Throws nothing;
/// memory is bounded by a constant times the length.
Result<SlotGrants>
parse_grants_line(std::string_view line, std::int32_t numerology, std::string_view where);

/// A longer line is refused: 275 users of 1 PRB take a fifth of it.
inline constexpr std::size_t max_grants_line_bytes = 1U << 20;

} // namespace airan::io
