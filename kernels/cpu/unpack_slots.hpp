// SPDX-License-Identifier: Apache-2.0
// What the CPU rows of UnpackIq share: the walk over the slots, and which values are bad.
#pragma once

#include "kernels/unpack_iq.hpp"

#include <cmath>
#include <variant>

namespace airan::cpu {

/// false for NaN too.
inline bool is_good(const cf32& x) {
  return std::abs(x.re) <= max_iq_component && std::abs(x.im) <= max_iq_component;
}

/// Calls unpack_samples(TimeDomainIq, slot) or unpack_grid(FrequencyDomainIq, slot) for every slot;
/// they return the number of bad samples (REs).
template <class UnpackSamples, class UnpackGrid>
void unpack_slots(const UnpackIqArgs& args,
                  const UnpackSamples& unpack_samples,
                  const UnpackGrid& unpack_grid) {
  for (const UnpackIqSlot& slot : args.slots) {
    const auto* time_domain = std::get_if<TimeDomainIq>(&slot.iq->iq);
    const std::int64_t n_bad = time_domain != nullptr
                                   ? unpack_samples(*time_domain, slot)
                                   : unpack_grid(std::get<FrequencyDomainIq>(slot.iq->iq), slot);
    if (!slot.n_bad.empty())
      slot.n_bad.on_host()(0) = n_bad;
  }
}

} // namespace airan::cpu
