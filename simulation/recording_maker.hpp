// SPDX-License-Identifier: Apache-2.0
// Recordings with known payload: IQ files, grants, and configurations that receive them.
#pragma once

#include "config/configuration.hpp"
#include "core/cell_settings.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace airan::simulation {

struct MadeFile {
  std::string path;
  std::int64_t n_bytes = 0;
};

struct RecordingSummary {
  std::int64_t n_slots = 0;
  std::int64_t n_transport_blocks = 0;     ///< transmissions, HARQ ones included
  std::int64_t n_expected = 0;             ///< grants that expect crc_ok
  std::int64_t n_payload_bits = 0;         ///< of new data
  std::int64_t n_samples = 0;              ///< per port; 0: only grids were made
  std::int64_t n_saturated = 0;            ///< components that did not fit the number format
  double sample_rate_hz = 0;               ///< 0: only grids were made
  double noise_variance = 0;               ///< per RE and receive port, a layer's RE has power 1
  double gain_db = 0;                      ///< of the front end, from grid units to full scale 1
  std::int64_t n_packets = 0;              ///< of the capture
  double packet_gain = 0;                  ///< from grid units to full scale 1 of the capture
  std::vector<MadeFile> recordings;        ///< IQ and grants
  std::vector<std::string> configurations; ///< for `airan run`, one per kind of recording
};

/// Makes a recording slot by slot; memory does not grow with its length. The same configuration
/// gives the same files.
///
/// Recordings in the time domain pass through filters and delays (SampleMaker). Grids are made in
/// the frequency domain with the same seeds of fading (UserGridChannel): exact delays, no leakage
/// between subcarriers, nothing of the front end, no lead-in; their noise is another draw. Captures
/// (oran-pcap) hold the packets that a radio unit makes of the same grids, of the symbols of each
/// slot's grants (RadioUnit); their largest I or Q is radio_unit.peak of full scale.
class RecordingMaker {
public:
  /// Checks everything that can be known before the first slot, the grants of the first 1024 slots
  /// included, and touches no file. `configuration` was loaded with Purpose::generate.
  static Result<RecordingMaker> make(const config::Configuration& configuration);
  ~RecordingMaker();
  RecordingMaker(RecordingMaker&&) noexcept;
  RecordingMaker& operator=(RecordingMaker&&) noexcept;

  /// Calls of make_slot() that do something.
  std::int64_t n_steps() const;
  /// Makes the next slot; false when all are made. For captures all slots are made twice, first to
  /// find their level. The first slot that is kept makes the folder.
  Result<bool> make_slot();
  /// Closes the files; writes the configurations.
  Result<RecordingSummary> finish();

private:
  struct State;
  explicit RecordingMaker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace airan::simulation
