// SPDX-License-Identifier: Apache-2.0
// U-plane frames, byte by byte from the layout of O-RAN CUS-plane 8.3.
#include "io/oran/parse_frame.hpp"
#include "tests/support/hex_frame.hpp"

#include <gtest/gtest.h>

#include <span>

namespace airan::io::oran {
namespace {

using tests::bfp9_frame;
using tests::from_hex;
using tests::hex_pattern;
using tests::hex_section;
using tests::HexFrame;

class OranUplane : public ::testing::Test {
protected:
  OranUplane() {
    stream_.port = 1;
    stream_.ru_prb = 273;
    allow();
  }
  void allow() { rules_.add(3, stream_); }
  void use(CompressionMethod method, std::int32_t width, CompressionHeader header) {
    stream_.compression = {method, width, header};
    allow();
  }
  /// Parses; the frame lives until the next call.
  std::optional<DropReason> parse(const HexFrame& frame) {
    bytes_ = frame.bytes();
    return parse_frame(bytes_, rules_, message_);
  }
  std::size_t offset_of_iq(std::size_t section = 0) const {
    return static_cast<std::size_t>(message_.sections()[section].iq - bytes_.data());
  }

  StreamRules stream_;
  FrameRules rules_;
  Message message_;
  std::vector<std::byte> bytes_;
};

TEST_F(OranUplane, EveryFieldIsReadFromItsPlace) {
  ASSERT_EQ(parse(bfp9_frame()), std::nullopt);
  EXPECT_EQ(message_.destination, (MacAddress{2, 0, 0, 0, 0, 1}));
  EXPECT_EQ(message_.source, (MacAddress{2, 0, 0, 0, 0, 2}));
  EXPECT_EQ(message_.vlan, std::nullopt);
  EXPECT_EQ(message_.plane, Plane::user);
  EXPECT_EQ(message_.eaxc, 3);
  EXPECT_EQ(message_.sequence, 42);
  EXPECT_EQ(message_.cell, 0);
  EXPECT_EQ(message_.kind, StreamKind::pusch);
  EXPECT_EQ(message_.port, 1);
  EXPECT_EQ(message_.filter_index, 0);
  EXPECT_EQ(message_.frame, 87);
  EXPECT_EQ(message_.slot, 3 * 2 + 1);
  EXPECT_EQ(message_.symbol, 12);
  ASSERT_EQ(message_.sections().size(), 1U);
  const Section& section = message_.sections()[0];
  EXPECT_EQ(section.id, 0x123);
  EXPECT_EQ(section.first_prb, 106);
  EXPECT_EQ(section.n_prb, 3);
  EXPECT_EQ(section.format, (IqFormat{IqNumber::bfp, ByteOrder::big, 9}));
  EXPECT_EQ(offset_of_iq(), 30U);
  EXPECT_FALSE(message_.has_reserved_bits);
}

TEST_F(OranUplane, FieldsAreReadAtTheirLargestValues) {
  stream_.numerology = 4;
  stream_.cell = 5;
  allow();
  rules_.add(0xFFFF, stream_);
  HexFrame frame = bfp9_frame();
  frame.stream = "FF FF FF 80";
  frame.application = "10 FF  93 CD"; // 1001 001111 001101: subframe 9, slot 15, symbol 13
  frame.payload = hex_section(4095, 0, 0, 18, 255) + hex_pattern(255 * 28);
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.eaxc, 0xFFFF);
  EXPECT_EQ(message_.cell, 5);
  EXPECT_EQ(message_.sequence, 255);
  EXPECT_EQ(message_.frame, 255);
  EXPECT_EQ(message_.slot, 9 * 16 + 15);
  EXPECT_EQ(message_.symbol, 13);
  EXPECT_EQ(message_.sections()[0].id, 4095);
  EXPECT_EQ(message_.sections()[0].first_prb, 18);
  EXPECT_EQ(message_.sections()[0].n_prb, 255);
}

TEST_F(OranUplane, ATagMovesEverythingByFourBytes) {
  HexFrame frame = bfp9_frame();
  frame.tag = "81 00 E0 06"; // priority 7, id 6
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.vlan, 6);
  EXPECT_EQ(offset_of_iq(), 34U);
}

TEST_F(OranUplane, VlanRulesAcceptWhatTheyName) {
  HexFrame untagged = bfp9_frame();
  HexFrame tagged = bfp9_frame();
  tagged.tag = "81 00 F1 23"; // priority 7, drop eligible, id 0x123
  HexFrame priority = bfp9_frame();
  priority.tag = "81 00 E0 00";

  rules_.vlan = NoVlan{};
  EXPECT_EQ(parse(untagged), std::nullopt);
  EXPECT_EQ(parse(tagged), DropReason::wrong_vlan);
  EXPECT_EQ(parse(priority), DropReason::wrong_vlan);
  rules_.vlan = VlanId{0x123};
  EXPECT_EQ(parse(untagged), DropReason::wrong_vlan);
  EXPECT_EQ(parse(tagged), std::nullopt);
  EXPECT_EQ(parse(priority), DropReason::wrong_vlan);
  rules_.vlan = VlanId{0};
  EXPECT_EQ(parse(priority), std::nullopt);
  rules_.vlan = AnyVlan{};
  EXPECT_EQ(parse(untagged), std::nullopt);
  EXPECT_EQ(parse(tagged), std::nullopt);
}

TEST_F(OranUplane, TheDestinationIsComparedWhenItIsConfigured) {
  rules_.dst_mac = MacAddress{2, 0, 0, 0, 0, 1};
  EXPECT_EQ(parse(bfp9_frame()), std::nullopt);
  rules_.dst_mac = MacAddress{2, 0, 0, 0, 0, 3};
  EXPECT_EQ(parse(bfp9_frame()), DropReason::wrong_mac);
}

TEST_F(OranUplane, SectionsFollowEachOtherUntilThePayloadEnds) {
  HexFrame frame;
  frame.payload = hex_section(1, 0, 0, 0, 2) + hex_pattern(2 * 28);
  frame.payload += hex_section(2, 0, 0, 100, 1) + hex_pattern(28);
  frame.payload += hex_section(3, 0, 0, 272, 1) + hex_pattern(28);
  ASSERT_EQ(parse(frame), std::nullopt);
  ASSERT_EQ(message_.sections().size(), 3U);
  EXPECT_EQ(message_.sections()[1].id, 2);
  EXPECT_EQ(message_.sections()[1].first_prb, 100);
  EXPECT_EQ(offset_of_iq(1), 30U + 2 * 28 + 4);
  EXPECT_EQ(message_.sections()[2].first_prb, 272);
  EXPECT_EQ(offset_of_iq(2), 30U + 2 * 28 + 4 + 28 + 4);
}

TEST_F(OranUplane, AsManySectionsAsTheLimitAreAccepted) {
  HexFrame frame;
  for (unsigned s = 0; s < max_sections; ++s)
    frame.payload += hex_section(s, 0, 0, s, 1) + hex_pattern(28);
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.sections().size(), max_sections);
  EXPECT_EQ(message_.sections().back().first_prb, max_sections - 1);
}

TEST_F(OranUplane, NumberZeroMeansAllPrbsOfTheRadioUnitFromTheFirst) {
  HexFrame frame;
  frame.payload = hex_section(0, 0, 0, 17, 0) + hex_pattern(273 * 28); // the start is ignored
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.sections()[0].first_prb, 0);
  EXPECT_EQ(message_.sections()[0].n_prb, 273);
}

TEST_F(OranUplane, EveryStaticFormatIsUnderstood) {
  struct Case {
    CompressionMethod method;
    std::int32_t width;
    IqNumber number;
    std::size_t prb_bytes;
  };
  std::vector<Case> cases{{CompressionMethod::none, 8, IqNumber::int8, 24},
                          {CompressionMethod::none, 16, IqNumber::int16, 48}};
  for (std::int32_t w = 9; w <= 15; ++w)
    cases.push_back(
        {CompressionMethod::none, w, IqNumber::packed, static_cast<std::size_t>(3 * w)});
  for (std::int32_t w = 8; w <= 16; ++w)
    cases.push_back(
        {CompressionMethod::bfp, w, IqNumber::bfp, static_cast<std::size_t>(3 * w + 1)});
  for (const Case& c : cases) {
    use(c.method, c.width, CompressionHeader::fixed);
    HexFrame frame;
    frame.payload = hex_section(0, 0, 0, 5, 2) + "00" + hex_pattern(2 * c.prb_bytes - 1);
    ASSERT_EQ(parse(frame), std::nullopt) << c.width;
    const Section& section = message_.sections()[0];
    EXPECT_EQ(section.format,
              (IqFormat{c.number, ByteOrder::big, static_cast<std::uint8_t>(c.width)}));
    EXPECT_EQ(static_cast<std::size_t>(prb_bytes(section.format)), c.prb_bytes);
    frame.payload.resize(frame.payload.size() - 2); // one byte less
    EXPECT_EQ(parse(frame), DropReason::iq_truncated) << c.width;
  }
}

TEST_F(OranUplane, ADynamicHeaderNamesMethodAndWidthOfEachSection) {
  use(CompressionMethod::none, 16, CompressionHeader::dynamic); // method and width do not matter
  HexFrame frame;
  frame.payload = hex_section(1, 0, 0, 0, 1) + "91 00" + "00" + hex_pattern(27);
  frame.payload += hex_section(2, 0, 0, 1, 1) + "E1 FF" + "00" + hex_pattern(42); // reserved byte
  frame.payload += hex_section(3, 0, 0, 2, 1) + "80 00" + hex_pattern(24);
  frame.payload += hex_section(4, 0, 0, 3, 1) + "C0 00" + hex_pattern(36);
  ASSERT_EQ(parse(frame), std::nullopt);
  ASSERT_EQ(message_.sections().size(), 4U);
  EXPECT_EQ(message_.sections()[0].format, (IqFormat{IqNumber::bfp, ByteOrder::big, 9}));
  EXPECT_EQ(offset_of_iq(0), 32U);
  EXPECT_EQ(message_.sections()[1].format, (IqFormat{IqNumber::bfp, ByteOrder::big, 14}));
  EXPECT_EQ(message_.sections()[2].format, (IqFormat{IqNumber::int8, ByteOrder::big, 8}));
  EXPECT_EQ(message_.sections()[3].format, (IqFormat{IqNumber::packed, ByteOrder::big, 12}));
}

TEST_F(OranUplane, BlockFloatingPointOfWidth16IsReadInBothWays) {
  for (const CompressionHeader header : {CompressionHeader::fixed, CompressionHeader::dynamic}) {
    const std::string compression = header == CompressionHeader::dynamic ? "01 00" : "";
    stream_.bfp16 = Bfp16::with_exponent;
    use(CompressionMethod::bfp, 16, header);
    HexFrame frame;
    frame.payload = hex_section(0, 0, 0, 0, 2) + compression + "0F" + hex_pattern(97);
    ASSERT_EQ(parse(frame), std::nullopt);
    EXPECT_EQ(message_.sections()[0].format, (IqFormat{IqNumber::bfp, ByteOrder::big, 16}));

    stream_.bfp16 = Bfp16::plain;
    allow();
    EXPECT_EQ(parse(frame), DropReason::trailing_bytes); // 98 bytes are two more than 2 x 48
    frame.payload = hex_section(0, 0, 0, 0, 2) + compression + hex_pattern(96);
    ASSERT_EQ(parse(frame), std::nullopt);
    EXPECT_EQ(message_.sections()[0].format, (IqFormat{IqNumber::int16, ByteOrder::big, 16}));
  }
}

TEST_F(OranUplane, ReservedBitsOfTheExponentAreNotedAtASectionsFirstPrb) {
  HexFrame frame;
  frame.payload = hex_section(0, 0, 0, 0, 1) + "0F" + hex_pattern(27);
  frame.payload += hex_section(0, 0, 0, 1, 2) + "00" + hex_pattern(27) + "F0" + hex_pattern(27);
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_FALSE(message_.has_reserved_bits); // the second PRB is not looked at
  frame.payload += hex_section(0, 0, 0, 3, 1) + "10" + hex_pattern(27);
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_TRUE(message_.has_reserved_bits);
  ASSERT_EQ(parse(bfp9_frame()), std::nullopt);
  EXPECT_FALSE(message_.has_reserved_bits); // nothing is left of the frame before
}

TEST_F(OranUplane, UncompressedIqHasNoReservedBits) {
  use(CompressionMethod::none, 16, CompressionHeader::fixed);
  HexFrame frame;
  frame.payload = hex_section(0, 0, 0, 0, 1) + "FF" + hex_pattern(47);
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_FALSE(message_.has_reserved_bits);
}

TEST_F(OranUplane, PaddingAfterThePayloadIsNoSection) {
  HexFrame frame;
  frame.payload = hex_section(0, 0, 0, 0, 1) + "00" + hex_pattern(27); // 58 bytes
  frame.padding = "00 00";
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(bytes_.size(), 60U);
  EXPECT_EQ(message_.sections().size(), 1U);
  frame.padding = hex_section(1, 0, 0, 1, 1) + hex_pattern(100); // whatever it is
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.sections().size(), 1U);
}

TEST_F(OranUplane, AFrameBelowSixtyBytesIsAccepted) {
  use(CompressionMethod::bfp, 8, CompressionHeader::fixed);
  HexFrame frame;
  frame.payload = hex_section(0, 0, 0, 0, 1) + "00" + hex_pattern(24);
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(bytes_.size(), 55U);
}

TEST_F(OranUplane, AStreamOfSrsIsToldByItsEaxc) {
  stream_.kind = StreamKind::srs;
  stream_.port = 2;
  rules_.add(9, stream_);
  HexFrame frame = bfp9_frame();
  frame.stream = "00 09 00 80";
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.kind, StreamKind::srs);
  EXPECT_EQ(message_.port, 2);
}

TEST_F(OranUplane, PrachIsToldByItsEaxc) {
  stream_.kind = StreamKind::prach;
  rules_.add(4, stream_);
  HexFrame frame = bfp9_frame();
  frame.stream = "00 04 00 80";
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.kind, StreamKind::prach);
}

TEST_F(OranUplane, PrachIsToldByItsFilterOnAnEaxcOfPusch) {
  for (const char* first_byte : {"11", "12", "13", "14", "15", "16", "17"}) {
    HexFrame frame = bfp9_frame();
    frame.application = std::string(first_byte) + "57 30 4C";
    ASSERT_EQ(parse(frame), std::nullopt);
    EXPECT_EQ(message_.kind, StreamKind::prach);
    EXPECT_EQ(message_.port, 1);
  }
}

TEST_F(OranUplane, PrachIsNotHeldToThePrbsOfTheRadioUnit) {
  stream_.ru_prb = 24;
  allow();
  HexFrame frame;
  frame.application = "13 57 30 4C";
  frame.payload = hex_section(0, 0, 0, 952, 72) + "00" + hex_pattern(72 * 28 - 1);
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.sections()[0].first_prb, 952);
  EXPECT_EQ(message_.sections()[0].n_prb, 72);
  frame.payload = hex_section(0, 0, 0, 953, 72) + "00" + hex_pattern(72 * 28 - 1);
  EXPECT_EQ(parse(frame), DropReason::prb_out_of_range); // beyond what startPrbu can name
}

TEST_F(OranUplane, AllPrbsOfPrachAreThoseThatTheMessageHolds) {
  HexFrame frame;
  frame.application = "11 57 30 4C";
  frame.payload = hex_section(0, 0, 0, 5, 0) + "00" + hex_pattern(72 * 28 - 1);
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.sections()[0].first_prb, 0);
  EXPECT_EQ(message_.sections()[0].n_prb, 72);
  frame.payload = hex_section(0, 0, 0, 5, 0) + "00" + hex_pattern(26);
  EXPECT_EQ(parse(frame), DropReason::iq_truncated); // not one whole PRB
}

TEST_F(OranUplane, PrachCountsSlotsAndSymbolsOfItsOwn) {
  stream_.numerology = 0;
  stream_.n_symbols = 12;
  allow();
  HexFrame frame = bfp9_frame();
  frame.application = "17 57  30 4D"; // subframe 3, slot 1 of 30 kHz, symbol 13
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.slot, 3); // the last slot of the subframe in the cell's numerology
  EXPECT_EQ(message_.symbol, 13);
}

TEST_F(OranUplane, PrachOnAnEaxcOfPuschMayBeCompressedInItsOwnWay) {
  stream_.prach_compression = CompressionSettings{CompressionMethod::bfp, 14};
  allow();
  HexFrame frame;
  frame.application = "13 57 30 4C";
  frame.payload = hex_section(0, 0, 0, 0, 12) + "00" + hex_pattern(12 * 43 - 1);
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.sections()[0].format.width, 14);
  ASSERT_EQ(parse(bfp9_frame()), std::nullopt);
  EXPECT_EQ(message_.sections()[0].format.width, 9);
}

TEST_F(OranUplane, ALaterRuleReplacesAnEarlierOneOfTheSameEaxc) {
  stream_.port = 7;
  allow();
  ASSERT_EQ(parse(bfp9_frame()), std::nullopt);
  EXPECT_EQ(message_.port, 7);
}

TEST(OranFrameRules, AsManyStreamsAsTheLimitAreFound) {
  FrameRules rules;
  StreamRules stream;
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(FrameRules::max_streams); ++i) {
    stream.port = i;
    rules.add(static_cast<std::uint16_t>(256 * i + 1), stream);
  }
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(FrameRules::max_streams); ++i) {
    ASSERT_NE(rules.find(static_cast<std::uint16_t>(256 * i + 1)), nullptr);
    EXPECT_EQ(rules.find(static_cast<std::uint16_t>(256 * i + 1))->port, i);
    EXPECT_EQ(rules.find(static_cast<std::uint16_t>(256 * i)), nullptr);
  }
  EXPECT_DEATH(rules.add(2, stream), "254");
}

} // namespace
} // namespace airan::io::oran
