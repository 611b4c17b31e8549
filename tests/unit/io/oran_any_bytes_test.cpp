// SPDX-License-Identifier: Apache-2.0
// The parser on cut, changed and random frames. Each lies at the end of memory that may be read.
#include "io/oran/parse_frame.hpp"
#include "tests/support/guarded_memory.hpp"
#include "tests/support/hex_frame.hpp"
#include "tests/support/message_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace airan::io::oran {
namespace {

using tests::bfp9_frame;
using tests::hex_pattern;
using tests::hex_section;
using tests::HexFrame;
using tests::sum_of_iq;
using tests::unsound_answer;

constexpr std::size_t longest_frame = 16384;

struct Answer {
  std::optional<DropReason> dropped;
  Message message;
};

/// Parses bytes that end where memory ends; a read beyond them ends the program.
class AtTheEdge {
public:
  std::span<const std::byte> place(std::span<const std::byte> frame) {
    std::byte* to = memory_.end() - frame.size();
    std::ranges::copy(frame, to);
    return {to, frame.size()};
  }

private:
  test::GuardedMemory memory_{longest_frame};
};

/// eAxC 3: static BFP 9, 4: PRACH, 7: dynamic, 8: static 16-bit without compression, 9: BFP 16.
FrameRules all_rules() {
  FrameRules rules;
  StreamRules stream;
  rules.add(3, stream);
  stream.kind = StreamKind::prach;
  stream.cell = 1;
  rules.add(4, stream);
  stream.kind = StreamKind::srs;
  stream.port = 3;
  stream.compression.header = CompressionHeader::dynamic;
  stream.bfp16 = Bfp16::plain;
  rules.add(7, stream);
  stream = {};
  stream.numerology = 0;
  stream.n_symbols = 12;
  stream.ru_prb = 51;
  stream.compression = {CompressionMethod::none, 16, CompressionHeader::fixed};
  rules.add(8, stream);
  stream.compression = {CompressionMethod::bfp, 16, CompressionHeader::fixed};
  rules.add(9, stream);
  return rules;
}

/// Sound frames of every kind, none with padding.
std::vector<std::vector<std::byte>> sound_frames() {
  std::vector<std::vector<std::byte>> frames{bfp9_frame().bytes()};
  HexFrame f = bfp9_frame();
  f.tag = "81 00 E0 06";
  f.payload +=
      hex_section(2, 0, 0, 1, 2) + hex_pattern(56) + hex_section(3, 0, 0, 200, 1) + hex_pattern(28);
  frames.push_back(f.bytes());
  f = {};
  f.stream = "00 07 00 80";
  f.payload = hex_section(1, 0, 0, 0, 2) + "91 00" + hex_pattern(56) + hex_section(2, 0, 0, 2, 1) +
              "01 00" + hex_pattern(48) + hex_section(3, 0, 0, 3, 1) + "C0 00" + hex_pattern(36);
  frames.push_back(f.bytes());
  f = {};
  f.stream = "00 04 00 80";
  f.application = "11 57 30 4C";
  f.payload = hex_section(1, 0, 0, 5, 0) + hex_pattern(12 * 28);
  frames.push_back(f.bytes());
  f = {};
  f.stream = "00 08 00 80";
  f.application = "10 57 30 0B";
  f.payload = hex_section(1, 0, 0, 0, 0) + hex_pattern(51 * 48);
  frames.push_back(f.bytes());
  f.stream = "00 09 00 80";
  f.payload = hex_section(1, 0, 0, 50, 1) + hex_pattern(49);
  frames.push_back(f.bytes());
  f = {};
  f.ecpri = "10 02";
  f.payload = "02 01 00 00" + hex_section(1, 0, 0, 0, 10) + "FF FE 80 00" + "84 01 00 00" +
              "0B 00 02 00" + hex_pattern(4) + hex_section(2, 0, 0, 50, 10) + "FF FE 00 00";
  frames.push_back(f.bytes());
  f.payload = "01 03 00 10 B1 00 20 00" + hex_section(1, 0, 0, 0, 12) + "FF FC 00 00 FF F3 34 00";
  frames.push_back(f.bytes());
  f.payload = "01 00 00 10 B1 00 20 00" + hex_section(1, 0, 0, 0, 12) + "FF FC 00 00";
  frames.push_back(f.bytes());
  return frames;
}

TEST(OranAnyBytes, ACutFrameIsNeverAccepted) {
  AtTheEdge edge;
  const FrameRules rules = all_rules();
  Message message;
  for (const auto& whole : sound_frames()) {
    ASSERT_EQ(parse_frame(edge.place(whole), rules, message), std::nullopt);
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const auto cut = edge.place(std::span(whole).first(n));
      const auto dropped = parse_frame(cut, rules, message);
      ASSERT_TRUE(dropped.has_value()) << n << " of " << whole.size() << " bytes";
      EXPECT_EQ(*dropped,
                n < 14 || (n < 18 && whole[12] == std::byte{0x81}) ? DropReason::short_ethernet
                : n < (whole[12] == std::byte{0x81} ? 22U : 18U)   ? DropReason::short_ecpri
                                                                   : DropReason::size_beyond_frame);
    }
  }
}

TEST(OranAnyBytes, ACutFrameWhoseSizeIsIgnoredKeepsWholeSectionsOnly) {
  AtTheEdge edge;
  FrameRules rules = all_rules();
  rules.ignore_ecpri_size = true;
  Message whole_message;
  Message message;
  for (const auto& whole : sound_frames()) {
    ASSERT_EQ(parse_frame(whole, rules, whole_message), std::nullopt);
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const auto cut = edge.place(std::span(whole).first(n));
      const auto dropped = parse_frame(cut, rules, message);
      ASSERT_EQ(unsound_answer(cut, rules, dropped, message), "");
      if (dropped || whole_message.sections()[0].n_prb == 12) // PRACH takes the PRBs that are there
        continue;
      ASSERT_LT(message.sections().size(), whole_message.sections().size());
      for (std::size_t s = 0; s < message.sections().size(); ++s) {
        const Section& part = message.sections()[s];
        const Section& original = whole_message.sections()[s];
        EXPECT_EQ(part.id, original.id);
        EXPECT_EQ(part.first_prb, original.first_prb);
        EXPECT_EQ(part.n_prb, original.n_prb);
        EXPECT_EQ(part.format, original.format);
        EXPECT_EQ(part.iq - cut.data(), original.iq - whole.data());
      }
    }
  }
}

TEST(OranAnyBytes, ChangedIqChangesNothingElse) {
  const FrameRules rules = all_rules();
  std::vector<std::byte> frame = bfp9_frame().bytes();
  Message message;
  for (std::size_t at = 30; at < frame.size(); ++at)
    for (unsigned bit = 0; bit < 8; ++bit) {
      frame[at] ^= static_cast<std::byte>(1U << bit);
      ASSERT_EQ(parse_frame(frame, rules, message), std::nullopt);
      EXPECT_EQ(message.sections()[0].n_prb, 3);
      EXPECT_EQ(message.has_reserved_bits, at == 30 && bit >= 4);
      frame[at] ^= static_cast<std::byte>(1U << bit);
    }
}

TEST(OranAnyBytes, EveryFlippedBitOfAFrameGivesASoundAnswer) {
  AtTheEdge edge;
  const FrameRules rules = all_rules();
  Message message;
  for (auto frame : sound_frames())
    for (std::size_t bit = 0; bit < 8 * std::min<std::size_t>(frame.size(), 120); ++bit) {
      frame[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      const auto placed = edge.place(frame);
      const auto dropped = parse_frame(placed, rules, message);
      ASSERT_EQ(unsound_answer(placed, rules, dropped, message), "") << bit;
      frame[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    }
}

TEST(OranAnyBytes, MutatedFramesGiveSoundAndRepeatableAnswers) {
  AtTheEdge edge;
  const auto frames = sound_frames();
  FrameRules rules = all_rules();
  std::mt19937 random(20);
  const auto below = [&](std::size_t n) { return random() % n; };
  std::map<std::string, int> seen;
  Message first;
  Message second;
  for (int round = 0; round < 100'000; ++round) {
    rules.ignore_ecpri_size = below(3) == 0;
    std::vector<std::byte> frame = frames[below(frames.size())];
    for (std::size_t n = below(4); n > 0; --n)
      frame[below(below(4) == 0 ? frame.size() : std::min<std::size_t>(frame.size(), 48))] =
          static_cast<std::byte>(random());
    if (below(4) == 0)
      frame.resize(below(frame.size() + 40), static_cast<std::byte>(below(2) * 0x5A));
    const auto placed = edge.place(frame);
    const auto dropped = parse_frame(placed, rules, first);
    ASSERT_EQ(unsound_answer(placed, rules, dropped, first), "");
    ASSERT_EQ(parse_frame(placed, rules, second), dropped); // `second` held another frame before
    ASSERT_EQ(first.sections().size(), second.sections().size());
    ASSERT_EQ(sum_of_iq(first), sum_of_iq(second));
    ++seen[dropped ? std::string(name_of(*dropped)) : "accepted"];
  }
  EXPECT_GE(seen["accepted"], 10'000);
  EXPECT_GE(seen.size(), 20U); // the mutations reach most of the reasons
}

TEST(OranAnyBytes, RandomBytesGiveSoundAnswers) {
  AtTheEdge edge;
  const FrameRules rules = all_rules();
  const std::vector<std::byte> sound = bfp9_frame().bytes();
  std::mt19937 random(21);
  Message message;
  for (int round = 0; round < 50'000; ++round) {
    std::vector<std::byte> frame(random() % 200);
    std::ranges::generate(frame, [&] { return static_cast<std::byte>(random()); });
    const std::size_t n_sound = random() % 28; // so many bytes are as they should be
    std::copy_n(sound.begin(), std::min(n_sound, frame.size()), frame.begin());
    const auto placed = edge.place(frame);
    const auto dropped = parse_frame(placed, rules, message);
    ASSERT_EQ(unsound_answer(placed, rules, dropped, message), "");
    sum_of_iq(message);
  }
}

} // namespace
} // namespace airan::io::oran
