// SPDX-License-Identifier: Apache-2.0
// Grants that the tests of this folder start from.
#pragma once

#include "core/cell_settings.hpp"
#include "core/pusch_grant.hpp"

#include <utility>
#include <vector>

namespace airan {

/// One layer, 16QAM, 24 PRB at PRB 10 of a 51-PRB cell, all 14 symbols, DM-RS in 2 and 11.
inline PuschGrant sample_grant() {
  PuschGrant g;
  g.rnti = 17;
  g.rb_start = 10;
  g.rb_size = 24;
  g.start_symbol_index = 0;
  g.nr_of_symbols = 14;
  g.nr_of_layers = 1;
  g.mcs_table = 0;
  g.mcs_index = 16;
  g.dmrs_ports = 1;
  g.ul_dmrs_symb_pos = (1 << 2) | (1 << 11);
  return g;
}

inline CellSettings sample_cell() {
  CellSettings cell;
  cell.id = 1;
  cell.numerology = 1;
  cell.n_prb = 51;
  return cell;
}

inline SlotGrants slot_of(std::vector<PuschGrant> grants) {
  SlotGrants slot;
  slot.sfn = 5;
  slot.slot = 4;
  slot.pusch = std::move(grants);
  return slot;
}

} // namespace airan
