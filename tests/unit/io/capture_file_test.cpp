// SPDX-License-Identifier: Apache-2.0
// Captures: read back as written, and everything about a wrong file said before its use.
#include "io/pcap/capture_file.hpp"
#include "io/pcap/pcap_input.hpp"
#include "tests/support/captures.hpp"
#include "tests/support/packet_inputs.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <limits>
#include <sys/stat.h>

using namespace airan;
using namespace airan::test;
using testing::HasSubstr;

namespace {

std::vector<TimedFrame> read_capture(const std::string& path) {
  auto reader = io::CaptureReader::open(path);
  EXPECT_TRUE(reader) << reader.error().message;
  std::vector<TimedFrame> frames;
  while (reader) {
    const auto record = reader->next();
    EXPECT_TRUE(record) << record.error().message;
    if (!record || !*record)
      break;
    frames.push_back({{(*record)->bytes.begin(), (*record)->bytes.end()}, (*record)->time_ns});
  }
  return frames;
}

/// The sentence with which a capture is refused; it must be about a file.
std::string refusal(const std::string& path) {
  const auto facts = io::examine_capture(path);
  EXPECT_FALSE(facts);
  if (facts)
    return {};
  EXPECT_EQ(facts.error().kind, ErrorKind::file);
  EXPECT_EQ(facts.error().message.find('\n'), std::string::npos);
  return facts.error().message;
}

/// Classic pcap with times in microseconds, as most tools write it.
std::string microsecond_pcap(const std::vector<TimedFrame>& frames) {
  std::string out;
  const auto put = [&](std::uint32_t v) { out.append(reinterpret_cast<const char*>(&v), 4); };
  for (const std::uint32_t v : {0xa1b2c3d4U, 2U | 4U << 16, 0U, 0U, 65535U, 1U})
    put(v);
  for (const TimedFrame& f : frames) {
    put(static_cast<std::uint32_t>(f.time_ns / 1'000'000'000));
    put(static_cast<std::uint32_t>(f.time_ns % 1'000'000'000 / 1000));
    put(static_cast<std::uint32_t>(f.bytes.size()));
    put(static_cast<std::uint32_t>(f.bytes.size()));
    out.append(reinterpret_cast<const char*>(f.bytes.data()), f.bytes.size());
  }
  return out;
}

} // namespace

TEST(CaptureFile, GivesBackWhatWasWrittenToTheNanosecond) {
  const TemporaryFolder folder;
  const auto frames = make_frames(300);
  write_capture(folder.path("a.pcap"), frames);
  EXPECT_EQ(read_capture(folder.path("a.pcap")), frames);
}

TEST(CaptureFile, ReadsPcapngWithNanoseconds) {
  const TemporaryFolder folder;
  const auto frames = make_frames(300);
  write_pcapng(folder.path("a.pcapng"), frames);
  EXPECT_EQ(read_capture(folder.path("a.pcapng")), frames);
}

TEST(CaptureFile, ReadsMicroseconds) {
  const TemporaryFolder folder;
  auto frames = make_frames(20);
  const std::string path = folder.write("a.pcap", microsecond_pcap(frames));
  for (TimedFrame& f : frames)
    f.time_ns -= f.time_ns % 1000;
  EXPECT_EQ(read_capture(path), frames);
}

TEST(CaptureFile, StatesWhatItHolds) {
  const TemporaryFolder folder;
  std::vector<TimedFrame> frames{{make_frame(0, 60), 1000}, {make_frame(1, 9018), 5000}};
  write_capture(folder.path("a.pcap"), frames);
  const auto facts = io::examine_capture(folder.path("a.pcap"));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->n_packets, 2);
  EXPECT_EQ(facts->n_bytes, 9078);
  EXPECT_EQ(facts->longest_frame, 9018);
  EXPECT_EQ(facts->first_ns, 1000);
  EXPECT_EQ(facts->last_ns, 5000);
}

TEST(CaptureFile, CountsThePacketsOfTheFullestSlot) {
  const TemporaryFolder folder;
  std::vector<TimedFrame> frames;
  const auto add = [&](std::uint8_t frame, std::uint8_t slot, std::int64_t time_ns, bool tagged) {
    auto bytes = make_frame(0, 80);
    if (tagged) {
      const std::array<std::byte, 4> tag{std::byte{0x81}, std::byte{0}, std::byte{0}, std::byte{7}};
      bytes.insert(bytes.begin() + 12, tag.begin(), tag.end());
    }
    const std::size_t oran = tagged ? 26 : 22;
    bytes[oran + 1] = std::byte{frame};
    bytes[oran + 2] = static_cast<std::byte>(slot >> 1 << 4); // 30 kHz: two slots a subframe
    bytes[oran + 3] = static_cast<std::byte>((slot & 1) << 6);
    frames.push_back({bytes, time_ns});
  };
  for (int i = 0; i < 5; ++i)
    add(7, 4, i, i % 2 == 0);
  for (int i = 0; i < 3; ++i)
    add(7, 5, 500'000 + i, true);
  for (int i = 0; i < 4; ++i) // the same numbers, 2.56 s later, are another slot
    add(7, 4, 2'560'000'000 + i, false);
  write_capture(folder.path("a.pcap"), frames);
  const auto facts = io::examine_capture(folder.path("a.pcap"));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->max_slot_packets, 5);
}

TEST(CaptureFile, RefusesAMissingFileAFolderAndAFifo) {
  const TemporaryFolder folder;
  EXPECT_THAT(refusal(folder.path("none.pcap")), HasSubstr("No such file"));
  EXPECT_THAT(refusal(folder.root()), HasSubstr("a folder"));
  ASSERT_EQ(::mkfifo(folder.path("fifo").c_str(), 0600), 0);
  EXPECT_THAT(refusal(folder.path("fifo")), HasSubstr("not a regular file"));
}

TEST(CaptureFile, RefusesWhatIsNoCapture) {
  const TemporaryFolder folder;
  EXPECT_THAT(refusal(folder.write("empty.pcap", "")), HasSubstr("is empty"));
  EXPECT_THAT(refusal(folder.write("a.pcap", "not a capture, but text of some length")),
              HasSubstr("is not a capture (pcap or pcapng)"));
  EXPECT_THAT(refusal(folder.write("a.pcap", "ab")), HasSubstr("is not a capture"));
}

TEST(CaptureFile, NamesTheCompressionOfAPackedCapture) {
  const TemporaryFolder folder;
  EXPECT_THAT(refusal(folder.write("a.pcap.gz", "\x1f\x8b\x08 and more")), HasSubstr("gunzip"));
  EXPECT_THAT(refusal(folder.write("a.zst", "\x28\xb5\x2f\xfd and more")), HasSubstr("unzstd"));
}

TEST(CaptureFile, RefusesAnotherLinkType) {
  const TemporaryFolder folder;
  write_capture(folder.path("a.pcap"), make_frames(2), io::LinkType::raw_ip);
  EXPECT_THAT(refusal(folder.path("a.pcap")), HasSubstr("link type RAW"));
}

TEST(CaptureFile, RefusesACaptureWithoutPackets) {
  const TemporaryFolder folder;
  write_capture(folder.path("a.pcap"), {});
  EXPECT_THAT(refusal(folder.path("a.pcap")), HasSubstr("holds no packets"));
}

TEST(CaptureFile, RefusesFramesThatWereCutWhenTheyWereCaptured) {
  const TemporaryFolder folder;
  write_capture(folder.path("a.pcap"), make_frames(3));
  std::string bytes = TemporaryFolder::read(folder.path("a.pcap"));
  const std::uint32_t original_length = 1458;
  bytes.replace(24 + 12, 4, reinterpret_cast<const char*>(&original_length), 4); // first record
  EXPECT_THAT(refusal(folder.write("a.pcap", bytes)),
              HasSubstr("packet 1 of " + folder.path("a.pcap") + " was cut to 60 of 1458 bytes"));
}

TEST(CaptureFile, RefusesAFileCutShortAtEveryLength) {
  const TemporaryFolder folder;
  write_capture(folder.path("a.pcap"), make_frames(3));
  const std::string whole = TemporaryFolder::read(folder.path("a.pcap"));
  std::size_t n_sound = 0;
  for (std::size_t n = 0; n < whole.size(); ++n)
    n_sound += io::examine_capture(folder.write("b.pcap", whole.substr(0, n))) ? 1 : 0;
  EXPECT_EQ(n_sound, 2); // after the first and after the second packet
  EXPECT_THAT(refusal(folder.write("b.pcap", whole.substr(0, whole.size() - 1))),
              HasSubstr("cannot be read beyond packet 2"));
}

TEST(CaptureFile, SurvivesEveryFlippedByte) {
  const TemporaryFolder folder;
  const auto frames = make_frames(3);
  write_capture(folder.path("a.pcap"), frames);
  write_pcapng(folder.path("b.pcap"), frames);
  for (const char* name : {"a.pcap", "b.pcap"}) {
    const std::string whole = TemporaryFolder::read(folder.path(name));
    for (std::size_t i = 0; i < whole.size(); ++i)
      for (const char bits : {'\x01', '\xff'}) {
        std::string bytes = whole;
        bytes[i] = static_cast<char>(bytes[i] ^ bits);
        const auto facts = io::examine_capture(folder.write("c.pcap", bytes));
        EXPECT_TRUE(!facts || facts->n_packets <= 3);
      }
  }
}

TEST(CaptureFile, RefusesTimesThatOverflow) {
  const TemporaryFolder folder;
  auto frames = make_frames(1);
  frames[0].time_ns = std::numeric_limits<std::int64_t>::max();
  write_pcapng(folder.path("a.pcapng"), frames);
  EXPECT_THAT(refusal(folder.path("a.pcapng")), HasSubstr("a time that is impossible"));
}

namespace {

Result<io::PcapInput> open_input(const std::string& path, std::int32_t n_buffers) {
  return io::PcapInput::open(path, {.n_buffers = n_buffers, .frame_bytes = 1500},
                             io::page_allocator());
}

} // namespace

TEST(PcapInput, DeliversEveryPacketWithItsTime) {
  const TemporaryFolder folder;
  const auto frames = make_frames(1000);
  write_capture(folder.path("a.pcap"), frames);
  auto input = open_input(folder.path("a.pcap"), 100);
  ASSERT_TRUE(input) << input.error().message;
  EXPECT_EQ(read_all(*input), frames);
  EXPECT_TRUE(input->has_ended());
  EXPECT_TRUE(input->trouble().empty());
  EXPECT_EQ(input->n_free(), 100);
}

TEST(PcapInput, DeliversFramesWithoutBytes) {
  const TemporaryFolder folder;
  const std::vector<TimedFrame> frames{{{}, 1000}};
  write_capture(folder.path("a.pcap"), frames);
  auto input = io::PcapInput::open(folder.path("a.pcap"), {.n_buffers = 1, .frame_bytes = 0},
                                   io::page_allocator());
  ASSERT_TRUE(input) << input.error().message;
  EXPECT_EQ(read_all(*input), frames);
}

TEST(PcapInput, StopsWithoutFreeBuffersAndLosesNothing) {
  const TemporaryFolder folder;
  const auto frames = make_frames(200);
  write_capture(folder.path("a.pcap"), frames);
  auto input = open_input(folder.path("a.pcap"), 10);
  ASSERT_TRUE(input);
  std::vector<TimedFrame> received;
  while (!input->has_ended()) {
    const auto burst = input->burst();
    const std::vector<io::RxPacket> held(burst.begin(), burst.end());
    EXPECT_LE(held.size(), 10U);
    if (!input->has_ended()) {
      EXPECT_EQ(input->n_free(), 0);
      EXPECT_TRUE(input->burst().empty());
      EXPECT_FALSE(input->has_ended());
    }
    for (const io::RxPacket& p : held) {
      received.push_back({{p.bytes.begin(), p.bytes.end()}, p.time_ns});
      input->release(std::span(&p.handle, 1));
    }
  }
  EXPECT_EQ(received, frames);
  EXPECT_EQ(input->counters().no_buffer, 0);
}

TEST(PcapInput, CountsFramesThatAreTooLong) {
  const TemporaryFolder folder;
  std::vector<TimedFrame> frames = make_frames(3);
  frames[1].bytes = make_frame(1, 1600); // buffers are made for 1,500, rounded up to 1,536
  write_capture(folder.path("a.pcap"), frames);
  auto input = open_input(folder.path("a.pcap"), 10);
  ASSERT_TRUE(input);
  EXPECT_EQ(read_all(*input).size(), 2U);
  EXPECT_EQ(input->counters().too_long, 1);
}

TEST(PcapInput, EndsWithASentenceWhenTheFileIsCutWhileItIsRead) {
  const TemporaryFolder folder;
  write_capture(folder.path("a.pcap"), make_frames(2000));
  auto input = open_input(folder.path("a.pcap"), 64);
  ASSERT_TRUE(input);
  const auto first = input->burst();
  ASSERT_EQ(first.size(), 64U);
  for (const io::RxPacket& p : first)
    input->release(std::span(&p.handle, 1));
  std::filesystem::resize_file(folder.path("a.pcap"), 700'000); // more than was read ahead
  EXPECT_LT(read_all(*input).size(), 1936U);
  EXPECT_TRUE(input->has_ended());
  EXPECT_THAT(input->trouble(), HasSubstr("cannot be read beyond packet"));
}
