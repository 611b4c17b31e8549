// SPDX-License-Identifier: Apache-2.0
// Power delay profiles: TR 38.901 TDL-A to -E and the reduced ones of TS 38.104 annex G.
#pragma once

#include "config/made_signals.hpp"

#include <vector>

namespace airan::simulation {

struct Tap {
  double delay_ns = 0;
  double power = 0;              ///< linear; the powers of a profile sum to 1
  bool is_line_of_sight = false; ///< constant amplitude, Doppler shift 0.7 f_D (TR 38.901 7.7.2)
};

/// `delay_spread_ns` scales TDL-A to -E (their tables are normalised to a delay spread of 1); the
/// reduced profiles have theirs. AWGN and `none` are one tap at delay 0 of constant amplitude.
std::vector<Tap> delay_profile(config::ChannelModel model, double delay_spread_ns);

/// rms delay spread, ns.
double rms_delay_spread_ns(const std::vector<Tap>& taps);

} // namespace airan::simulation
