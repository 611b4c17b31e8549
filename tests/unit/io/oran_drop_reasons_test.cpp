// SPDX-License-Identifier: Apache-2.0
// Each reason for which the parser drops a frame, by a frame with that one fault.
#include "io/oran/drop_reason.hpp"
#include "io/oran/parse_frame.hpp"
#include "tests/support/hex_frame.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <ostream>
#include <set>

namespace airan::io::oran {
namespace {

using tests::bfp9_frame;
using tests::from_hex;
using tests::hex_pattern;
using tests::hex_section;
using tests::HexFrame;

struct Fault {
  DropReason reason;
  const char* what;
  std::function<void(HexFrame&, FrameRules&)> make;
};
std::ostream& operator<<(std::ostream& out, const Fault& fault) {
  return out << name_of(fault.reason) << ": " << fault.what;
}

StreamRules static_bfp9() {
  return {};
}
StreamRules dynamic() {
  StreamRules stream;
  stream.compression.header = CompressionHeader::dynamic;
  return stream;
}

/// Cuts a frame to n bytes: everything after the EtherType is taken away and put back as padding.
void cut(HexFrame& frame, std::size_t n) {
  std::string digits;
  for (const std::byte b : frame.bytes())
    for (const unsigned nibble :
         {std::to_integer<unsigned>(b) >> 4U, std::to_integer<unsigned>(b) & 15U})
      digits += "0123456789ABCDEF"[nibble];
  frame = {digits.substr(0, 2 * n), "", "", "", "", "", "", "", ""};
}

class OranDropReason : public ::testing::TestWithParam<Fault> {};

TEST_P(OranDropReason, IsFoundInAFrameWithThatFaultAlone) {
  FrameRules rules;
  rules.add(3, static_bfp9());
  rules.add(7, dynamic());
  Message message;
  HexFrame frame = bfp9_frame();
  std::vector<std::byte> bytes = frame.bytes();
  ASSERT_EQ(parse_frame(bytes, rules, message), std::nullopt);
  GetParam().make(frame, rules);
  bytes = frame.bytes();
  const std::optional<DropReason> dropped = parse_frame(bytes, rules, message);
  ASSERT_TRUE(dropped.has_value());
  EXPECT_EQ(name_of(*dropped), name_of(GetParam().reason)) << GetParam().what;
  EXPECT_TRUE(message.sections().empty());
}

/// Names a case by its reason and what is wrong.
std::string case_name(const ::testing::TestParamInfo<Fault>& info) {
  std::string name(name_of(info.param.reason));
  name += ' ';
  name += info.param.what;
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

using F = HexFrame;
using R = FrameRules;
const std::string prb = "05" + hex_pattern(27); // one PRB in 9-bit block floating point

const std::vector<Fault> ethernet_faults{
    {DropReason::short_ethernet, "no byte", [](F& f, R&) { cut(f, 0); }},
    {DropReason::short_ethernet, "ends in the EtherType", [](F& f, R&) { cut(f, 13); }},
    {DropReason::short_ethernet, "ends in the tag",
     [](F& f, R&) {
       f.tag = "81 00 00 06";
       cut(f, 17);
     }},
    {DropReason::wrong_mac, "for another station",
     [](F&, R& r) { r.dst_mac = MacAddress{2, 0, 0, 0, 0, 9}; }},
    {DropReason::wrong_vlan, "another id",
     [](F& f, R& r) {
       f.tag = "81 00 00 06";
       r.vlan = VlanId{7};
     }},
    {DropReason::wrong_vlan, "a tag where none is wanted",
     [](F& f, R& r) {
       f.tag = "81 00 00 06";
       r.vlan = NoVlan{};
     }},
    {DropReason::wrong_vlan, "no tag where one is wanted", [](F&, R& r) { r.vlan = VlanId{6}; }},
    {DropReason::not_ecpri, "IPv6", [](F& f, R&) { f.ethertype = "86 DD"; }},
    {DropReason::not_ecpri, "two tags", [](F& f, R&) { f.tag = "81 00 00 06 81 00 00 07"; }},
    {DropReason::not_ecpri, "a provider's tag", [](F& f, R&) { f.tag = "88 A8 00 06"; }},
    {DropReason::not_ecpri, "another protocol in a tag",
     [](F& f, R&) {
       f.tag = "81 00 00 06";
       f.ethertype = "08 00";
     }},
};

const std::vector<Fault> ecpri_faults{
    {DropReason::short_ecpri, "nothing after Ethernet", [](F& f, R&) { cut(f, 14); }},
    {DropReason::short_ecpri, "ends in the payload size", [](F& f, R&) { cut(f, 17); }},
    {DropReason::bad_version, "revision 2", [](F& f, R&) { f.ecpri = "20 00"; }},
    {DropReason::bad_version, "revision 0", [](F& f, R&) { f.ecpri = "00 00"; }},
    {DropReason::concatenated, "C = 1", [](F& f, R&) { f.ecpri = "11 00"; }},
    {DropReason::unsupported_type, "one-way delay", [](F& f, R&) { f.ecpri = "10 05"; }},
    {DropReason::unsupported_type, "bit sequence", [](F& f, R&) { f.ecpri = "10 01"; }},
    {DropReason::size_below_minimum, "size 0", [](F& f, R&) { f.size = "00 00"; }},
    {DropReason::size_below_minimum, "size 7", [](F& f, R&) { f.size = "00 07"; }},
    {DropReason::size_below_minimum, "C-plane of 9",
     [](F& f, R&) {
       f.ecpri = "10 02";
       f.size = "00 09";
     }},
    {DropReason::size_below_minimum, "the frame ends, and its size is ignored",
     [](F& f, R& r) {
       r.ignore_ecpri_size = true;
       cut(f, 25);
     }},
    {DropReason::size_beyond_frame, "a byte is missing",
     [](F& f, R&) { cut(f, f.bytes().size() - 1); }},
    {DropReason::size_beyond_frame, "the largest size", [](F& f, R&) { f.size = "FF FF"; }},
    {DropReason::size_beyond_frame, "ends in the eAxC", [](F& f, R&) { cut(f, 19); }},
    {DropReason::unknown_eaxc, "nobody's eAxC", [](F& f, R&) { f.stream = "00 05 2A 80"; }},
    {DropReason::unknown_eaxc, "differs in the high byte",
     [](F& f, R&) { f.stream = "01 03 2A 80"; }},
    {DropReason::fragmented, "E = 0", [](F& f, R&) { f.stream = "00 03 2A 00"; }},
    {DropReason::fragmented, "subsequence 1", [](F& f, R&) { f.stream = "00 03 2A 81"; }},
};

const std::vector<Fault> application_faults{
    {DropReason::downlink_direction, "downlink", [](F& f, R&) { f.application = "90 57 30 4C"; }},
    {DropReason::bad_payload_version, "version 0", [](F& f, R&) { f.application = "00 57 30 4C"; }},
    {DropReason::bad_payload_version, "version 2", [](F& f, R&) { f.application = "20 57 30 4C"; }},
    {DropReason::reserved_filter, "filter 8", [](F& f, R&) { f.application = "18 57 30 4C"; }},
    {DropReason::reserved_filter, "filter 15", [](F& f, R&) { f.application = "1F 57 30 4C"; }},
    {DropReason::bad_subframe, "subframe 10", [](F& f, R&) { f.application = "10 57 A0 4C"; }},
    {DropReason::bad_slot, "slot 2 of 30 kHz", [](F& f, R&) { f.application = "10 57 30 8C"; }},
    {DropReason::bad_slot, "PRACH in slot 16", [](F& f, R&) { f.application = "11 57 34 00"; }},
    {DropReason::bad_symbol, "symbol 14", [](F& f, R&) { f.application = "10 57 30 4E"; }},
    {DropReason::bad_symbol, "symbol 12 of an extended cyclic prefix",
     [](F&, R& r) {
       StreamRules stream = static_bfp9();
       stream.n_symbols = 12;
       r.add(3, stream);
     }},
    {DropReason::bad_symbol, "PRACH in symbol 14", [](F& f, R&) { f.application = "11 57 30 4E"; }},
};

const std::vector<Fault> section_faults{
    {DropReason::short_section, "no section", [](F& f, R&) { f.payload = ""; }},
    {DropReason::short_section, "three bytes", [](F& f, R&) { f.payload = "12 30 6A"; }},
    {DropReason::short_section, "no whole udCompHdr",
     [](F& f, R&) {
       f.stream = "00 07 2A 80";
       f.payload = "12 30 6A 01 91";
     }},
    {DropReason::too_many_sections, "one more than the limit",
     [](F& f, R&) {
       f.payload = "";
       for (unsigned s = 0; s <= max_sections; ++s)
         f.payload += hex_section(s, 0, 0, s, 1) + prb;
     }},
    {DropReason::unsupported_rb_or_syminc, "every other PRB",
     [](F& f, R&) { f.payload = hex_section(1, 1, 0, 106, 1) + prb; }},
    {DropReason::unsupported_rb_or_syminc, "the next symbol",
     [](F& f, R&) { f.payload = hex_section(1, 0, 1, 106, 1) + prb; }},
    {DropReason::bad_compression, "a width that is not supported",
     [](F&, R& r) {
       StreamRules stream;
       stream.compression.width = 7;
       r.add(3, stream);
     }},
    {DropReason::prb_out_of_range, "one PRB beyond the radio unit's",
     [](F& f, R&) { f.payload = hex_section(1, 0, 0, 272, 2) + prb + prb; }},
    {DropReason::prb_out_of_range, "the last startPrbu",
     [](F& f, R&) { f.payload = hex_section(1, 0, 0, 1023, 1) + prb; }},
    {DropReason::iq_truncated, "one byte is missing",
     [](F& f, R&) { f.payload = hex_section(1, 0, 0, 0, 2) + prb + "05" + hex_pattern(26); }},
    {DropReason::iq_truncated, "no IQ", [](F& f, R&) { f.payload = hex_section(1, 0, 0, 0, 1); }},
    {DropReason::iq_truncated, "all PRBs, and not all there",
     [](F& f, R&) { f.payload = hex_section(1, 0, 0, 0, 0) + hex_pattern(273 * 28 - 1); }},
    {DropReason::iq_truncated, "in the second section",
     [](F& f, R&) { f.payload += hex_section(2, 0, 0, 0, 2) + prb; }},
    {DropReason::trailing_bytes, "one byte", [](F& f, R&) { f.payload += "00"; }},
    {DropReason::trailing_bytes, "three bytes", [](F& f, R&) { f.payload += "12 30 6A"; }},
    {DropReason::trailing_bytes, "half a udCompHdr",
     [](F& f, R&) {
       f.stream = "00 07 2A 80";
       f.payload = hex_section(1, 0, 0, 0, 1) + "91 00" + prb + hex_section(2, 0, 0, 1, 1) + "91";
     }},
};

/// udCompHdr with a width or method that is not supported.
std::vector<Fault> compression_faults() {
  std::vector<Fault> faults;
  for (const char* header : {"11", "21", "71", "70", "92", "93", "94", "95", "96", "9F", "0F"})
    faults.push_back({DropReason::bad_compression, header, [header](F& f, R&) {
                        f.stream = "00 07 2A 80";
                        f.payload = hex_section(1, 0, 0, 0, 1) + header + "00" + hex_pattern(200);
                      }});
  return faults;
}

/// A C-plane message of section type 1 for PRBs 0..9, or of another type.
void make_control(HexFrame& f, const char* type = "01") {
  f.ecpri = "10 02";
  f.payload = std::string("01") + type + "00 00" + hex_section(1, 0, 0, 0, 10) + "FF FE 00 00";
}

const std::vector<Fault> control_faults{
    {DropReason::size_below_minimum, "type 1 without udCompHdr",
     [](F& f, R&) {
       f.ecpri = "10 02";
       f.payload = "01 01 00";
     }},
    {DropReason::size_below_minimum, "type 3 without udCompHdr",
     [](F& f, R&) {
       f.ecpri = "10 02";
       f.payload = "01 03 00 00 B1 00 00";
     }},
    {DropReason::downlink_direction, "C-plane of the downlink",
     [](F& f, R&) {
       make_control(f);
       f.application = "90 57 30 4C";
     }},
    {DropReason::bad_slot, "C-plane in slot 2 of 30 kHz",
     [](F& f, R&) {
       make_control(f);
       f.application = "10 57 30 8C";
     }},
    {DropReason::unsupported_section_type, "type 2", [](F& f, R&) { make_control(f, "02"); }},
    {DropReason::unsupported_section_type, "type 5", [](F& f, R&) { make_control(f, "05"); }},
    {DropReason::unsupported_section_type, "type 255", [](F& f, R&) { make_control(f, "FF"); }},
    {DropReason::short_section, "no C-plane section",
     [](F& f, R&) {
       f.ecpri = "10 02";
       f.payload = "00 01 00 00";
     }},
    {DropReason::short_section, "a C-plane section of 7 bytes",
     [](F& f, R&) {
       make_control(f);
       f.payload.resize(f.payload.size() - 2);
     }},
    {DropReason::short_section, "two C-plane sections announced and one there",
     [](F& f, R&) {
       make_control(f);
       f.payload.replace(0, 2, "02");
     }},
    {DropReason::short_section, "type 3 without its frequency offset",
     [](F& f, R&) {
       f.ecpri = "10 02";
       f.payload = "01 03 00 00 B1 00 00 00" + hex_section(1, 0, 0, 0, 12) + "FF F1 00 00";
     }},
    {DropReason::short_section, "an extension is announced and missing",
     [](F& f, R&) {
       make_control(f);
       f.payload.replace(f.payload.size() - 5, 5, "80 00");
     }},
    {DropReason::short_section, "an extension of no words",
     [](F& f, R&) {
       make_control(f);
       f.payload.replace(f.payload.size() - 5, 5, "80 00 04 00 00 00");
     }},
    {DropReason::short_section, "an extension beyond the payload",
     [](F& f, R&) {
       make_control(f);
       f.payload.replace(f.payload.size() - 5, 5, "80 00 04 02 00 00");
     }},
    {DropReason::short_section, "a chain of extensions that breaks off",
     [](F& f, R&) {
       make_control(f);
       f.payload.replace(f.payload.size() - 5, 5, "80 00 84 01 00 00");
     }},
    {DropReason::short_section, "an extension with a long length of no words",
     [](F& f, R&) {
       make_control(f);
       f.payload.replace(f.payload.size() - 5, 5, "80 00 0B 00 00 01");
     }},
    {DropReason::too_many_sections, "more C-plane sections than the limit",
     [](F& f, R&) {
       f.ecpri = "10 02";
       f.payload = "41 01 00 00";
       for (unsigned s = 0; s <= max_sections; ++s)
         f.payload += hex_section(s, 0, 0, s, 1) + "FF FE 00 00";
     }},
    {DropReason::unsupported_rb_or_syminc, "C-plane for every other PRB",
     [](F& f, R&) {
       f.ecpri = "10 02";
       f.payload = "01 01 00 00" + hex_section(1, 1, 0, 0, 10) + "FF FE 00 00";
     }},
    {DropReason::bad_compression, "C-plane orders a method that is not supported",
     [](F& f, R&) {
       make_control(f);
       f.stream = "00 07 2A 80";
       f.payload.replace(4, 2, "93");
     }},
    {DropReason::prb_out_of_range, "C-plane beyond the radio unit",
     [](F& f, R&) {
       f.ecpri = "10 02";
       f.payload = "01 01 00 00" + hex_section(1, 0, 0, 264, 10) + "FF FE 00 00";
     }},
    {DropReason::trailing_bytes, "a byte after the last C-plane section",
     [](F& f, R&) {
       make_control(f);
       f.payload += "00";
     }},
};

INSTANTIATE_TEST_SUITE_P(Ethernet, OranDropReason, ::testing::ValuesIn(ethernet_faults), case_name);
INSTANTIATE_TEST_SUITE_P(Ecpri, OranDropReason, ::testing::ValuesIn(ecpri_faults), case_name);
INSTANTIATE_TEST_SUITE_P(Application,
                         OranDropReason,
                         ::testing::ValuesIn(application_faults),
                         case_name);
INSTANTIATE_TEST_SUITE_P(Sections, OranDropReason, ::testing::ValuesIn(section_faults), case_name);
INSTANTIATE_TEST_SUITE_P(Compression,
                         OranDropReason,
                         ::testing::ValuesIn(compression_faults()),
                         case_name);
INSTANTIATE_TEST_SUITE_P(Cplane, OranDropReason, ::testing::ValuesIn(control_faults), case_name);

TEST(OranDropReasons, EachOneOfTheParserHasAFaultAbove) {
  std::set<DropReason> found;
  for (const auto& faults : {ethernet_faults, ecpri_faults, application_faults, section_faults,
                             compression_faults(), control_faults})
    for (const Fault& fault : faults)
      found.insert(fault.reason);
  for (std::uint8_t r = 0; r <= static_cast<std::uint8_t>(DropReason::trailing_bytes); ++r)
    EXPECT_TRUE(found.contains(DropReason{r})) << name_of(DropReason{r});
}

TEST(OranDroppedMessage, TellsWhatWasReadBeforeTheFault) {
  FrameRules rules;
  StreamRules stream;
  stream.cell = 4;
  rules.add(3, stream);
  HexFrame frame = bfp9_frame();
  frame.tag = "81 00 00 06";
  frame.size = "FF FF";
  Message message;
  std::vector<std::byte> bytes = frame.bytes();
  EXPECT_EQ(parse_frame(bytes, rules, message), DropReason::size_beyond_frame);
  EXPECT_EQ(message.destination, (MacAddress{2, 0, 0, 0, 0, 1}));
  EXPECT_EQ(message.source, (MacAddress{2, 0, 0, 0, 0, 2}));
  EXPECT_EQ(message.vlan, 6);
  EXPECT_EQ(message.eaxc, 3);

  frame.size.reset();
  frame.stream = "00 05 2A 80";
  bytes = frame.bytes();
  EXPECT_EQ(parse_frame(bytes, rules, message), DropReason::unknown_eaxc);
  EXPECT_EQ(message.eaxc, 5);

  frame.stream = "00 03 2A 00";
  bytes = frame.bytes();
  EXPECT_EQ(parse_frame(bytes, rules, message), DropReason::fragmented);
  EXPECT_EQ(message.cell, 4);
}

TEST(OranDroppedMessage, HoldsNothingOfTheFrameBefore) {
  FrameRules rules;
  rules.add(3, {});
  HexFrame frame = bfp9_frame();
  frame.tag = "81 00 00 06";
  Message message;
  std::vector<std::byte> bytes = frame.bytes();
  ASSERT_EQ(parse_frame(bytes, rules, message), std::nullopt);
  bytes = from_hex("02");
  EXPECT_EQ(parse_frame(bytes, rules, message), DropReason::short_ethernet);
  EXPECT_EQ(message.source, MacAddress{});
  EXPECT_EQ(message.vlan, std::nullopt);
  EXPECT_EQ(message.eaxc, std::nullopt);
  EXPECT_TRUE(message.sections().empty());
}

} // namespace
} // namespace airan::io::oran
