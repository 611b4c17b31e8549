// SPDX-License-Identifier: Apache-2.0
// Strict scalars and the nearest known key.
#include "config/field_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace airan::config {
namespace {

using testing::HasSubstr;

TEST(ReadInteger, TakesDecimalsWithAnExponentWhenTheyAreWhole) {
  const std::array<std::pair<const char*, std::int64_t>, 10> cases{{{"0", 0},
                                                                    {"-7", -7},
                                                                    {"+7", 7},
                                                                    {"122.88e6", 122880000},
                                                                    {"122880000", 122880000},
                                                                    {"1e3", 1000},
                                                                    {"1.50e+1", 15},
                                                                    {"100e-2", 1},
                                                                    {"4096.0", 4096},
                                                                    {"010", 10}}};
  for (const auto& [text, expected] : cases) {
    std::int64_t value = -1;
    EXPECT_EQ(read_integer(YamlNode::scalar(text), value), "") << text;
    EXPECT_EQ(value, expected) << text;
  }
}

TEST(ReadInteger, RefusesEverythingElse) {
  for (const char* text : {"0x10", "0o17", "1.5", "1e-1", "1_000", "", "abc", "1e", "e3", ".", "-",
                           ".inf", "nan", "1 2", "12e30", "9999999999999999999", "1e99999999999"}) {
    std::int64_t value = -1;
    EXPECT_NE(read_integer(YamlNode::scalar(text), value), "") << text;
    EXPECT_EQ(value, -1) << text;
  }
}

TEST(ReadInteger, RefusesANumberInQuotes) {
  std::int64_t value = 0;
  EXPECT_THAT(read_integer(YamlNode::quoted("4"), value), HasSubstr("in quotes"));
}

TEST(ReadReal, TakesDecimalsAndNothingElse) {
  double value = 0;
  EXPECT_EQ(read_real(YamlNode::scalar("-0.5"), value), "");
  EXPECT_EQ(value, -0.5);
  EXPECT_EQ(read_real(YamlNode::scalar("+1.5e3"), value), "");
  EXPECT_EQ(value, 1500);
  for (const char* text : {".inf", "nan", "inf", "0x1p3", "1e400", "1,5", "+-1"})
    EXPECT_NE(read_real(YamlNode::scalar(text), value), "") << text;
}

TEST(ReadFlag, TakesTrueAndFalseOnly) {
  bool value = false;
  EXPECT_EQ(read_flag(YamlNode::scalar("true"), value), "");
  EXPECT_TRUE(value);
  for (const char* text : {"yes", "no", "on", "off", "1", "0", "True", "TRUE", "y"})
    EXPECT_NE(read_flag(YamlNode::scalar(text), value), "") << text;
  EXPECT_NE(read_flag(YamlNode::quoted("true"), value), "");
}

TEST(ResolvePath, CountsFromTheFolderAndKeepsTheSocketPrefix) {
  EXPECT_EQ(resolve_path("a/b", "/x"), "/x/a/b");
  EXPECT_EQ(resolve_path("../b", "config"), "b");
  EXPECT_EQ(resolve_path("/b", "/x"), "/b");
  EXPECT_EQ(resolve_path("unix:sock", "/x"), "unix:/x/sock");
  EXPECT_EQ(resolve_path("b", ""), "b");
}

} // namespace
} // namespace airan::config
