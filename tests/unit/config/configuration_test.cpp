// SPDX-License-Identifier: Apache-2.0
// Whole configurations: what is accepted, and what is said about what is wrong.
#include "config/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace airan::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

const std::string receives = "cell: {numerology: 1, n_prb: 273, rx_ports: 4}\n"
                             "source: {type: sigmf, path: rec.sigmf-meta, grants: g.jsonl}\n";

ConfigurationResult parse(const std::string& text, Purpose purpose = Purpose::receive) {
  return parse_configuration(text, "lab.yaml", "/data", purpose);
}
std::vector<std::string> sentences(const std::string& text, Purpose purpose = Purpose::check) {
  const auto result = parse(text, purpose);
  return result ? std::vector<std::string>{} : result.error().sentences;
}

TEST(Configuration, ReadsEverySectionOfAReceiver) {
  const auto c = parse(R"(
cell:     {id: 1, numerology: 1, cyclic_prefix: normal, n_prb: 273, first_prb: 0, rx_ports: 4,
           sample_rate_hz: 122880000, fft_size: 4096, phase_compensation_hz: 0}
source:   {type: sigmf, path: rec.sigmf-meta, grants: rec.grants.jsonl, sync: aligned}
receiver: {backend: auto, detector: classical, ldpc_max_iterations: 10,
           rows: {decode_ldpc: "cpu:ref"}}
output:   {directory: out, payloads: true}
)");
  ASSERT_TRUE(c) << c.error().sentences[0];
  ASSERT_THAT(c->cells, SizeIs(1));
  EXPECT_EQ(c->cells[0].n_prb, 273);
  EXPECT_EQ(c->cells[0].sample_rate_hz, 122.88e6);
  ASSERT_TRUE(c->cells[0].source);
  EXPECT_EQ(c->cells[0].source->path, "/data/rec.sigmf-meta");
  EXPECT_EQ(c->receiver.row_of(Stage::decode_ldpc), "cpu:ref");
  EXPECT_EQ(c->output.directory, "/data/out");
  EXPECT_TRUE(c->output.payloads);
}

TEST(Configuration, MayBeJson) {
  const auto c = parse(R"({"source": {"type": "grid", "path": "a.h5", "grants": "a.jsonl"},
                           "output": {"payloads": false}})");
  ASSERT_TRUE(c) << c.error().sentences[0];
  EXPECT_EQ(c->cells[0].source->type, SourceType::grid);
  EXPECT_FALSE(c->cells[0].n_prb) << "the recording may fill it in";
}

TEST(Configuration, HasNothingToSynchroniseInAGrid) {
  EXPECT_THAT(sentences("cell: {n_prb: 24}\n"
                        "source: {type: grid, sync: auto, path: a.h5, grants: a.jsonl}\n"),
              ElementsAre(HasSubstr("lab.yaml:2: source: sync auto is for recordings in the time "
                                    "domain")));
}

TEST(Configuration, NamesTheNearestKnownKey) {
  EXPECT_THAT(sentences("cell: {}\nreciever: {}\n"),
              ElementsAre("lab.yaml:2: unknown key 'reciever', the nearest known one is "
                          "'receiver'"));
  EXPECT_THAT(sentences("cell:\n  numrology: 1\n"),
              ElementsAre("lab.yaml:2: unknown key 'numrology' in cell, the nearest known one is "
                          "'numerology'"));
}

TEST(Configuration, ReportsAllProblemsAtOnceInOrderOfTheirLines) {
  EXPECT_THAT(sentences("cell:\n  n_prb: 300\n  id: x\n  id: 4\noutput:\n  payloads: yes\n"),
              ElementsAre(HasSubstr("lab.yaml:2: cell.n_prb: 300 PRB is outside 1 .. 275 PRB"),
                          HasSubstr("lab.yaml:3: cell.id: 'x' is not an integer"),
                          HasSubstr("lab.yaml:4: the key 'id' is given twice, in line 3 and in"),
                          HasSubstr("lab.yaml:6: output.payloads: 'yes' is not true or false")));
}

TEST(Configuration, StopsCountingOutProblemsAtFifty) {
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "key" + std::to_string(i) + ": 1\n";
  const auto found = sentences(text);
  ASSERT_THAT(found, SizeIs(51));
  EXPECT_EQ(found.back(), "lab.yaml: and 950 more problems");
}

TEST(Configuration, KeepsEachProblemOnOneShortLine) {
  const auto found = sentences("\"a\\nb\\x1b" + std::string(10'000, 'x') + "\": 1\n");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_LT(found[0].size(), 500U);
  EXPECT_EQ(found[0].find('\n'), std::string::npos);
  EXPECT_EQ(found[0].find('\x1b'), std::string::npos);
}

TEST(Configuration, ListsTheDetectorsThatExist) {
  EXPECT_THAT(sentences("receiver: {detector: learned}\n"),
              ElementsAre(AllOf(HasSubstr("receiver.detector: 'learned'"),
                                HasSubstr("must be one of classical"))));
}

TEST(Configuration, NamesTheOperationsThatRowsMayForce) {
  EXPECT_THAT(sentences("receiver: {rows: {ldpc: cpu:ref}}\n"),
              ElementsAre(HasSubstr("unknown key 'ldpc' in receiver.rows")));
}

TEST(Configuration, AsksForWhatACommandNeeds) {
  EXPECT_THAT(sentences("cell: {id: 1}\n", Purpose::receive),
              ElementsAre(HasSubstr("the section 'source' is missing")));
  EXPECT_THAT(sentences(receives, Purpose::generate),
              ElementsAre(HasSubstr("the section 'transmitter' is missing")));
  EXPECT_THAT(sentences("source: {type: sigmf}\n"),
              ElementsAre(HasSubstr("lab.yaml:1: the key 'path' in source is missing"),
                          HasSubstr("the key 'grants' in source is missing")));
}

TEST(Configuration, WantsFirstSfnAndFirstSlotTogether) {
  EXPECT_THAT(sentences("source: {type: raw, path: a, grants: b, first_sfn: 3}\n"),
              ElementsAre(HasSubstr("both or not at all")));
}

TEST(Configuration, ReadsSeveralCellsEachWithItsSource) {
  const auto c = parse("cells:\n"
                       "  - {id: 1, source: {type: grid, path: a.h5, grants: a.jsonl}}\n"
                       "  - {id: 2, source: {type: grid, path: b.h5, grants: b.jsonl}}\n");
  ASSERT_TRUE(c) << c.error().sentences[0];
  ASSERT_THAT(c->cells, SizeIs(2));
  EXPECT_EQ(c->cells[1].source->path, "/data/b.h5");
}

TEST(Configuration, RefusesCellsThatContradictEachOther) {
  EXPECT_THAT(sentences("cell: {id: 1}\ncells: [{id: 1}]\n"),
              ElementsAre(HasSubstr("either cell or cells")));
  EXPECT_THAT(sentences("cells:\n  - {id: 1}\n  - {id: 1}\n"),
              ElementsAre("lab.yaml:3: cells: the id 1 is taken by the cell in line 2"));
  EXPECT_THAT(sentences("cells:\n  - {id: 1}\n", Purpose::receive),
              ElementsAre(HasSubstr("cell 1: the section 'source' is missing")));
}

TEST(Configuration, FindsContradictionsInsideACell) {
  EXPECT_THAT(sentences("cell: {numerology: 1, cyclic_prefix: extended}\n"),
              ElementsAre(HasSubstr("numerology 2 only")));
  EXPECT_THAT(sentences("cell: {numerology: 1, sample_rate_hz: 122.88e6, fft_size: 2048}\n"),
              ElementsAre(HasSubstr("cell.fft_size is 2048 but")));
  EXPECT_THAT(sentences("cell: {numerology: 1, n_prb: 273, fft_size: 2048}\n"),
              ElementsAre(HasSubstr("an FFT of 2048 points does not fit 273 PRB")));
}

TEST(Configuration, PrintsWhatReadsBackToTheSame) {
  for (const char* example : {"lab", "grid", "generate", "simulate"}) {
    const std::string path = std::string(AIRAN_SOURCE_DIR "/config/") + example + ".yaml";
    const auto c = load_configuration(path, Purpose::check);
    ASSERT_TRUE(c) << c.error().sentences[0];
    const YamlNode printed = effective_configuration(*c);
    const auto from_yaml = parse(print_yaml(printed), Purpose::check);
    ASSERT_TRUE(from_yaml) << from_yaml.error().sentences[0] << "\n" << print_yaml(printed);
    EXPECT_EQ(print_yaml(effective_configuration(*from_yaml)), print_yaml(printed));
    const auto from_json = parse(print_json(printed), Purpose::check);
    ASSERT_TRUE(from_json) << from_json.error().sentences[0];
    EXPECT_EQ(print_yaml(effective_configuration(*from_json)), print_yaml(printed));
  }
}

TEST(Configuration, EveryExampleIsValidForItsCommand) {
  int n_examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(AIRAN_SOURCE_DIR "/config")) {
    if (entry.path().extension() != ".yaml")
      continue;
    ++n_examples;
    const auto c = load_configuration(entry.path().string(), Purpose::check);
    ASSERT_TRUE(c) << c.error().sentences[0];
    EXPECT_TRUE(load_configuration(entry.path().string(), natural_purpose(*c)));
    for (const Cell& cell : c->cells) {
      if (cell.source) {
        for (const std::string& file : {cell.source->path, cell.source->grants})
          EXPECT_TRUE(file.empty() || file.starts_with("unix:") || std::filesystem::exists(file))
              << file;
      }
    }
  }
  EXPECT_GE(n_examples, 4);
}

TEST(Configuration, SaysWhyAFileCannotBeRead) {
  for (const char* path : {"/nonexistent.yaml", "/", "/dev/null"}) {
    const auto c = load_configuration(path, Purpose::check);
    ASSERT_FALSE(c) << path;
    EXPECT_THAT(c.error().sentences, ElementsAre(StartsWith(path)));
  }
  EXPECT_EQ(load_configuration("/nonexistent.yaml", Purpose::check).error().kind, ErrorKind::file);
}

TEST(KeyReference, IsWhatTheDocumentationSays) {
  std::ifstream file(AIRAN_SOURCE_DIR "/docs/configuration.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find(key_reference()), std::string::npos)
      << "docs/configuration.md is out of date: replace its reference by the output of "
         "'airan check --keys'";
}

} // namespace
} // namespace airan::config
