// SPDX-License-Identifier: Apache-2.0
// Faults that other fronthaul receivers really had, as far as they concern frames and their parser.
// Named by commits of https://gitlab.com/ocudu/ocudu.
#include "io/oran/build_frame.hpp"
#include "io/oran/frame_layout.hpp"
#include "io/oran/parse_frame.hpp"
#include "tests/support/guarded_memory.hpp"
#include "tests/support/hex_frame.hpp"
#include "tests/support/message_checks.hpp"

#include <gtest/gtest.h>

#include <array>

namespace airan::io::oran {
namespace {

using tests::bfp9_frame;
using tests::hex_pattern;
using tests::hex_section;
using tests::HexFrame;

FrameRules rules_of(const StreamRules& stream) {
  FrameRules rules;
  rules.add(3, stream);
  return rules;
}

FrameHeader header_of_eaxc_3() {
  FrameHeader header;
  header.eaxc = 3;
  return header;
}
const FrameHeader header = header_of_eaxc_3();

// 146705d329: a packet that ends within its eCPRI header was read beyond its end.
TEST(OranPeerBugs, AShortEcpriPacketIsNotReadBeyondItsEnd) {
  const std::vector<std::byte> whole = bfp9_frame().bytes();
  test::GuardedMemory memory(whole.size());
  Message message;
  for (const bool ignore_size : {false, true}) {
    FrameRules rules = rules_of({});
    rules.ignore_ecpri_size = ignore_size;
    for (std::size_t n = 14; n < 26; ++n) { // up to the whole radio application header
      const std::span<std::byte> frame(memory.end() - n, n);
      std::ranges::copy(std::span(whole).first(n), frame.begin());
      const auto dropped = parse_frame(frame, rules, message);
      EXPECT_EQ(dropped, n < 18        ? DropReason::short_ecpri
                         : ignore_size ? DropReason::size_below_minimum
                                       : DropReason::size_beyond_frame);
    }
  }
}

// fa07f52d32: a decompressor read beyond the last PRB. Here: what a section refers to lies in the
// frame, to the last byte.
TEST(OranPeerBugs, TheIqOfTheLastPrbEndsWithTheFrame) {
  test::GuardedMemory memory(16384);
  Message message;
  for (std::int32_t width = 8; width <= 16; ++width)
    for (const CompressionMethod method : {CompressionMethod::none, CompressionMethod::bfp}) {
      StreamRules stream;
      stream.compression = {method, width, CompressionHeader::fixed};
      const int n_bytes = method == CompressionMethod::bfp ? 3 * width + 1 : 3 * width;
      HexFrame hex;
      hex.payload = hex_section(0, 0, 0, 0, 7) + hex_pattern(7 * static_cast<std::size_t>(n_bytes));
      const auto bytes = hex.bytes();
      const std::span<std::byte> frame(memory.end() - bytes.size(), bytes.size());
      std::ranges::copy(bytes, frame.begin());
      ASSERT_EQ(parse_frame(frame, rules_of(stream), message), std::nullopt);
      EXPECT_EQ(message.sections()[0].iq + 7 * n_bytes, memory.end());
      tests::sum_of_iq(message); // reads all of it, and nothing behind
    }
}

// 09dc5e2823: several packets of one symbol were written beyond its end. Here: no packet names PRBs
// beyond the radio unit's, wherever it begins.
TEST(OranPeerBugs, NoneOfSeveralPacketsOfASymbolGoesBeyondItsPrbs) {
  const FrameRules rules = rules_of({});
  Message message;
  for (const unsigned n : {1U, 53U, 255U}) {
    HexFrame hex;
    hex.payload = hex_section(0, 0, 0, 0, n) + "00" + hex_pattern(28 * n - 1);
    std::vector<std::byte> frame = hex.bytes();
    for (unsigned first = 0; first < 1024; ++first) {
      std::ranges::copy(tests::from_hex(hex_section(0, 0, 0, first, n)), frame.begin() + 26);
      const auto dropped = parse_frame(frame, rules, message);
      EXPECT_EQ(dropped,
                first + n > 273 ? std::optional(DropReason::prb_out_of_range) : std::nullopt)
          << first << " + " << n;
    }
  }
}

// 3306058d6b: invalid reads where the cell is narrower than the radio unit.
TEST(OranPeerBugs, ARadioUnitMayBeWiderThanItsCell) {
  StreamRules stream; // of a cell with 51 PRBs on a radio unit with 273
  stream.ru_prb = 273;
  HexFrame frame;
  frame.payload = hex_section(0, 0, 0, 0, 0) + "00" + hex_pattern(273 * 28 - 1);
  Message message;
  auto bytes = frame.bytes();
  ASSERT_EQ(parse_frame(bytes, rules_of(stream), message), std::nullopt);
  EXPECT_EQ(message.sections()[0].n_prb, 273);
  stream.ru_prb = 51; // configured as narrow as the cell: the rest makes no sections
  EXPECT_TRUE(parse_frame(bytes, rules_of(stream), message).has_value());
  frame.payload = hex_section(0, 0, 0, 0, 51) + "00" + hex_pattern(51 * 28 - 1);
  bytes = frame.bytes();
  stream.ru_prb = 273; // a part of the radio unit's PRBs
  ASSERT_EQ(parse_frame(bytes, rules_of(stream), message), std::nullopt);
  EXPECT_EQ(message.sections()[0].n_prb, 51);
}

// 92275bc412: udIqWidth has four bits, so that 16 is sent as 0.
TEST(OranPeerBugs, SixteenBitsAreSentAsWidthZero) {
  StreamRules stream;
  stream.compression.header = CompressionHeader::dynamic;
  const std::vector<std::byte> iq(49);
  std::array<std::byte, 100> out{};
  Message message;
  for (const CompressionMethod method : {CompressionMethod::none, CompressionMethod::bfp}) {
    const bool is_bfp = method == CompressionMethod::bfp;
    const UplaneSection section{1, 0, 1, SectionCompression{method, 16},
                                std::span(iq).first(is_bfp ? 49 : 48)};
    const auto n = build_uplane_frame(header, {&section, 1}, out);
    ASSERT_TRUE(n.has_value());
    EXPECT_EQ(out[30], is_bfp ? std::byte{0x01} : std::byte{0x00});
    ASSERT_EQ(parse_frame(std::span(out).first(*n), rules_of(stream), message), std::nullopt);
    EXPECT_EQ(message.sections()[0].format,
              (IqFormat{is_bfp ? IqNumber::bfp : IqNumber::int16, ByteOrder::big, 16}));
  }
}

// b83eff4713: few PRBs a packet, as a short MTU leaves them, broke a decompressor. Here: the pieces
// of a symbol at any MTU are whole PRBs and give the symbol again.
TEST(OranPeerBugs, ASymbolInPiecesOfAnyMtuIsWhole) {
  const FrameRules rules = rules_of({});
  std::vector<std::byte> symbol(273 * 28);
  for (std::size_t i = 0; i < symbol.size(); ++i)
    symbol[i] = static_cast<std::byte>(i % 28 == 0 ? 3 : i * 31 % 256);
  std::vector<std::byte> out(9014);
  Message message;
  for (const std::size_t mtu : {46U, 68U, 100U, 576U, 1400U, 1500U, 4096U, 9000U}) {
    const std::size_t most =
        std::min<std::size_t>(255, layout::n_prb_within(mtu, {IqNumber::bfp, ByteOrder::big, 9},
                                                        CompressionHeader::fixed));
    ASSERT_GT(most, 0U);
    std::vector<std::byte> again;
    for (std::size_t first = 0; first < 273; first += most) {
      const std::size_t n_prb = std::min<std::size_t>(most, 273 - first);
      const UplaneSection section{0, static_cast<std::uint16_t>(first),
                                  static_cast<std::uint16_t>(n_prb), std::nullopt,
                                  std::span(symbol).subspan(first * 28, n_prb * 28)};
      const auto n = build_uplane_frame(header, {&section, 1}, out);
      ASSERT_TRUE(n.has_value());
      ASSERT_LE(*n, 14 + std::max<std::size_t>(mtu, 46));
      ASSERT_EQ(parse_frame(std::span(out).first(*n), rules, message), std::nullopt);
      ASSERT_EQ(message.sections()[0].first_prb, first);
      const std::byte* iq = message.sections()[0].iq;
      again.insert(again.end(), iq, iq + std::ptrdiff_t{message.sections()[0].n_prb} * 28);
    }
    EXPECT_EQ(again, symbol) << mtu;
  }
}

// 74ffd78baa: radio units that send a wrong eCPRI payload size.
class OranWrongEcpriSize : public ::testing::Test {
protected:
  OranWrongEcpriSize() { rules_.ignore_ecpri_size = true; }
  std::optional<DropReason> parse(const HexFrame& frame) {
    bytes_ = frame.bytes();
    return parse_frame(bytes_, rules_, message_);
  }

  FrameRules rules_ = rules_of({});
  Message message_;
  std::vector<std::byte> bytes_;
};

TEST_F(OranWrongEcpriSize, IsDroppedUnlessItIsToBeIgnored) {
  rules_.ignore_ecpri_size = false;
  HexFrame frame = bfp9_frame();
  frame.size = "00 14";
  EXPECT_EQ(parse(frame), DropReason::iq_truncated);
  frame.size = "1D E8";
  EXPECT_EQ(parse(frame), DropReason::size_beyond_frame);
  frame.size = "00 00";
  EXPECT_EQ(parse(frame), DropReason::size_below_minimum);
}

TEST_F(OranWrongEcpriSize, IsIgnoredWhateverItIs) {
  for (const char* size : {"00 00", "00 08", "00 14", "1D E8", "FF FF"}) {
    HexFrame frame = bfp9_frame();
    frame.size = size;
    ASSERT_EQ(parse(frame), std::nullopt);
    ASSERT_EQ(message_.sections().size(), 1U);
    EXPECT_EQ(message_.sections()[0].n_prb, 3);
  }
}

TEST_F(OranWrongEcpriSize, SectionsGoOnToTheEndOfTheFrame) {
  HexFrame frame = bfp9_frame();
  frame.payload += hex_section(0, 0, 0, 0, 1) + "00" + hex_pattern(27);
  frame.size = "00 08";
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.sections().size(), 2U);
}

TEST_F(OranWrongEcpriSize, PaddingToTheMinimumLengthIsNoSectionWhateverItHolds) {
  StreamRules stream;
  stream.compression.width = 8;
  rules_.add(3, stream);
  for (const char* tag : {"", "81 00 00 06"}) {
    HexFrame frame;
    frame.tag = tag;
    frame.payload = hex_section(0, 0, 0, 0, 1) + "00" + hex_pattern(24); // 55 or 59 bytes
    for (const char* padding : {"00 00 00 00 00", "12 34 56 78 9A", "DE AD"}) {
      frame.padding = padding;
      ASSERT_EQ(parse(frame), std::nullopt);
      EXPECT_EQ(message_.sections().size(), 1U);
    }
    frame.padding = "12 34 56 78 9A BC"; // one byte longer than the shortest frame
    EXPECT_EQ(parse(frame), DropReason::unsupported_rb_or_syminc);
  }
}

TEST_F(OranWrongEcpriSize, ZerosThatFillTheLastWordsOfAFrameAreNoSection) {
  for (std::size_t n = 0; n < 64; ++n) {
    HexFrame frame = bfp9_frame();
    frame.padding = std::string(2 * n, '0');
    ASSERT_EQ(parse(frame), std::nullopt) << n;
    EXPECT_EQ(message_.sections().size(), 1U);
  }
}

TEST_F(OranWrongEcpriSize, ARestThatMakesNoSectionIsDropped) {
  HexFrame frame = bfp9_frame();
  frame.padding = "00 00 00 00 01"; // a section of all PRBs, without IQ
  EXPECT_EQ(parse(frame), DropReason::iq_truncated);
}

TEST_F(OranWrongEcpriSize, AFirstSectionOfZerosIsASection) {
  HexFrame frame; // all PRBs of section 0, and silence
  frame.payload = std::string(2 * (4 + 273 * 28), '0');
  ASSERT_EQ(parse(frame), std::nullopt);
  EXPECT_EQ(message_.sections()[0].n_prb, 273);
}

} // namespace
} // namespace airan::io::oran
