// SPDX-License-Identifier: Apache-2.0
// The reference of the channel estimator "smooth": plain, slow, in double precision.
#pragma once

#include "kernels/cpu/lmmse_filter.hpp"
#include "kernels/estimate_channel.hpp"

#include <array>
#include <span>
#include <vector>

namespace airan {

inline constexpr std::int32_t reference_window_prb = 32;   ///< smoothing looks at so many PRBs
inline constexpr std::int32_t reference_test_prb = 24;     ///< the likelihood at so many,
inline constexpr std::int32_t reference_test_used_prb = 6; ///< of which some six are used

/// What the reference finds out about a grant.
struct ReferenceUser {
  struct Error {
    double mismatch = 0; ///< of interpolation without noise, relative to power
    double squares = 0;  ///< sum of the squared weights
    double total = 0;
  };
  std::int32_t first_layer = 0;
  double timing_s = 0;
  double cfo_hz = 0;
  double signal = 0;      ///< measured per layer and port, noise included
  double power = 0;       ///< of the channel of a data RE
  double noise_ratio = 1; ///< noise to signal of a least-squares pilot
  double doppler_hz = 0;  ///< maximum of a Jakes spectrum
  double averaged_nodes = 1;
  double residual_share = 1; ///< LmmseFilter::residual_share()
  std::int32_t spread = 0;   ///< index of smooth_delay_spreads
  bool shared = false;       ///< a layer of the group has the other w_f in one of its CDM groups
  std::array<std::array<double, max_time_nodes>, max_symbols_per_slot> weight{};
  std::array<Error, max_symbols_per_slot> error{};
};

/// The same quantities as SmoothEstimator by the shortest way: every step in the notation of its
/// formula, LMMSE by Cholesky, no tables. It shares the assumed delay profiles with the fast rows
/// and nothing else.
class SmoothReference final : public EstimateChannel {
public:
  explicit SmoothReference(const PlanLimits& limits);
  void run(const EstimateChannelArgs& args, Queue& queue) noexcept override;

private:
  // estimate_channel_ref.cpp
  void find_good_prbs();
  void estimate_user();
  void least_squares();
  void rotate(double timing_s);
  void smooth();
  void make_filter(double q);
  std::int32_t smooth_window(std::int32_t l, std::int32_t p, std::int32_t n, std::int32_t at);
  void copy_node(std::int32_t p, std::int32_t n);
  void write_user(std::int32_t index);
  double symbol_time(std::int32_t symbol) const;
  double node_time(const CheckedGrant& grant, std::int32_t node) const;
  // smooth_reference_sync.cpp
  double coarse_timing();
  double fine_timing();
  cf64 prb_average(std::int32_t l, std::int32_t p, std::int32_t n, std::int32_t prb);
  cf64 node_product(std::int32_t later, std::int32_t earlier);
  void measure_cfo();
  void measure_doppler();
  void choose_time_weights(double node_error);
  // smooth_reference_noise.cpp
  void choose_profile();
  double fit_profile(std::int32_t spread, double ratio_db, double& power);
  void measure_noise();
  void add_residual(const DmrsSymbol& symbol, std::int32_t p, std::int32_t cdm_group);
  bool has_data(std::int32_t symbol, std::int32_t prb, std::int32_t cdm_group) const;

  std::span<cf64> z(std::int32_t l, std::int32_t p, std::int32_t n); ///< [pilot]
  std::span<std::uint8_t> seen(std::int32_t p, std::int32_t n);      ///< [prb of the hop]
  bool any_seen(std::int32_t p, std::int32_t n);
  std::uint8_t& good(std::int32_t p, std::int32_t symbol, std::int32_t prb);

  const std::int32_t max_prb_;
  const std::int32_t max_ports_;
  std::vector<DelayCorrelation> profiles_; ///< [spread]
  std::vector<cf64> z_;                    ///< least squares [layer, port, node, pilot]
  std::vector<std::uint8_t> good_;         ///< [port, symbol, prb]
  std::vector<std::uint8_t> seen_;         ///< [port, node, prb]
  std::vector<cf32> sequence_;             ///< [pilot]
  LmmseFilter filter_;
  LmmseFilter other_filter_;
  LmmseFilter::Setup setup_;
  std::array<std::uint8_t, reference_window_prb> mask_{};
  std::array<ReferenceUser, max_layers_per_group> users_;
  std::array<double, max_rx_ports> noise_energy_{};
  std::array<double, max_rx_ports> noise_freedom_{};

  // The group and the grant in work.
  const EstimateChannelGroup* g_ = nullptr;
  const CheckedGrant* grant_ = nullptr;
  ReferenceUser* user_ = nullptr;
  View<const cf32, 3> re_;
  View<cf32, 4> h_;
  std::int32_t n_ports_ = 0;
  double spacing_hz_ = 30e3;
};

} // namespace airan
