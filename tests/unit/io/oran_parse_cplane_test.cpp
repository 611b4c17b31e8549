// SPDX-License-Identifier: Apache-2.0
// C-plane frames, byte by byte from the layout of O-RAN CUS-plane 7.3 to 7.7.
#include "io/oran/parse_frame.hpp"
#include "tests/support/hex_frame.hpp"

#include <gtest/gtest.h>

namespace airan::io::oran {
namespace {

using tests::hex_pattern;
using tests::hex_section;
using tests::HexFrame;

class OranCplane : public ::testing::Test {
protected:
  OranCplane() {
    frame_.ecpri = "10 02";
    rules_.add(3, stream_);
  }
  std::optional<DropReason> parse() {
    bytes_ = frame_.bytes();
    return parse_frame(bytes_, rules_, message_);
  }

  HexFrame frame_;
  StreamRules stream_;
  FrameRules rules_;
  Message message_;
  std::vector<std::byte> bytes_;
};

TEST_F(OranCplane, SectionType1IsRead) {
  frame_.payload = "02 01 00 00";                                // two sections, static
  frame_.payload += hex_section(17, 0, 0, 0, 0) + "FF FE 00 05"; // all PRBs, 14 symbols, beam 5
  frame_.payload += hex_section(18, 0, 0, 200, 73) + "FF F1 7F FF";
  ASSERT_EQ(parse(), std::nullopt);
  EXPECT_EQ(message_.plane, Plane::control);
  EXPECT_EQ(message_.section_type, 1);
  EXPECT_EQ(message_.eaxc, 3);
  EXPECT_EQ(message_.sequence, 42);
  EXPECT_EQ(message_.frame, 87);
  EXPECT_EQ(message_.slot, 7);
  EXPECT_EQ(message_.symbol, 12); // the start symbol
  ASSERT_EQ(message_.sections().size(), 2U);
  EXPECT_EQ(message_.sections()[0].id, 17);
  EXPECT_EQ(message_.sections()[0].first_prb, 0);
  EXPECT_EQ(message_.sections()[0].n_prb, 273);
  EXPECT_EQ(message_.sections()[0].iq, nullptr);
  EXPECT_EQ(message_.sections()[0].format, (IqFormat{IqNumber::bfp, ByteOrder::big, 9}));
  EXPECT_EQ(message_.sections()[1].first_prb, 200);
  EXPECT_EQ(message_.sections()[1].n_prb, 73);
}

TEST_F(OranCplane, SectionType0IsRead) {
  frame_.payload = "01 00  00 10 B1 00 20 00"; // time offset, frame structure, cyclic prefix
  // The bit that flags extensions in other types is reserved here.
  frame_.payload += hex_section(1, 0, 0, 100, 20) + "FF FE FF FF";
  ASSERT_EQ(parse(), std::nullopt);
  EXPECT_EQ(message_.section_type, 0);
  ASSERT_EQ(message_.sections().size(), 1U);
  EXPECT_EQ(message_.sections()[0].first_prb, 100);
  EXPECT_EQ(message_.sections()[0].n_prb, 20);
}

TEST_F(OranCplane, SectionType3IsReadAndMayNamePrbsBeyondTheRadioUnit) {
  frame_.application = "13 57 30 4C";
  frame_.payload = "02 03  00 10 B1 00 20 00";
  frame_.payload += hex_section(1, 0, 0, 0, 12) + "FF FC 00 00 FF F3 34 00"; // offset -3276
  frame_.payload += hex_section(2, 0, 0, 1000, 12) + "FF FC 00 00 00 00 00 00";
  ASSERT_EQ(parse(), std::nullopt);
  EXPECT_EQ(message_.section_type, 3);
  EXPECT_EQ(message_.kind, StreamKind::prach);
  ASSERT_EQ(message_.sections().size(), 2U);
  EXPECT_EQ(message_.sections()[0].n_prb, 12);
  EXPECT_EQ(message_.sections()[1].first_prb, 1000);
}

TEST_F(OranCplane, SectionType3CountsSlotsOfItsOwnNumerology) {
  frame_.application = "10 57  30 C0"; // slot 3, of 120 kHz
  frame_.payload = "01 03  00 00 03 00 00 00";
  frame_.payload += hex_section(1, 0, 0, 0, 12) + "FF FC 00 00 00 00 00 00";
  ASSERT_EQ(parse(), std::nullopt);
  EXPECT_EQ(message_.slot, 7); // the last of the subframe at 30 kHz
}

TEST_F(OranCplane, WithDynamicCompressionTheMessageOrdersTheFormat) {
  stream_.compression.header = CompressionHeader::dynamic;
  rules_.add(3, stream_);
  frame_.payload = "01 01 E1 00" + hex_section(1, 0, 0, 0, 10) + "FF FE 00 00";
  ASSERT_EQ(parse(), std::nullopt);
  EXPECT_EQ(message_.sections()[0].format, (IqFormat{IqNumber::bfp, ByteOrder::big, 14}));
  frame_.payload =
      "01 03 00 00 B1 00 00 00" + hex_section(1, 0, 0, 0, 10) + "FF FE 00 00" + "00 00 00 00";
  ASSERT_EQ(parse(), std::nullopt);
  EXPECT_EQ(message_.sections()[0].format, (IqFormat{IqNumber::int16, ByteOrder::big, 16}));
}

TEST_F(OranCplane, WithStaticCompressionTheByteSaysNothing) {
  frame_.payload = "01 01 93 FF" + hex_section(1, 0, 0, 0, 10) + "FF FE 00 00";
  ASSERT_EQ(parse(), std::nullopt);
  EXPECT_EQ(message_.sections()[0].format.width, 9);
}

TEST_F(OranCplane, ExtensionsOfAnyTypeAreWalked) {
  // Sections follow after extensions 4 (1 word), 1 (3 words), 11 (16-bit length, 2 words).
  frame_.payload = "02 01 00 00";
  frame_.payload += hex_section(1, 0, 0, 0, 10) + "FF FE 80 00";
  frame_.payload += "84 01 00 00" + std::string("81 03 00 00") + hex_pattern(8);
  frame_.payload += "0B 00 02 00" + hex_pattern(4);
  frame_.payload += hex_section(2, 0, 0, 50, 10) + "FF FE 00 00";
  ASSERT_EQ(parse(), std::nullopt);
  ASSERT_EQ(message_.sections().size(), 2U);
  EXPECT_EQ(message_.sections()[1].first_prb, 50);
}

TEST_F(OranCplane, Extensions11And19And20HaveALengthOf16Bits) {
  for (const char* type : {"0B", "13", "14"}) {
    frame_.payload = "01 01 00 00" + hex_section(1, 0, 0, 0, 10) + "FF FE 80 00";
    frame_.payload += std::string(type) + "01 01 00" + hex_pattern(256 * 4);
    ASSERT_EQ(parse(), std::nullopt) << type;
    frame_.payload.resize(frame_.payload.size() - 2);
    EXPECT_EQ(parse(), DropReason::short_section) << type;
  }
}

TEST_F(OranCplane, TypeThreeHasItsExtensionsAfterTheFrequencyOffset) {
  frame_.payload = "01 03 00 00 B1 00 00 00" + hex_section(1, 0, 0, 0, 12) + "FF FC 80 00";
  frame_.payload += std::string("00 00 00 00") + "0A 02 00 00 00 00 00 00";
  EXPECT_EQ(parse(), std::nullopt);
}

TEST_F(OranCplane, PaddingAfterTheSectionsIsNoSection) {
  frame_.payload = "01 01 00 00" + hex_section(1, 0, 0, 0, 10) + "FF FE 00 00";
  frame_.padding = "00 00 00 00 00 00 00 00";
  EXPECT_EQ(parse(), std::nullopt);
  rules_.ignore_ecpri_size = true;
  EXPECT_EQ(parse(), std::nullopt);
}

} // namespace
} // namespace airan::io::oran
