// SPDX-License-Identifier: Apache-2.0
// The field tables: one describe() per section, the only place where keys are named.
#pragma once

#include "config/configuration.hpp"
#include "config/field_table.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace airan::config {

/// The sections as they stand in a file: one cell and its source, or cells with their own.
struct Document {
  std::optional<Cell> cell;
  std::vector<Cell> cells;
  std::optional<SourceSettings> source;
  SectionLines source_lines;
  ReceiverSection receiver;
  OutputSettings output;
  Recording recording;
  std::optional<Transmitter> transmitter;
  std::optional<Channel> channel;
  std::optional<RadioUnit> radio_unit;
  std::optional<Suite> suite;
};

void describe(FieldTable& table, Document& document);

void describe(FieldTable& table, Cell& cell);
void describe(FieldTable& table, SourceSettings& source);
void describe(FieldTable& table, CompressionSettings& compression);
void describe(FieldTable& table, Ta4Window& window);
void describe(FieldTable& table, ReceiverSection& receiver);
void describe(FieldTable& table, Transmitter& transmitter);
void describe(FieldTable& table, User& user);
void describe(FieldTable& table, Codebook& codebook);
void describe(FieldTable& table, Ptrs& ptrs);
void describe(FieldTable& table, Channel& channel);
void describe(FieldTable& table, FrontEnd& front_end);
void describe(FieldTable& table, RadioUnit& unit);
void describe(FieldTable& table, Suite& suite);
void describe(FieldTable& table, Curve& curve);

/// The section `source`: its keys depend on its type. Notes where they stand.
Field& source_section(FieldTable& table,
                      std::optional<SourceSettings>& source,
                      SectionLines& lines,
                      std::string_view doc);

/// Numbers of CPU cores in a configuration are at most this.
inline constexpr std::int32_t max_core = 1023;

/// What no single key shows: keys that exclude, need or contradict each other.
void check_combinations(const Document& document, Problems& problems);

} // namespace airan::config
