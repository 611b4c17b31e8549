// SPDX-License-Identifier: Apache-2.0
// Tests of SigMF metadata: what is read, what is refused, strict and lenient.
#include "core/printable.hpp"
#include "io/files/sigmf_recording.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace airan::io {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;

const std::string conforming =
    R"({"global":{"core:datatype":"ci16_le","core:version":"1.2.5","core:num_channels":1},)"
    R"("captures":[{"core:sample_start":0}],"annotations":[]})";

std::string global(const std::string& fields) {
  return R"({"global":{)" + fields + R"(},"captures":[{"core:sample_start":0}],"annotations":[]})";
}

std::string error_of(const std::string& text, Strictness strictness = Strictness::lenient) {
  const auto r = parse_sigmf_metadata(text, strictness, "m");
  if (r)
    return "(accepted)";
  EXPECT_EQ(r.error().kind, ErrorKind::file);
  return r.error().message;
}

TEST(SigmfMetadata, AcceptsAConformingFileStrictly) {
  const auto r = parse_sigmf_metadata(conforming, Strictness::strict, "m");
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->format.number, IqNumber::int16);
  EXPECT_EQ(r->n_channels, 1);
  EXPECT_FALSE(r->sample_rate_hz);
}

TEST(SigmfMetadata, IsQuotedOnOneLineInErrors) {
  EXPECT_THAT(error_of(global(R"("core:datatype":"a\n\u001bb")")), HasSubstr("\"a??b\""));
  // A long text is cut between two characters, not inside one.
  std::string accents = "\"";
  for (int i = 0; i < 60; ++i)
    accents += "\xC3\xA9";
  const std::string message =
      error_of(global(R"("core:datatype":"ci8","core:dataset":[)" + accents + "\"]"));
  EXPECT_TRUE(is_utf8(message)) << message;
}

TEST(SigmfMetadata, ReadsRecordingsOfTheFieldOnlyLeniently) {
  // As a well-known recorder writes them: old version, no sample_start, a key of its own.
  const std::string field = R"({"global":{"core:datatype":"ci32_le","core:version":"0.0.2",
    "core:sample_rate":30720000,"other:key":[1]},
    "captures":[{"core:length":100,"core:frequency":1}],"annotations":[]})";
  EXPECT_TRUE(parse_sigmf_metadata(field, Strictness::lenient, "m"));
  EXPECT_THAT(error_of(field, Strictness::strict), HasSubstr("lacks core:sample_start"));
  EXPECT_THAT(error_of(global(R"("core:datatype":"ci16")")), "(accepted)");
  EXPECT_THAT(
      error_of(global(R"("core:datatype":"ci16","core:version":"1.2.5")"), Strictness::strict),
      HasSubstr("byte order"));
  EXPECT_THAT(
      error_of(global(R"("core:datatype":"ci8_le","core:version":"1.2.5")"), Strictness::strict),
      HasSubstr("byte order"));
  EXPECT_THAT(
      error_of(global(R"("core:datatype":"ci8","core:version":"1.2.5")"), Strictness::strict),
      "(accepted)");
  EXPECT_THAT(error_of(global(R"("core:datatype":"ci8")"), Strictness::strict),
              HasSubstr("version"));
  EXPECT_THAT(error_of(R"({"global":{"core:datatype":"ci8","core:version":"1.0.0"},"captures":[]})",
                       Strictness::strict),
              HasSubstr("annotations"));
}

TEST(SigmfMetadata, RefusesDatatypesThatItCannotRead) {
  EXPECT_THAT(error_of(global(R"("core:datatype":"ri16_le")")), HasSubstr("is real"));
  EXPECT_THAT(error_of(global(R"("core:datatype":"rf32_le")")), HasSubstr("is real"));
  EXPECT_THAT(error_of(global(R"("core:datatype":"cu8")")), HasSubstr("is unsigned"));
  EXPECT_THAT(error_of(global(R"("core:datatype":"cu16_le")")), HasSubstr("is unsigned"));
  for (const char* bad : {"cf32_lex", "cf16_le", "", "ci16_le_le", "CI16_LE", "i16"})
    EXPECT_THAT(error_of(global("\"core:datatype\":\"" + std::string(bad) + "\"")),
                HasSubstr("is not supported"))
        << bad;
  EXPECT_THAT(error_of(global(R"("core:datatype":16)")), HasSubstr("must be a string"));
  EXPECT_THAT(error_of(global(R"("core:version":"1.0.0")")), HasSubstr("core:datatype is missing"));
}

TEST(SigmfMetadata, RefusesValuesThatMakeNoSense) {
  const std::string type = R"("core:datatype":"ci16_le",)";
  for (const char* bad :
       {R"("core:num_channels":0)", R"("core:num_channels":65)", R"("core:num_channels":-1)",
        R"("core:num_channels":1.5)", R"("core:num_channels":"2")", R"("core:sample_rate":0)",
        R"("core:sample_rate":-1)", R"("core:sample_rate":"fast")", R"("core:sample_rate":1e999)",
        R"("core:trailing_bytes":-4)", R"("core:offset":18446744073709551615)",
        R"("core:dataset":"../secret")", R"("core:dataset":"")", R"("core:sha512":5)",
        R"("core:extensions":[{"name":"x","version":"1","optional":false}])"})
    EXPECT_NE(error_of(global(type + bad)), "(accepted)") << bad;
  for (const char* bad :
       {"", "{", "[]", "{}", "null", R"({"global":[]})", "\xff",
        R"({"global":{"core:datatype":"ci8"},"captures":{}})",
        R"({"global":{"core:datatype":"ci8"},"captures":[1]})",
        R"({"global":{"core:datatype":"ci8"},"captures":[{"core:sample_start":-1}]})",
        R"({"global":{"core:datatype":"ci8"},"captures":[{"core:sample_start":5},
                             {"core:sample_start":4}]})"})
    EXPECT_NE(error_of(bad), "(accepted)") << bad;
  EXPECT_NE(error_of(std::string(100000, '[')), "(accepted)");
}

TEST(SigmfMetadata, SurvivesRandomMutations) {
  std::mt19937 random(1);
  for (int i = 0; i < 10000; ++i) {
    std::string text = conforming;
    for (int k = 0; k < 1 + i % 3; ++k) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0)
        text[at] = static_cast<char>(random());
      else
        text.erase(at, random() % 8);
      text.push_back('}');
    }
    for (const Strictness s : {Strictness::lenient, Strictness::strict}) {
      const auto r = parse_sigmf_metadata(text, s, "m");
      if (!r) {
        EXPECT_EQ(r.error().kind, ErrorKind::file);
      }
    }
  }
}

class SigmfFiles : public ::testing::Test {
protected:
  /// Opens a recording of `n_bytes` bytes with this metadata.
  Result<SigmfRecording>
  open(const std::string& meta, std::size_t n_bytes, Strictness strictness = Strictness::lenient) {
    folder.write("r.sigmf-data", std::string(n_bytes, 'x'));
    return open_sigmf_recording(folder.write("r.sigmf-meta", meta), strictness);
  }
  TemporaryFolder folder;
};

TEST_F(SigmfFiles, RefusesTruncatedOrEmptyData) {
  EXPECT_THAT(open(conforming, 401).error().message, HasSubstr("truncated"));
  EXPECT_THAT(open(conforming, 0).error().message, HasSubstr("no samples"));
  EXPECT_TRUE(open(conforming, 400));
}

TEST_F(SigmfFiles, RefusesMissingFilesArchivesAndMetadataAlone) {
  EXPECT_THAT(open_sigmf_recording(folder.path("none"), Strictness::lenient).error().message,
              HasSubstr("none.sigmf-meta: No such file"));
  folder.write("m.sigmf-meta", conforming);
  EXPECT_THAT(open_sigmf_recording(folder.path("m"), Strictness::lenient).error().message,
              HasSubstr("m.sigmf-data: No such file"));
  EXPECT_THAT(open_sigmf_recording("a.sigmf", Strictness::lenient).error().message,
              HasSubstr("archive"));
  EXPECT_THAT(
      open(global(R"("core:datatype":"ci8","core:metadata_only":true)"), 10).error().message,
      HasSubstr("metadata_only"));
}

TEST_F(SigmfFiles, FindsADatasetOfAnotherNameWithHeadersAndTrailer) {
  folder.write("samples.bin", std::string(16 + 400 + 8 + 200 + 5, 'x'));
  folder.write("d.sigmf-meta", R"({"global":{"core:datatype":"ci16_le","core:dataset":"samples.bin",
    "core:trailing_bytes":5},"captures":[{"core:sample_start":0,"core:header_bytes":16},
    {"core:sample_start":100,"core:header_bytes":8}]})");
  const auto r = open_sigmf_recording(folder.path("d"), Strictness::lenient);
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->samples.end(), 150);
  const auto& s = r->samples.segments();
  ASSERT_EQ(s.size(), 2U);
  EXPECT_EQ(s[0].byte_offset, 16);
  EXPECT_EQ(s[0].count, 100);
  EXPECT_EQ(s[1].byte_offset, 16 + 400 + 8);
  EXPECT_EQ(s[1].first, 100);
  EXPECT_EQ(s[1].count, 50);
}

TEST_F(SigmfFiles, RefusesHeadersLargerThanTheFile) {
  const auto r = open(R"({"global":{"core:datatype":"ci16_le"},"captures":[
    {"core:sample_start":0,"core:header_bytes":9007199254740992}]})",
                      400);
  ASSERT_FALSE(r);
  EXPECT_THAT(r.error().message, HasSubstr("no samples"));
}

TEST_F(SigmfFiles, IgnoresCapturesBeyondTheData) {
  const auto r = open(R"({"global":{"core:datatype":"ci16_le"},"captures":[{"core:sample_start":0},
    {"core:sample_start":9007199254740992,"core:global_index":9007199254740992,
     "core:header_bytes":9007199254740992}]})",
                      400);
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->samples.end(), 100);
}

TEST_F(SigmfFiles, RefusesTimeThatGoesBack) {
  const auto r = open(R"({"global":{"core:datatype":"ci16_le"},"captures":[
    {"core:sample_start":0,"core:global_index":1000},
    {"core:sample_start":50,"core:global_index":1049}]})",
                      400);
  ASSERT_FALSE(r);
  EXPECT_THAT(r.error().message, HasSubstr("goes back in time"));
}

TEST_F(SigmfFiles, TakesTheOffsetOfASplitRecordingOffItsIndices) {
  const std::string split = R"({"global":{"core:datatype":"ci16_le","core:version":"1.0.0",
    "core:offset":1000},"captures":[{"core:sample_start":1000},
    {"core:sample_start":1050,"core:global_index":1060}],"annotations":[]})";
  const auto r = open(split, 400, Strictness::strict);
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->metadata.captures[0].sample_start, 0);
  EXPECT_EQ(r->metadata.captures[1].sample_start, 50);
}

TEST_F(SigmfFiles, ChecksTheHashOfTheDataOnlyStrictly) {
  const std::string wrong =
      global(R"("core:datatype":"ci16_le","core:version":"1.2.5","core:sha512":")" +
             std::string(128, '0') + "\"");
  EXPECT_TRUE(open(wrong, 400));
  EXPECT_THAT(open(wrong, 400, Strictness::strict).error().message, HasSubstr("SHA-512"));
}

TEST_F(SigmfFiles, RefusesMetadataOfAbsurdSize) {
  folder.write("big.sigmf-meta", "{");
  std::filesystem::resize_file(folder.path("big.sigmf-meta"), std::uintmax_t{8} << 30);
  EXPECT_THAT(open_sigmf_recording(folder.path("big"), Strictness::lenient).error().message,
              HasSubstr("bytes"));
}

} // namespace
} // namespace airan::io
