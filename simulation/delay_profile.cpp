// SPDX-License-Identifier: Apache-2.0
// Profiles from their tables, scaled in delay and normalised in power.
#include "simulation/delay_profile.hpp"

#include <cmath>
#include <span>

namespace airan::simulation {
namespace {

struct NormalisedTap {
  double delay; ///< TDL-A to -E: in delay spreads; reduced profiles: ns
  double power_db;
};

#include "simulation/tdl_tables.inc"

struct Profile {
  std::span<const NormalisedTap> taps;
  bool scales = false;            ///< delays are multiples of the delay spread
  bool has_line_of_sight = false; ///< the first entry is the line-of-sight ray
};

Profile profile_of(config::ChannelModel model) {
  using enum config::ChannelModel;
  switch (model) {
  case tdl_a:
    return {::airan::simulation::tdl_a, true, false};
  case tdl_b:
    return {::airan::simulation::tdl_b, true, false};
  case tdl_c:
    return {::airan::simulation::tdl_c, true, false};
  case tdl_d:
    return {::airan::simulation::tdl_d, true, true};
  case tdl_e:
    return {::airan::simulation::tdl_e, true, true};
  case tdla30:
    return {::airan::simulation::tdla30, false, false};
  case tdlb100:
    return {::airan::simulation::tdlb100, false, false};
  case tdlc300:
    return {::airan::simulation::tdlc300, false, false};
  case none:
  case awgn:
    break;
  }
  return {};
}

} // namespace

std::vector<Tap> delay_profile(config::ChannelModel model, double delay_spread_ns) {
  const Profile profile = profile_of(model);
  if (profile.taps.empty())
    return {{0.0, 1.0, true}};
  std::vector<Tap> taps;
  double sum = 0;
  for (const NormalisedTap& t : profile.taps) {
    const bool is_line_of_sight = profile.has_line_of_sight && taps.empty();
    taps.push_back({t.delay * (profile.scales ? delay_spread_ns : 1.0),
                    std::pow(10.0, t.power_db / 10.0), is_line_of_sight});
    sum += taps.back().power;
  }
  for (Tap& t : taps)
    t.power /= sum;
  return taps;
}

double rms_delay_spread_ns(const std::vector<Tap>& taps) {
  double mean = 0;
  double square = 0;
  for (const Tap& t : taps) {
    mean += t.power * t.delay_ns;
    square += t.power * t.delay_ns * t.delay_ns;
  }
  return std::sqrt(square - mean * mean);
}

} // namespace airan::simulation
