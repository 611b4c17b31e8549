// SPDX-License-Identifier: Apache-2.0
// A fading channel applied to resource grids: exact delays, constant within a symbol.
#pragma once

#include "core/complex.hpp"
#include "core/numerology.hpp"
#include "core/view.hpp"
#include "simulation/fading_process.hpp"
#include "simulation/random_stream.hpp"

#include <cstdint>
#include <vector>

namespace airan::simulation {

struct FrequencyChannelSettings {
  FadingSettings fading;
  std::int32_t numerology = 1;
  CyclicPrefix cyclic_prefix = CyclicPrefix::normal;
  std::int32_t n_prb = 273;
  double carrier_offset_hz =
      0; ///< phase from symbol to symbol; its leakage between subcarriers is left out
  double timing_offset_ns = 0; ///< > 0: late
};

/// Fast enough for link curves. What the grid cannot show (delays beyond the prefix, leakage
/// between subcarriers) needs TimeChannel.
class FrequencyChannel {
public:
  explicit FrequencyChannel(const FrequencyChannelSettings& settings);

  /// Draws realisation number `realisation`; time starts at 0.
  void draw(std::uint64_t realisation);
  /// Adds what arrives in slot number `slot` (time slot * slot length after the draw) of the
  /// transmitted `sent [tx, symbol, subcarrier]` to `received [rx, symbol, subcarrier]`.
  void apply(View<const cf32, 3> sent, std::int64_t slot, View<cf32, 3> received);
  /// H [rx, tx, subcarrier] of the symbol apply() handled last.
  View<const cf32, 3> response() const { return response_view(); }

private:
  View<cf32, 3> response_view() const {
    return {const_cast<cf32*>(response_.data()),
            {settings_.fading.n_rx, settings_.fading.n_tx, settings_.n_prb * subcarriers_per_prb}};
  }
  void update_response(double time_s);

  FrequencyChannelSettings settings_;
  std::vector<FadingProcess> process_; ///< one, or none before draw()
  std::vector<cf32> delay_phasors_;    ///< [tap, subcarrier]
  std::vector<cf32> gains_;            ///< [tap, rx, tx]
  std::vector<cf32> response_;         ///< [rx, tx, subcarrier]
};

/// Adds white noise of the given variance per element.
void add_noise(View<cf32, 3> grid, float variance, RandomStream& random);

} // namespace airan::simulation
