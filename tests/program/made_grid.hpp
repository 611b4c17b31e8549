// SPDX-License-Identifier: Apache-2.0
// Small grid recordings with known payloads, for runs of several slots and users.
#pragma once

#include "io/writers/grants_writer.hpp"
#include "io/writers/recording_writers.hpp"
#include "runtime/buffer.hpp"
#include "simulation/slot_transmitter.hpp"
#include "tests/program/run_folder.hpp"

#include <limits>
#include <optional>
#include <random>

namespace airan::tests {

/// A recording of one port that begins with the given slot; 24 PRB of 30 kHz.
struct MadeGrid {
  std::int32_t cell = 1;
  std::int32_t first_sfn = 0;
  std::int32_t first_slot = 0;
  std::int32_t n_slots = 1;
  double noise_db = -30; ///< per RE, below a user's data
  /// A slot of the recording, from 0, with a value that is no number: symbol 5, subcarrier 40.
  std::optional<std::int32_t> spoilt_slot = std::nullopt;
};

/// 12 PRBs at `rb_start`, QPSK, 1/3; DM-RS in symbols 2 and 11.
inline PuschGrant made_grant(std::int32_t rnti, std::int32_t rb_start) {
  PuschGrant g;
  g.rnti = rnti;
  g.rb_start = rb_start;
  g.rb_size = 12;
  g.nr_of_symbols = 14;
  g.nr_of_layers = 1;
  g.mcs_table = 0;
  g.mcs_index = 5;
  g.dmrs_ports = 1;
  g.ul_dmrs_symb_pos = (1 << 2) | (1 << 11);
  return g;
}

inline SlotGrants
made_slot(std::int32_t sfn, std::int32_t slot, const std::vector<PuschGrant>& grants) {
  SlotGrants s;
  s.sfn = sfn;
  s.slot = slot;
  s.pusch = grants;
  return s;
}

/// Lines of a grants file.
inline std::string grants_text(const std::vector<SlotGrants>& slots) {
  std::string text;
  for (const SlotGrants& s : slots)
    text += io::grants_line(s) + "\n";
  return text;
}

/// Writes NAME.h5, and gives the grants payload hashes to expect. Slots that the recording does
/// not hold are prepared too, so that what is granted there has a size.
inline void make_grid(const RunFolder& folder,
                      const std::string& name,
                      const MadeGrid& made,
                      std::vector<SlotGrants>& slots) {
  CellSettings cell;
  cell.id = made.cell;
  cell.n_prb = 24;
  simulation::SlotTransmitter transmitter(cell, 7);
  std::vector<std::vector<simulation::SlotUser>> users;
  for (SlotGrants& s : slots) {
    auto prepared = transmitter.prepare(s, {});
    ASSERT_TRUE(prepared) << prepared.error().message;
    users.push_back(*std::move(prepared));
  }

  io::GridFacts facts;
  facts.n_prb = cell.n_prb;
  facts.first_sfn = made.first_sfn;
  facts.first_slot = made.first_slot;
  auto writer = io::GridWriter::create(folder.at(name + ".h5"), facts);
  ASSERT_TRUE(writer) << writer.error().message;
  std::mt19937 random(11);
  std::normal_distribution<float> noise(
      0.0F, static_cast<float>(std::sqrt(0.5 * std::pow(10.0, made.noise_db / 10))));
  for (std::int32_t n = 0; n < made.n_slots; ++n) {
    const std::int32_t count = made.first_sfn * 20 + made.first_slot + n;
    HostTensor<cf32, 3> grid({1, 14, cell.n_prb * 12});
    for (std::size_t i = 0; i < slots.size(); ++i)
      if (slots[i].sfn == count / 20 % 1024 && slots[i].slot == count % 20)
        for (const auto& user : users[i])
          simulation::transmit_user(user, grid.view());
    for (std::int64_t i = 0; i < grid.size(); ++i)
      grid.data()[i] = grid.data()[i] + cf32{noise(random), noise(random)};
    if (n == made.spoilt_slot)
      grid.view()(0, 5, 40) = {std::numeric_limits<float>::quiet_NaN(), 0};
    const auto appended = writer->append(grid.view());
    ASSERT_TRUE(appended) << appended.error().message;
  }
  ASSERT_TRUE(writer->finish());
}

} // namespace airan::tests
