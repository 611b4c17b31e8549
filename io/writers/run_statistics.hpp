// SPDX-License-Identifier: Apache-2.0
// Figures of a run, kept in bounded memory however long it is.
#pragma once

#include "core/pusch_grant.hpp"
#include "core/results.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace airan::io {

/// A histogram of non-negative values in steps of 1/32 of an octave: a percentile is at most 2.2 %
/// off and never beyond the exact maximum.
class Percentiles {
public:
  void add(std::int64_t value);
  std::int64_t count() const { return count_; }
  std::int64_t max() const { return max_; }
  double mean() const;
  /// The value that a share `p` (0..1) of all values does not exceed; NaN when there is none.
  double at(double p) const;

private:
  static constexpr int steps_per_octave = 32;
  static constexpr int n_octaves = 63;
  std::array<std::int64_t, steps_per_octave * n_octaves + 1> bins_{};
  std::int64_t count_ = 0;
  std::int64_t max_ = 0;
  double sum_ = 0;
};

/// Whether a transport block is what its grant expects; nullopt without an expectation.
std::optional<bool> matches(const TransportBlock& block,
                            const std::optional<Expectation>& expect,
                            std::string_view payload_sha256);

/// Totals of a run over its slots.
class RunStatistics {
public:
  /// One slot; `verdicts` (of matches()) in the order of its transport blocks.
  void add(const SlotReport& report, std::span<const std::optional<bool>> verdicts);

  std::int64_t n_slots = 0;
  std::int64_t n_slots_with_data = 0;
  std::int64_t n_blocks = 0;   ///< grants
  std::int64_t n_received = 0; ///< with data
  std::int64_t n_no_data = 0;
  std::int64_t n_crc_ok = 0;
  std::int64_t n_expected = 0;
  std::int64_t n_matched = 0;
  std::int64_t n_bits_ok = 0; ///< payload bits of crc_ok blocks
  std::int64_t n_bad_values = 0;
  std::int64_t n_missing_prbs = 0;
  Percentiles latency_ns;
  std::array<Percentiles, n_stages> stage_ns;

  /// Block error rate of received blocks; NaN when there is none.
  double bler() const;
  /// Bits of crc_ok blocks over the time on the air from the first to the last slot with data.
  double throughput_mbps() const;

private:
  std::optional<std::int64_t> first_ns_; ///< start of the first slot with data
  std::int64_t end_ns_ = 0;              ///< end of the last one
};

} // namespace airan::io
