// SPDX-License-Identifier: Apache-2.0
// `airan check` as an operator uses it.
#include "tests/support/program.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace airan::tests {
namespace {

using testing::HasSubstr;

class Check : public testing::Test {
protected:
  ProgramFolder folder{AIRAN_PROGRAM};
  const std::string valid = "cell: {numerology: 1, n_prb: 24}\n"
                            "source: {type: sigmf, path: a.sigmf-meta, grants: a.jsonl}\n";
};

TEST_F(Check, PrintsTheEffectiveConfigurationThatItAcceptsItself) {
  folder.write("lab.yaml", valid);
  const auto first = folder.run("check lab.yaml");
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("ldpc_max_iterations: 10"));
  EXPECT_THAT(first.out, HasSubstr("path: a.sigmf-meta"));
  folder.write("again.yaml", first.out);
  EXPECT_EQ(folder.run("check again.yaml").out, first.out);
}

TEST_F(Check, PrintsJsonForMachines) {
  folder.write("lab.yaml", valid);
  const auto result = folder.run("check lab.yaml --json");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto json = boost::json::parse(result.out).as_object();
  EXPECT_EQ(json.at("receiver").at("ldpc_max_iterations").as_int64(), 10);
  EXPECT_EQ(json.at("source").at("type").as_string(), "sigmf");
}

TEST_F(Check, CountsRelativePathsFromTheFolderOfTheConfiguration) {
  const auto result = folder.run("check '" AIRAN_SOURCE_DIR "/config/lab.yaml'");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              HasSubstr(AIRAN_SOURCE_DIR "/testvectors/aerial_model/TVtd_1.sigmf-meta"));
}

TEST_F(Check, SaysOneSentencePerProblemWithFileAndLine) {
  folder.write("bad.yaml", "cell: {n_prb: 0}\nsource: {typ: sigmf}\ncell: {}\n");
  const auto result = folder.run("check bad.yaml");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("airan: bad.yaml:1: cell.n_prb: 0 PRB is outside 1 .. 275"));
  EXPECT_THAT(result.err, HasSubstr("bad.yaml:2: unknown key 'typ' in source, the nearest known "
                                    "one is 'type'"));
  EXPECT_THAT(result.err, HasSubstr("bad.yaml:3: the key 'cell' is given twice, in line 1 and in "
                                    "line 3"));
  EXPECT_EQ(n_lines(result.err), 4) << result.err; // and the type, on which other keys depend
  EXPECT_EQ(folder.listing(), "bad.yaml\n") << "nothing is written";
}

TEST_F(Check, PrintsWhatIsInEffectForPackets) {
  folder.write("fh.yaml", "cell: {numerology: 1, n_prb: 51, rx_ports: 2}\n"
                          "source: {type: pcap, path: a.pcap, grants: \"unix:g\"}\n");
  const auto result = folder.run("check fh.yaml");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* line : {"eaxc: [0, 1]\n", "vlan: any\n", "ru_prb: 51\n", "first_sfn: auto\n",
                           "pace: as_fast_as_possible\n", "\"unix:g\"\n"})
    EXPECT_THAT(result.out, HasSubstr(line));
  folder.write("again.yaml", result.out);
  EXPECT_EQ(folder.run("check again.yaml").out, result.out);
}

TEST_F(Check, WantsASourceUnlessSignalsAreMade) {
  folder.write("none.yaml", "cell: {n_prb: 24}\n");
  const auto result = folder.run("check none.yaml");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("the section 'source' is missing"));
}

TEST_F(Check, AnswersAFileThatItCannotReadWithExitCodeThree) {
  for (const char* path : {"missing.yaml", "/", "/dev/null/x"}) {
    const auto result = folder.run(std::string("check ") + path);
    EXPECT_EQ(result.exit_code, 3) << path;
    EXPECT_EQ(n_lines(result.err), 1) << result.err;
  }
}

TEST_F(Check, PrintsTheKeysWithUnitsAndDefaults) {
  const auto result = folder.run("check --keys");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("| `receiver.ldpc_max_iterations` | integer 1 .. 100 | "
                                    "iterations | `10` |"));
}

TEST_F(Check, SurvivesBytesThatAreNoText) {
  std::string noise;
  for (int i = 0; i < 4096; ++i)
    noise += static_cast<char>((i * 7919 + 13) % 256);
  folder.write("noise.yaml", noise);
  const auto result = folder.run("check noise.yaml");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(n_lines(result.err), 1) << result.err;
}

} // namespace
} // namespace airan::tests
