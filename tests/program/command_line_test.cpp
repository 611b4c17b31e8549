// SPDX-License-Identifier: Apache-2.0
// The program's command line: help, version, exit codes, and sentences on stderr.
#include "tests/support/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace airan::tests {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class CommandLine : public testing::Test {
protected:
  ProgramFolder folder{AIRAN_PROGRAM};
};

TEST_F(CommandLine, PrintsHelpForTheProgramAndEachCommand) {
  const auto help = folder.run("--help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("Exit codes: 0 done"));
  EXPECT_EQ(help.err, "");
  for (const char* command : {"check", "run", "generate", "simulate", "bench", "info"}) {
    EXPECT_THAT(help.out, HasSubstr(command));
    const auto own = folder.run(std::string(command) + " --help");
    EXPECT_EQ(own.exit_code, 0);
    EXPECT_THAT(own.out, HasSubstr("--json"));
  }
  EXPECT_THAT(folder.run("info --help").out, HasSubstr("273")) << "defaults are shown";
  EXPECT_THAT(folder.run("run --help").out, HasSubstr("airan check --keys"));
}

TEST_F(CommandLine, PrintsItsVersion) {
  const auto version = folder.run("--version");
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, StartsWith("airan "));
}

TEST_F(CommandLine, AnswersAWrongCommandLineWithOneSentenceAndExitCodeTwo) {
  for (const char* arguments : {"", "nonsense", "check", "check a b", "check --nonsense a",
                                "info --prb 0 --rows", "info --prb many --rows", "info --prb 24",
                                "--log-level loud info", "check --keys a.yaml"}) {
    const auto result = folder.run(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_EQ(n_lines(result.err), 1) << arguments << ": " << result.err;
    EXPECT_THAT(result.err, StartsWith("airan: ")) << arguments;
    EXPECT_EQ(result.out, "") << arguments;
  }
  EXPECT_EQ(folder.listing(), "");
}

TEST_F(CommandLine, DoesNotSayDoneWhenWhatItPrintedIsLost) {
  // The # hides the redirections that would follow.
  EXPECT_EQ(folder.run("info --rows > /dev/full 2> err #").exit_code, 3);
  std::ifstream err(folder.path() + "/err");
  std::string sentence;
  EXPECT_TRUE(std::getline(err, sentence));
  EXPECT_THAT(sentence, HasSubstr("standard output cannot be written"));
}

TEST_F(CommandLine, WorksWithClosedStandardStreams) {
  EXPECT_EQ(folder.run("info --rows <&- >&- 2>&- #").exit_code, 0);
  EXPECT_EQ(folder.run("nonsense <&- >&- 2>&- #").exit_code, 2);
}

} // namespace
} // namespace airan::tests
