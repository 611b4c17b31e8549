// SPDX-License-Identifier: Apache-2.0
// `airan info` says what there is.
#include "tests/support/program.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace airan::tests {
namespace {

using testing::HasSubstr;

class Info : public testing::Test {
protected:
  ProgramFolder folder{AIRAN_PROGRAM};
};

TEST_F(Info, NamesMachineAndLibraries) {
  const auto result = folder.run("info");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("cpu: "));
  EXPECT_THAT(result.out, HasSubstr("kissfft"));
}

TEST_F(Info, ListsTheRowsOfTheOperationsWithTheReferenceLast) {
  const auto result = folder.run("info --rows --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = boost::json::parse(result.out).as_object();
  EXPECT_GE(json.at("devices").as_array().at(0).at("cores").as_int64(), 1);
  std::map<std::string, std::vector<std::string>> rows;
  for (const auto& row : json.at("rows").as_array()) {
    rows[row.at("operation").as_string().c_str()].emplace_back(row.at("row").as_string().c_str());
    EXPECT_EQ(row.at("accepts").as_bool(), row.at("reason_to_decline").is_null());
  }
  EXPECT_EQ(rows.size(), 7U);
  for (const auto& [operation, names] : rows)
    EXPECT_EQ(names.back(), "cpu:ref") << operation;
}

TEST_F(Info, SaysWhyARowDeclines) {
  const auto result = folder.run("info --rows --fft-size 0");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("no: "));
}

} // namespace
} // namespace airan::tests
