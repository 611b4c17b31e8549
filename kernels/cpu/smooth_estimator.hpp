// SPDX-License-Identifier: Apache-2.0
// The channel estimator "smooth": timing, carrier offset, LMMSE smoothing, noise.
#pragma once

#include "kernels/cpu/smooth_kernels.hpp"
#include "kernels/estimate_channel.hpp"

#include <array>
#include <vector>

namespace airan {

/// One detection group after the other, user by user:
///  1. least squares at the pilots; layers that differ in w_t are separated, those that differ in
///     w_f stay together as one "stream";
///  2. timing from the phase over frequency, first over pilots of equal cover code, then over PRB
///     averages with growing lag; taken out of the pilots;
///  3. carrier offset from the phase between the nodes;
///  4. maximum likelihood of (delay spread, signal power, noise) over a bank of DelayBasis;
///  5. the power of each mode, measured over ports, nodes and windows, corrects the profile;
///  6. time weights by LMMSE for the measured Doppler spread;
///  7. smoothing, timing put back.
/// Then, per port, the noise from what is left after all layers and from empty CDM groups.
class SmoothEstimator final : public EstimateChannel {
public:
  SmoothEstimator(const PlanLimits& limits, const SmoothKernels& kernels);
  void run(const EstimateChannelArgs& args, Queue& queue) noexcept override;

private:
  static constexpr std::int32_t max_streams = max_layers_per_user;
  static constexpr std::int32_t max_grants = max_layers_per_group;

  /// Layers of a user under one CDM group and w_t.
  struct Stream {
    std::int32_t cdm_group = 0;
    std::int32_t delta = 0;
    std::array<std::int8_t, 2> w_t{};
    bool shared = false;     ///< the group has a layer with the other w_f in this stream
    bool needs_both = false; ///< the group has a layer with the other w_t in this CDM group
  };
  struct User {
    const CheckedGrant* grant = nullptr;
    InlineVector<Stream, max_streams> streams;
    std::array<std::int32_t, max_layers_per_user> stream_of_layer{};
    std::array<bool, max_layers_per_user> alternating{}; ///< w_f = (+, -)
    std::int32_t first_layer = 0;                        ///< in the group
    std::array<double, max_time_nodes> node_time{};      ///< s, centre of the node
    std::array<bool, max_time_nodes> node_seen{};        ///< on any port
    double timing_s = 0;
    double cfo_hz = 0;
    double signal = 0;      ///< measured per layer and port, noise of the averages included
    double power = 0;       ///< of the channel of a data RE, by the model
    double noise_ratio = 1; ///< noise to signal of a least-squares pilot, one node
    double doppler_hz = 0;  ///< maximum of a Jakes spectrum
    double averaged_nodes = 1;
    double node_error = 1;            ///< error of one smoothed node relative to power
    double smooth_error = 1;          ///< the same with the noise of averaged_nodes nodes
    std::array<double, 2> leverage{}; ///< of a pilot on its residual; [shared]
    std::int32_t spread = 0;
    bool wide = true; ///< single pilots are the filter's inputs
    /// Of the smoothing filter's modes relative to power, [shared]: prior and measurement.
    std::array<std::array<double, max_basis_rank>, 2> mode_power{};
    std::array<std::array<double, max_time_nodes>, max_symbols_per_slot> weight{};
    std::array<double, max_symbols_per_slot> error{}; ///< relative to power
  };

  /// Which DelayBasis: the likelihood looks through short windows, smoothing uses long ones.
  enum class FilterUse : std::uint8_t { likelihood, smoothing };
  struct Filter {
    FilterUse use = FilterUse::smoothing;
    bool shared = false;
    bool wide = true;
    std::int32_t spread = 0;
  };
  using Nodes = InlineVector<std::int32_t, max_time_nodes>;
  struct TimeWeights {
    std::array<double, max_time_nodes> weight{};
    double squares = 0;  ///< sum of weight^2
    double mismatch = 0; ///< error without noise, relative to power
  };
  struct Window {
    std::int32_t start = 0; ///< PRB of the hop
    PrbRange put_out;
  };
  /// What likelihood() sees of the pilots, mean over windows; spectrum_ goes with it.
  struct WindowPower {
    double energy = 0; ///< sum of |x|^2 over the inputs
    double inside = 0; ///< of it in the modes
    std::int32_t count = 0;
  };
  /// Signal power and noise-to-signal ratio of maximum likelihood.
  struct Fit {
    double cost = 0; ///< minus the log-likelihood per window
    double power = 0;
    double ratio = 1;
    double noise_freedom = 0; ///< values that the ratio rests on
  };

  // smooth_estimator.cpp
  void estimate_group(const EstimateChannelGroup& g);
  void prepare_users();
  void prepare_masks();
  void write_user(const User& user, std::int32_t index);
  double symbol_time(std::int32_t symbol) const;
  // smooth_pilots.cpp
  void least_squares(User& user, double cfo_hz);
  void extract_node(
      User& user, std::int32_t stream, std::int32_t port, std::int32_t node, double cfo_hz);
  void drop_bad_values(const User& user, std::int32_t port, std::int32_t node);
  void average_cells(const User& user);
  void fill_missing(User& user);
  void fill_missing_nodes(User& user);
  void make_rotation(const User& user, double timing_s);
  void rotate_pilots(const User& user, double timing_s);
  // smooth_sync.cpp
  double coarse_timing(const User& user) const;
  double fine_timing(const User& user) const;
  void measure_cfo(User& user) const;
  void measure_doppler(User& user) const;
  static TimeWeights time_weights(const User& user, const Nodes& nodes, double t);
  void choose_time_weights(User& user) const;
  // smooth_filter.cpp
  const DelayBasis& basis(const User& user, const Filter& filter) const;
  static bool any_shared(const User& user);
  void choose_filter(User& user);
  WindowPower measure_windows(const User& user, bool wide, const DelayBasis& b);
  double power_at(const DelayBasis& b, const WindowPower& w, const float* inverse, double q) const;
  Fit likelihood(const User& user, bool wide, std::int32_t spread);
  bool averages_lose_channel(const User& user);
  static Window next_window(const DelayBasis& b, std::int32_t n_prb, std::int32_t at);
  void project_windows(User& user);
  void filter_errors(User& user);
  void smooth(User& user);
  void smooth_node(const User& user, std::int32_t layer, std::int32_t port, std::int32_t node);
  // smooth_noise.cpp
  void measure_noise();
  void add_residual(const User& user,
                    const DmrsSymbol& symbol,
                    std::int32_t cdm_group,
                    std::int32_t port);
  void add_empty_groups(const User& user, const DmrsSymbol& symbol, std::int32_t port);
  void subtract_layers(const User& user,
                       const DmrsSymbol& symbol,
                       std::int32_t cdm_group,
                       std::int32_t port);
  bool is_empty(const User& user, std::int32_t symbol, std::int32_t cdm_group) const;
  double used_leverage(const User& user, const DmrsSymbol& symbol, std::int32_t cdm_group) const;
  void
  add_noise_energy(const User& user, const DmrsSymbol& symbol, std::int32_t port, double freedom);

  // Workspace, addressed as documented.
  Split stream_pilots(std::int32_t stream, std::int32_t port, std::int32_t node) const;
  Split cells(std::int32_t layer, std::int32_t port, std::int32_t node) const;
  Split modes(std::int32_t layer, std::int32_t port, std::int32_t node) const;
  Split sequence(std::int32_t user, std::int32_t dmrs_symbol) const;
  std::uint8_t* symbol_mask(std::int32_t port, std::int32_t symbol); ///< [prb of the grid]
  std::uint8_t* node_mask(std::int32_t port, std::int32_t node);     ///< [prb of the hop]
  const std::uint8_t* node_mask(std::int32_t port, std::int32_t node) const;
  void load_pilots(const User& user,
                   std::int32_t symbol,
                   std::int32_t port,
                   std::int32_t delta,
                   Split out) const;
  void
  gather(DmrsType type, const cf32* in, std::int32_t delta, std::int32_t n_prb, Split out) const;

  const SmoothKernels kernels_;
  const DelayBasisBank& bank_;
  const std::int32_t max_ports_;
  const std::int32_t max_prb_;
  const std::int32_t max_pilots_;
  const std::int32_t max_modes_; ///< of all windows of a node, padding included

  std::vector<float> pilot_store_;       ///< [stream, port, node, re/im, pilot]
  std::vector<float> cell_store_;        ///< [layer, port, node, re/im, prb]
  std::vector<float> mode_store_;        ///< [layer, port, node, re/im, window, mode]
  std::vector<float> seq_store_;         ///< [user, dmrs symbol, re/im, pilot]
  std::vector<float> scratch_;           ///< pieces below
  std::vector<cf32> sequence_;           ///< [pilot]
  std::vector<std::uint8_t> mask_;       ///< [port, symbol, prb]
  std::vector<std::uint8_t> node_mask_;  ///< [port, node, prb]
  std::vector<std::uint8_t> node_whole_; ///< [port, node]: 0 nothing, 1 some PRBs, 2 all
  Split load_{}, channel_{}, rotation_{}, output_{}, modes_{};

  // The group in work.
  const EstimateChannelGroup* group_ = nullptr;
  View<const cf32, 3> re_;
  View<cf32, 4> h_;
  std::int32_t n_ports_ = 0;
  double spacing_hz_ = 30e3;
  std::array<User, max_grants> users_;
  std::int32_t n_users_ = 0;
  std::array<double, max_rx_ports> noise_energy_{};
  std::array<double, max_rx_ports> noise_freedom_{};
  std::array<double, max_basis_rank> spectrum_{};
  std::array<float, max_basis_rank> gain_{};
  double mean_energy_ = 0;            ///< per input of those windows
  double window_energy_ = 0;          ///< of all windows that likelihood() looks at
  std::int32_t window_energy_of_ = 0; ///< 0 not known, 1 of PRB averages, 2 of single pilots
};

/// Why the estimator cannot be planned for these limits; empty if it can.
std::string smooth_reason_to_decline(const PlanLimits& limits);

} // namespace airan
