// SPDX-License-Identifier: Apache-2.0
// Tests of the results of a run: lines, reports, MAC pcap, folder.
#include "io/hash.hpp"
#include "io/writers/mac_pcap_writer.hpp"
#include "io/writers/output_directory.hpp"
#include "io/writers/result_writer.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <random>
#include <sstream>

namespace airan::io {
namespace {

namespace json = boost::json;
using test::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr float not_known = std::numeric_limits<float>::quiet_NaN();

/// Slot `count` with one decoded block, one that failed and one without data.
struct MadeSlot {
  std::vector<std::uint8_t> payload{1, 2, 3, 0xFF};
  std::vector<TransportBlock> blocks;
  SlotReport report;
  SlotGrants grants;

  explicit MadeSlot(std::int64_t count = 7) {
    report.id = slot_id_at(1, count, 1);
    report.duration_ns = 500'000;
    report.latency_ns = 250'000;
    report.stage_ns.fill(10'000);
    TransportBlock b;
    b.id = report.id;
    b.rnti = 17;
    b.harq_id = 3;
    b.crc_ok = b.has_data = true;
    b.payload = payload;
    b.n_code_blocks = b.n_code_blocks_ok = 1;
    b.max_iterations = 4;
    b.snr_db = 12.5F;
    b.evm_percent = 3.25F;
    b.timing_offset_ns = -40.0F;
    b.cfo_hz = 100.0F;
    blocks.push_back(b);
    b.grant = 1;
    b.rnti = 18;
    b.crc_ok = false;
    b.snr_db = not_known;
    b.payload = {};
    blocks.push_back(b);
    b.grant = 2;
    b.rnti = 19;
    b.has_data = false;
    blocks.push_back(b);
    report.transport_blocks = blocks;
    grants.pusch.resize(3);
    grants.pusch[0].expect = Expectation{true, sha256_hex(payload)};
    grants.pusch[1].expect = Expectation{false, {}};
  }
  MadeSlot(const MadeSlot&) = delete;
};

RunFacts facts() {
  return {"rec <1>.sigmf-meta", {{"decode_ldpc", "cpu:simd"}}, {{"airan", "0.1.0"}}};
}

const std::string_view classical[] = {"classical"};

std::vector<json::object> lines_of(const std::string& path) {
  std::vector<json::object> lines;
  std::istringstream in(TemporaryFolder::read(path));
  for (std::string line; std::getline(in, line);)
    lines.push_back(json::parse(line).as_object());
  return lines;
}

TEST(Hash, IsThatOfFips180) {
  // FIPS 180-4 examples: "abc".
  const std::uint8_t abc[] = {'a', 'b', 'c'};
  EXPECT_EQ(sha256_hex(abc), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha512 hash;
  hash.update(std::as_bytes(std::span(abc)).first(1));
  hash.update(std::as_bytes(std::span(abc)).subspan(1));
  EXPECT_EQ(hash.finish(), "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                           "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(ResultWriter, WritesOneLinePerGrantWithEveryField) {
  const TemporaryFolder folder;
  const MadeSlot slot;
  ResultWriter writer({folder.path("out"), false}, facts());
  ASSERT_TRUE(writer.add(slot.report, slot.grants, {classical}));
  ASSERT_TRUE(writer.finish(""));
  const auto lines = lines_of(folder.path("out/transport_blocks.jsonl"));
  ASSERT_EQ(lines.size(), 3U);
  const json::object& ok = lines[0];
  EXPECT_EQ(json::serialize(ok),
            json::serialize(json::parse(
                R"({"cell":1,"sfn":0,"slot":7,"status":"received","rnti":17,"harq_process_id":3,
                "rv":0,"crc_ok":true,"payload_sha256":")" +
                sha256_hex(slot.payload) +
                R"(","snr_db":12.5,"evm_percent":3.25,"timing_offset_ns":-40,"cfo_hz":100,
                "ldpc_iterations":4,"code_blocks":1,"code_blocks_ok":1,"detector":"classical",
                "latency_us":250})")));
  EXPECT_TRUE(lines[1].at("snr_db").is_null());
  EXPECT_TRUE(lines[1].at("payload_sha256").is_null());
  EXPECT_EQ(lines[2].at("status"), "no_data");
  EXPECT_TRUE(lines[2].at("evm_percent").is_null());
  EXPECT_FALSE(ok.contains("payload_hex"));
}

TEST(ResultWriter, WritesPayloadsOnRequest) {
  const TemporaryFolder folder;
  const MadeSlot slot;
  ResultWriter writer({folder.root(), true}, facts());
  ASSERT_TRUE(writer.add(slot.report, slot.grants, {classical}));
  ASSERT_TRUE(writer.finish(""));
  const auto lines = lines_of(folder.path("transport_blocks.jsonl"));
  EXPECT_EQ(lines[0].at("payload_hex"), "010203ff");
  EXPECT_FALSE(lines[1].contains("payload_hex"));
}

TEST(ResultWriter, ReportsTheFiguresOfTheRun) {
  const TemporaryFolder folder;
  ResultWriter writer({folder.root(), false}, facts());
  for (std::int64_t count = 0; count < 10; ++count) {
    MadeSlot slot(count);
    slot.report.latency_ns = (count + 1) * 100'000;
    slot.report.bad_values = count == 0 ? 5 : 0;
    ASSERT_TRUE(writer.add(slot.report, slot.grants, {classical}));
  }
  ASSERT_TRUE(writer.finish("the file \"x\" ended early"));
  const json::object r = json::parse(TemporaryFolder::read(folder.path("report.json"))).as_object();
  EXPECT_EQ(r.at("slots"), 10);
  const json::object& blocks = r.at("transport_blocks").as_object();
  EXPECT_EQ(blocks.at("total"), 30);
  EXPECT_EQ(blocks.at("received"), 20);
  EXPECT_EQ(blocks.at("no_data"), 10);
  EXPECT_EQ(blocks.at("crc_ok"), 10);
  EXPECT_EQ(blocks.at("expected"), 20);
  EXPECT_EQ(blocks.at("matched"), 20);
  EXPECT_DOUBLE_EQ(r.at("bler").to_number<double>(), 0.5);
  // 10 blocks of 32 bits in 10 slots of 0.5 ms.
  EXPECT_DOUBLE_EQ(r.at("throughput_mbps").to_number<double>(), 0.064);
  const json::object& latency = r.at("latency_us").as_object();
  EXPECT_DOUBLE_EQ(latency.at("max").to_number<double>(), 1000);
  // Bins are 2.2 % wide (2^(1/32)).
  EXPECT_NEAR(latency.at("p50").to_number<double>(), 500, 500 * 0.022);
  EXPECT_NEAR(latency.at("p99").to_number<double>(), 1000, 1e-9);
  EXPECT_EQ(r.at("bad_values"), 5);
  EXPECT_EQ(r.at("trouble"), "the file \"x\" ended early");
  EXPECT_EQ(r.at("rows").at("decode_ldpc"), "cpu:simd");
  EXPECT_EQ(r.at("versions").at("airan"), "0.1.0");
  EXPECT_EQ(r.at("stages_us").at("decode_ldpc").at("mean").to_number<double>(), 10);
}

TEST(ResultWriter, SaysNullWhereNothingWasReceived) {
  const TemporaryFolder folder;
  ResultWriter writer({folder.root(), false}, facts());
  SlotReport lost;
  ASSERT_TRUE(writer.add(lost, {}, {}));
  ASSERT_TRUE(writer.finish(""));
  const json::object r = json::parse(TemporaryFolder::read(folder.path("report.json"))).as_object();
  EXPECT_TRUE(r.at("bler").is_null());
  EXPECT_TRUE(r.at("latency_us").at("p50").is_null());
  EXPECT_TRUE(r.at("latency_us").at("max").is_null());
  EXPECT_TRUE(r.at("trouble").is_null());
  EXPECT_EQ(r.at("throughput_mbps").to_number<double>(), 0);
}

TEST(ResultWriter, TouchesNothingBeforeTheFirstSlotAndLeavesOthersFiles) {
  const TemporaryFolder folder;
  folder.write("report.json", "old");
  folder.write("notes.txt", "mine");
  {
    ResultWriter idle({folder.root(), false}, facts());
    ASSERT_TRUE(idle.finish(""));
  }
  EXPECT_EQ(TemporaryFolder::read(folder.path("report.json")), "old");
  ResultWriter writer({folder.root(), false}, facts());
  const MadeSlot slot;
  ASSERT_TRUE(writer.add(slot.report, slot.grants, {classical}));
  EXPECT_FALSE(std::filesystem::exists(folder.path("report.json"))); // not the old one any more
  ASSERT_TRUE(writer.finish(""));
  EXPECT_EQ(TemporaryFolder::read(folder.path("notes.txt")), "mine");
  EXPECT_THAT(TemporaryFolder::read(folder.path("report.json")), HasSubstr("\"slots\": 1"));
}

/// Counters in which each number is another one.
PacketCounters packet_counters() {
  PacketCounters c;
  for (std::int64_t i = 0; i < 1000; ++i)
    c.count(std::nullopt);
  for (std::size_t reason = 0; reason < n_drop_reasons; ++reason)
    for (std::size_t i = 0; i <= reason; ++i)
      c.count(static_cast<DropReason>(reason));
  c.c_plane = 101;
  c.prach = 102;
  c.late_kept = 200;
  c.sequence_gaps = 103;
  c.missing_prbs = 104;
  c.slots_dropped = 105;
  return c;
}

TEST(PacketFigures, SayWhatBecameOfEveryPacket) {
  const PacketFigures f = packet_figures(packet_counters(), {1, 2, 3, 4});
  EXPECT_EQ(f.dropped.size(), n_drop_reasons);
  std::int64_t sum = f.accepted;
  for (const auto& [name, n] : f.dropped)
    sum += n;
  EXPECT_EQ(f.received, sum);
  const auto of = [](DropReason reason) { return static_cast<std::int64_t>(reason) + 1; };
  EXPECT_EQ(f.dropped.front(), NamedCount("short_ethernet", 1));
  EXPECT_EQ(f.late, 200 + of(DropReason::late));
  EXPECT_EQ(f.duplicates, of(DropReason::duplicate));
  EXPECT_THAT(f.others, ::testing::Contains(NamedCount("device_no_buffer", 3)));
}

TEST(PacketFigures, SayTheSameOfDatagrams) {
  UdpCounters c;
  c.count(std::nullopt);
  for (int i = 0; i < 3; ++i)
    c.count(UdpDropReason::late);
  c.count(UdpDropReason::duplicate);
  c.missing_samples = 7;
  c.slots_dropped = 8;
  const PacketFigures f = packet_figures(c);
  EXPECT_EQ(f.received, 5);
  EXPECT_EQ(f.accepted, 1);
  EXPECT_EQ(f.dropped.size(), n_udp_drop_reasons);
  EXPECT_EQ(f.late, 3);
  EXPECT_EQ(f.duplicates, 1);
  EXPECT_EQ(f.slots_dropped, 8);
  EXPECT_THAT(f.others, ::testing::Contains(NamedCount("missing_samples", 7)));
}

TEST(PacketFigures, AddUpByName) {
  PacketFigures sum;
  sum.add(packet_figures(packet_counters()));
  sum.add(packet_figures(packet_counters()));
  PacketFigures other;
  other.received = other.accepted = 5;
  other.dropped = {{"bad_length", 0}, {"late", 0}};
  sum.add(other);
  const PacketFigures one = packet_figures(packet_counters());
  EXPECT_EQ(sum.received, 2 * one.received + 5);
  EXPECT_EQ(sum.slots_dropped, 2 * one.slots_dropped);
  EXPECT_EQ(sum.dropped.size(), n_drop_reasons + 1) << "bad_length is new";
  EXPECT_EQ(sum.dropped[3].second, 2 * one.dropped[3].second);
}

TEST(ResultWriter, ReportsPacketsEvenWithoutAnySlot) {
  const TemporaryFolder folder;
  folder.write("report.json", "old");
  ResultWriter writer({folder.root(), false}, facts());
  ASSERT_TRUE(writer.finish("", packet_figures(packet_counters())));
  const json::object r = json::parse(TemporaryFolder::read(folder.path("report.json"))).as_object();
  EXPECT_EQ(r.at("slots"), 0);
  EXPECT_EQ(r.at("slots_dropped"), 105);
  const json::object& p = r.at("packets").as_object();
  EXPECT_EQ(p.at("accepted"), 1000);
  EXPECT_EQ(p.at("dropped").as_object().size(), n_drop_reasons);
  EXPECT_EQ(p.at("dropped").at("unknown_eaxc"),
            static_cast<std::int64_t>(DropReason::unknown_eaxc) + 1);
  EXPECT_EQ(p.at("sequence_gaps"), 103);
  EXPECT_EQ(p.at("missing_prbs"), 104);
  EXPECT_EQ(p.at("c_plane"), 101);
  EXPECT_EQ(p.at("prach"), 102);
  const std::string page = TemporaryFolder::read(folder.path("report.html"));
  EXPECT_THAT(page, HasSubstr("<td class=\"text\">dropped: wrong vlan</td><td>3</td>"));
  EXPECT_EQ(TemporaryFolder::read(folder.path("transport_blocks.jsonl")), "");
}

TEST(ResultWriter, SaysNothingOfPacketsWhereThereWereNone) {
  const TemporaryFolder folder;
  ResultWriter writer({folder.root(), false}, facts());
  const MadeSlot slot;
  ASSERT_TRUE(writer.add(slot.report, slot.grants, {classical}));
  ASSERT_TRUE(writer.finish(""));
  const json::object r = json::parse(TemporaryFolder::read(folder.path("report.json"))).as_object();
  EXPECT_FALSE(r.contains("packets"));
  EXPECT_FALSE(r.contains("slots_dropped"));
  EXPECT_THAT(TemporaryFolder::read(folder.path("report.html")), Not(HasSubstr("Packets")));
}

TEST(OutputDirectory, RefusesAPathBelowARegularFile) {
  const TemporaryFolder folder;
  const std::string file = folder.write("file", "x");
  EXPECT_THAT(check_output_directory(file + "/a/b").error().message, HasSubstr("is not a folder"));
  EXPECT_THAT(check_output_directory(file).error().message, HasSubstr("is not a folder"));
  EXPECT_FALSE(check_output_directory(""));
  EXPECT_TRUE(check_output_directory(folder.path("new/deep")));
  EXPECT_FALSE(std::filesystem::exists(folder.path("new")));
  EXPECT_TRUE(make_output_directory(folder.path("new/deep")));
  EXPECT_TRUE(std::filesystem::is_directory(folder.path("new/deep")));
  EXPECT_FALSE(make_output_directory(file + "/a"));
}

SlotPicture picture(std::size_t n_points) {
  SlotPicture p;
  p.users.push_back({17,
                     "16QAM",
                     std::vector<cf32>(n_points, {0.5F, -0.5F}),
                     {0, 1, 3},
                     {10, not_known, 11},
                     {3, 4, 5}});
  p.channels.push_back({"port <0>", 0, std::vector<float>(3276, -3.0F)});
  return p;
}

TEST(ReportPage, IsSelfContainedAndHoldsTheTable) {
  const TemporaryFolder folder;
  ResultWriter writer({folder.root(), false}, facts());
  const MadeSlot slot;
  ASSERT_TRUE(writer.add(slot.report, slot.grants, {classical}));
  writer.add_picture(picture(100));
  ASSERT_TRUE(writer.finish("cut </script> short"));
  const std::string page = TemporaryFolder::read(folder.path("report.html"));
  EXPECT_THAT(page, HasSubstr("rec &lt;1&gt;.sigmf-meta"));
  EXPECT_THAT(page, HasSubstr("cut &lt;/script&gt; short"));
  EXPECT_THAT(page, HasSubstr("<td>17</td><td>12.5</td><td>3.25</td><td class=\"good\">ok</td>"));
  EXPECT_THAT(page, HasSubstr("no data"));
  EXPECT_THAT(page, HasSubstr("Chart.js"));
  for (const char* outside : {" src=", "@import", "<link", "url(", "href="})
    EXPECT_THAT(page, Not(HasSubstr(outside))) << outside;
  EXPECT_EQ(page.find("@DATA@"), std::string::npos);
  // The data parse, and none of them ends the script element.
  const std::string open = "<script id=\"data\" type=\"application/json\">";
  const std::size_t at = page.find(open) + open.size();
  const std::string data = page.substr(at, page.find("</script>", at) - at);
  const json::value parsed = json::parse(data);
  const json::value& first = parsed.at(0);
  EXPECT_EQ(first.at("channels").at(0).at("name"), "port <0>");
  EXPECT_EQ(first.at("users").at(0).at("points").as_array().size(), 100U);
  EXPECT_TRUE(first.at("users").at(0).at("snr").at(1).is_null());
  // Three script elements: data, library, page.
  std::size_t n = 0;
  for (std::size_t k = page.find("</script>"); k != std::string::npos;
       k = page.find("</script>", k + 1))
    ++n;
  EXPECT_EQ(n, 3U);
}

TEST(ReportPage, StaysSmallInALongRun) {
  const TemporaryFolder folder;
  ResultWriter writer({folder.root(), false}, facts());
  for (std::int64_t count = 0; count < 3000; ++count) {
    const MadeSlot slot(count);
    ASSERT_TRUE(writer.add(slot.report, slot.grants, {classical}));
    if (writer.wants_picture())
      writer.add_picture(picture(40000));
  }
  ASSERT_TRUE(writer.finish(""));
  EXPECT_EQ(lines_of(folder.path("transport_blocks.jsonl")).size(), 9000U);
  EXPECT_EQ(writer.first_lines().size(), 100U);
  EXPECT_EQ(writer.last_lines().size(), 100U);
  EXPECT_EQ(writer.last_lines().back().id.count, 2999);
  const std::string page = TemporaryFolder::read(folder.path("report.html"));
  EXPECT_THAT(page, HasSubstr("8800 lines in between"));
  EXPECT_LT(page.size(), 700'000U);
}

TEST(Percentiles, AgreeWithSortedValuesWithinABin) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> latency(12, 1);
  std::vector<std::int64_t> values;
  Percentiles p;
  for (int i = 0; i < 20000; ++i) {
    values.push_back(static_cast<std::int64_t>(latency(random)));
    p.add(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto exact =
        static_cast<double>(values[static_cast<std::size_t>(std::ceil(share * 20000)) - 1]);
    EXPECT_NEAR(p.at(share), exact, exact * 0.022);
  }
  EXPECT_EQ(p.at(1), static_cast<double>(values.back()));
  EXPECT_EQ(p.max(), values.back());
  EXPECT_TRUE(std::isnan(Percentiles().at(0.5)));
}

TEST(Expectations, CompareVerdictAndHash) {
  const MadeSlot slot;
  const TransportBlock& ok = slot.blocks[0];
  const TransportBlock& failed = slot.blocks[1];
  const TransportBlock& absent = slot.blocks[2];
  const std::string hash = sha256_hex(slot.payload);
  EXPECT_EQ(matches(ok, {}, hash), std::nullopt);
  EXPECT_EQ(matches(ok, Expectation{}, hash), std::nullopt);
  EXPECT_EQ(matches(ok, Expectation{true, hash}, hash), true);
  EXPECT_EQ(matches(ok, Expectation{{}, hash}, hash), true);
  EXPECT_EQ(matches(ok, Expectation{true, std::string(64, '0')}, hash), false);
  EXPECT_EQ(matches(ok, Expectation{false, {}}, hash), false);
  EXPECT_EQ(matches(failed, Expectation{false, {}}, ""), true);
  EXPECT_EQ(matches(failed, Expectation{false, hash}, ""), true);
  EXPECT_EQ(matches(failed, Expectation{{}, hash}, ""), false);
  EXPECT_EQ(matches(absent, Expectation{false, {}}, ""), false);
}

std::uint32_t native32(const std::string& s, std::size_t at) {
  std::uint32_t v = 0;
  std::memcpy(&v, s.data() + at, 4);
  return v;
}

TEST(MacPcapWriter, FramesPdusAsUdpOverIpv6) {
  const TemporaryFolder folder;
  const MadeSlot slot(20481);
  auto writer = MacPcapWriter::create(folder.path("m.pcap"));
  ASSERT_TRUE(writer);
  for (const TransportBlock& b : slot.blocks)
    ASSERT_TRUE(writer->add(b, 500'000));
  ASSERT_TRUE(writer->finish());
  const std::string f = TemporaryFolder::read(folder.path("m.pcap"));
  // Global header 24, record header 16, IPv6 40, UDP 8, framing 20, payload 4: one packet only.
  ASSERT_EQ(f.size(), 24U + 16 + 40 + 8 + 20 + 4);
  EXPECT_EQ(native32(f, 0), 0xa1b23c4dU);
  EXPECT_EQ(native32(f, 20), 101U);
  EXPECT_EQ(native32(f, 24), 10U); // 20481 slots of 0.5 ms
  EXPECT_EQ(native32(f, 28), 240'500'000U);
  EXPECT_EQ(native32(f, 32), 72U);
  EXPECT_EQ(f.substr(88, 6), "mac-nr");
  EXPECT_EQ(f.substr(94, 14), std::string("\1\0\3\2\0\x11\6\3\7\0\0\0\1\1", 14));
  EXPECT_EQ(f.substr(108), std::string("\1\2\3\xff"));
  // RFC 8200: the sum over pseudo header and datagram, checksum included, is all ones.
  std::uint32_t sum = 1 + 1 + 17 + 32;
  for (std::size_t i = 80; i < f.size(); i += 2)
    sum += static_cast<std::uint32_t>(static_cast<std::uint8_t>(f[i]) << 8 |
                                      static_cast<std::uint8_t>(f[i + 1]));
  sum = (sum & 0xFFFF) + (sum >> 16);
  EXPECT_EQ((sum & 0xFFFF) + (sum >> 16), 0xFFFFU);
}

TEST(MacPcapWriter, WritesLargeBlocksAsJumbograms) {
  const TemporaryFolder folder;
  const std::vector<std::uint8_t> payload(159749, 0x3F); // the largest of 4 layers
  TransportBlock b;
  b.crc_ok = true;
  b.payload = payload;
  auto writer = MacPcapWriter::create(folder.path("m.pcap"));
  ASSERT_TRUE(writer->add(b, 500'000));
  ASSERT_TRUE(writer->finish());
  const std::string f = TemporaryFolder::read(folder.path("m.pcap"));
  ASSERT_EQ(f.size(), 24U + 16 + 48 + 28 + payload.size());
  EXPECT_EQ(f.substr(44, 3), std::string("\0\0\0", 3)); // payload length 0, hop-by-hop header
  EXPECT_EQ(f.substr(80, 4), std::string("\x11\0\xc2\4", 4));
}

} // namespace
} // namespace airan::io
