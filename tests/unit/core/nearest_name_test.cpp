// SPDX-License-Identifier: Apache-2.0
// Tests of finding the name that was meant.
#include "core/nearest_name.hpp"

#include <gtest/gtest.h>

namespace airan {
namespace {

TEST(NearestName, FindsTheNameThatWasMeant) {
  const std::string_view known[] = {"rx_ports", "n_prb", "numerology", "first_prb", "id"};
  EXPECT_EQ(nearest_name("rx_port", known), "rx_ports");
  EXPECT_EQ(nearest_name("numeorlogy", known), "numerology"); // a swap counts once
  EXPECT_EQ(nearest_name("nprb", known), "n_prb");
  EXPECT_EQ(nearest_name("", known), "id");
}

TEST(NearestName, FindsNothingAmongNothing) {
  EXPECT_EQ(nearest_name("x", {}), "");
}

} // namespace
} // namespace airan
