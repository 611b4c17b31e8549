// SPDX-License-Identifier: Apache-2.0
// Tests of reading and writing grants files.
#include "core/printable.hpp"
#include "io/files/grants_reader.hpp"
#include "io/writers/grants_writer.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <vector>

namespace airan::io {
namespace {

using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The fields without a default.
const std::string required =
    R"("rnti":17,"rb_start":0,"rb_size":24,"start_symbol_index":0,"nr_of_symbols":14,)"
    R"("nr_of_layers":1,"dmrs_ports":1,"ul_dmrs_symb_pos":2052)";

std::string line_of(const std::string& fields, int sfn = 0, int slot = 4) {
  return "{\"sfn\":" + std::to_string(sfn) + ",\"slot\":" + std::to_string(slot) + ",\"pusch\":[{" +
         fields + "}]}";
}

std::string error_of(const std::string& line) {
  const auto r = parse_grants_line(line, 1, "f:1");
  if (r)
    return "(accepted)";
  EXPECT_EQ(r.error().kind, ErrorKind::file);
  EXPECT_THAT(r.error().message, StartsWith("f:1: "));
  return r.error().message;
}

TEST(GrantsLineParser, ReadsEveryFieldOfTheTable) {
  const auto r = parse_grants_line(
      R"({"cell":7,"sfn":3,"slot":4,"pusch":[{"rnti":17,"bwp_start":2,"bwp_size":273,
      "subcarrier_spacing":1,"cyclic_prefix":0,"mcs_table":0,"mcs_index":16,"qam_mod_order":4,
      "target_code_rate":6580,"transform_precoding":1,"data_scrambling_id":5,"nr_of_layers":1,
      "ul_dmrs_symb_pos":2052,"dmrs_config_type":1,"ul_dmrs_scrambling_id":6,"scid":1,
      "num_dmrs_cdm_groups_no_data":3,"dmrs_ports":9,"rb_start":3,"rb_size":270,
      "start_symbol_index":1,"nr_of_symbols":13,"rv_index":2,"harq_process_id":11,
      "new_data_indicator":0,"tb_size":12549,"tb_size_lbrm_bytes":20000,"ldpc_base_graph":2,
      "pusch_identity":8,"group_or_sequence_hopping":2,"low_papr_group_number":9,
      "low_papr_sequence_number":1,"intra_slot_frequency_hopping":1,"pusch_second_hop_prb":100,
      "ptrs":{"port_index":1,"dmrs_port":2,"re_offset":3,"time_density":4,"freq_density":5},
      "expect":{"crc_ok":true,"payload_sha256":
      "ABcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"}}]})",
      1, "f:1");
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->cell, 7);
  EXPECT_EQ(r->sfn, 3);
  EXPECT_EQ(r->slot, 4);
  ASSERT_EQ(r->pusch.size(), 1U);
  const PuschGrant& g = r->pusch[0];
  EXPECT_THAT((std::vector<std::int64_t>{g.rnti, *g.bwp_start, *g.bwp_size, *g.subcarrier_spacing,
                                         *g.cyclic_prefix, *g.mcs_table, *g.mcs_index,
                                         *g.qam_mod_order, *g.target_code_rate,
                                         g.transform_precoding, *g.data_scrambling_id}),
              ElementsAre(17, 2, 273, 1, 0, 0, 16, 4, 6580, 1, 5));
  EXPECT_THAT((std::vector<std::int64_t>{g.nr_of_layers, g.ul_dmrs_symb_pos, g.dmrs_config_type,
                                         *g.ul_dmrs_scrambling_id, g.scid,
                                         g.num_dmrs_cdm_groups_no_data, g.dmrs_ports, g.rb_start,
                                         g.rb_size, g.start_symbol_index, g.nr_of_symbols}),
              ElementsAre(1, 2052, 1, 6, 1, 3, 9, 3, 270, 1, 13));
  EXPECT_THAT((std::vector<std::int64_t>{g.rv_index, g.harq_process_id, g.new_data_indicator,
                                         *g.tb_size, *g.tb_size_lbrm_bytes, *g.ldpc_base_graph,
                                         *g.pusch_identity, g.group_or_sequence_hopping,
                                         *g.low_papr_group_number, *g.low_papr_sequence_number,
                                         g.intra_slot_frequency_hopping, g.pusch_second_hop_prb}),
              ElementsAre(2, 11, 0, 12549, 20000, 2, 8, 2, 9, 1, 1, 100));
  EXPECT_THAT((std::vector<int>{g.ptrs->port_index, g.ptrs->dmrs_port, g.ptrs->re_offset,
                                g.ptrs->time_density, g.ptrs->freq_density}),
              ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(g.expect->crc_ok, true);
  EXPECT_EQ(g.expect->payload_sha256,
            "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789");
}

TEST(GrantsLineParser, LeavesDefaultsWhereFieldsAreLeftOut) {
  const auto r = parse_grants_line(line_of(required), 1, "f:1");
  ASSERT_TRUE(r) << r.error().message;
  const PuschGrant& g = r->pusch[0];
  EXPECT_FALSE(r->cell || g.bwp_start || g.bwp_size || g.mcs_index || g.qam_mod_order || g.tb_size);
  EXPECT_FALSE(g.data_scrambling_id || g.ul_dmrs_scrambling_id || g.pusch_identity || g.ptrs);
  EXPECT_FALSE(g.expect || g.ldpc_base_graph || g.tb_size_lbrm_bytes || g.subcarrier_spacing);
  EXPECT_EQ(g.num_dmrs_cdm_groups_no_data, 2);
  EXPECT_EQ(g.new_data_indicator, 1);
  EXPECT_EQ(g.rv_index + g.harq_process_id + g.scid + g.dmrs_config_type + g.transform_precoding,
            0);
}

TEST(GrantsLineParser, NamesTheNearestKnownFieldForAnUnknownOne) {
  EXPECT_THAT(
      error_of(line_of(required + ",\"mcs_idx\":3")),
      HasSubstr("pusch[0]: unknown field \"mcs_idx\"; the nearest known one is \"mcs_index\""));
  EXPECT_THAT(error_of(R"({"sfn":0,"slot":0,"push":[],"pusch":[]})"), HasSubstr("\"pusch\""));
  EXPECT_THAT(error_of(line_of(required + R"(,"expect":{"crc":true})")), HasSubstr("\"crc_ok\""));
}

TEST(GrantsLineParser, CutsForeignTextBetweenCharacters) {
  std::string accents = "x";
  for (int i = 0; i < 60; ++i)
    accents += "\xC3\xA9";
  const std::string message = error_of(line_of(required + ",\"" + accents + "\":1"));
  EXPECT_THAT(message, testing::HasSubstr("\xC3\xA9..."));
  EXPECT_TRUE(is_utf8(message)) << message;
}

TEST(GrantsLineParser, RefusesWhatIsNotAnIntegerInRange) {
  EXPECT_THAT(error_of(line_of(required + ",\"mcs_index\":\"3\"")),
              HasSubstr("mcs_index is \"3\"; it must be an integer from 0 to 255"));
  for (const char* bad :
       {"-1", "256", "1.5", "1e2", "true", "null", "[]", "{}", "1e999", "9223372036854775807",
        "18446744073709551615", "99999999999999999999999", "-9223372036854775808"})
    EXPECT_THAT(error_of(line_of(required + ",\"mcs_index\":" + bad)), HasSubstr("mcs_index is"))
        << bad;
  EXPECT_THAT(error_of(line_of(required, 1024)), HasSubstr("sfn is 1024"));
  EXPECT_THAT(error_of(line_of(required, 0, 20)), HasSubstr("from 0 to 19"));
  EXPECT_THAT(error_of(line_of(required + R"(,"expect":{"crc_ok":1})")), HasSubstr("crc_ok is 1"));
  EXPECT_THAT(error_of(line_of(required + R"(,"expect":{"payload_sha256":"12"})")),
              HasSubstr("64 hex digits"));
}

TEST(GrantsLineParser, RefusesAMissingRequiredField) {
  EXPECT_THAT(error_of(R"({"slot":0,"pusch":[]})"), HasSubstr("sfn is missing"));
  EXPECT_THAT(error_of(R"({"sfn":0,"slot":0})"), HasSubstr("pusch is missing"));
  EXPECT_THAT(error_of(line_of("\"rnti\":1")), HasSubstr("is missing"));
  EXPECT_THAT(error_of(line_of(required + ",\"ptrs\":{\"port_index\":0}")),
              HasSubstr("dmrs_port is missing"));
}

TEST(GrantsLineParser, RefusesAKeyGivenTwice) {
  EXPECT_THAT(error_of(line_of(required + ",\"rnti\":17")), HasSubstr("\"rnti\" is given twice"));
  EXPECT_THAT(error_of(R"({"sfn":0,"sfn":0,"slot":0,"pusch":[]})"), HasSubstr("\"sfn\""));
  EXPECT_THAT(error_of(line_of(required + ",\"rnt\\u0069\":17")), HasSubstr("given twice"));
}

TEST(GrantsLineParser, RefusesMalformedText) {
  for (const std::string& bad :
       {std::string("{"), std::string("{}x"), line_of(required) + line_of(required),
        std::string("[1,2"), std::string("{\"sfn\":0,}"), std::string("\xff\xfe"),
        std::string("{\"sfn\":\"\xc3\x28\"}"), std::string("nul"), std::string(100000, '['),
        "{\"a\":" + std::string(200, '[') + std::string(200, ']') + "}"})
    EXPECT_THAT(error_of(bad), HasSubstr("no valid JSON"));
  EXPECT_THAT(error_of("[]"), HasSubstr("must be an object"));
  EXPECT_THAT(error_of(R"({"sfn":0,"slot":0,"pusch":{}})"), HasSubstr("must be an array"));
  EXPECT_THAT(error_of(R"({"sfn":0,"slot":0,"pusch":[3]})"), HasSubstr("must be an object"));
  EXPECT_THAT(error_of(line_of(required) + std::string(1, '\0')), HasSubstr("NUL"));
  EXPECT_THAT(error_of(line_of(required) + std::string(1U << 20, ' ')), HasSubstr("bytes"));
}

TEST(GrantsLineParser, AcceptsFapiFieldsThatCarryNothingOnlyWithTheValueThatAsksForNothing) {
  EXPECT_TRUE(parse_grants_line(
      line_of(required + R"(,"handle":5,"pdu_bitmap":1,"resource_alloc":1,"vrb_to_prb_mapping":0)"),
      1, "f:1"));
  EXPECT_THAT(error_of(line_of(required + ",\"resource_alloc\":0")),
              HasSubstr("resource_alloc is 0; only 1 is supported"));
}

// Property: whatever the bytes are, the parser answers. The seeds are mutations of a valid line.
TEST(GrantsLineParser, SurvivesRandomMutations) {
  std::mt19937 random(1);
  const std::string valid =
      line_of(required + R"(,"expect":{"crc_ok":true},"ptrs":{"port_index":1})");
  for (int i = 0; i < 20000; ++i) {
    std::string line = valid;
    for (int k = 0; k < 1 + i % 4; ++k) {
      const std::size_t at = random() % line.size();
      if (random() % 3 == 0)
        line.erase(at, 1 + random() % 5);
      else if (random() % 2 == 0)
        line[at] = static_cast<char>(random());
      else
        line.insert(at, line.substr(random() % line.size(), random() % 20));
      if (line.empty())
        line.push_back('{');
    }
    const auto r = parse_grants_line(line, 1, "f:1");
    if (!r) {
      EXPECT_EQ(r.error().kind, ErrorKind::file);
      EXPECT_EQ(r.error().message.find('\n'), std::string::npos);
    }
  }
}

std::vector<std::int64_t> counts_of(const GrantsSettings& settings) {
  auto reader = GrantsReader::open(settings);
  EXPECT_TRUE(reader) << reader.error().message;
  std::vector<std::int64_t> counts;
  while (true) {
    auto line = reader->next();
    EXPECT_TRUE(line) << line.error().message;
    if (!line || !*line)
      return counts;
    EXPECT_EQ((*line)->id, slot_id_at((*line)->id.cell, (*line)->id.count, settings.numerology));
    counts.push_back((*line)->id.count);
  }
}

std::string empty_slot(int sfn, int slot) {
  return "{\"sfn\":" + std::to_string(sfn) + ",\"slot\":" + std::to_string(slot) +
         ",\"pusch\":[]}\n";
}

TEST(GrantsReader, CountsSfnCycles) {
  const TemporaryFolder folder;
  const std::string path =
      folder.write("g.jsonl", empty_slot(1023, 18) + empty_slot(0, 3) + empty_slot(5, 0) +
                                  empty_slot(4, 19) + empty_slot(4, 18));
  EXPECT_THAT(counts_of({path, 1, 1, {}, {}}),
              ElementsAre(20478, 20480 + 3, 20480 + 100, 40960 + 99, 61440 + 98));
}

TEST(GrantsReader, PlacesTheFirstLineInTheSfnCycleNearestToTheRecordingsStart) {
  const TemporaryFolder folder;
  const std::string early = folder.write("early.jsonl", empty_slot(1, 0) + empty_slot(2, 0));
  // The recording starts just before the SFN wraps: the grants are in the next cycle.
  EXPECT_THAT(counts_of({early, 1, 1, 1023, 19}), ElementsAre(20480 + 20, 20480 + 40));
  const std::string late = folder.write("late.jsonl", empty_slot(1023, 19) + empty_slot(0, 1));
  // The grants begin just before the recording, which starts in the cycle that follows.
  auto reader = GrantsReader::open({late, 1, 1, 0, 0});
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->first().count, 20479);
  EXPECT_EQ(reader->recording_count(), 20480);
  EXPECT_THAT(counts_of({late, 1, 1, 0, 0}), ElementsAre(20479, 20481));
  auto unknown = GrantsReader::open({late, 1, 1, {}, {}});
  EXPECT_EQ(unknown->recording_count(), 20479);
}

TEST(GrantsReader, SkipsEmptyLinesCarriageReturnsAndAByteOrderMark) {
  const TemporaryFolder folder;
  const std::string path =
      folder.write("g.jsonl", "\xEF\xBB\xBF{\"sfn\":0,\"slot\":1,\"pusch\":[]}\r\n\r\n  \n\n"
                              "{\"sfn\":0,\"slot\":2,\"pusch\":[]}");
  auto reader = GrantsReader::open({path, 3, 1, {}, {}});
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader->next())->grants.line, 1);
  const auto second = reader->next();
  EXPECT_EQ((*second)->grants.line, 5);
  EXPECT_EQ((*second)->id.cell, 3);
  EXPECT_FALSE(*reader->next());
  EXPECT_FALSE(*reader->next());
}

TEST(GrantsReader, NamesFileAndLineOfAnError) {
  const TemporaryFolder folder;
  const std::string path = folder.write("g.jsonl", empty_slot(0, 1) + "\n{\"sfn\":0\n");
  auto reader = GrantsReader::open({path, 1, 1, {}, {}});
  ASSERT_TRUE(reader->next());
  const auto bad = reader->next();
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, StartsWith(path + ":3: no valid JSON"));
}

TEST(GrantsReader, RefusesASlotGivenTwiceButNotOfAnotherCell) {
  const TemporaryFolder folder;
  const std::string cells =
      folder.write("c.jsonl", "{\"cell\":1,\"sfn\":0,\"slot\":1,\"pusch\":[]}\n"
                              "{\"cell\":2,\"sfn\":0,\"slot\":1,\"pusch\":[]}\n");
  EXPECT_THAT(counts_of({cells, 1, 1, {}, {}}), ElementsAre(1, 1));
  const std::string path = folder.write("g.jsonl", empty_slot(0, 1) + empty_slot(0, 1));
  auto reader = GrantsReader::open({path, 1, 1, {}, {}});
  ASSERT_TRUE(reader->next());
  const auto bad = reader->next();
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("was given by an earlier line"));
}

TEST(GrantsReader, RefusesFilesWithoutGrants) {
  const TemporaryFolder folder;
  for (const std::string& path : {folder.path("absent"), folder.root(), folder.write("empty", ""),
                                  folder.write("b", "\n \n")})
    EXPECT_EQ(GrantsReader::open({path, 1, 1, {}, {}}).error().kind, ErrorKind::file);
}

TEST(GrantsReader, RefusesAnOverlongLineWithoutReadingItWhole) {
  const TemporaryFolder folder;
  // A sparse file of 8 GiB without a newline: reading it whole would need that much memory.
  const std::string path = folder.write("g.jsonl", "{");
  std::filesystem::resize_file(path, std::uintmax_t{8} << 30);
  const auto r = GrantsReader::open({path, 1, 1, {}, {}});
  ASSERT_FALSE(r);
  EXPECT_THAT(r.error().message, HasSubstr(":1: the line is longer than 1048576 bytes"));
}

TEST(GrantsReader, ReadsLinesThatStraddleBlocks) {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 600; ++i)
    text += "{\"sfn\":" + std::to_string(i) + ",\"slot\":0," + std::string(i % 300, ' ') +
            "\"pusch\":[{" + required + "}]}\n";
  const auto counts = counts_of({folder.write("g.jsonl", text), 1, 1, {}, {}});
  ASSERT_EQ(counts.size(), 600U);
  EXPECT_EQ(counts.back(), 599 * 20);
}

TEST(GrantsWriter, WritesWhatTheReaderReads) {
  const TemporaryFolder folder;
  SlotGrants slot;
  slot.cell = 2;
  slot.sfn = 5;
  slot.slot = 6;
  slot.pusch.resize(2);
  PuschGrant& g = slot.pusch[0];
  g.rnti = 65535;
  g.rb_size = 24;
  g.nr_of_symbols = 14;
  g.nr_of_layers = 2;
  g.dmrs_ports = 3;
  g.ul_dmrs_symb_pos = 4;
  g.tb_size = 159749;
  g.mcs_index = 27;
  g.ptrs = PtrsGrant{1, 2, 3, 4, 5};
  g.expect = Expectation{true, std::string(64, 'a')};
  const std::string path = folder.path("g.jsonl");
  auto writer = GrantsWriter::create(path);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->append(slot));
  ASSERT_TRUE(writer->finish());
  auto reader = GrantsReader::open({path, 1, 1, {}, {}});
  ASSERT_TRUE(reader) << reader.error().message;
  const auto line = reader->next();
  EXPECT_EQ(grants_line((*line)->grants), grants_line(slot));
  EXPECT_EQ((*line)->grants.pusch[0].tb_size, 159749);
  EXPECT_EQ((*line)->grants.pusch[0].ptrs->freq_density, 5);
  EXPECT_FALSE((*line)->grants.pusch[1].mcs_index);
}

} // namespace
} // namespace airan::io
