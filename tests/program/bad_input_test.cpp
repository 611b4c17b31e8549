// SPDX-License-Identifier: Apache-2.0
// What `airan run` answers to wrong configurations and broken files: one sentence, an exit code,
// and the results of an earlier run untouched.
#include "tests/program/made_grid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <unistd.h>

namespace airan::tests {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// A folder with a sound configuration, recordings and grants, and the results of an earlier run.
class BadInput : public testing::Test {
protected:
  RunFolder folder;
  std::vector<SlotGrants> slots{made_slot(0, 0, {made_grant(1, 0), made_grant(2, 12)})};
  std::string sigmf_meta = read_whole(vector_path("aerial_model/TVtd_1.sigmf-meta"));
  const std::string grid_configuration =
      "cell: {id: 1}\nsource: {type: grid, path: a.h5, grants: a.jsonl}\n"
      "output: {directory: out}\n";
  const std::string sigmf_configuration =
      "cell: {id: 1, numerology: 1, n_prb: 273}\n"
      "source: {type: sigmf, path: b.sigmf-meta, grants: b.jsonl}\noutput: {directory: out}\n";

  void SetUp() override {
    make_grid(folder, "a", {}, slots);
    folder.write("a.jsonl", grants_text(slots));
    folder.write("b.sigmf-meta", sigmf_meta);
    folder.write("b.jsonl", read_whole(vector_path("aerial_model/TVtd_1.grants.jsonl")));
    std::filesystem::create_symlink(vector_path("aerial_model/TVtd_1.sigmf-data"),
                                    folder.at("b.sigmf-data"));
    std::filesystem::create_directory(folder.at("out"));
    for (const char* name : {"transport_blocks.jsonl", "report.json", "report.html", "mac.pcap"})
      folder.write(std::string("out/") + name, "of the run before");
    folder.write("out/notes.txt", "somebody else's");
  }

  /// Runs a configuration that must be refused.
  void
  expect_refusal(const std::string& configuration, int exit_code, const std::string& sentence) {
    folder.write("run.yaml", configuration);
    const auto before = folder.content();
    const auto result = folder.run("run run.yaml");
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(n_lines(result.err), 1) << result.err;
    EXPECT_THAT(result.err, StartsWith("airan: "));
    EXPECT_THAT(result.err, HasSubstr(sentence));
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(folder.content(), before) << "something was written";
  }
  /// The same with grants that are changed first.
  void expect_grants_refusal(const std::function<void(std::vector<PuschGrant>&)>& change,
                             const std::string& sentence) {
    auto changed = slots;
    change(changed[0].pusch);
    folder.write("a.jsonl", grants_text(changed));
    expect_refusal(grid_configuration, 3, sentence);
  }
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST_F(BadInput, IsNotWhatTheTestsStartFrom) {
  folder.write("run.yaml", grid_configuration);
  const auto grid = folder.run("run run.yaml");
  EXPECT_EQ(grid.exit_code, 0) << grid.err;
  folder.write("run.yaml", sigmf_configuration);
  const auto sigmf = folder.run("run run.yaml --json");
  EXPECT_EQ(sigmf.exit_code, 0) << sigmf.err;
  EXPECT_EQ(boost::json::parse(sigmf.out), boost::json::value(folder.report()));
  EXPECT_EQ(folder.read("out/notes.txt"), "somebody else's");
}

TEST_F(BadInput, ThatIsMissingIsNamed) {
  for (const char* path : {"nothing.h5", ".", "/dev/null", "/nowhere/at/all"})
    expect_refusal(replaced(grid_configuration, "a.h5", path), 3,
                   std::string(path) == "." ? "" : path);
  expect_refusal(replaced(grid_configuration, "a.jsonl", "nothing.jsonl"), 3, "nothing.jsonl");
  expect_refusal(replaced(sigmf_configuration, "b.sigmf-meta", "nothing.sigmf-meta"), 3,
                 "nothing.sigmf-meta");
  expect_refusal("cell: {numerology: 1, n_prb: 273, rx_ports: 1, fft_size: 4096}\n"
                 "source: {type: raw, path: nothing.raw, grants: b.jsonl}\n",
                 3, "nothing.raw");
  const auto result = folder.run("run nothing.yaml");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(n_lines(result.err), 1);
  EXPECT_THAT(result.err, HasSubstr("nothing.yaml"));
}

TEST_F(BadInput, SigmfThatIsTruncatedOrOfAnotherTypeIsRefused) {
  std::filesystem::remove(folder.at("b.sigmf-data"));
  const auto data = read_whole(vector_path("aerial_model/TVtd_1.sigmf-data"));
  folder.write("b.sigmf-data", data.substr(0, data.size() - 2));
  expect_refusal(sigmf_configuration, 3, "not a whole number of samples of 16 bytes");
  folder.write("b.sigmf-data", "");
  expect_refusal(sigmf_configuration, 3, "holds no samples");
  std::filesystem::remove(folder.at("b.sigmf-data"));
  expect_refusal(sigmf_configuration, 3, "b.sigmf-data");
  folder.write("b.sigmf-data", data);
  for (const char* type : {"rf32_le", "ci17_le", "c", ""}) {
    folder.write("b.sigmf-meta", replaced(sigmf_meta, "ci16_le", type));
    expect_refusal(sigmf_configuration, 3, "core:datatype");
  }
  folder.write("b.sigmf-meta", sigmf_meta.substr(0, 200));
  expect_refusal(sigmf_configuration, 3, "b.sigmf-meta");
  folder.write("b.sigmf-meta",
               replaced(sigmf_meta, "\"core:num_channels\": 4", "\"core:num_channels\": 2"));
  expect_refusal(replaced(sigmf_configuration, "n_prb: 273", "n_prb: 273, rx_ports: 4"), 3,
                 "rx_ports");
}

TEST_F(BadInput, DataThatIsNotWhatItsHashSaysIsRefusedWhenStrict) {
  std::filesystem::remove(folder.at("b.sigmf-data"));
  auto data = read_whole(vector_path("aerial_model/TVtd_1.sigmf-data"));
  data[12345] = static_cast<char>(data[12345] ^ 1);
  folder.write("b.sigmf-data", data);
  expect_refusal(replaced(sigmf_configuration, "type: sigmf", "type: sigmf, strictness: strict"), 3,
                 "SHA-512");
}

TEST_F(BadInput, GridFilesThatAreBrokenAreRefused) {
  const std::string whole = folder.read("a.h5");
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{100}, whole.size() / 2}) {
    folder.write("a.h5", whole.substr(0, size));
    expect_refusal(grid_configuration, 3, "a.h5");
  }
  folder.write("a.h5", "no HDF5 at all");
  expect_refusal(grid_configuration, 3, "a.h5");
  // The name of the dataset is another one.
  folder.write("a.h5", replaced(whole, "grid", "grip"));
  expect_refusal(grid_configuration, 3, "grid");
}

TEST_F(BadInput, GrantsThatContradictThemselvesOrTheCellAreRefused) {
  expect_grants_refusal([](auto& g) { g[1].rb_start = 20; }, "a.jsonl:1: ");
  expect_grants_refusal([](auto& g) { *g[0].tb_size += 1; }, "tb_size");
  expect_grants_refusal([](auto& g) { g[1].rb_start = 11; }, "overlap in port 0");
  expect_grants_refusal([](auto& g) { g[0].nr_of_symbols = 15; }, "nr_of_symbols");
  expect_grants_refusal([](auto& g) { g[0].ul_dmrs_symb_pos = 0; }, "ul_dmrs_symb_pos");
  expect_grants_refusal([](auto& g) { g[0].mcs_index = 99; }, "mcs_index");
  expect_grants_refusal([](auto& g) { g[0].subcarrier_spacing = 2; }, "subcarrier_spacing");
  expect_grants_refusal([](auto& g) { g[0].nr_of_layers = 2; }, "dmrs_ports");
}

TEST_F(BadInput, GrantsThatAreNoGrantsAreRefused) {
  const std::string sound = grants_text(slots);
  const auto refuse = [&](const std::string& text, const std::string& sentence) {
    folder.write("a.jsonl", text);
    expect_refusal(grid_configuration, 3, sentence);
  };
  refuse("", "holds no grants");
  refuse("\n  \n", "holds no grants");
  refuse("{", "a.jsonl:1");
  refuse("[]\n", "a.jsonl:1");
  refuse(sound + "nonsense\n", "a.jsonl:2");
  refuse(sound + sound, "given by an earlier line");
  refuse(replaced(sound, "\"rb_size\"", "\"rb_sizes\""), "rb_sizes");
  refuse(replaced(sound, "\"rb_size\":12", "\"rb_size\":\"12\""), "rb_size");
  refuse(replaced(sound, "\"rb_size\":12", "\"rb_size\":12.5"), "rb_size");
  refuse(replaced(sound, "\"rb_size\":12", "\"rb_size\":-1"), "rb_size");
  refuse(replaced(sound, "\"slot\":0", "\"slot\":20"), "slot");
  refuse(replaced(sound, "{", "{\"cell\":5,"), "no line is for cell 1");
  refuse(std::string(3000000, 'x'), "a.jsonl:1");
}

TEST_F(BadInput, ConfigurationsAreRefusedWithTheLine) {
  const auto refuse = [&](const std::string& from, const std::string& to,
                          const std::string& sentence) {
    expect_refusal(replaced(grid_configuration, from, to), 2, sentence);
  };
  refuse("cell: {id: 1}", "cell: {id: 1, n_prbs: 24}", "the nearest known one is 'n_prb'");
  refuse("cell: {id: 1}", "cell: {id: 1}\nreciever: {backend: cpu}", "receiver");
  refuse("cell: {id: 1}", "cell: {id: 1, id: 2}", "given twice");
  refuse("cell: {id: 1}", "cell: {id: one}", "cell.id");
  refuse("cell: {id: 1}", "cell: [1]", "cell");
  refuse("type: grid", "type: tape", "source.type");
  refuse("cell: {id: 1}", "cell: {id: 1}\nreceiver: {detector: magic}", "receiver.detector");
  refuse("cell: {id: 1}", "cell: {id: 1}\nreceiver: {backend: cuda}", "no CUDA rows");
  refuse("cell: {id: 1}", "cell: {id: 1}\nreceiver: {rows: {detect: cpu:magic}}", "cpu:magic");
  refuse("cell: {id: 1}", "cell: {id: 1}\nreceiver: {rows: {detct: cpu:ref}}", "detect");
  refuse("grants: a.jsonl", "grants: a.jsonl, first_sfn: 3", "first_slot");
  expect_refusal("cell: {id: 1", 2, "run.yaml");
  expect_refusal("", 2, "run.yaml: is empty");
}

TEST_F(BadInput, CellFactsThatContradictTheRecordingAreRefused) {
  const auto grid = [&](const std::string& facts) {
    return replaced(grid_configuration, "id: 1", "id: 1, " + facts);
  };
  expect_refusal(grid("n_prb: 25"), 3, "n_prb");
  expect_refusal(grid("numerology: 0"), 3, "numerology");
  expect_refusal(grid("rx_ports: 2"), 3, "rx_ports");
  expect_refusal(
      replaced(grid_configuration, "grants: a", "first_sfn: 9, first_slot: 0, grants: a"), 3,
      "first_sfn");
  const auto sigmf = [&](const std::string& facts) {
    return replaced(sigmf_configuration, "id: 1", "id: 1, " + facts);
  };
  expect_refusal(sigmf("sample_rate_hz: 245.76e6"), 3, "sample_rate_hz");
  // Contradictions of the configuration with itself.
  expect_refusal(sigmf("sample_rate_hz: 61.44e6"), 2, "2048");
  expect_refusal(sigmf("fft_size: 2048"), 2, "2048");
  expect_refusal(sigmf("sample_rate_hz: 122.88e6, fft_size: 8192"), 2, "8192");
  expect_refusal(replaced(sigmf_configuration, ", n_prb: 273", ""), 2, "b.sigmf-meta: cell.n_prb");
  folder.write("b.sigmf-meta", replaced(sigmf_meta, "122880000", "100000000"));
  expect_refusal(sigmf_configuration, 2, "b.sigmf-meta: the sample rate of 100000000 Hz");
}

TEST_F(BadInput, OutputThatCannotBeWrittenIsRefusedFirst) {
  folder.write("file", "a regular file");
  for (const char* path : {"file", "file/below", "file/far/below"})
    expect_refusal(
        replaced(grid_configuration, "directory: out", std::string("directory: ") + path), 3,
        "is not a folder");
  if (::geteuid() != 0) { // whom no permission stops
    std::filesystem::create_directory(folder.at("locked"));
    std::filesystem::permissions(folder.at("locked"), std::filesystem::perms::owner_read |
                                                          std::filesystem::perms::owner_exec);
    expect_refusal(replaced(grid_configuration, "directory: out", "directory: locked/out"), 3,
                   "locked");
  }
}

TEST_F(BadInput, OutputThatTurnsOutUnwritableEndsWithOneSentence) {
  folder.write("run.yaml",
               replaced(grid_configuration, "directory: out", "directory: /proc/airan"));
  const auto result = folder.run("run run.yaml");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(n_lines(result.err), 1) << result.err;
  EXPECT_THAT(result.err, HasSubstr("/proc/airan"));
}

TEST_F(BadInput, SynchronisationThatFindsNothingIsSaid) {
  expect_refusal(replaced(grid_configuration, "type: grid", "type: grid, sync: auto"), 2, "sync");
  std::string noise;
  std::uint32_t state = 5;
  for (int i = 0; i < 8 * 61440; ++i) {
    state = state * 1664525U + 1013904223U;
    noise += static_cast<char>(state >> 24);
    noise += static_cast<char>(0);
  }
  std::filesystem::remove(folder.at("b.sigmf-data"));
  folder.write("b.sigmf-data", noise);
  expect_refusal(replaced(sigmf_configuration, "type: sigmf", "type: sigmf, sync: auto"), 3,
                 "b.sigmf-meta");
}

TEST_F(BadInput, IsNotAConfigurationInJson) {
  folder.write("run.json",
               R"({"cell": {"id": 1, "n_prb": 24},
  "source": {"type": "grid", "path": "a.h5", "grants": "a.jsonl"},
  "receiver": {"rows": {"decode_ldpc": "cpu:ref"}},
  "output": {"directory": "out"}})");
  const auto result = folder.run("run run.json");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(folder.report().at("rows").at("decode_ldpc"), "cpu:ref");
}

} // namespace
} // namespace airan::tests
