// SPDX-License-Identifier: Apache-2.0
// What lost packets cost: the SNR at which 10 % of the blocks fail, with and without 5 % of the
// PRBs of every slot missing.
#include "config/configuration.hpp"
#include "simulation/bler_curve.hpp"
#include "simulation/suite_links.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace airan::simulation {
namespace {

/// Packets of so many PRBs, and by how much they may move the SNR.
struct Shape {
  std::int32_t prb_per_packet = 1;
  double max_shift_db = 0.6;
};

/// A curve of the suite of 52 PRBs and two receive ports, and where to measure it.
struct Case {
  const char* name;
  const char* curve;
  std::int32_t mcs_index;
  double first_snr_db; ///< below the SNR at 10 % without loss
  double step_db;
  std::vector<Shape> shapes;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

std::optional<LinkSettings> find_link(const Case& c) {
  const auto configuration = config::load_configuration(
      std::string(AIRAN_SOURCE_DIR) + "/testvectors/suites/ocudu_thresholds.yaml",
      config::Purpose::simulate);
  if (!configuration)
    return std::nullopt;
  const auto suite = suite_links(*configuration);
  if (!suite)
    return std::nullopt;
  for (const SuiteLink& s : *suite)
    if (s.name == c.curve) {
      LinkSettings link = s.link;
      link.user.mcs_index = c.mcs_index;
      return link;
    }
  return std::nullopt;
}

/// The SNR at 10 %. Blocks have the same payload, channel and noise with and without loss, so what
/// is common to both cancels in their difference.
std::optional<Crossing> crossing(const LinkSettings& link, const Case& c) {
  CurveSettings curve;
  curve.snr_start_db = c.first_snr_db;
  curve.snr_step_db = c.step_db;
  curve.snr_stop_db = c.first_snr_db + 12 * c.step_db;
  if (link.channel.model == config::ChannelModel::awgn) {
    // Steep: 200 blocks at three or four points tell the SNR to 0.03 dB.
    curve.min_blocks = 50;
    curve.max_blocks = 200;
    curve.max_errors = 60;
    curve.stop_bler = 0.03;
  } else {
    // Flat (BLER falls as 1/SNR^2 or so), and every block has a channel of its own. By themselves
    // 600 blocks at five points tell the SNR to 0.22 dB; the difference, in which the blocks pair
    // up, to about a third of that.
    curve.snr_stop_db = c.first_snr_db + 4 * c.step_db;
    curve.min_blocks = curve.max_blocks = 600;
    curve.max_errors = 600;
    curve.stop_bler = 0;
  }
  const auto result = run_curve(link, curve, [](const BlerPoint&) { return true; });
  return result ? result->crossing : std::nullopt;
}

class PrbLoss5Percent : public testing::TestWithParam<Case> {};

TEST_P(PrbLoss5Percent, MovesTheSnrOf10PercentBlerByLittle) {
  const Case& c = GetParam();
  auto link = find_link(c);
  ASSERT_TRUE(link);
  const auto whole = crossing(*link, c);
  ASSERT_TRUE(whole);
  RecordProperty("whole_db", std::to_string(whole->snr_db));
  for (const Shape& shape : c.shapes) {
    link->loss = PrbLoss{0.05, shape.prb_per_packet, LostPrbs::erased};
    const auto lossy = crossing(*link, c);
    ASSERT_TRUE(lossy) << shape.prb_per_packet;
    const double shift_db = lossy->snr_db - whole->snr_db;
    EXPECT_LE(shift_db, shape.max_shift_db) << shape.prb_per_packet << " PRBs to a packet";
    // Nothing is free: 5 % of the energy is 0.22 dB. Whole symbols are 1 packet of 28, 3.6 %.
    EXPECT_GE(shift_db, 0.1) << shape.prb_per_packet << " PRBs to a packet";
    RecordProperty("shift_db_of_" + std::to_string(shape.prb_per_packet) + "_prb_packets",
                   std::to_string(shift_db));
  }
}

// Lost are single PRBs, packets of 10 PRBs, and those of MTU 1500 with 9-bit BFP, which hold all 52
// PRBs of a symbol and port. What that must cost follows from the mutual information of 16QAM: 2.97
// bits at 9.2 dB, 2.23 at 6.2 dB, where one of two ports is missing. Single PRBs: 10 % of the REs,
// 0.31 dB. Whole symbols: MCS 16 has three code blocks of four data symbols each, so one packet
// takes 3 dB off a quarter of the REs of one of them: 0.78 dB. Packets of 10 PRBs lie between, as
// several of the eight fall into one code block. On fading channels the blocks at 10 % are those
// where one port is weak, and what the other one lost is lost wholly; a third of the shift of 10
// PRB packets is holes in the DM-RS. So single PRBs stay within 0.6 dB everywhere, MCS 4 and 10
// with all packets; the packets of MCS 16 have limits of their own.
INSTANTIATE_TEST_SUITE_P(
    Links,
    PrbLoss5Percent,
    testing::Values(
        Case{"awgn_mcs4", "awgn-2rx-mcs4", 4, -1.2, 0.1, {{1}, {10}, {52}}},
        Case{"awgn_mcs10", "awgn-2rx-mcs10", 10, 3.9, 0.1, {{1}, {10}, {52}}},
        Case{"awgn_mcs16", "awgn-2rx-mcs16", 16, 9.1, 0.1, {{1}, {10, 0.7}, {52, 0.8}}},
        Case{"tdla30_mcs4", "tdla30-2rx-mcs4", 4, 2.6, 0.5, {{1}, {10}, {52}}},
        Case{"tdla30_mcs10", "tdla30-2rx-mcs16", 10, 8.0, 0.5, {{1}, {10}, {52}}},
        Case{"tdla30_mcs16", "tdla30-2rx-mcs16", 16, 13.4, 0.5, {{1}, {10, 1.2}, {52, 1.2}}}),
    [](const auto& c) { return c.param.name; });

TEST(PrbLossAsZeros, CostsMoreThanErasure) {
  // At 4.5 dB erasure leaves less than 2 % (the curve above).
  const Case c{"", "awgn-2rx-mcs10", 10, 0, 0, {}};
  auto link = find_link(c);
  ASSERT_TRUE(link);
  link->loss = PrbLoss{0.05, 10, LostPrbs::erased};
  auto erased = Link::make(*link);
  link->loss->lost_prbs = LostPrbs::zeroed;
  auto zeroed = Link::make(*link);
  ASSERT_TRUE(erased && zeroed);
  std::int64_t n_erased_errors = 0;
  std::int64_t n_zeroed_errors = 0;
  for (std::uint64_t b = 0; b < 100; ++b) {
    n_erased_errors += (*erased)->run_block(4.5, b).crc_ok ? 0 : 1;
    n_zeroed_errors += (*zeroed)->run_block(4.5, b).crc_ok ? 0 : 1;
  }
  EXPECT_LE(n_erased_errors, 5);
  EXPECT_GE(n_zeroed_errors, 20);
}

} // namespace
} // namespace airan::simulation
