// SPDX-License-Identifier: Apache-2.0
// A DM-RS scenario in double precision: grants by hand, pilots and channels from the clauses, and
// the textbook LMMSE bound for a known delay profile.
#pragma once

#include "core/channel_estimate.hpp"
#include "core/slot_buffers.hpp"

#include <complex>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace airan::test {

using Cx = std::complex<double>;

struct Tap {
  double delay_ns = 0;
  double power = 1;
};
/// Tapped delay lines of TS 38.104 table G.2.1.1-2 to -4: "A30", "B100", "C300"; or "flat".
std::vector<Tap> delay_profile(const std::string& name);

/// How a grant of a scenario is sent.
struct UserSetup {
  std::vector<std::int32_t> ports{0}; ///< p - 1000
  PrbRange prbs{0, 24};
  double timing_ns = 0;
  double cfo_hz = 0;
  double power = 1; ///< of each layer on each receive port
};

struct ScenarioSetup {
  std::vector<UserSetup> users{UserSetup{}};
  std::int32_t n_ports = 2;
  std::int32_t numerology = 1;
  CyclicPrefix cyclic_prefix = CyclicPrefix::normal;
  std::int32_t n_prb = 0; ///< of the grid; 0: just enough
  DmrsType type = DmrsType::type1;
  std::int32_t n_cdm_groups_without_data = 2;
  std::vector<std::int32_t> symbols{2, 11}; ///< DM-RS symbols; double: the first of each pair
  bool is_double = false;
  Waveform waveform = Waveform::cp_ofdm;
  std::int32_t second_hop_prb = -1; ///< hop at symbol 7 to this PRB; below 0: no hopping
  std::vector<Tap> profile{Tap{}};
  bool fading = true;        ///< complex Gaussian taps; otherwise their roots with a random phase
  double noise_power = 0.01; ///< per RE and port
  double doppler_hz = 0;     ///< Jakes, by a sum of sinusoids
  double gain = 1;           ///< of the whole grid
};

/// A slot of pilots (other REs of the DM-RS symbols are empty) with its true channel.
class Scenario {
public:
  Scenario(const ScenarioSetup& setup, std::uint64_t seed);
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;

  /// Channel of a data RE of a group layer; k counts subcarriers of the grid.
  Cx channel(std::int32_t layer, std::int32_t port, std::int32_t symbol, std::int32_t k) const;

  ScenarioSetup setup;
  std::vector<CheckedGrant> grants;
  std::vector<const CheckedGrant*> pointers;
  std::vector<Segment> segments;
  DetectionGroup group;
  ResourceGrid grid;
  std::vector<cf32> re;            ///< [port, symbol, subcarrier]
  std::vector<std::uint8_t> valid; ///< [port, symbol, prb]
  std::int32_t n_prb = 0;
  std::int32_t n_symbols = 14; ///< of the slot

  // The output tensors.
  ChannelEstimate estimate;
  std::vector<cf32> h, time_weight, noise_covariance;
  std::vector<float> error, timing, cfo;

  /// Estimate of the channel of a data RE as Detect would interpolate it.
  Cx estimated(std::int32_t layer, std::int32_t port, std::int32_t symbol, std::int32_t k) const;
  /// Mean over a layer's own REs of |estimate - channel|^2 / setup power, DM-RS symbols included.
  double relative_error(std::int32_t layer) const;
  double noise_estimate(std::int32_t port) const;

private:
  void make_grants();
  void make_channel(std::mt19937_64& random);
  void make_grid(std::mt19937_64& random);
  void make_estimate();
  double body_time(std::int32_t symbol) const;

  struct Ray {
    double delay_s = 0;
    double doppler_hz = 0;
    Cx gain;
  };
  std::vector<std::vector<Ray>> rays_; ///< [layer * port]
  std::vector<std::int32_t> user_of_layer_;
};

/// The pilots of TS 38.211 6.4.1.1.1 bit by bit: CP-OFDM from CRB 0 of the grid; DFT-s-OFDM the
/// Zadoff-Chu sequence of 5.2.2.1 (36 pilots or more).
std::vector<Cx> oracle_dmrs(const CheckedGrant& grant, const DmrsSymbol& symbol);

/// Mean over all subcarriers of the relative error of LMMSE with known profile, one layer in its
/// CDM group, the channel equal at all nodes: `noise_to_signal` is that of a least-squares pilot
/// averaged over nodes.
double lmmse_bound(const std::vector<Tap>& profile,
                   DmrsType type,
                   std::int32_t n_prb,
                   double noise_to_signal);

} // namespace airan::test
