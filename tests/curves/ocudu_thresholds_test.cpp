// SPDX-License-Identifier: Apache-2.0
// One SNR point of each row of the peer's table: the block error rate must not lie above 10 % where
// the peer's does not (testvectors/suites/ocudu_thresholds.csv says where, and from which
// measurement).
#include "config/configuration.hpp"
#include "simulation/binomial.hpp"
#include "simulation/suite_links.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace airan::simulation {
namespace {

const std::string suites = std::string(AIRAN_SOURCE_DIR) + "/testvectors/suites/";
constexpr std::size_t n_rows = 29;
constexpr std::int64_t n_blocks = 100;

struct TableRow {
  std::uint64_t number = 0; ///< the seed
  std::string curve;
  double peer_snr_db = 0;
  double tolerance_db = 0;
};

std::vector<TableRow> read_table() {
  std::ifstream file(suites + "ocudu_thresholds.csv");
  std::vector<TableRow> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    TableRow row;
    std::string text;
    std::getline(fields, text, ',');
    row.number = std::stoull(text);
    std::getline(fields, row.curve, ',');
    std::getline(fields, text, ',');
    row.peer_snr_db = std::stod(text);
    std::getline(fields, text, ',');
    row.tolerance_db = std::stod(text);
    rows.push_back(row);
  }
  return rows;
}

std::vector<SuiteLink> read_suite() {
  const auto configuration =
      config::load_configuration(suites + "ocudu_thresholds.yaml", config::Purpose::simulate);
  if (!configuration)
    return {};
  auto links = suite_links(*configuration);
  return links ? *std::move(links) : std::vector<SuiteLink>{};
}

TEST(OcuduThresholds, ReadsEveryRowOfTheTable) {
  EXPECT_EQ(read_table().size(), n_rows);
  EXPECT_EQ(read_suite().size(), n_rows);
}

class OcuduThresholds : public testing::TestWithParam<std::size_t> {};

TEST_P(OcuduThresholds, AreReached) {
  const std::vector<TableRow> table = read_table();
  const std::vector<SuiteLink> suite = read_suite();
  ASSERT_LT(GetParam(), table.size());
  ASSERT_LT(GetParam(), suite.size());
  const TableRow& row = table[GetParam()];
  const SuiteLink& link = suite[GetParam()];
  ASSERT_EQ(link.name, row.curve);
  ASSERT_EQ(link.link.seed, row.number);

  auto made = Link::make(link.link);
  ASSERT_TRUE(made) << made.error().message;
  std::int64_t n_errors = 0;
  for (std::int64_t b = 0; b < n_blocks; ++b)
    n_errors +=
        (*made)->run_block(row.peer_snr_db + row.tolerance_db, static_cast<std::uint64_t>(b)).crc_ok
            ? 0
            : 1;
  const Interval interval = binomial_interval(n_errors, n_blocks, 0.95);
  // It fails when 10 % lies below the whole 95 % interval: a receiver exactly on the line fails one
  // row in 40.
  EXPECT_LE(interval.low, 0.1) << row.curve << " at " << row.peer_snr_db + row.tolerance_db
                               << " dB: " << n_errors << " errors in " << n_blocks
                               << " blocks, 95 % " << interval.low << " .. " << interval.high;
  RecordProperty("bler", std::to_string(static_cast<double>(n_errors) / n_blocks));
}

INSTANTIATE_TEST_SUITE_P(Rows,
                         OcuduThresholds,
                         testing::Range(std::size_t{0}, n_rows),
                         [](const auto& row) { return "row" + std::to_string(row.param + 1); });

/// Points on an exact logistic curve: the fit must find its crossing.
TEST(FindCrossing, FindsTheSnrOfALogisticCurve) {
  std::vector<BlerPoint> points;
  for (int i = -4; i <= 4; ++i) {
    BlerPoint p;
    p.snr_db = 10.0 + 0.25 * i;
    p.n_blocks = 100'000;
    const double odds = std::exp(-4.0 * (p.snr_db - 10.0)) / 9.0; // BLER 0.1 at 10 dB
    p.n_errors = static_cast<std::int64_t>(100'000 * odds / (1.0 + odds));
    points.push_back(p);
  }
  const auto crossing = find_crossing(points, 0.1);
  ASSERT_TRUE(crossing);
  EXPECT_NEAR(crossing->snr_db, 10.0, 0.005);
  EXPECT_LT(crossing->interval.low, 10.0);
  EXPECT_GT(crossing->interval.high, 10.0);
  points.erase(points.begin() + 4, points.end()); // all above the target
  EXPECT_FALSE(find_crossing(points, 0.1));
}

TEST(BinomialInterval, AgreesWithKnownClopperPearsonLimits) {
  // 0 of n: high = 1 - (alpha / 2)^(1 / n).
  EXPECT_NEAR(binomial_interval(0, 100, 0.95).high, 1.0 - std::pow(0.025, 0.01), 1e-9);
  EXPECT_EQ(binomial_interval(0, 100, 0.95).low, 0.0);
  EXPECT_EQ(binomial_interval(100, 100, 0.95).high, 1.0);
  // A printed example: 5 of 10 gives 0.187 .. 0.813.
  EXPECT_NEAR(binomial_interval(5, 10, 0.95).low, 0.1871, 1e-4);
  EXPECT_NEAR(binomial_interval(5, 10, 0.95).high, 0.8129, 1e-4);
}

} // namespace
} // namespace airan::simulation
