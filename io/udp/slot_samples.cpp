// SPDX-License-Identifier: Apache-2.0
// The samples of one slot: one buffer, and per port a list of what is missing in it.
#include "io/udp/slot_samples.hpp"

#include "io/udp/datagram.hpp"

#include <algorithm>
#include <cstring>

namespace airan::io {
namespace {

/// Gaps kept apart on one port of a slot: a slot of 61,440 samples in datagrams of 356 has 173.
constexpr std::size_t max_gaps = 128;
constexpr std::int64_t row_alignment = 64; ///< bytes

std::int64_t end_of(const SampleRange& range) {
  return range.first + range.count;
}

} // namespace

SlotSamples::SlotSamples(const SlotSamplesPlan& plan)
    : plan_(plan),
      port_stride_((((plan.max_samples + 2 * plan.margin) * iq_sample_bytes + row_alignment - 1) /
                    row_alignment) *
                   row_alignment),
      bytes_(static_cast<std::size_t>(plan.n_ports * port_stride_)),
      missing_(static_cast<std::size_t>(plan.n_ports)),
      missing_on_port_(static_cast<std::size_t>(plan.n_ports)) {
  for (std::vector<SampleRange>& missing : missing_)
    missing.reserve(max_gaps);
}

void SlotSamples::begin(const SlotId& id, std::int64_t n_samples) {
  n_samples_ = n_samples;
  slot_.id = id;
  for (std::vector<SampleRange>& missing : missing_)
    missing.assign(1, {-plan_.margin, n_samples + 2 * plan_.margin});
}

std::byte* SlotSamples::at(std::int32_t port, std::int64_t sample) {
  return bytes_.data() + port * port_stride_ + (sample + plan_.margin) * iq_sample_bytes;
}

SlotSamples::Written
SlotSamples::write(std::int32_t port, std::int64_t first, std::span<const std::byte> iq) {
  std::vector<SampleRange>& gaps = missing_[static_cast<std::size_t>(port)];
  const std::int64_t end = first + static_cast<std::int64_t>(iq.size()) / iq_sample_bytes;
  const auto begin_gap = std::partition_point(
      gaps.begin(), gaps.end(), [first](const SampleRange& gap) { return end_of(gap) <= first; });
  const auto end_gap = std::partition_point(
      begin_gap, gaps.end(), [end](const SampleRange& gap) { return gap.first < end; });
  if (begin_gap == end_gap)
    return Written::nothing_new;
  const std::int64_t left_first = begin_gap->first, right_end = end_of(*(end_gap - 1));
  const bool has_left = left_first<first, has_right = right_end> end;
  const std::ptrdiff_t growth = (has_left ? 1 : 0) + (has_right ? 1 : 0) - (end_gap - begin_gap);
  if (growth > 0 && gaps.size() == max_gaps)
    return Written::no_room;
  for (auto gap = begin_gap; gap != end_gap; ++gap) {
    const std::int64_t from = std::max(first, gap->first), to = std::min(end, end_of(*gap));
    std::memcpy(at(port, from), iq.data() + (from - first) * iq_sample_bytes,
                static_cast<std::size_t>((to - from) * iq_sample_bytes));
  }
  // What is left of the gaps: a piece before, a piece after, or none.
  auto out = gaps.erase(begin_gap, end_gap);
  if (has_right)
    out = gaps.insert(out, {end, right_end - end});
  if (has_left)
    gaps.insert(out, {left_first, first - left_first});
  return Written::something;
}

bool SlotSamples::is_complete(std::int64_t first) const {
  return std::all_of(missing_.begin(), missing_.end(), [first](const auto& gaps) {
    return gaps.empty() || end_of(gaps.back()) <= first;
  });
}

std::int64_t SlotSamples::n_missing() const {
  std::int64_t n = 0;
  for (const std::vector<SampleRange>& gaps : missing_)
    for (const SampleRange& gap : gaps)
      n += std::max<std::int64_t>(0, std::min(end_of(gap), n_samples_) -
                                         std::max<std::int64_t>(gap.first, 0));
  return n;
}

const SlotIq* SlotSamples::finish(std::int64_t closed_ns) {
  for (std::int32_t p = 0; p < plan_.n_ports; ++p) {
    const std::vector<SampleRange>& gaps = missing_[static_cast<std::size_t>(p)];
    for (const SampleRange& gap : gaps)
      std::memset(at(p, gap.first), 0, static_cast<std::size_t>(gap.count * iq_sample_bytes));
    missing_on_port_[static_cast<std::size_t>(p)] = gaps;
  }
  slot_.closed_ns = closed_ns;
  slot_.iq = TimeDomainIq{bytes_,       plan_.format, plan_.n_ports,
                          n_samples_,   plan_.margin, iq_sample_bytes,
                          port_stride_, {},           missing_on_port_};
  return &slot_;
}

} // namespace airan::io
