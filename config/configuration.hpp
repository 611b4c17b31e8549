// SPDX-License-Identifier: Apache-2.0
// A whole configuration: read from a file, validated, printed.
#pragma once

#include "config/made_signals.hpp"
#include "config/yaml_tree.hpp"
#include "core/numerology.hpp"
#include "core/output_settings.hpp"
#include "core/result.hpp"
#include "core/results.hpp"
#include "core/source_settings.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace airan::config {

/// Where a section and its keys stand in the file, for messages.
struct SectionLines {
  std::int32_t section = 0; ///< 0: it is not there
  std::vector<YamlNode::Key> keys;

  /// Of a key, or of the section where the key is left out.
  std::int32_t of(std::string_view key) const;
};

/// The section `cell`, or one of `cells`. What is left out, a recording may fill in:
/// resolve_cell().
struct Cell {
  std::int32_t id = 1;
  std::optional<std::int32_t> numerology;
  std::optional<CyclicPrefix> cyclic_prefix;
  std::optional<std::int32_t> n_prb;
  std::optional<std::int32_t> first_prb;
  std::optional<std::int32_t> rx_ports;
  std::optional<double> sample_rate_hz;
  std::optional<std::int32_t> fft_size;
  double phase_compensation_hz = 0;
  std::optional<SourceSettings> source; ///< where its IQ comes from; empty where signals are made
  std::int32_t line = 0;                ///< of the configuration, for messages
  SectionLines source_lines;
};

enum class BackendChoice : std::uint8_t {
  automatic, ///< "auto": the first that the machine has of cuda, cpu
  cpu,
  cuda,
};

enum class Detector : std::uint8_t {
  classical, ///< LMMSE
};

/// The section `receiver`; apps hands its parts to phy and io.
struct ReceiverSection {
  BackendChoice backend = BackendChoice::automatic;
  Detector detector = Detector::classical;
  std::int32_t ldpc_max_iterations = 10;
  /// Where the FFT window begins: so much of the shortest cyclic prefix before that prefix's end.
  double fft_window_advance_percent = 31.25;
  /// `sync: auto` looks for the first slot in so much of the recording ...
  double sync_search_ms = 40;
  /// ... and for carrier offsets of up to so much, to either side.
  double sync_max_carrier_offset_hz = 2000;
  /// Grants from a socket are not known beforehand: the receiver is planned for so many in a slot
  /// of a cell ...
  std::int32_t max_grants = 16;
  /// ... and for so many layers of users that share resource elements.
  std::int32_t max_layers = 4;
  std::optional<std::int32_t> slot_core; ///< of the slot thread (packets); empty: any
  /// Row forced per operation ("cpu:ref"), by Stage; empty: the first that fits.
  std::array<std::string, n_stages> rows;

  const std::string& row_of(Stage stage) const { return rows[static_cast<std::size_t>(stage)]; }
};

struct Configuration {
  std::string file;        ///< as it was named
  std::vector<Cell> cells; ///< at least one
  ReceiverSection receiver;
  OutputSettings output;
  Recording recording;
  std::optional<Transmitter> transmitter;
  std::optional<Channel> channel;
  std::optional<RadioUnit> radio_unit;
  std::optional<Suite> suite;
};

/// What a configuration is read for: which sections it must have.
enum class Purpose {
  check,    ///< whatever it holds
  receive,  ///< every cell has a source
  generate, ///< transmitter
  emulate,  ///< transmitter, or a source that is a recording
  simulate, ///< transmitter, suite
};

/// All that is wrong, one sentence each.
struct ConfigurationErrors {
  ErrorKind kind = ErrorKind::configuration; ///< file: it could not be read
  std::vector<std::string> sentences;        ///< "lab.yaml:3: cell.n_prb: ..."
};

using ConfigurationResult = tl::expected<Configuration, ConfigurationErrors>;

/// Relative paths in the file count from the file's folder.
ConfigurationResult load_configuration(const std::string& path, Purpose purpose);
/// The same from a text; `name` stands for the file in messages, `folder` for its folder.
ConfigurationResult parse_configuration(std::string_view text,
                                        const std::string& name,
                                        const std::string& folder,
                                        Purpose purpose);

/// The purpose that its sections suggest: simulate, generate, otherwise receive.
Purpose natural_purpose(const Configuration& configuration);

/// The effective configuration: every key that has a value, defaults included. Reads back to the
/// same configuration.
YamlNode effective_configuration(Configuration configuration);

/// The reference of all keys as Markdown, from the field tables.
std::string key_reference();

} // namespace airan::config
