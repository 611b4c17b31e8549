// SPDX-License-Identifier: Apache-2.0
// The samples of one slot while they arrive, port by port.
#pragma once

#include "core/slot_iq.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace airan::io {

/// Sizes of a slot's buffer.
struct SlotSamplesPlan {
  IqFormat format; ///< 16 bits
  std::int32_t n_ports = 1;
  std::int64_t margin = 0;      ///< samples before and after the slot
  std::int64_t max_samples = 0; ///< of the longest slot
};

/// Takes each sample once, in any order, and knows what is missing. Allocates at construction only.
class SlotSamples {
public:
  explicit SlotSamples(const SlotSamplesPlan& plan);
  SlotSamples(SlotSamples&&) = default; // not copied: the slot refers to the vectors
  SlotSamples& operator=(SlotSamples&&) = default;

  /// Begins a slot of `n_samples` samples.
  void begin(const SlotId& id, std::int64_t n_samples);

  enum class Written : std::uint8_t { something, nothing_new, no_room };
  /// Writes samples `first` .. of `port`, counted from the slot's start; what lies outside of the
  /// slot with its margins, or is there already, is passed by. `no_room`: too many gaps.
  Written write(std::int32_t port, std::int64_t first, std::span<const std::byte> iq);

  /// Whether all samples from `first` to the end of the margin are there, on all ports.
  bool is_complete(std::int64_t first) const;
  /// [port, sample] that are missing, without the margins.
  std::int64_t n_missing() const;
  /// All [port, sample] of the slot, without the margins.
  std::int64_t n_all() const { return n_samples_ * plan_.n_ports; }
  /// Fills the gaps with zeros and returns the slot, valid until begin().
  const SlotIq* finish(std::int64_t closed_ns);
  const SlotIq* slot() const { return &slot_; }

private:
  std::byte* at(std::int32_t port, std::int64_t sample);

  SlotSamplesPlan plan_;
  std::int64_t port_stride_; ///< bytes
  std::int64_t n_samples_ = 0;
  std::vector<std::byte> bytes_;
  std::vector<std::vector<SampleRange>> missing_; ///< [port], ascending
  std::vector<std::span<const SampleRange>> missing_on_port_;
  SlotIq slot_;
};

} // namespace airan::io
