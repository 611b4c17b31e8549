// SPDX-License-Identifier: Apache-2.0
// The frame builder against frames written by hand.
#include "io/oran/build_frame.hpp"
#include "io/oran/frame_layout.hpp"
#include "io/oran/parse_frame.hpp"
#include "tests/support/guarded_memory.hpp"
#include "tests/support/hex_frame.hpp"

#include <gtest/gtest.h>

#include <array>

namespace airan::io::oran {
namespace {

using tests::bfp9_frame;
using tests::from_hex;
using tests::hex_pattern;
using tests::hex_section;
using tests::HexFrame;

/// What tests::HexFrame holds as it stands.
FrameHeader header() {
  FrameHeader h;
  h.destination = {2, 0, 0, 0, 0, 1};
  h.source = {2, 0, 0, 0, 0, 2};
  h.eaxc = 3;
  h.sequence = 42;
  h.frame = 87;
  h.subframe = 3;
  h.slot = 1;
  h.symbol = 12;
  return h;
}

std::vector<std::byte> uplane(const FrameHeader& h, std::span<const UplaneSection> sections) {
  std::vector<std::byte> out(9000, std::byte{0xEE});
  const std::optional<std::size_t> n = build_uplane_frame(h, sections, out);
  EXPECT_TRUE(n.has_value());
  out.resize(n.value_or(0));
  return out;
}

std::vector<std::byte>
cplane(const FrameHeader& h, const CplaneHeader& control, std::span<const CplaneSection> sections) {
  std::vector<std::byte> out(9000, std::byte{0xEE});
  const std::optional<std::size_t> n = build_cplane_frame(h, control, sections, out);
  EXPECT_TRUE(n.has_value());
  out.resize(n.value_or(0));
  return out;
}

TEST(OranBuilder, WritesTheUplaneFrameThatWasWrittenByHand) {
  const HexFrame expected = bfp9_frame();
  const std::vector<std::byte> iq =
      from_hex(expected.payload.substr(std::string("12 30 6A 03").size()));
  const std::array sections{UplaneSection{0x123, 106, 3, std::nullopt, iq}};
  EXPECT_EQ(uplane(header(), sections), expected.bytes());
}

TEST(OranBuilder, WritesTagFilterAndSeveralSectionsWithDynamicHeaders) {
  HexFrame expected;
  expected.tag = "81 00 E1 23";
  expected.application = "13 FF 93 CD";
  expected.stream = "FF FE FF 80";
  expected.payload = hex_section(4095, 0, 0, 1023, 255) + "91 00" + hex_pattern(28) +
                     hex_section(0, 0, 0, 0, 0) + "01 00" + hex_pattern(49) +
                     hex_section(1, 0, 0, 1, 1) + "00 00" + hex_pattern(48);
  FrameHeader h = header();
  h.vlan = 0x123;
  h.vlan_priority = 7;
  h.eaxc = 0xFFFE;
  h.sequence = 255;
  h.filter_index = 3;
  h.frame = 255;
  h.subframe = 9;
  h.slot = 15;
  h.symbol = 13;
  const auto a = from_hex(hex_pattern(28));
  const auto b = from_hex(hex_pattern(49));
  const auto c = from_hex(hex_pattern(48));
  const std::array sections{
      UplaneSection{4095, 1023, 255, SectionCompression{CompressionMethod::bfp, 9}, a},
      UplaneSection{0, 0, 0, SectionCompression{CompressionMethod::bfp, 16}, b},
      UplaneSection{1, 1, 1, SectionCompression{CompressionMethod::none, 16}, c}};
  EXPECT_EQ(uplane(h, sections), expected.bytes());
}

TEST(OranBuilder, PadsToSixtyBytesWithZeros) {
  HexFrame expected;
  expected.payload = hex_section(1, 0, 0, 2, 1) + "00" + hex_pattern(24);
  expected.padding = "00 00 00 00 00";
  const auto iq = from_hex("00" + hex_pattern(24));
  const std::array sections{UplaneSection{1, 2, 1, std::nullopt, iq}};
  EXPECT_EQ(uplane(header(), sections), expected.bytes());
  EXPECT_EQ(expected.bytes().size(), 60U);
}

TEST(OranBuilder, WritesSectionType0) {
  HexFrame expected;
  expected.ecpri = "10 02";
  expected.payload = "01 00 12 34 B1 56 78 00" + hex_section(5, 0, 0, 100, 20) + "FF FE 00 00";
  expected.padding = "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
  CplaneHeader control;
  control.type = SectionType::idle;
  control.time_offset = 0x1234;
  control.frame_structure = 0xB1;
  control.cp_length = 0x5678;
  CplaneSection section;
  section.id = 5;
  section.first_prb = 100;
  section.n_prb = 20;
  EXPECT_EQ(cplane(header(), control, {&section, 1}), expected.bytes());
}

TEST(OranBuilder, WritesSectionType1WithExtensions) {
  HexFrame expected;
  expected.ecpri = "10 02";
  expected.payload = "02 01 E1 00" + hex_section(5, 0, 0, 0, 0) + "AB C7 80 05" + "04 01 00 00" +
                     hex_section(6, 0, 0, 10, 20) + "FF FE 7F FF";
  expected.padding = "00 00 00 00 00 00 00 00 00 00";
  CplaneHeader control;
  control.compression = SectionCompression{CompressionMethod::bfp, 14};
  const auto extension = from_hex("04 01 00 00");
  std::array<CplaneSection, 2> sections;
  sections[0].id = 5;
  sections[0].re_mask = 0xABC;
  sections[0].n_symbols = 7;
  sections[0].beam = 5;
  sections[0].extensions = extension;
  sections[1].id = 6;
  sections[1].first_prb = 10;
  sections[1].n_prb = 20;
  sections[1].beam = 0x7FFF;
  EXPECT_EQ(cplane(header(), control, sections), expected.bytes());
}

TEST(OranBuilder, WritesSectionType3) {
  HexFrame expected;
  expected.ecpri = "10 02";
  expected.application = "13 57 30 4C";
  expected.payload =
      "01 03 00 10 B1 00 20 91" + hex_section(5, 0, 0, 0, 12) + "FF FC 00 00 FF F3 34 00";
  expected.padding = "00 00 00 00 00 00 00 00 00 00 00 00 00 00";
  FrameHeader h = header();
  h.filter_index = 3;
  CplaneHeader control;
  control.type = SectionType::prach;
  control.time_offset = 0x10;
  control.frame_structure = 0xB1;
  control.cp_length = 0x20;
  control.compression = SectionCompression{CompressionMethod::bfp, 9};
  CplaneSection section;
  section.id = 5;
  section.n_prb = 12;
  section.n_symbols = 12;
  section.frequency_offset = -3276;
  EXPECT_EQ(cplane(h, control, {&section, 1}), expected.bytes());
}

TEST(OranBuilder, ABufferThatIsTooSmallIsLeftAloneBeyondItsEnd) {
  const auto iq = from_hex(hex_pattern(56));
  const std::array sections{UplaneSection{1, 2, 1, std::nullopt, std::span(iq).first(28)},
                            UplaneSection{2, 3, 1, std::nullopt, std::span(iq).last(28)}};
  const std::size_t size = uplane(header(), sections).size();
  CplaneSection control_section;
  test::GuardedMemory memory(200);
  for (std::size_t n = 0; n <= size; ++n) {
    const std::span<std::byte> out(memory.end() - n, n);
    EXPECT_EQ(build_uplane_frame(header(), sections, out).has_value(), n == size) << n;
    EXPECT_EQ(build_cplane_frame(header(), {}, {&control_section, 1}, out).has_value(), n >= 60);
  }
}

TEST(OranBuilder, APayloadBeyondSixteenBitsIsRefused) {
  const std::vector<std::byte> iq(65535 - 12);
  std::vector<std::byte> out(70000);
  UplaneSection section{1, 0, 0, std::nullopt, iq};
  ASSERT_EQ(build_uplane_frame(header(), {&section, 1}, out), 18U + 65535U);
  EXPECT_EQ(out[16], std::byte{0xFF});
  EXPECT_EQ(out[17], std::byte{0xFF});
  section.compression = SectionCompression{};
  EXPECT_EQ(build_uplane_frame(header(), {&section, 1}, out), std::nullopt);
}

TEST(OranBuilder, ValuesBeyondTheirFieldsAreProgrammerErrors) {
  std::vector<std::byte> out(1500);
  UplaneSection section;
  section.n_prb = 273;
  EXPECT_DEATH(build_uplane_frame(header(), {&section, 1}, out), "273 does not fit");
  FrameHeader h = header();
  h.symbol = 64;
  EXPECT_DEATH(build_uplane_frame(h, {}, out), "64 does not fit");
}

TEST(OranBuilder, WhatItBuildsTheParserReads) {
  FrameRules rules;
  StreamRules stream;
  stream.compression.header = CompressionHeader::dynamic;
  rules.add(3, stream);
  Message message;
  for (std::uint8_t width = 8; width <= 16; ++width)
    for (const CompressionMethod method : {CompressionMethod::none, CompressionMethod::bfp}) {
      const auto n_bytes =
          static_cast<std::size_t>(method == CompressionMethod::bfp ? 3 * width + 1 : 3 * width);
      const auto iq = from_hex("00" + hex_pattern(10 * n_bytes - 1));
      const std::array sections{UplaneSection{7, 200, 10, SectionCompression{method, width}, iq}};
      const auto frame = uplane(header(), sections);
      ASSERT_EQ(parse_frame(frame, rules, message), std::nullopt);
      const Section& section = message.sections()[0];
      EXPECT_EQ(section.format.width, width);
      EXPECT_TRUE(std::ranges::equal(std::span(section.iq, iq.size()), iq));
    }
}

TEST(OranFrameLayout, SaysHowManyPrbsFitAFrame) {
  const IqFormat bfp9{IqNumber::bfp, ByteOrder::big, 9};
  const IqFormat int16{IqNumber::int16, ByteOrder::big, 16};
  EXPECT_EQ(layout::n_prb_within(1500, bfp9, CompressionHeader::fixed), 53U);
  EXPECT_EQ(layout::n_prb_within(9000, bfp9, CompressionHeader::fixed), 320U);
  EXPECT_EQ(layout::n_prb_within(1500, int16, CompressionHeader::dynamic), 30U);
  EXPECT_EQ(layout::n_prb_within(40, bfp9, CompressionHeader::fixed), 0U);
  EXPECT_EQ(layout::n_prb_within(3, bfp9, CompressionHeader::fixed), 0U);
}

} // namespace
} // namespace airan::io::oran
