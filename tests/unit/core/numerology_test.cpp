// SPDX-License-Identifier: Apache-2.0
// Tests of where slots begin.
#include "core/numerology.hpp"

#include <gtest/gtest.h>

namespace airan {
namespace {

TEST(OfdmTiming, BeginsEachSlotWhereTheOneBeforeEnds) {
  for (const auto cp : {CyclicPrefix::normal, CyclicPrefix::extended})
    for (std::int32_t numerology = 0; numerology <= max_numerology; ++numerology) {
      const OfdmTiming timing{numerology, cp, 256};
      EXPECT_EQ(timing.slot_start(0), 0);
      // 1 ms at 256 samples per 1 / (15 kHz 2^numerology).
      const std::int64_t n = n_slots_per_subframe(numerology);
      EXPECT_EQ(timing.slot_start(n), 3840 << numerology);
      EXPECT_EQ(timing.slot_start(-n), -(3840 << numerology));
      for (std::int64_t count = -20; count < 20; ++count)
        EXPECT_EQ(timing.slot_start(count + 1) - timing.slot_start(count),
                  timing.slot_samples(static_cast<std::int32_t>(((count % n) + n) % n)));
    }
}

} // namespace
} // namespace airan
