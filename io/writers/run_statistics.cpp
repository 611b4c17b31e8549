// SPDX-License-Identifier: Apache-2.0
// Figures of a run.
#include "io/writers/run_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace airan::io {

void Percentiles::add(std::int64_t value) {
  const std::int64_t v = std::max<std::int64_t>(value, 0);
  const int bin =
      v < 1 ? 0 : 1 + static_cast<int>(std::log2(static_cast<double>(v)) * steps_per_octave);
  ++bins_[static_cast<std::size_t>(std::min(bin, steps_per_octave * n_octaves))];
  ++count_;
  max_ = std::max(max_, v);
  sum_ += static_cast<double>(v);
}

double Percentiles::mean() const {
  return count_ > 0 ? sum_ / static_cast<double>(count_) : std::numeric_limits<double>::quiet_NaN();
}

double Percentiles::at(double p) const {
  if (count_ == 0)
    return std::numeric_limits<double>::quiet_NaN();
  const auto wanted = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil(p * static_cast<double>(count_))));
  std::int64_t below = 0;
  for (std::size_t bin = 0; bin < bins_.size(); ++bin) {
    below += bins_[bin];
    if (below >= wanted) // the upper edge of the bin
      return bin == 0 ? 0.0
                      : std::min(static_cast<double>(max_),
                                 std::exp2(static_cast<double>(bin) / steps_per_octave));
  }
  return static_cast<double>(max_);
}

std::optional<bool> matches(const TransportBlock& block,
                            const std::optional<Expectation>& expect,
                            std::string_view payload_sha256) {
  if (!expect || (!expect->crc_ok && !expect->payload_sha256))
    return std::nullopt;
  if (!block.has_data)
    return false;
  const bool crc_ok = block.crc_ok == expect->crc_ok.value_or(block.crc_ok);
  // A block that is meant to fail has no payload to compare.
  const bool compare = expect->payload_sha256 && expect->crc_ok.value_or(true);
  return crc_ok && (!compare || (block.crc_ok && payload_sha256 == *expect->payload_sha256));
}

void RunStatistics::add(const SlotReport& report, std::span<const std::optional<bool>> verdicts) {
  ++n_slots;
  n_bad_values += report.bad_values;
  n_missing_prbs += report.missing_prbs;
  bool has_data = false;
  for (std::size_t i = 0; i < report.transport_blocks.size(); ++i) {
    const TransportBlock& b = report.transport_blocks[i];
    ++n_blocks;
    ++(b.has_data ? n_received : n_no_data);
    has_data = has_data || b.has_data;
    if (b.crc_ok) {
      ++n_crc_ok;
      n_bits_ok += static_cast<std::int64_t>(8 * b.payload.size());
    }
    if (i < verdicts.size() && verdicts[i]) {
      ++n_expected;
      n_matched += *verdicts[i] ? 1 : 0;
    }
  }
  if (!has_data)
    return;
  ++n_slots_with_data;
  const std::int64_t start_ns = report.id.count * report.duration_ns;
  first_ns_ = std::min(first_ns_.value_or(start_ns), start_ns);
  end_ns_ = std::max(end_ns_, start_ns + report.duration_ns);
  latency_ns.add(report.latency_ns);
  for (std::size_t s = 0; s < stage_ns.size(); ++s)
    stage_ns[s].add(report.stage_ns[s]);
}

double RunStatistics::bler() const {
  return n_received > 0
             ? static_cast<double>(n_received - n_crc_ok) / static_cast<double>(n_received)
             : std::numeric_limits<double>::quiet_NaN();
}

double RunStatistics::throughput_mbps() const {
  if (!first_ns_)
    return 0;
  const auto ns = static_cast<double>(end_ns_ - *first_ns_);
  return static_cast<double>(n_bits_ok) / ns * 1e3; // bits per ns are Gbit/s
}

} // namespace airan::io
