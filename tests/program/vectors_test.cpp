// SPDX-License-Identifier: Apache-2.0
// Every bundled vector through `airan run`, as a user would try them.
#include "tests/program/bundled_vectors.hpp"
#include "tests/support/hdf5_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

namespace airan::tests {
namespace {

/// Each vector as a cell of its own; the first has the id 1.
void write_cells(const RunFolder& folder, const std::vector<std::string>& names) {
  std::string text = "cells:\n";
  for (std::size_t i = 0; i < names.size(); ++i)
    text += "  - id: " + std::to_string(i + 1) + "\n    source: {type: grid, path: " + names[i] +
            ".h5, grants: " + names[i] + ".grants.jsonl}\n";
  folder.write("run.yaml", text + "output: {directory: out}\n");
}

class Vectors : public testing::TestWithParam<Share> {};

TEST_P(Vectors, AreReceivedAsExpected) {
  const auto names = vector_names(GetParam());
  const RunFolder folder;
  write_cells(folder, names);
  const auto result = folder.run("run run.yaml");
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_EQ(result.err, "");
  expect_received(folder, names);
}

INSTANTIATE_TEST_SUITE_P(Bundled, Vectors, testing::ValuesIn(all_shares()));

/// What a manifest says about each vector of a folder, by name.
std::map<std::string, boost::json::object> manifest(const std::string& folder) {
  std::map<std::string, boost::json::object> vectors;
  const auto whole = boost::json::parse(read_whole(vector_path(folder + "/manifest.json")));
  for (const auto& v : whole.at("vectors").as_array())
    vectors[v.at("name").as_string().c_str()] = v.as_object();
  return vectors;
}

/// DM-RS REs of one layer of a grant (type 1: 6 per PRB and symbol) on all ports.
double n_pilots(const boost::json::object& grant, std::int64_t n_ports) {
  const auto symbols = static_cast<std::uint64_t>(grant.at("ul_dmrs_symb_pos").as_int64());
  return 6.0 * number(grant, "rb_size") * std::popcount(symbols) * static_cast<double>(n_ports);
}

std::int64_t n_ports(const std::string& name) {
  return test::Hdf5File(name + ".h5").extents("grid").at(1);
}

// The SNR comes from the noise power that N pilots show, a mean of N squared magnitudes of complex
// Gaussian noise: its standard deviation is 1/sqrt(N), that is 4.34/sqrt(N) dB. Three of them are
// allowed, and 0.15 dB that channel estimation costs (30 or more pilots act together on an RE).
TEST(MeasuredSnr, IsThatOfTheModelOnWhiteNoiseAndOneTap) {
  const auto names = vector_names("ocudu_model");
  const auto facts = manifest("ocudu_model");
  const RunFolder folder;
  write_cells(folder, names);
  ASSERT_EQ(folder.run("run run.yaml").exit_code, 0);
  const JsonLines blocks = folder.blocks();
  int n_compared = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto slot = json_lines(read_whole(names[i] + ".grants.jsonl")).front();
    const auto& grant = slot.at("pusch").as_array().at(0).as_object();
    const auto& fact = facts.at(std::filesystem::path(names[i]).filename().string());
    if (fact.at("fading") != "uniform-phase" || grant.at("nr_of_layers").as_int64() != 1)
      continue;
    const auto block = find_block(blocks, static_cast<std::int64_t>(i + 1), slot, grant);
    ASSERT_TRUE(block);
    const double tolerance_db = 3 * 4.34 / std::sqrt(n_pilots(grant, n_ports(names[i]))) + 0.15;
    EXPECT_NEAR(number(*block, "snr_db"), number(fact, "sinr_dB"), tolerance_db) << names[i];
    ++n_compared;
  }
  EXPECT_EQ(n_compared, 16);
}

class AerialMeasures : public testing::TestWithParam<const char*> {};

// The model states the SNR of one antenna, estimated from the same pilots; combining adds their
// number. Noise as above, and twice that because both sides are estimates.
TEST_P(AerialMeasures, AgreeWithTheReferenceModel) {
  const std::string name = vector_path(std::string("aerial_model/") + GetParam());
  const auto ref = manifest("aerial_model").at(GetParam()).at("refs").as_array().at(0).as_object();
  const RunFolder folder;
  write_cells(folder, {name});
  ASSERT_EQ(folder.run("run run.yaml").exit_code, 0);
  const auto block = folder.blocks().at(0);
  const auto slot = json_lines(read_whole(name + ".grants.jsonl")).front();
  const auto& grant = slot.at("pusch").as_array().at(0).as_object();
  const double combining_db = 10 * std::log10(static_cast<double>(n_ports(name)));
  const double tolerance_db = 6 * 4.34 / std::sqrt(n_pilots(grant, n_ports(name))) + 0.15;
  EXPECT_NEAR(number(block, "snr_db"), number(ref, "sinr_db") + combining_db, tolerance_db);
  // TVnr_7401 is the least sure: pilots of 8 PRBs (rms bandwidth 0.83 MHz) at 33 dB, 384 of them:
  // a phase slope of 1 / sqrt(2 * 384 * 2000) / (2 pi 0.83 MHz) = 0.15 ns; five of them.
  EXPECT_NEAR(number(block, "timing_offset_ns"), 1e3 * number(ref, "timing_us"), 0.8);
  // Two DM-RS symbols 9 symbols apart (321 us), 192 pilots at 27 dB each: the phase between them
  // is sure to 1 / sqrt(192 * 500) = 3.2 mrad, that is 1.6 Hz; three of them.
  // One DM-RS symbol cannot tell a carrier offset: it is left open, and the model says 0.
  const auto dmrs_symbols = static_cast<std::uint64_t>(grant.at("ul_dmrs_symb_pos").as_int64());
  if (std::popcount(dmrs_symbols) == 1)
    EXPECT_TRUE(block.at("cfo_hz").is_null());
  else
    EXPECT_NEAR(number(block, "cfo_hz"), number(ref, "cfo_hz"), 5);
}

INSTANTIATE_TEST_SUITE_P(Vectors,
                         AerialMeasures,
                         testing::Values("TVtd_1", "TVnr_7401", "TVnr_7289", "TVnr_7601"));

TEST(TimeDomain, DecodesTheBundledRecordingFromSigmf) {
  const RunFolder folder;
  folder.write_sigmf_configuration(vector_path("aerial_model/TVtd_1.sigmf-meta"),
                                   vector_path("aerial_model/TVtd_1.grants.jsonl"),
                                   "strictness: strict");
  const auto result = folder.run("run run.yaml");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto counts = folder.report().at("transport_blocks").as_object();
  EXPECT_EQ(counts.at("matched").as_int64(), 1);
  EXPECT_EQ(counts.at("expected").as_int64(), 1);
  // The same signal after the model's own FFT: same noise, same pilots. 16 bit samples lie 80 dB
  // below full scale, the window begins 4 samples apart at most.
  const auto samples = folder.blocks().at(0);
  folder.write_grid_configuration(vector_path("aerial_model/TVtd_1.h5"),
                                  vector_path("aerial_model/TVtd_1.grants.jsonl"));
  ASSERT_EQ(folder.run("run run.yaml").exit_code, 0);
  const auto grid = folder.blocks().at(0);
  EXPECT_EQ(samples.at("payload_sha256"), grid.at("payload_sha256"));
  EXPECT_NEAR(number(samples, "snr_db"), number(grid, "snr_db"), 0.1);
  EXPECT_NEAR(number(samples, "timing_offset_ns"), number(grid, "timing_offset_ns"), 0.05);
}

TEST(TimeDomain, ExampleConfigurationsRun) {
  const RunFolder folder;
  for (const char* name : {"lab.yaml", "grid.yaml"}) {
    const auto result =
        folder.run("run '" AIRAN_SOURCE_DIR "/config/" + std::string(name) + "' -o " + name);
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
  EXPECT_NE(folder.blocks("grid.yaml").back().if_contains("payload_hex"), nullptr);
  EXPECT_EQ(folder.report("grid.yaml").at("rows").at("decode_ldpc"), "cpu:ref");
}

} // namespace
} // namespace airan::tests
