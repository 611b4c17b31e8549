// SPDX-License-Identifier: Apache-2.0
// Detection groups and what EstimateChannel says about them.
#pragma once

#include "core/checked_grant.hpp"
#include "core/complex.hpp"
#include "core/inline_vector.hpp"
#include "core/slot_id.hpp"
#include "core/tensor_ref.hpp"

#include <cstdint>
#include <span>

namespace airan {

/// A layer of a detection group: which grant, and which of its layers.
struct GroupLayer {
  std::int32_t grant = 0; ///< index into DetectionGroup::grants
  std::int32_t layer = 0; ///< of that grant
};

/// PRBs and symbols of a group that hold the same users.
struct Segment {
  PrbRange prbs;
  std::int32_t first_symbol = 0;
  std::int32_t n_symbols = 0;
  InlineVector<std::int32_t, max_layers_per_group> layers; ///< indices into DetectionGroup::layers
};

/// A maximal set of grants of a slot connected by shared resource elements. Layers of grants come
/// in the order of `grants`. `prbs` is the span of all PRBs; the estimate's subcarrier axis counts
/// from prbs.first_subcarrier().
struct DetectionGroup {
  SlotId id;
  std::span<const CheckedGrant* const> grants;
  InlineVector<GroupLayer, max_layers_per_group> layers;
  std::span<const Segment> segments;
  PrbRange prbs;
  std::int32_t n_time_nodes = 1; ///< the most DM-RS nodes of any grant of the group, at most 4
};

inline constexpr std::int32_t max_time_nodes = 4;

/// Per detection group. Detect interpolates in time:
///   H[port, layer](symbol, k) = sum over nodes of time_weight[layer, symbol, node] * h[layer,
///   port, node, k].
/// h is the channel of a data RE (the DM-RS amplitude is divided out). Time node n of a layer is
/// node n of its grant's Dmrs::nodes. Values outside a layer's own PRBs are zero, and the weight
/// of a symbol without the layer is zero. Algorithms are scale-free; powers are linear, per RE.
struct ChannelEstimate {
  TensorRef<cf32, 4> h; ///< [layer, port, time_node, subcarrier]
  TensorRef<cf32, 3>
      time_weight; ///< [layer, symbol, time_node]; carries the residual carrier offset
  /// Variance of the error of the interpolated channel, mean over ports, [layer, symbol,
  /// subcarrier]; an algorithm without frequency dependence gives the subcarrier axis a stride of
  /// 0.
  TensorRef<float, 3> h_error_var;
  /// Noise plus interference, Hermitian, [prb_group, port, port]; a group is `prbs_per_covariance`
  /// PRBs of the detection group's span. Floored at 1e-9 of the signal.
  TensorRef<cf32, 3> noise_covariance;
  std::int32_t prbs_per_covariance = max_prb;
  TensorRef<float, 1> timing_ns; ///< [grant]; > 0 is late
  TensorRef<float, 1> cfo_hz;    ///< [grant]; > 0: received too high
};

} // namespace airan
