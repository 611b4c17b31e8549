// SPDX-License-Identifier: Apache-2.0
// One user's path, applied to grids.
#pragma once

#include "core/cell_settings.hpp"
#include "core/complex.hpp"
#include "core/view.hpp"
#include "simulation/frequency_channel.hpp"
#include "simulation/user_path.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace airan::simulation {

/// Fading is FrequencyChannel's with the seed that UserSampleChannel has; a flat path is a matrix
/// of gains, the timing offset a phase over subcarriers, the carrier offset one over symbols.
class UserGridChannel {
public:
  UserGridChannel(const UserPath& path, const CellSettings& cell);

  /// Adds what arrives of `sent` [tx, symbol, subcarrier] in slot number `slot` of the recording to
  /// `received` [rx, symbol, subcarrier].
  void apply(View<const cf32, 3> sent, std::int64_t slot, View<cf32, 3> received);

private:
  void apply_flat(View<const cf32, 3> sent, std::int64_t slot, View<cf32, 3> received);

  UserPath path_;
  std::int32_t numerology_;
  std::optional<FrequencyChannel> channel_; ///< empty: the path is flat
  std::vector<cf32> gains_;                 ///< [rx, tx] of a flat path
  std::vector<cf32> delay_phasors_;         ///< [subcarrier]
};

/// exp(-j 2 pi (k - 6 n_prb) delay) of every subcarrier k; `delay_turns` is the delay times the
/// subcarrier spacing.
std::vector<cf32> delay_phasors(std::int32_t n_subcarriers, double delay_turns);

} // namespace airan::simulation
