// SPDX-License-Identifier: Apache-2.0
// The bounded tree: what is refused, and that printing reads back.
#include "config/yaml_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace airan::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Problems problems_of(const std::string& text) {
  Problems problems;
  parse_yaml(text, problems);
  return problems;
}

TEST(YamlTree, GivesTheLineOfEveryValue) {
  Problems problems;
  const auto root = parse_yaml("a: 1\nb:\n  c: [x,\n    y]\n", problems);
  ASSERT_TRUE(root);
  EXPECT_THAT(problems, SizeIs(0));
  EXPECT_EQ(root->items[0].line, 1);
  EXPECT_EQ(root->items[1].keys[0].line, 3);
  EXPECT_EQ(root->items[1].items[0].items[1].line, 4);
}

TEST(YamlTree, ReportsAKeyGivenTwiceWithBothLinesAndKeepsTheFirst) {
  Problems problems;
  const auto root = parse_yaml("a: 1\nb: 2\na: 3\n", problems);
  ASSERT_TRUE(root);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].line, 3);
  EXPECT_EQ(problems[0].message, "the key 'a' is given twice, in line 1 and in line 3");
  EXPECT_EQ(root->items[0].text, "1");
}

TEST(YamlTree, ReportsAKeyGivenTwiceInJsonOnOneLine) {
  ASSERT_THAT(problems_of(R"({"a": {"b": 1, "b": 2}})"), SizeIs(1));
}

TEST(YamlTree, TellsQuotedTextsFromNumbers) {
  Problems problems;
  const auto root = parse_yaml("a: '4'\nb: 4\nc: \"true\"\n", problems);
  ASSERT_TRUE(root);
  EXPECT_TRUE(root->items[0].is_quoted);
  EXPECT_FALSE(root->items[1].is_quoted);
  EXPECT_TRUE(root->items[2].is_quoted);
}

TEST(YamlTree, RefusesAnchorsAndAliases) {
  const auto problems = problems_of("a: &x [1, 2]\nb: *x\n");
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, HasSubstr("anchors"));
}

TEST(YamlTree, RefusesTags) {
  EXPECT_THAT(problems_of("a: !!int 4\n"), SizeIs(1));
}

TEST(YamlTree, RefusesASecondDocument) {
  const auto problems = problems_of("a: 1\n---\nb: 2\n");
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, HasSubstr("more than one"));
}

TEST(YamlTree, RefusesAKeyThatIsNoName) {
  EXPECT_THAT(problems_of("? [a, b]\n: 1\n"), SizeIs(1));
}

TEST(YamlTree, SaysWhereTheSyntaxIsWrong) {
  const auto problems = problems_of("a: 1\nb: [1, 2\nc: 3\n");
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_GE(problems[0].line, 2);
  EXPECT_THAT(problems[0].message, HasSubstr("not valid YAML"));
}

TEST(YamlTree, RefusesDeepNestingOfEveryKindBeforeItRecurses) {
  constexpr std::size_t n = 100'000;
  for (const std::string& opening : {std::string("["), std::string("{a: "), std::string("- "),
                                     std::string("? "), std::string("[{a: ")}) {
    std::string text;
    for (std::size_t i = 0; i < n / opening.size(); ++i)
      text += opening;
    const auto problems = problems_of(text);
    ASSERT_THAT(problems, SizeIs(1)) << opening;
  }
}

TEST(YamlTree, RefusesMoreThanOneMebibyte) {
  const auto problems = problems_of("a: " + std::string(max_yaml_bytes, 'x'));
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, HasSubstr("larger than"));
}

TEST(YamlTree, RefusesMoreValuesThanItsBound) {
  std::string text = "a: [";
  for (std::size_t i = 0; i <= max_yaml_nodes; ++i)
    text += "1,";
  EXPECT_THAT(problems_of(text + "]"), SizeIs(1));
}

TEST(YamlTree, RefusesWhatIsNotUtf8) {
  const auto problems = problems_of("a: 1\nb: caf\xE9\n");
  ASSERT_THAT(problems, SizeIs(1)) << "Latin 1";
  EXPECT_EQ(problems[0].line, 2);
  EXPECT_EQ(problems[0].message, "is not UTF-8 text");
  EXPECT_THAT(problems_of("b: caf\xC3\xA9\n"), SizeIs(0));
}

TEST(YamlTree, RefusesTheCharacterThatYamlCppTakesForTheEnd) {
  const auto problems = problems_of("a: 1\n\x04\nb: 2\n");
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].line, 2);
  EXPECT_THAT(problems[0].message, HasSubstr("0x04"));
}

TEST(YamlTree, RefusesNothingAtAll) {
  EXPECT_THAT(problems_of(""), SizeIs(1));
  EXPECT_THAT(problems_of("# only a comment\n"), SizeIs(1));
}

TEST(YamlTree, PrintsWhatReadsBackToTheSameTree) {
  Problems problems;
  const std::string text = "name: plain\nodd: \"true\"\nlist: [1, 2]\nitems:\n  -\n    a: 0.5\n"
                           "    b: \"x: \\\"y\\\"\"\n  -\n    a: 2\n";
  const auto root = parse_yaml(text, problems);
  ASSERT_TRUE(root);
  EXPECT_EQ(print_yaml(*root), text);
  const auto from_json = parse_yaml(print_json(*root), problems);
  ASSERT_TRUE(from_json);
  EXPECT_THAT(problems, SizeIs(0));
  EXPECT_EQ(print_yaml(*from_json), text);
}

} // namespace
} // namespace airan::config
