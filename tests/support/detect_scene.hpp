// SPDX-License-Identifier: Apache-2.0
// Small received slots with a known channel, for tests of Detect.
#pragma once

#include "core/channel_estimate.hpp"
#include "core/checked_grant.hpp"
#include "core/slot_buffers.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace airan::test {

struct SceneUser {
  Modulation modulation = Modulation::qpsk;
  std::int32_t n_layers = 1;
  PrbRange prbs{0, 4};
  std::optional<std::int32_t> second_hop_prb =
      std::nullopt; ///< set: hops in the middle of the slot
  Waveform waveform = Waveform::cp_ofdm;
  std::uint16_t dmrs_symbol_mask = 0; ///< data subcarriers of DM-RS symbols 2 and 11
  std::int32_t first_symbol = 0;
  std::int32_t n_symbols = 14;
};

struct SceneSpec {
  std::string name = {}; ///< of the test case
  std::vector<SceneUser> users = {};
  std::int32_t n_ports = 1;
  std::int32_t grid_prbs = 8;
  double snr_db = 20; ///< per port and layer; the noise itself is added too
  std::int32_t n_time_nodes = 2;
  std::int32_t prbs_per_covariance = max_prb;
  double channel_error_var = 0;
  bool error_var_by_subcarrier = false;
  double amplitude = 1; ///< of everything that is received
};

/// One detection group, its estimate (the true channel) and what was sent. Not copyable: views
/// refer to the members.
struct DetectScene {
  explicit DetectScene(const SceneSpec& spec, std::uint32_t seed = 1);
  DetectScene(const DetectScene&) = delete;
  DetectScene& operator=(const DetectScene&) = delete;

  SceneSpec spec;
  std::vector<CheckedGrant> grants;
  std::vector<const CheckedGrant*> grant_pointers;
  std::vector<Segment> segments;
  DetectionGroup group;
  ChannelEstimate estimate;
  ResourceGrid grid;
  std::vector<std::vector<cf32>> sent; ///< [grant][symbol of the codeword], before precoding
  std::vector<std::vector<std::uint8_t>> sent_bits; ///< [grant][codeword bit], before scrambling

  std::vector<cf32> h, time_weight, covariance, re;
  std::vector<float> h_error_var, timing, cfo;
  std::vector<std::uint8_t> valid;

private:
  void make_grants();
  void make_segments();
  void make_estimate();
  void make_grid();
  void send(std::size_t user);
  cf32 gaussian(double power);

  std::mt19937 random_;
  std::vector<cf64> layer_grid_; ///< [layer, symbol, subcarrier], what each layer sends
};

} // namespace airan::test
