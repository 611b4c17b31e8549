// SPDX-License-Identifier: Apache-2.0
// Finding the slots of a recording: search, measure, label.
#include "phy/synchronise.hpp"

#include "kernels/unpack_iq.hpp"
#include "phy/sync_label.hpp"
#include "phy/sync_replica.hpp"
#include "phy/sync_search.hpp"
#include "phy/sync_slots.hpp"
#include "runtime/cpu/inline_queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>
#include <vector>

namespace airan {
namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;
/// The search looks at some 10^7 places: e^16. A hit that ends it is beyond any doubt.
constexpr double certain = 30.0;
constexpr double least_quality = 25.0;
constexpr double least_symbol = 3.0; ///< every DM-RS symbol must show in a certain hit
constexpr double least_hit = 8.0;    ///< hits worth measuring, if none is certain
constexpr std::size_t max_hits = 8;  ///< of those
constexpr std::int32_t max_replicas_per_slot = 8;
constexpr std::size_t max_cfo_slots = 8; ///< that the final carrier offset is measured on

/// What is believed of a recording.
struct Finding {
  double strongest = 0;  ///< start of the slot that was hit, strongest path, in samples
  double first_path = 0; ///< the first path's lead over it, <= 0
  double cfo_hz = 0;
  SyncLabel label; ///< on the strongest path
  double quality = 0;
  bool is_certain = false;
};

class Synchroniser {
public:
  explicit Synchroniser(const SyncRequest& request)
      : request_(request), timing_(request.timing), slots_(request.samples, timing_, request.cell),
        labels_(request, slots_) {
    make_replicas();
  }

  Result<SyncResult> run() {
    SyncSearch search(request_.samples, timing_, request_.cell.n_subcarriers(), replicas_);
    std::vector<SyncHit> hits;
    const double n_samples = request_.samples.extent(1);
    const double chunk = std::max(4.0 * timing_.slot_samples(1), 1e-3 * timing_.sample_rate_hz());
    for (double first = 0; first < n_samples; first += chunk) {
      // The side lobes of a peak (a comb repeats itself after half a symbol) reach over the edges:
      // a symbol more on both sides shows whose they are.
      const double end = std::min(n_samples, first + chunk);
      const SyncHit hit = best_hit(search, first - timing_.fft_size, end + timing_.fft_size);
      if (hit.significance < least_hit || hit.start < first || hit.start >= end)
        continue;
      hits.push_back(hit);
      if (hit.significance < certain)
        continue;
      if (Finding finding = measure(hit); finding.is_certain)
        return result_of(finding);
    }
    std::sort(hits.begin(), hits.end(),
              [](const auto& a, const auto& b) { return a.significance > b.significance; });
    hits.resize(std::min(hits.size(), max_hits));
    Finding best;
    for (const SyncHit& hit : hits)
      if (Finding finding = measure(hit); finding.quality > best.quality)
        best = std::move(finding);
    if (best.quality < least_quality)
      return file_error(fmt::format(
          "sync: auto found no DM-RS of the first {} granted slots (from sfn {}, slot {}) in the "
          "first {:.1f} ms of the recording; check that the grants and the cell settings belong to "
          "it, or use sync: aligned",
          request_.slots.size(), request_.slots.front().id.sfn, request_.slots.front().id.slot,
          1e3 * n_samples / timing_.sample_rate_hz()));
    return result_of(best);
  }

private:
  void make_replicas() {
    std::map<std::vector<std::int64_t>, std::int32_t> known;
    for (const SyncSlot& slot : request_.slots) {
      SlotReplica replica = make_slot_replica(slot.id.slot, slot.grants, max_replicas_per_slot);
      const auto [at, is_new] =
          known.try_emplace(replica.key, static_cast<std::int32_t>(replicas_.size()));
      replica_of_slot_.push_back(at->second);
      if (is_new)
        replicas_.push_back(std::move(replica));
    }
  }

  /// Best match of slots that begin in [first, end).
  SyncHit best_hit(SyncSearch& search, double first, double end) {
    std::vector<SyncSearch::Window> windows;
    const std::int64_t last_count =
        request_.slots.front().id.count + 2 * n_slots_per_frame(timing_.numerology);
    std::vector<bool> taken(replicas_.size());
    for (std::size_t i = 0; i < request_.slots.size(); ++i) {
      const std::int32_t replica = replica_of_slot_[i];
      if (request_.first_count) {
        // The slot's number from the first whole slot on is known, so is its place to one slot.
        const auto n = static_cast<double>(request_.slots[i].id.count - *request_.first_count);
        const double length = timing_.max_slot_samples();
        const SyncSearch::Window window{
            replica, std::max(first, n * timing_.slot_samples(1) - slots_.prefix()),
            std::min(end, (n + 1) * length)};
        if (n >= 0 && window.first < window.end)
          windows.push_back(window);
      } else if (request_.slots[i].id.count < last_count &&
                 !taken[static_cast<std::size_t>(replica)]) {
        taken[static_cast<std::size_t>(replica)] = true;
        windows.push_back({replica, first, end});
      }
    }
    SyncHit best = search.best(windows, 0.0);
    // A replica finds offsets of up to 0.3 subcarrier spacings with less than 1.5 dB of loss.
    const double reach = request_.max_cfo_hz / subcarrier_spacing_hz(timing_.numerology);
    for (double shift = 0.5; shift - 0.2 < reach; shift += 0.5) {
      for (const double s : {shift, -shift}) {
        const SyncHit hit = search.best(windows, s);
        if (hit.significance > best.significance)
          best = hit;
      }
    }
    return best;
  }

  /// Timing, carrier offset and label that follow from a hit.
  Finding measure(const SyncHit& hit) {
    const SlotReplica& slot = replicas_[static_cast<std::size_t>(hit.replica)];
    const double spacing = subcarrier_spacing_hz(timing_.numerology);
    Finding finding;
    finding.cfo_hz = prefix_cfo(slots_.prefix_product(slot, hit.start), hit.shift * spacing);
    slots_.set_cfo(finding.cfo_hz);
    const double reach =
        std::max(0.5 * slots_.prefix(),
                 static_cast<double>(timing_.fft_size) / slot.layers.front().prbs.n_subcarriers());
    const SyncSlots::Timing timing = slots_.refine(slot, hit.start, reach);
    finding.strongest = timing.strongest;
    finding.first_path = timing.first - timing.strongest;
    const SyncSlots::SymbolPair pair = slots_.symbol_product(slot, finding.strongest);
    if (pair.seconds > 0) {
      finding.cfo_hz += arg(pair.product) / (two_pi * pair.seconds);
      slots_.set_cfo(finding.cfo_hz);
    }
    const SlotMatch match = slots_.match(slot, finding.strongest);
    auto label = labels_.best(finding.strongest + timing_.cp_samples(slot.slot, 0));
    if (!label || label->found.empty())
      return finding;
    finding.label = *std::move(label);
    finding.quality = std::max(finding.label.quality, significance_of(match.sum, match.n));
    finding.is_certain =
        finding.quality >= certain &&
        significance_of(match.least_symbol_sum, match.least_symbol_n) >= least_symbol;
    return finding;
  }

  /// The carrier offset with this angle of the cyclic prefixes that is nearest to `near_hz`.
  double prefix_cfo(const cf64& product, double near_hz) const {
    const double spacing = subcarrier_spacing_hz(timing_.numerology);
    const double cfo_hz = arg(product) / two_pi * spacing;
    return cfo_hz + spacing * std::round((near_hz - cfo_hz) / spacing);
  }

  /// The final carrier offset, over several slots.
  double final_cfo(const Finding& finding) {
    const auto found =
        std::span(finding.label.found).first(std::min(finding.label.found.size(), max_cfo_slots));
    std::vector<SlotReplica> replicas; // of these very slots
    cf64 prefixes;
    for (const FoundSlot& slot : found) {
      replicas.push_back(replicas_[static_cast<std::size_t>(replica_of_slot_[slot.slot])]);
      replicas.back().slot = request_.slots[slot.slot].id.slot;
      prefixes += slots_.prefix_product(replicas.back(), slot.start);
    }
    double cfo_hz = prefix_cfo(prefixes, finding.cfo_hz);
    slots_.set_cfo(cfo_hz);
    SyncSlots::SymbolPair sum;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto pair = slots_.symbol_product(replicas[i], found[i].start);
      if (pair.seconds == 0 || (sum.seconds != 0 && pair.seconds != sum.seconds))
        continue;
      sum.seconds = pair.seconds;
      sum.product += pair.product;
    }
    if (sum.seconds > 0)
      return cfo_hz + arg(sum.product) / (two_pi * sum.seconds);
    // One DM-RS symbol per slot: neighbouring slots take the place of two symbols.
    cf64 product;
    const double slot_s = 1e-9 * static_cast<double>(slot_ns(timing_.numerology));
    for (std::size_t i = 1; i < found.size(); ++i)
      if (found[i].start - found[i - 1].start < 1.5 * timing_.slot_samples(1))
        product +=
            slots_.slot_product(replicas[i - 1], found[i - 1].start, replicas[i], found[i].start);
    return cfo_hz + arg(product) / (two_pi * slot_s);
  }

  SyncResult result_of(const Finding& finding) {
    SyncResult result;
    const SyncLabel& label = finding.label;
    const std::int64_t count = std::max<std::int64_t>(0, label.first_count);
    const std::int64_t later =
        slot_offset_samples(timing_, count) - slot_offset_samples(timing_, label.first_count);
    result.first_slot = slot_id_at(request_.cell.id, count, timing_.numerology);
    result.first_sample = std::max<std::int64_t>(
        0, std::llround(label.first_start + static_cast<double>(later) + finding.first_path));
    result.cfo_hz = label.found.empty() ? finding.cfo_hz : final_cfo(finding);
    result.quality = finding.quality;
    result.n_slots = static_cast<std::int32_t>(label.found.size());
    return result;
  }

  const SyncRequest& request_;
  OfdmTiming timing_;
  SyncSlots slots_;
  SlotLabels labels_;
  std::vector<SlotReplica> replicas_;
  std::vector<std::int32_t> replica_of_slot_;
};

} // namespace

HostTensor<cf32, 2> unpack_stretch(const TimeDomainIq& iq, const OfdmTiming& timing) {
  // UnpackIq takes the stretch as one slot with a long margin behind it.
  const std::int32_t n_ports = std::min(iq.n_ports, sync_max_ports);
  const auto n_samples = static_cast<std::int32_t>(iq.n_samples);
  HostTensor<cf32, 2> samples({n_ports, std::max(n_samples, timing.slot_samples(0))});
  HostTensor<std::uint8_t, 2> missing({n_ports, timing.n_symbols()});
  SlotIq slot_iq;
  slot_iq.iq = iq;
  SampleBuffer buffer{slot_iq.id, samples.ref(), 0, missing.ref()};
  const UnpackIqSlot slot{&slot_iq, &buffer, nullptr, timing, {}};
  InlineQueue queue;
  unpack_iq_rows().front().make({})->run({std::span(&slot, 1)}, queue);
  return samples;
}

Result<SyncResult> synchronise(const SyncRequest& request) {
  if (request.slots.empty())
    return file_error("sync: auto needs at least one granted slot, and the grants have none");
  if (request.samples.extent(1) < request.timing.slot_samples(1))
    return file_error(fmt::format("sync: auto needs a recording of at least one slot ({} samples), "
                                  "and it has {}",
                                  request.timing.slot_samples(1), request.samples.extent(1)));
  return Synchroniser(request).run();
}

} // namespace airan
