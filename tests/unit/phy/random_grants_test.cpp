// SPDX-License-Identifier: Apache-2.0
// Whatever the fields say, the answer is a sentence or a grant on which the operations may rely.
#include "phy/check_grants.hpp"
#include "phy/group_grants.hpp"
#include "tests/support/grant_soundness.hpp"
#include "tests/unit/phy/grant_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>

namespace airan {
namespace {

class RandomFields {
public:
  explicit RandomFields(std::uint32_t seed) : random_(seed) {}

  std::int32_t from(std::int32_t min, std::int32_t max) {
    return std::uniform_int_distribution<std::int32_t>(min, max)(random_);
  }
  /// Mostly in the range, sometimes just outside, rarely anything.
  std::int32_t around(std::int32_t min, std::int32_t max) {
    const std::int32_t choice = from(0, 299);
    if (choice == 0)
      return from(std::numeric_limits<std::int32_t>::min(),
                  std::numeric_limits<std::int32_t>::max());
    return choice == 1 ? min - 1 : choice == 2 ? max + 1 : from(min, max);
  }
  bool one_in(std::int32_t n) { return from(1, n) == 1; }

private:
  std::mt19937 random_;
};

/// One of the layouts that the standard knows, now and then any bits at all.
std::int32_t random_dmrs_positions(RandomFields& r) {
  constexpr std::int32_t layouts[] = {
      1 << 2,         1 << 2 | 1 << 11, 1 << 2 | 1 << 7 | 1 << 11,
      0b110000001100, 0b1100,           1 << 2 | 1 << 6 | 1 << 7 | 1 << 11,
      1 << 0 | 1 << 9};
  return r.one_in(4) ? r.around(1, 16383) : layouts[r.from(0, 6)];
}

PuschGrant random_grant(RandomFields& r) {
  PuschGrant g = sample_grant();
  g.rnti = r.around(0, 65535);
  g.rb_start = r.around(0, 40);
  g.rb_size = r.around(1, 51);
  g.start_symbol_index = r.one_in(3) ? r.around(0, 13) : 0;
  g.nr_of_symbols = r.one_in(3) ? r.around(1, 14) : 14 - r.from(0, 2);
  g.mcs_table = r.around(0, 2);
  g.mcs_index = r.around(0, 31);
  if (r.one_in(16))
    g.qam_mod_order = r.around(1, 8);
  if (r.one_in(8)) {
    g.mcs_index.reset();
    g.target_code_rate = r.around(1, 9480);
  }
  g.transform_precoding = r.one_in(4) ? 1 : 0;
  if (g.transform_precoding == 1) {
    g.mcs_table = r.around(0, 4);
    g.rb_size = 1 << r.from(0, 5);
  }
  g.dmrs_config_type = g.transform_precoding == 1 ? 0 : r.around(0, 1);
  g.num_dmrs_cdm_groups_no_data = g.transform_precoding == 1 ? 2 : r.around(1, 3);
  g.dmrs_ports = r.one_in(8)                  ? r.around(1, 4095)
                 : g.transform_precoding == 1 ? 1 << r.from(0, 3)
                                              : (1 << r.from(1, 4)) - 1;
  g.nr_of_layers =
      r.one_in(16) ? r.around(1, 4) : std::popcount(static_cast<std::uint32_t>(g.dmrs_ports));
  g.ul_dmrs_symb_pos = random_dmrs_positions(r);
  g.group_or_sequence_hopping = r.around(0, 2);
  g.rv_index = r.around(0, 3);
  g.harq_process_id = r.around(0, 15);
  g.new_data_indicator = r.from(0, 1);
  const bool is_reserved = g.mcs_index.value_or(0) >= 28;
  if (is_reserved || r.one_in(16))
    g.tb_size = r.one_in(8) ? std::int64_t{r.around(1, 5000)} << r.from(0, 30) : r.from(3, 4000);
  if (is_reserved || r.one_in(16))
    g.ldpc_base_graph = r.around(1, 2);
  if (r.one_in(3))
    g.tb_size_lbrm_bytes = r.around(1, 100000);
  g.intra_slot_frequency_hopping = r.one_in(3) ? 1 : 0;
  g.pusch_second_hop_prb = r.around(0, 40);
  return g;
}

TEST(RandomGrants, AreRefusedInASentenceOrSound) {
  RandomFields r(20);
  CellSettings cell = sample_cell();
  std::int32_t n_accepted = 0;
  GrantGroups groups;
  for (std::int32_t trial = 0; trial < 20000; ++trial) {
    SlotGrants slot = slot_of({});
    slot.slot = r.from(0, 19);
    for (std::int32_t i = r.one_in(4) ? 2 : 1; i > 0; --i)
      slot.pusch.push_back(random_grant(r));
    const auto checked = check_grants(slot, cell);
    if (!checked) {
      EXPECT_EQ(checked.error().kind, ErrorKind::file);
      EXPECT_NE(checked.error().message.find("rnti"), std::string::npos);
      EXPECT_EQ(checked.error().message.find('\n'), std::string::npos);
      continue;
    }
    ++n_accepted;
    group_grants(SlotId{}, *checked, groups);
    EXPECT_THAT(test::unsound_parts(*checked, groups, cell), testing::IsEmpty());
  }
  // Enough of them get through for the test to mean something.
  EXPECT_GT(n_accepted, 500);
  RecordProperty("accepted", n_accepted);
}

} // namespace
} // namespace airan
