// SPDX-License-Identifier: Apache-2.0
// `airan emulate-ru` sends what `airan run` receives; `airan generate` makes captures of the same.
#include "tests/program/run_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace airan::tests {
namespace {

using testing::HasSubstr;

/// Two of ten slots, two users; `more` are further sections.
std::string two_users(const std::string& radio_unit = "", const std::string& more = "") {
  return "cell: {numerology: 1, n_prb: 24, rx_ports: 2, sample_rate_hz: 15.36e6}\n"
         "transmitter:\n  n_slots: 40\n  first_sfn: 1022\n  users:\n"
         "    - {rnti: 17, rb_start: 0, rb_size: 12, nr_of_symbols: 14, mcs_index: 4, "
         "dmrs_symbols: [2, 11], active_slots: [8, 9], period_slots: 10, rv_sequence: [0, 2], "
         "harq_processes: [0, 1]}\n"
         "    - {rnti: 18, rb_start: 12, rb_size: 12, nr_of_symbols: 14, mcs_index: 10, "
         "dmrs_symbols: [2, 11], active_slots: [8, 9], period_slots: 10}\n"
         "channel: {model: awgn, snr_db: 20}\n"
         "radio_unit: {vlan: 6, " +
         (radio_unit.empty() ? "eaxc: [4, 5]" : radio_unit) + "}\n" +
         "output: {directory: made, name: r, recordings: [sigmf, grid]}\n" + more;
}

std::string receive(const std::string& path, const std::string& more = "") {
  return "cell: {numerology: 1, n_prb: 24, rx_ports: 2}\n"
         "source: {type: pcap, path: " +
         path + ", grants: g.jsonl, " + (more.empty() ? "eaxc: [4, 5]" : more) +
         "}\noutput: {directory: out}\n";
}

class EmulateRu : public testing::Test {
protected:
  boost::json::object emulate(const std::string& arguments) const {
    const auto sent = folder.run("emulate-ru c.yaml " + arguments);
    EXPECT_EQ(sent.exit_code, 0) << sent.err;
    return sent.exit_code == 0 ? boost::json::parse(sent.out).as_object() : boost::json::object{};
  }
  boost::json::object run(const std::string& arguments, int exit_code = 0) const {
    const auto received = folder.run("run " + arguments + " --json");
    EXPECT_EQ(received.exit_code, exit_code) << received.err;
    return boost::json::parse(received.out).as_object();
  }
  std::int64_t count(const boost::json::object& counts, const char* key) const {
    return counts.at(key).to_number<std::int64_t>();
  }

  RunFolder folder;
};

TEST_F(EmulateRu, CapturesThatGenerateMakesAreReceived) {
  for (const std::string radio_unit :
       {"eaxc: [4, 5], c_plane: true", "compression: {method: bfp, width: 14, header: dynamic}",
        "compression: {method: none, width: 16}, max_prb_per_section: 5, sections_per_message: 3",
        "ru_prb: 30, mtu: 300", "peak: 0.001"}) {
    folder.write("c.yaml", two_users(radio_unit));
    const auto made = folder.run("generate c.yaml --format oran-pcap");
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const auto report = run("made/r.oran-pcap.yaml");
    const auto& blocks = report.at("transport_blocks").as_object();
    EXPECT_EQ(count(blocks, "total"), 16) << radio_unit;
    EXPECT_EQ(count(blocks, "matched"), 12) << radio_unit;
    EXPECT_EQ(count(report.at("packets").as_object(), "missing_prbs"), 0) << radio_unit;
    EXPECT_EQ(count(report.at("packets").as_object(), "sequence_gaps"), 0) << radio_unit;
  }
}

TEST_F(EmulateRu, FormatsOnTheCommandLineReplaceThoseOfTheConfiguration) {
  folder.write("c.yaml", two_users());
  ASSERT_EQ(folder.run("generate c.yaml --format oran-pcap,grid --slots 10").exit_code, 0);
  EXPECT_EQ(folder.listing(), "c.yaml\nmade\nmade/r.grants.jsonl\nmade/r.grid.yaml\nmade/r.h5\n"
                              "made/r.oran-pcap.yaml\nmade/r.pcap\n");
  EXPECT_EQ(folder.run("generate c.yaml --format mp3").exit_code, 2);
}

TEST_F(EmulateRu, SendsWhatIsReceived) {
  folder.write("c.yaml", two_users());
  folder.write("run.yaml", receive("r.pcap"));
  const auto sent = emulate("--to pcap:r.pcap --grants g.jsonl --json");
  EXPECT_EQ(count(sent, "packets"), 8 * 14 * 2);
  EXPECT_EQ(count(sent, "slots"), 8);
  EXPECT_EQ(count(sent, "transport_blocks"), 16);
  const auto report = run("run.yaml");
  EXPECT_EQ(count(report.at("packets").as_object(), "accepted"), count(sent, "packets"));
  EXPECT_EQ(count(report.at("transport_blocks").as_object(), "matched"), 12);
}

TEST_F(EmulateRu, RepeatsOverTheEndOfAnSfnCycle) {
  folder.write("c.yaml", two_users());
  folder.write("run.yaml", receive("r.pcap"));
  const auto sent = emulate("--to pcap:r.pcap --grants g.jsonl --loop --seconds 0.5");
  EXPECT_EQ(count(sent, "slots"), 200);
  EXPECT_EQ(count(sent, "packets"), 200 * 14 * 2);
  const auto report = run("run.yaml");
  const auto& packets = report.at("packets").as_object();
  EXPECT_EQ(count(packets, "accepted"), count(sent, "packets"));
  EXPECT_EQ(count(packets, "sequence_gaps"), 0);
  EXPECT_EQ(count(report.at("transport_blocks").as_object(), "total"), 400);
  EXPECT_EQ(count(report.at("transport_blocks").as_object(), "matched"), 300);
}

TEST_F(EmulateRu, SendsRecordings) {
  folder.write("c.yaml", two_users());
  ASSERT_EQ(folder.run("generate c.yaml").exit_code, 0); // sigmf and grid
  folder.write("run.yaml", receive("r.pcap"));
  for (const std::string kind : {"sigmf", "grid"}) {
    const std::string file = kind == "grid" ? "made/r.h5" : "made/r.sigmf-meta";
    folder.write("c.yaml", "cell: {numerology: 1, n_prb: 24, rx_ports: 2}\nsource: {type: " + kind +
                               ", path: " + file +
                               ", grants: made/r.grants.jsonl, first_sfn: 1022, first_slot: 0}\n"
                               "radio_unit: {eaxc: [4, 5]}\n");
    const auto sent = emulate("--to pcap:r.pcap --grants g.jsonl");
    EXPECT_EQ(count(sent, "packets"), 8 * 14 * 2) << kind;
    EXPECT_EQ(count(run("run.yaml").at("transport_blocks").as_object(), "matched"), 12) << kind;
  }
}

TEST_F(EmulateRu, CountsItsFaultsAsTheReceiverDoes) {
  folder.write("c.yaml", two_users());
  folder.write("run.yaml", receive("r.pcap"));
  const auto sent = emulate("--to pcap:r.pcap --grants g.jsonl --loop --seconds 0.2 --loss 0.02 "
                            "--duplicate 0.02 --reorder 0.05 --seed 4");
  EXPECT_GT(count(sent, "lost"), 0);
  EXPECT_GT(count(sent, "duplicated"), 0);
  EXPECT_GT(count(sent, "reordered"), 0);
  EXPECT_EQ(count(sent, "packets"), 80 * 14 * 2 - count(sent, "lost") + count(sent, "duplicated"));
  const auto report = run("run.yaml");
  const auto& packets = report.at("packets").as_object();
  EXPECT_EQ(count(packets, "received"), count(sent, "packets"));
  // A lost packet is 24 PRBs of one port and symbol.
  EXPECT_EQ(count(packets, "missing_prbs"), 24 * count(sent, "lost"));
}

TEST_F(EmulateRu, AnswersWhatItCannotDo) {
  folder.write("c.yaml", two_users());
  const auto refused = [&](const std::string& arguments, int exit_code, const std::string& said) {
    const auto result = folder.run("emulate-ru " + arguments);
    EXPECT_EQ(result.exit_code, exit_code) << arguments;
    EXPECT_THAT(result.err, HasSubstr(said)) << arguments;
    EXPECT_EQ(n_lines(result.err), 1) << result.err;
  };
  refused("c.yaml --to dev:nosuchinterface", 3, "no network interface");
  refused("c.yaml --to file:x", 2, "--to is");
  refused("c.yaml --to pcap:no/such/x.pcap", 3, "no/such");
  refused("c.yaml --to pcap:x.pcap --loop", 2, "--seconds");
  refused("c.yaml --to pcap:x.pcap --loss 2", 2, "--loss");
  refused("missing.yaml --to pcap:x.pcap", 3, "missing.yaml");
  folder.write("none.yaml", "cell: {numerology: 1, n_prb: 24, rx_ports: 2}\n");
  refused("none.yaml --to pcap:x.pcap", 2, "transmitter");
  folder.write("mtu.yaml", two_users("mtu: 68, compression: {method: none, width: 16}"));
  EXPECT_EQ(folder.run("emulate-ru mtu.yaml --to pcap:x.pcap").exit_code, 0);
}

} // namespace
} // namespace airan::tests
