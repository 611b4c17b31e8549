// SPDX-License-Identifier: Apache-2.0
// `airan generate` makes recordings that `airan run` receives.
#include "tests/support/program.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace airan::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* small_recording = R"(
cell: {numerology: 1, n_prb: 24, rx_ports: 2, sample_rate_hz: 15.36e6}
transmitter:
  n_slots: 10
  users:
    - {rnti: 17, rb_start: 0, rb_size: 24, nr_of_symbols: 14, mcs_index: 4, dmrs_symbols: [2, 11]}
channel: {model: tdla30, snr_db: 20}
output: {directory: made, name: r, recordings: [sigmf, raw, grid]}
)";

class Generate : public testing::Test {
protected:
  ProgramFolder folder{AIRAN_PROGRAM};
};

TEST_F(Generate, MakesWhatRunReceives) {
  folder.write("c.yaml", small_recording);
  const auto made = folder.run("generate c.yaml --json");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.err, IsEmpty());
  EXPECT_EQ(folder.listing(), "c.yaml\nmade\nmade/r.grants.jsonl\nmade/r.grid.yaml\nmade/r.h5\n"
                              "made/r.raw\nmade/r.raw.yaml\nmade/r.sigmf-data\n"
                              "made/r.sigmf-meta\nmade/r.sigmf.yaml\n");
  const auto json = boost::json::parse(made.out).as_object();
  EXPECT_EQ(json.at("transport_blocks").as_int64(), 10);
  EXPECT_EQ(json.at("expected").as_int64(), 10);
  ASSERT_EQ(json.at("configurations").as_array().size(), 3U);
  for (const auto& path : json.at("configurations").as_array()) {
    const auto received = folder.run(std::string("run ") + path.as_string().c_str() + " --json");
    EXPECT_EQ(received.exit_code, 0) << received.err;
    const auto blocks =
        boost::json::parse(received.out).as_object().at("transport_blocks").as_object();
    EXPECT_EQ(blocks.at("expected").as_int64(), 10);
    EXPECT_EQ(blocks.at("matched").as_int64(), 10);
  }
}

TEST_F(Generate, SaysHowToGoOn) {
  folder.write("c.yaml", small_recording);
  const auto made = folder.run("generate c.yaml -o elsewhere --slots 3 --seed 9");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("airan run elsewhere/r.sigmf.yaml"));
  EXPECT_THAT(made.out, HasSubstr("slots"));
}

TEST_F(Generate, RefusesAConfigurationBeforeItWrites) {
  folder.write("c.yaml", "cell: {n_prb: 24}\n");
  EXPECT_EQ(folder.run("generate c.yaml").exit_code, 2);
  std::string wrong = small_recording;
  wrong.replace(wrong.find("rb_size: 24"), 11, "rb_size: 25");
  folder.write("c.yaml", wrong);
  const auto refused = folder.run("generate c.yaml");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(n_lines(refused.err), 1) << refused.err;
  EXPECT_EQ(folder.listing(), "c.yaml\n");
  EXPECT_EQ(folder.run("generate missing.yaml").exit_code, 3);
  EXPECT_EQ(folder.run("generate").exit_code, 2);
}

TEST_F(Generate, AnswersAFolderThatIsAFile) {
  folder.write("c.yaml", small_recording);
  folder.write("made", "");
  EXPECT_EQ(folder.run("generate c.yaml").exit_code, 3);
}

} // namespace
} // namespace airan::tests
