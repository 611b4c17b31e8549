// SPDX-License-Identifier: Apache-2.0
#include "core/printable.hpp"

#include <gtest/gtest.h>

#include <string>

namespace airan {
namespace {

TEST(Printable, KeepsTextOfEveryLanguage) {
  EXPECT_EQ(printable("a b~", 10), "a b~");
  EXPECT_EQ(printable("\xC2\xA0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x93\xA1", 20),
            "\xC2\xA0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x93\xA1");
}

TEST(Printable, ReplacesControlCharacters) {
  EXPECT_EQ(printable(std::string("a\0b\n\x1b[2J\x7f", 9), 20), "a?b??[2J?");
  EXPECT_EQ(printable("\xC2\x9B"
                      "2J",
                      20),
            "?2J")
      << "U+009B begins a terminal's commands too";
}

TEST(Printable, ReplacesEachByteThatIsNoUtf8) {
  EXPECT_EQ(printable("\x80\xC3", 20), "??") << "a stray and a missing continuation byte";
  EXPECT_EQ(printable("\xC0\xAF", 20), "??") << "an overlong form";
  EXPECT_EQ(printable("\xED\xA0\x80", 20), "???") << "a surrogate";
  EXPECT_EQ(printable("\xF4\x90\x80\x80\xF5", 20), "?????") << "beyond U+10FFFF";
}

TEST(Printable, CutsBetweenCharacters) {
  EXPECT_EQ(printable("abcd", 4), "abcd");
  EXPECT_EQ(printable("abcde", 4), "abcd...");
  EXPECT_EQ(printable("abc\xC3\xA9", 4), "abc...");
  EXPECT_EQ(printable("abc\xC3\xA9", 5), "abc\xC3\xA9");
}

TEST(Utf8, IsToldFromOtherBytes) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x93\xA1"));
  EXPECT_FALSE(is_utf8("a\xC3"));
  EXPECT_FALSE(is_utf8("\xFF\xFE"));
  EXPECT_FALSE(is_utf8("\xE9t\xE9")) << "Latin 1";
}

} // namespace
} // namespace airan
