// SPDX-License-Identifier: Apache-2.0
// Sources of packets: their keys, what is filled in, and what is said about what is wrong.
#include "config/configuration.hpp"
#include "config/packet_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace airan::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const std::string cell = "cell: {numerology: 1, n_prb: 51, rx_ports: 2}\n";

ConfigurationResult parse(const std::string& text) {
  return parse_configuration(text, "lab.yaml", "/data", Purpose::receive);
}
std::vector<std::string> sentences(const std::string& text) {
  const auto result = parse(text);
  return result ? std::vector<std::string>{} : result.error().sentences;
}
/// The source of a configuration that is right.
SourceSettings source_of(const std::string& text) {
  const auto c = parse(text);
  EXPECT_TRUE(c) << c.error().sentences[0];
  return c ? *c->cells[0].source : SourceSettings{};
}

TEST(PacketSource, ReadsEveryKeyOfACapture) {
  const SourceSettings s = source_of(cell + R"(
source:
  type: pcap
  path: capture.pcap
  grants: capture.grants.jsonl
  compression: {method: none, width: 16, header: dynamic}
  eaxc: [4, 1]
  vlan: 7
  dst_mac: 02:00:00:00:0a:FF
  ru_prb: 273
  prach: {eaxc: [5, 6], compression: {width: 14}}
  srs: {eaxc: [8]}
  first_sfn: 700
  window_slots: 6
  queue_ms: 20.5
  ta4: {min_us: 50, max_us: 331, late: drop, reference: gps}
  bfp16: plain
  ignore_ecpri_size: true
  ignore_sequence: true
  pace: real_time
  packet_core: 3
)");
  EXPECT_EQ(s.type, SourceType::pcap);
  EXPECT_EQ(s.path, "/data/capture.pcap");
  EXPECT_EQ(s.grants, "/data/capture.grants.jsonl");
  EXPECT_EQ(s.first_sfn, 700);
  const PacketSettings& p = s.packets;
  EXPECT_EQ(p.compression.method, CompressionMethod::none);
  EXPECT_EQ(p.compression.width, 16);
  EXPECT_EQ(p.compression.header, CompressionHeader::dynamic);
  EXPECT_THAT(p.eaxc, ElementsAre(4, 1));
  ASSERT_TRUE(std::holds_alternative<VlanId>(p.vlan));
  EXPECT_EQ(std::get<VlanId>(p.vlan).id, 7);
  EXPECT_EQ(p.dst_mac, (MacAddress{2, 0, 0, 0, 10, 255}));
  EXPECT_EQ(p.ru_prb, 273);
  EXPECT_THAT(p.prach_eaxc, ElementsAre(5, 6));
  ASSERT_TRUE(p.prach_compression);
  EXPECT_EQ(p.prach_compression->width, 14);
  EXPECT_THAT(p.srs_eaxc, ElementsAre(8));
  EXPECT_EQ(p.window_slots, 6);
  EXPECT_EQ(p.queue_ms, 20.5);
  ASSERT_TRUE(p.ta4);
  EXPECT_EQ(p.ta4->max_us, 331);
  EXPECT_EQ(p.ta4->late, LatePolicy::drop);
  EXPECT_EQ(p.ta4->reference, TimeReference::gps);
  EXPECT_EQ(p.bfp16, Bfp16::plain);
  EXPECT_TRUE(p.ignore_ecpri_size);
  EXPECT_TRUE(p.ignore_sequence);
  EXPECT_EQ(p.pace, Pace::real_time);
  EXPECT_EQ(p.packet_core, 3);
}

TEST(PacketSource, ReadsTheKeysOfADevice) {
  const SourceSettings s = source_of(
      cell + "source: {type: dpdk, device: \"net_af_packet0,iface=eth0\", eal: [--no-huge, \"-m\", "
             "\"64\"], queue: 1, grants: \"unix:grants.sock\"}\n"
             "receiver: {slot_core: 2, max_grants: 4, max_layers: 2}\n");
  EXPECT_EQ(s.packets.device, "net_af_packet0,iface=eth0");
  EXPECT_THAT(s.packets.eal, ElementsAre("--no-huge", "-m", "64"));
  EXPECT_EQ(s.packets.queue, 1);
  EXPECT_EQ(s.grants, "unix:/data/grants.sock");
}

TEST(PacketSource, ReadsTheKeysOfUdp) {
  const SourceSettings s = source_of(
      "cell: {numerology: 1, n_prb: 51, rx_ports: 2, sample_rate_hz: 30.72e6}\n"
      "source: {type: udp, listen: [\"0.0.0.0:5000\", \"[::1]:5001\"], framing: vita49,\n"
      "         receive_buffer_bytes: 1e6, grants: g.jsonl, first_sfn: 3, first_slot: 4}\n");
  EXPECT_THAT(s.packets.listen, ElementsAre("0.0.0.0:5000", "[::1]:5001"));
  EXPECT_EQ(s.packets.framing, UdpFraming::vita49);
  EXPECT_EQ(s.packets.receive_buffer_bytes, 1'000'000);
  EXPECT_EQ(s.first_slot, 4);
}

TEST(PacketSource, FillsInWhatFollowsFromTheCellAndTheType) {
  const SourceSettings capture = source_of(cell + "source: {type: pcap, path: a.pcap}\n");
  EXPECT_THAT(capture.packets.eaxc, ElementsAre(0, 1));
  EXPECT_EQ(capture.packets.ru_prb, 51);
  EXPECT_EQ(capture.packets.pace, Pace::as_fast_as_possible);
  EXPECT_FALSE(capture.packets.ta4) << "a capture may be replayed at any speed";
  EXPECT_FALSE(capture.first_sfn);
  EXPECT_EQ(capture.grants, "") << "packets are counted only";
  const SourceSettings live = source_of(cell + "source: {type: dpdk, device: net_ring0}\n");
  EXPECT_EQ(live.packets.pace, Pace::real_time);
  ASSERT_TRUE(live.packets.ta4);
  EXPECT_EQ(live.packets.ta4->late, LatePolicy::warn);
}

TEST(PacketSource, LeavesRecordingsAsTheyAre) {
  const SourceSettings s =
      source_of(cell + "source: {type: sigmf, path: a, grants: b, first_sfn: auto}\n");
  EXPECT_FALSE(s.first_sfn);
  EXPECT_THAT(s.packets.eaxc, IsEmpty());
  EXPECT_THAT(sentences(cell + "source: {type: raw, path: a, grants: b, first_sfn: auto, "
                               "first_slot: 2}\n"),
              ElementsAre(HasSubstr("both or not at all")));
}

TEST(PacketSource, NamesEveryKeyThatIsMissingOrDoesNotGoWithTheType) {
  EXPECT_THAT(
      sentences("cell: {n_prb: 300}\n"
                "source:\n"
                "  type: pcap\n"
                "  listen: [\"0.0.0.0:1\"]\n"
                "  raw_format: sc16\n"
                "  first_slot: 3\n"),
      ElementsAre(
          HasSubstr("lab.yaml:1: cell.n_prb: 300 PRB is outside"),
          HasSubstr("lab.yaml:3: the key 'path' in source is missing (type pcap needs it)"),
          HasSubstr("lab.yaml:4: source.listen goes with udp, not with type pcap"),
          HasSubstr("lab.yaml:5: source.raw_format goes with sigmf, raw, grid, not with type pcap"),
          HasSubstr("lab.yaml:6: source.first_slot goes with sigmf, raw, grid, udp")));
  EXPECT_THAT(sentences(cell + "source: {type: dpdk, raw_format: sc16, path: x}\n"),
              UnorderedElementsAre(HasSubstr("the key 'device' in source is missing"),
                                   HasSubstr("source.raw_format goes with sigmf, raw, grid"),
                                   HasSubstr("source.path goes with sigmf, raw, grid, pcap")));
  EXPECT_THAT(sentences(cell + "source: {type: udp, eaxc: [0, 1]}\n"),
              UnorderedElementsAre(HasSubstr("the key 'listen' in source is missing"),
                                   HasSubstr("source.eaxc goes with pcap, dpdk")));
  EXPECT_THAT(sentences("source: {type: sigmf, path: a, grants: b, vlan: 2}\n"),
              ElementsAre(HasSubstr("source.vlan goes with pcap, dpdk, not with type sigmf")));
  EXPECT_THAT(sentences("source: {type: tape, listen: []}\n"),
              ElementsAre(HasSubstr("must be one of sigmf, raw, grid, pcap, dpdk, udp")));
}

TEST(PacketSource, RefusesValuesOutOfRange) {
  EXPECT_THAT(sentences(cell + "source:\n"
                               "  type: pcap\n"
                               "  path: a\n"
                               "  compression: {width: 7, method: mulaw, header: fixed}\n"
                               "  eaxc: [0, 65536]\n"
                               "  vlan: 4095\n"
                               "  dst_mac: 02:00:00:00:00\n"
                               "  first_sfn: 1024\n"
                               "  window_slots: 0\n"
                               "  packet_core: -1\n"),
              ElementsAre(HasSubstr("source.compression.width: 7 bits is outside 8 .. 16 bits"),
                          HasSubstr("source.compression.method: 'mulaw'"),
                          HasSubstr("source.compression.header: 'fixed'"),
                          HasSubstr("source.eaxc: 65536 is outside 0 .. 65535"),
                          HasSubstr("source.vlan: must be any, none, or an id 0 .. 4094"),
                          HasSubstr("source.dst_mac: must be any, or a MAC address"),
                          HasSubstr("source.first_sfn: 1024 frames is outside"),
                          HasSubstr("source.window_slots: 0 slots is outside"),
                          HasSubstr("source.packet_core: -1 is outside")));
}

TEST(PacketSource, WantsTheCellToBeKnown) {
  EXPECT_THAT(sentences("source: {type: pcap, path: a}\n"),
              ElementsAre("lab.yaml:1: cell.numerology is missing (packets do not state it)",
                          HasSubstr("cell.n_prb is missing"),
                          HasSubstr("cell.rx_ports is missing")));
  EXPECT_THAT(sentences("cell: {numerology: 1, n_prb: 51, rx_ports: 1}\n"
                        "source: {type: udp, listen: [\"127.0.0.1:5000\"]}\n"),
              ElementsAre(HasSubstr("cell.sample_rate_hz is missing")));
}

TEST(PacketSource, NamesEveryContradictionInItsLine) {
  EXPECT_THAT(sentences(cell + "source:\n"
                               "  type: pcap\n"
                               "  path: a\n"
                               "  eaxc: [3, 3, 4]\n"
                               "  ru_prb: 24\n"
                               "  prach: {eaxc: [4]}\n"
                               "  ta4: {min_us: 500, max_us: 25}\n"),
              ElementsAre("lab.yaml:5: source.eaxc lists 3 ids for 2 rx_ports, one each is needed",
                          "lab.yaml:5: source: the eAxC id 3 is twice in eaxc",
                          HasSubstr("lab.yaml:6: source.ru_prb is 24 but the cell has 51 PRB"),
                          "lab.yaml:7: source: the eAxC id 4 is in eaxc and in prach.eaxc",
                          "lab.yaml:8: source.ta4: min_us 500 exceeds max_us 25"));
  EXPECT_THAT(
      sentences(cell + "source: {type: pcap, path: a, srs: {eaxc: [1]}}\n"),
      ElementsAre(HasSubstr("1 is in eaxc (left out, so 0 .. rx_ports - 1) and in srs.eaxc")));
}

TEST(PacketSource, WantsOneUsableAddressPerPort) {
  const std::string timed = "cell: {numerology: 1, n_prb: 51, rx_ports: 2, fft_size: 1024}\n";
  EXPECT_THAT(sentences(timed + "source: {type: udp, listen: [\"127.0.0.1:5000\"]}\n"),
              ElementsAre(HasSubstr("source.listen lists 1 addresses for 2 rx_ports")));
  for (const char* bad : {"5000", ":5000", "localhost:5000", "1.2.3.4:0", "1.2.3.4:65536", "::1:5",
                          "1.2.3:4", "[::1]", "1.2.3.4:5x"})
    EXPECT_THAT(
        sentences(timed + "source: {type: udp, listen: [\"127.0.0.1:5000\", \"" + bad + "\"]}\n"),
        ElementsAre(HasSubstr("is not ADDRESS:PORT")))
        << bad;
  EXPECT_THAT(
      sentences(timed + "source: {type: udp, listen: [\"127.0.0.1:5000\", \"127.0.0.1:5000\"]}\n"),
      ElementsAre(HasSubstr("the address 127.0.0.1:5000 is used in line 2 already")));
}

TEST(PacketSource, KeepsSocketsToPackets) {
  EXPECT_THAT(sentences(cell + "source: {type: sigmf, path: a, grants: \"unix:g\"}\n"),
              ElementsAre(HasSubstr("a socket goes with packets")));
}

/// Two cells with these additions to their sources.
std::string two_cells(const std::string& first, const std::string& second) {
  return "cells:\n  - {id: 1, numerology: 1, n_prb: 51, rx_ports: 2,\n     source: {" + first +
         "}}\n  - {id: 2, numerology: 1, n_prb: 51, rx_ports: 2,\n     source: {" + second + "}}\n";
}

TEST(PacketSource, LetsCellsShareAnInterface) {
  EXPECT_THAT(sentences(two_cells("type: pcap, path: a, vlan: 2",
                                  "type: pcap, path: a, vlan: 2, eaxc: [2, 3]")),
              IsEmpty());
  EXPECT_THAT(
      sentences(two_cells("type: pcap, path: a", "type: pcap, path: a, vlan: 2, eaxc: [1, 2]")),
      ElementsAre(AllOf(HasSubstr("lab.yaml:5:"), HasSubstr("the eAxC id 1 is taken by cell 1")),
                  HasSubstr("source.vlan must be the same in all cells on one interface")));
  EXPECT_THAT(sentences(two_cells("type: pcap, path: a", "type: pcap, path: b")), IsEmpty());
  EXPECT_THAT(sentences(two_cells("type: dpdk, device: a, eal: [x]", "type: dpdk, device: b")),
              ElementsAre(HasSubstr("source.eal must be the same in all cells")));
  EXPECT_THAT(sentences(two_cells("type: pcap, path: a, grants: \"unix:g\"",
                                  "type: pcap, path: b, grants: \"unix:g\"")),
              ElementsAre(HasSubstr("the socket unix:/data/g is used in line 3 already")));
}

TEST(PacketSource, DoesNotMixRecordingsAndPackets) {
  EXPECT_THAT(sentences(two_cells("type: pcap, path: a", "type: grid, path: b, grants: c")),
              ElementsAre(HasSubstr("one run takes one of them")));
}

TEST(PacketSource, PrintsWhatReadsBackToTheSame) {
  const std::string timed = "cell: {numerology: 1, n_prb: 51, rx_ports: 1, fft_size: 1024}\n";
  for (const std::string& text :
       {cell + "source: {type: pcap, path: a}\n",
        cell +
            "source: {type: pcap, path: a, vlan: none, dst_mac: \"02:00:00:00:00:01\", "
            "first_sfn: 9, ta4: {late: drop}, prach: {eaxc: [9], compression: {method: none}}}\n",
        cell + "source: {type: dpdk, device: \"net_pcap0,rx_pcap=x\", vlan: 0, eal: [\"-l\", "
               "\"1\"], grants: \"unix:s\"}\n",
        timed + "source: {type: udp, listen: [\"0.0.0.0:5000\"], grants: g}\n",
        timed + "source: {type: raw, path: a, grants: g}\n"}) {
    const auto c = parse(text);
    ASSERT_TRUE(c) << c.error().sentences[0];
    const YamlNode printed = effective_configuration(*c);
    for (const std::string& again : {print_yaml(printed), print_json(printed)}) {
      const auto back = parse(again);
      ASSERT_TRUE(back) << back.error().sentences[0] << "\n" << again;
      EXPECT_EQ(print_yaml(effective_configuration(*back)), print_yaml(printed));
    }
  }
}

TEST(PacketSource, PrintsOnlyKeysThatGoWithTheType) {
  const auto c = parse(cell + "source: {type: grid, path: a, grants: g}\n");
  ASSERT_TRUE(c);
  const std::string text = print_yaml(effective_configuration(*c));
  EXPECT_THAT(text, AllOf(HasSubstr("path:"), Not(HasSubstr("eaxc")), Not(HasSubstr("listen"))));
}

TEST(MacAddress, IsSixPairsOfHexDigits) {
  EXPECT_EQ(parse_mac_address("00:11:22:aa:BB:ff"), (MacAddress{0, 0x11, 0x22, 0xAA, 0xBB, 0xFF}));
  for (const char* bad : {"", "00:11:22:33:44", "00-11-22-33-44-55", "00:11:22:33:44:5",
                          "00:11:22:33:44:5g", "0:11:22:33:44:555", "00:11:22:33:44:55:"})
    EXPECT_FALSE(parse_mac_address(bad)) << bad;
  EXPECT_EQ(mac_address_text({0, 1, 2, 0xAA, 0xBB, 0xFF}), "00:01:02:aa:bb:ff");
}

} // namespace
} // namespace airan::config
