// SPDX-License-Identifier: Apache-2.0
// Powers of a made signal: noise from the SNR, and the gain of the recorder.
#pragma once

#include "config/made_signals.hpp"
#include "core/cell_settings.hpp"
#include "core/result.hpp"

#include <cstdint>

namespace airan::simulation {

struct SignalLevel {
  /// Per RE and receive port, and (FFTs are scaled by 1/sqrt(N)) per sample. 0: no noise.
  double noise_variance = 0;
  /// Amplitude from grid units to full scale 1, without a cell.fft_size 1.
  double gain = 1;
};

/// Power per data RE of a user of power_db 0: the sum of |W|^2 over antenna ports and layers, which
/// is the number of layers without a codebook. An error when the codebooks lack the precoder.
Result<double> user_power(const config::User& user);

/// The noise follows from channel.snr_db, which is that of the first user of the list as if its
/// power_db were 0: other users differ by their power_db, layers and precoders.
/// `per_port`: its power of all layers per data RE and receive port over the noise's, in the mean
/// over fading. `post_combining`: the sum of that over the receive ports. With model `none` only
/// the ports that the user reaches count.
///
/// The gain makes the rms of slots with grants -15 dB + gain_db of full scale, noise included, on
/// the strongest receive port and in the mean over fading. The slots are the first `max_slots` of
/// the schedule.
Result<SignalLevel> signal_level(const config::Transmitter& transmitter,
                                 const config::Channel& channel,
                                 const CellSettings& cell,
                                 std::int32_t max_slots);

} // namespace airan::simulation
