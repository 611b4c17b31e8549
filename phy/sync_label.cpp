// SPDX-License-Identifier: Apache-2.0
// Ranking of labels by the presence and absence of DM-RS.
#include "phy/sync_label.hpp"

#include "phy/sync_search.hpp"

#include <algorithm>
#include <cmath>

namespace airan {
namespace {

constexpr std::size_t max_grants_per_slot = 8; ///< the widest ones are looked at
constexpr std::int32_t max_replicas_per_grant = 4;
constexpr double absent = -0.5;       ///< evidence of DM-RS that are not there
constexpr double surely_absent = 4.0; ///< significance from which on DM-RS may be there
constexpr double surely_found = 16.0; ///< significance from which on they are
constexpr double beyond_doubt = 25.0;

double significance(const SlotMatch& match) {
  return std::max(significance_of(match.sum, match.n),
                  significance_of(match.block_sum, match.block_n));
}

double evidence(const SlotMatch& match) {
  if (match.n == 0)
    return 0.0;
  const double x = (significance(match) - surely_absent) / (surely_found - surely_absent);
  return absent + (1.0 - absent) * std::clamp(x, 0.0, 1.0);
}

} // namespace

std::int64_t slot_offset_samples(const OfdmTiming& timing, std::int64_t count) {
  const std::int64_t per_subframe = n_slots_per_subframe(timing.numerology);
  const std::int64_t subframe =
      count >= 0 ? count / per_subframe : -((-count + per_subframe - 1) / per_subframe);
  return subframe * timing.subframe_samples() +
         timing.slot_start_in_subframe(static_cast<std::int32_t>(count - subframe * per_subframe));
}

SlotLabels::SlotLabels(const SyncRequest& request, SyncSlots& measure)
    : request_(request), measure_(measure) {
  std::map<std::vector<std::int64_t>, std::int32_t> known;
  for (const SyncSlot& slot : request.slots) {
    std::vector<const CheckedGrant*> widest_first;
    for (const CheckedGrant& grant : slot.grants)
      widest_first.push_back(&grant);
    std::stable_sort(widest_first.begin(), widest_first.end(),
                     [](const auto* a, const auto* b) { return a->n_prb() > b->n_prb(); });
    widest_first.resize(std::min(widest_first.size(), max_grants_per_slot));
    std::vector<std::int32_t>& elements = elements_of_slot_.emplace_back();
    for (const CheckedGrant* grant : widest_first) {
      Element element{make_slot_replica(slot.id.slot, {grant, 1}, max_replicas_per_grant)};
      const auto [at, is_new] =
          known.try_emplace(element.replica.key, static_cast<std::int32_t>(elements_.size()));
      if (is_new)
        elements_.push_back(std::move(element));
      ++elements_[static_cast<std::size_t>(at->second)].n_slots;
      elements.push_back(at->second);
    }
  }
  for (const Element& element : elements_)
    least_weight_ = std::min(least_weight_, element.weight());
}

double SlotLabels::start_of(const Element& element, double at) const {
  return at - request_.timing.cp_samples(element.replica.slot, 0);
}

std::int32_t SlotLabels::telling_element(double at) {
  std::int32_t telling = 0;
  double best = 0;
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    const Element& element = elements_[i];
    const double s = significance(measure_.match(element.replica, start_of(element, at)));
    // Of those beyond doubt the rarest, otherwise the most significant.
    const double value = s < beyond_doubt ? s : beyond_doubt * (1.0 + element.weight());
    if (value > best) {
      best = value;
      telling = static_cast<std::int32_t>(i);
    }
  }
  return telling;
}

SyncLabel SlotLabels::score(std::size_t slot, double at, Matches& matches) {
  const OfdmTiming& timing = request_.timing;
  const SlotId& id = request_.slots[slot].id;
  const double anchor = at - timing.cp_samples(id.slot, 0) -
                        static_cast<double>(slot_offset_samples(timing, id.count));
  const auto start_of_count = [&](std::int64_t count) {
    return anchor + static_cast<double>(slot_offset_samples(timing, count));
  };
  SyncLabel label;
  label.first_count = id.count;
  while (start_of_count(label.first_count - 1) >= -0.5 * measure_.prefix())
    --label.first_count;
  label.first_start = start_of_count(label.first_count);
  SlotMatch sum;
  for (std::size_t i = 0; i < request_.slots.size(); ++i) {
    const SlotId& other = request_.slots[i].id;
    if (other.count < label.first_count)
      continue;
    const double start = start_of_count(other.count);
    if (start + timing.slot_samples(other.slot) > request_.samples.extent(1) + measure_.prefix())
      break;
    bool is_found = false;
    for (const std::int32_t e : elements_of_slot_[i]) {
      const Element& element = elements_[static_cast<std::size_t>(e)];
      const double begin = start_of(element, start + timing.cp_samples(other.slot, 0));
      const auto [match, is_new] = matches.try_emplace({e, std::llround(begin)});
      if (is_new)
        match->second = measure_.match(element.replica, begin);
      const double x = evidence(match->second);
      label.score += x * element.weight();
      is_found = is_found || x > 0;
      sum.add(match->second);
    }
    if (is_found)
      label.found.push_back({i, start});
  }
  label.quality = significance(sum);
  return label;
}

std::optional<SyncLabel> SlotLabels::best(double at) {
  if (elements_.empty())
    return std::nullopt;
  const std::int32_t telling = telling_element(at);
  Matches matches;
  std::vector<SyncLabel> labels; // in the order of time, the earliest first
  for (std::size_t i = 0; i < request_.slots.size(); ++i) {
    const auto& elements = elements_of_slot_[i];
    if (std::find(elements.begin(), elements.end(), telling) == elements.end())
      continue;
    SyncLabel label = score(i, at, matches);
    if (!request_.first_count || label.first_count == *request_.first_count)
      labels.push_back(std::move(label));
  }
  if (labels.empty())
    return std::nullopt;
  const auto best = std::max_element(
      labels.begin(), labels.end(), [](const auto& a, const auto& b) { return a.score < b.score; });
  // Equal is what differs by much less than one slot's worth.
  const double least = best->score - 0.25 * least_weight_;
  return *std::find_if(labels.begin(), labels.end(),
                       [&](const auto& label) { return label.score >= least; });
}

} // namespace airan
