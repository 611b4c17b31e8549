// SPDX-License-Identifier: Apache-2.0
// Labels a recording: decides which granted slot is which, where a slot of the recording is known.
#pragma once

#include "core/numerology.hpp"
#include "phy/sync_replica.hpp"
#include "phy/sync_slots.hpp"
#include "phy/synchronise.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace airan {

/// Samples from slot 0 of the SFN cycle to slot `count`, which may be negative.
std::int64_t slot_offset_samples(const OfdmTiming& timing, std::int64_t count);

/// A granted slot whose DM-RS were found.
struct FoundSlot {
  std::size_t slot = 0; ///< index into SyncRequest::slots
  double start = 0;     ///< samples
};

/// A label and what speaks for it.
struct SyncLabel {
  std::int64_t first_count = 0; ///< of the first whole slot of the recording
  double first_start = 0;       ///< its start, samples
  double score = 0;
  double quality = 0; ///< -ln of the probability that noise looks like this
  std::vector<FoundSlot> found;
};

/// The evidence for a label is, of each grant in each whole slot that the label puts into the
/// recording, whether its DM-RS are there: +1 where they are, -1/2 where they are not (a terminal
/// may have missed its grant), less than that in doubt, nothing where samples are missing. DM-RS
/// that are there without a grant speak for the labels that grant them. A grant's evidence is
/// divided by the number of slots that have the same DM-RS, because that many may be meant: so
/// DM-RS from Gold sequences, which differ from slot to slot, decide over low-PAPR ones, which
/// repeat in every slot, and these decide where the former are silent (by where the granted slots
/// begin and end). Of labels that explain the recording equally, the earliest wins.
class SlotLabels {
public:
  /// `measure` has the carrier offset set when best() is called.
  SlotLabels(const SyncRequest& request, SyncSlots& measure);

  /// The best label if some granted slot's symbol 0 begins (after its cyclic prefix) at `at`
  /// samples; none if no granted slot may be there.
  std::optional<SyncLabel> best(double at);

private:
  /// The DM-RS of one grant, in all slots in which they are the same.
  struct Element {
    SlotReplica replica;
    std::int32_t n_slots = 0;
    double weight() const { return 1.0 / n_slots; }
  };
  using Matches = std::map<std::pair<std::int32_t, std::int64_t>, SlotMatch>;

  /// Start of an element's slot so that symbol 0 begins at `at` after its prefix.
  double start_of(const Element& element, double at) const;
  /// The element that is found at `at` and tells most.
  std::int32_t telling_element(double at);
  SyncLabel score(std::size_t slot, double at, Matches& matches);

  const SyncRequest& request_;
  SyncSlots& measure_;
  std::vector<Element> elements_;
  std::vector<std::vector<std::int32_t>> elements_of_slot_; ///< [slot][grant]
  double least_weight_ = 1.0;
};

} // namespace airan
