// SPDX-License-Identifier: Apache-2.0
// Grants for tests of the transmitter.
#pragma once

#include "core/pusch_grant.hpp"
#include "phy/check_grants.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace airan::simulation {

inline CellSettings small_cell() {
  CellSettings cell;
  cell.n_prb = 24;
  return cell;
}

/// 10 PRBs from PRB 3, symbols 0..13, DM-RS type 1 in symbol 2, QPSK.
inline PuschGrant small_grant() {
  PuschGrant g;
  g.rnti = 17;
  g.rb_start = 3;
  g.rb_size = 10;
  g.nr_of_symbols = 14;
  g.nr_of_layers = 1;
  g.mcs_table = 0;
  g.mcs_index = 4;
  g.dmrs_ports = 1;
  g.ul_dmrs_symb_pos = 1 << 2;
  return g;
}

inline CheckedGrant checked(const PuschGrant& grant) {
  SlotGrants slot;
  slot.pusch.push_back(grant);
  auto grants = check_grants(slot, small_cell());
  EXPECT_TRUE(grants) << (grants ? "" : grants.error().message);
  return grants ? grants->front() : CheckedGrant{};
}

} // namespace airan::simulation
