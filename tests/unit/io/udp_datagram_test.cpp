// SPDX-License-Identifier: Apache-2.0
// Tests of the datagrams of time-domain streams, against bytes written by hand and against tshark.
#include "io/udp/datagram.hpp"
#include "io/udp/datagram_writer.hpp"
#include "tests/unit/io/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <vector>

namespace airan::io {
namespace {

using Bytes = std::vector<std::byte>;

/// "18 52 00 08 ..." as bytes.
Bytes hex(const std::string& text) {
  std::istringstream in(text);
  Bytes bytes;
  for (unsigned value = 0; in >> std::hex >> value;)
    bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

DatagramRules rules(UdpFraming framing, double rate_hz = 30.72e6) {
  DatagramRules r;
  r.framing = framing;
  r.sample_rate_hz = rate_hz;
  return r;
}

/// The bytes of the payload, as numbers.
std::vector<int> payload(const Datagram& d) {
  std::vector<int> v;
  for (const std::byte b : d.iq)
    v.push_back(std::to_integer<int>(b));
  return v;
}

/// A datagram with the bytes that it refers to.
struct Parsed : Datagram {
  Parsed(Bytes b, const DatagramRules& r) : bytes(std::move(b)) {
    const auto dropped = parse_datagram(bytes, r, *this);
    EXPECT_FALSE(dropped) << name_of(*dropped);
  }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  Bytes bytes;
};
Parsed parsed(Bytes bytes, const DatagramRules& r) {
  return {std::move(bytes), r};
}
std::optional<UdpDropReason> reason(const Bytes& bytes, const DatagramRules& r) {
  Datagram d;
  return parse_datagram(bytes, r, d);
}

TEST(Datagram, TakesBareSamplesAsTheyAre) {
  const Parsed d = parsed(hex("01 02 03 04 05 06 07 08"), rules(UdpFraming::raw));
  EXPECT_EQ(payload(d), (std::vector{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(d.n_samples(), 2);
  EXPECT_FALSE(d.position);
  EXPECT_FALSE(d.sequence);
  EXPECT_EQ(iq_format_of(UdpFraming::raw).byte_order, ByteOrder::little);
}

TEST(Datagram, DropsHalfSamplesAndNothing) {
  EXPECT_EQ(reason({}, rules(UdpFraming::raw)), UdpDropReason::short_datagram);
  EXPECT_EQ(reason(hex("01 02 03 04 05 06"), rules(UdpFraming::raw)), UdpDropReason::bad_length);
}

// VITA-49: words are big-endian. Header 0x1?: type 1 (with stream identifier); 0x08 class
// identifier, 0x04 trailer; then TSI (2 bits), TSF (2 bits), packet count (4 bits); size in words.

TEST(Datagram, ReadsVitaSampleCountsWithStreamIdentifier) {
  const Parsed d = parsed(hex("10 1a 00 06  00 00 00 07  00 00 00 01 00 00 00 02"
                              " 11 12 13 14 15 16 17 18"),
                          rules(UdpFraming::vita49));
  EXPECT_EQ(d.position, 0x1'0000'0002u);
  ASSERT_TRUE(d.sequence);
  EXPECT_EQ(d.sequence->number, 10);
  EXPECT_EQ(d.sequence->n_bits, 4);
  EXPECT_EQ(payload(d), (std::vector{0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}));
  EXPECT_EQ(iq_format_of(UdpFraming::vita49).byte_order, ByteOrder::big);
}

TEST(Datagram, CountsVitaSecondsInSamples) {
  // TSI 1 (UTC) 2 s, TSF 1 (sample count) 5: 2 * 30.72e6 + 5.
  const Parsed d = parsed(hex("00 53 00 05  00 00 00 02  00 00 00 00 00 00 00 05  01 02 03 04"),
                          rules(UdpFraming::vita49));
  EXPECT_EQ(d.position, 61'440'005u);
}

TEST(Datagram, RoundsVitaPicosecondsToSamples) {
  // One sample at 30.72 MS/s is 32552.08 ps; sample 3 is at 97656 ps (0x17d78).
  const Parsed d = parsed(hex("00 a0 00 05  00 00 00 01  00 00 00 00 00 01 7d 78  01 02 03 04"),
                          rules(UdpFraming::vita49));
  EXPECT_EQ(d.position, 30'720'003u);
  // 10^12 ps is no fraction of a second (0xe8d4a51000).
  EXPECT_EQ(reason(hex("00 a0 00 05  00 00 00 01  00 00 00 e8 d4 a5 10 00  01 02 03 04"),
                   rules(UdpFraming::vita49)),
            UdpDropReason::bad_timestamp);
}

TEST(Datagram, RoundsEverySampleOfASecondToItself) {
  // A sender that rounds to picoseconds: the count must come back, at the highest rate too.
  for (const double rate : {30.72e6, 122.88e6, 491.52e6})
    for (std::int64_t n = 0; n < 491'520'000; n += 999'983) {
      if (static_cast<double>(n) >= rate)
        break;
      const auto ps = static_cast<std::uint64_t>(
          std::llround(static_cast<long double>(n) * 1e12L / static_cast<long double>(rate)));
      Bytes bytes = hex("00 20 00 04");
      for (int i = 8; i-- > 0;)
        bytes.push_back(static_cast<std::byte>(ps >> 8 * i));
      bytes.insert(bytes.end(), 4, std::byte{1});
      ASSERT_EQ(parsed(bytes, rules(UdpFraming::vita49, rate)).position,
                static_cast<std::uint64_t>(n));
    }
}

TEST(Datagram, TakesVitaFreeRunningCountsWithoutSeconds) {
  const Parsed d = parsed(hex("00 70 00 05  00 00 00 02  00 00 00 00 00 00 00 05  01 02 03 04"),
                          rules(UdpFraming::vita49));
  EXPECT_EQ(d.position, 5u);
}

TEST(Datagram, PassesOverVitaClassIdentifierAndTrailer) {
  // Trailer: over-range (bits 25 and 13) and sample loss (24 and 12) enabled and set.
  const Parsed d = parsed(hex("1c 1f 00 08  00 00 00 01  00 12 34 56 00 01 00 02"
                              " 00 00 00 00 00 00 00 09  21 22 23 24  03 00 30 00"),
                          rules(UdpFraming::vita49));
  EXPECT_EQ(d.position, 9u);
  EXPECT_EQ(payload(d), (std::vector{0x21, 0x22, 0x23, 0x24}));
  EXPECT_TRUE(d.has_sender_gap);
  EXPECT_TRUE(d.is_overrange);
}

TEST(Datagram, IgnoresVitaIndicatorsThatAreNotEnabled) {
  const Parsed d = parsed(hex("04 00 00 03  21 22 23 24  00 00 30 00"), rules(UdpFraming::vita49));
  EXPECT_FALSE(d.has_sender_gap);
  EXPECT_FALSE(d.is_overrange);
  EXPECT_FALSE(d.position); // no timestamp: the packet count is all there is
  EXPECT_TRUE(d.sequence);
}

TEST(Datagram, TellsVitaContextFromData) {
  const Parsed d = parsed(hex("40 00 00 03  00 00 00 01  00 00 00 00"), rules(UdpFraming::vita49));
  EXPECT_FALSE(d.has_iq);
}

TEST(Datagram, DropsVitaPacketsThatCarryNoTimeDomainIq) {
  for (const char* text : {"20 00 00 02 01 02 03 04",  // extension data
                           "01 00 00 02 01 02 03 04",  // signal spectrum data
                           "f0 00 00 02 01 02 03 04"}) // reserved
    EXPECT_EQ(reason(hex(text), rules(UdpFraming::vita49)), UdpDropReason::unsupported_type);
}

TEST(Datagram, DropsVitaPacketsOfAnotherSizeThanTheySay) {
  for (const char* text :
       {"00 00 00 03 01 02 03 04", "00 00 00 01 01 02 03 04", "00 00 00 02 01 02 03 04 05"})
    EXPECT_EQ(reason(hex(text), rules(UdpFraming::vita49)), UdpDropReason::bad_length);
  EXPECT_EQ(reason(hex("00 00 00 01"), rules(UdpFraming::vita49)), UdpDropReason::short_datagram);
  EXPECT_EQ(reason(hex("10 10 00 03 00 00 00 01 00 00 00 02"), rules(UdpFraming::vita49)),
            UdpDropReason::short_datagram);
}

// CHDR: little-endian 64-bit words. Header from the top: VC 6, EOB, EOV, type 3, NumMData 5,
// SeqNum 16, Length 16, DstEPID 16.

TEST(Datagram, ReadsChdrDataWithTimestamp) {
  const Parsed d = parsed(hex("05 00  18 00  fe ff  e0 00   08 07 06 05 04 03 02 01"
                              " 31 32 33 34 35 36 37 38"),
                          rules(UdpFraming::chdr));
  EXPECT_EQ(d.position, 0x0102030405060708u);
  ASSERT_TRUE(d.sequence);
  EXPECT_EQ(d.sequence->number, 0xFFFE);
  EXPECT_EQ(d.sequence->n_bits, 16);
  EXPECT_EQ(payload(d), (std::vector{0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38}));
  EXPECT_EQ(iq_format_of(UdpFraming::chdr).byte_order, ByteOrder::little);
}

TEST(Datagram, ReadsChdrDataWithoutTimestamp) {
  const Parsed d = parsed(hex("00 00  0c 00  01 00  c0 00   31 32 33 34"), rules(UdpFraming::chdr));
  EXPECT_FALSE(d.position);
  EXPECT_EQ(payload(d), (std::vector{0x31, 0x32, 0x33, 0x34}));
}

TEST(Datagram, PassesOverChdrMetadataBurstFlagsAndPadding) {
  // Two metadata words, virtual channel 63, EOB and EOV, four bytes of padding.
  const Parsed d = parsed(hex("00 00  24 00  01 00  e2 ff   09 00 00 00 00 00 00 00"
                              " aa aa aa aa aa aa aa aa  bb bb bb bb bb bb bb bb"
                              " 31 32 33 34  00 00 00 00"),
                          rules(UdpFraming::chdr));
  EXPECT_EQ(d.position, 9u);
  EXPECT_EQ(payload(d), (std::vector{0x31, 0x32, 0x33, 0x34}));
}

TEST(Datagram, FindsChdrSamplesBehindWiderWords) {
  // 512-bit words: header and timestamp share the first one, 64 bytes.
  Bytes bytes = hex("00 00  44 00  01 00  e0 00   09 00 00 00 00 00 00 00");
  bytes.resize(64);
  bytes.insert(bytes.end(), 4, std::byte{0x41});
  DatagramRules r = rules(UdpFraming::chdr);
  r.chdr_word_bytes = 64;
  const Parsed d = parsed(bytes, r);
  EXPECT_EQ(d.position, 9u);
  EXPECT_EQ(payload(d), (std::vector{0x41, 0x41, 0x41, 0x41}));
}

TEST(Datagram, DropsChdrPacketsThatAreNoData) {
  for (const char* type : {"00", "20", "40", "80", "a0"})
    EXPECT_EQ(reason(hex(std::string("00 00 0c 00 01 00 ") + type + " 00 31 32 33 34"),
                     rules(UdpFraming::chdr)),
              UdpDropReason::unsupported_type)
        << type;
}

TEST(Datagram, SurvivesTruncationAtEveryLength) {
  // Each prefix lies in memory of exactly its size, so that a sanitizer sees a read beyond it.
  for (const auto framing : {UdpFraming::raw, UdpFraming::vita49, UdpFraming::chdr}) {
    DatagramWriter writer({framing, 1, 64, 77});
    const std::vector<cf32> samples(16, cf32{0.25F, -0.5F});
    const auto datagrams = writer.write(View<const cf32, 2>(samples.data(), {1, 16}));
    ASSERT_EQ(datagrams.size(), 1u);
    const auto whole = datagrams.front().bytes;
    for (std::size_t n = 0; n <= whole.size(); ++n) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
      Datagram d;
      const auto dropped = parse_datagram(cut, rules(framing), d);
      if (n == whole.size()) {
        EXPECT_FALSE(dropped);
      } else if (framing != UdpFraming::raw) {
        EXPECT_TRUE(dropped) << n;
      }
    }
  }
}

TEST(Datagram, SurvivesRandomBytes) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> byte(0, 255);
  std::array<std::int64_t, 3> n_sound{};
  for (int i = 0; i < 100'000; ++i) {
    Bytes bytes(static_cast<std::size_t>(random() % 80));
    for (std::byte& b : bytes)
      b = static_cast<std::byte>(byte(random));
    const auto framing = static_cast<UdpFraming>(i % 3);
    if (framing == UdpFraming::vita49 && bytes.size() >= 4 && i % 2 == 0) {
      bytes[2] = std::byte{0};
      bytes[3] = static_cast<std::byte>(bytes.size() / 4);
    }
    if (framing == UdpFraming::chdr && bytes.size() >= 8 && i % 2 == 0) {
      bytes[2] = static_cast<std::byte>(bytes.size());
      bytes[3] = std::byte{0};
    }
    Datagram d;
    if (parse_datagram(bytes, rules(framing), d) || !d.has_iq)
      continue;
    ++n_sound[static_cast<std::size_t>(framing)];
    ASSERT_FALSE(d.iq.empty());
    ASSERT_EQ(d.iq.size() % 4, 0u);
    ASSERT_GE(d.iq.data(), bytes.data());
    ASSERT_LE(d.iq.data() + d.iq.size(), bytes.data() + bytes.size());
  }
  for (const std::int64_t n : n_sound)
    EXPECT_GT(n, 100);
}

// The writer

TEST(DatagramWriter, ClipsAndRoundsFloats) {
  DatagramWriter writer({UdpFraming::raw, 1, 16, 0});
  const std::vector<cf32> samples{{1.0F, -1.0F},
                                  {2.0F, -2.0F},
                                  {0.5F, std::numeric_limits<float>::quiet_NaN()},
                                  {1.4F / 32768, -1.6F / 32768}};
  const auto datagrams = writer.write(View<const cf32, 2>(samples.data(), {1, 4}));
  ASSERT_EQ(datagrams.size(), 1u);
  std::array<std::int16_t, 8> values{};
  std::memcpy(values.data(), datagrams.front().bytes.data(), 16); // this machine is little-endian
  EXPECT_THAT(values, testing::ElementsAre(32767, -32768, 32767, -32768, 16384, 0, 1, -2));
}

TEST(DatagramWriter, KeepsTheRestForTheNextCall) {
  DatagramWriter writer({UdpFraming::chdr, 2, 40, 1000});
  std::vector<Complex<std::int16_t>> samples(2 * 16);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = {static_cast<std::int16_t>(i), 0};
  const View<const Complex<std::int16_t>, 2> view(samples.data(), {2, 16});
  std::vector<std::array<std::int64_t, 3>> got; // port, position, samples
  const auto note = [&got](std::span<const OutgoingDatagram> datagrams) {
    for (const OutgoingDatagram& d : datagrams) {
      const Parsed read = parsed(Bytes(d.bytes.begin(), d.bytes.end()), rules(UdpFraming::chdr));
      EXPECT_EQ(read.position, d.position);
      got.push_back({d.port, static_cast<std::int64_t>(d.position), read.n_samples()});
    }
  };
  note(writer.write(view));
  note(writer.write(view));
  note(writer.flush());
  writer.skip(100);
  note(writer.write(view));
  using Row = std::array<std::int64_t, 3>;
  EXPECT_EQ(got, (std::vector<Row>{{0, 1000, 10},
                                   {1, 1000, 10},
                                   {0, 1010, 10},
                                   {1, 1010, 10},
                                   {0, 1020, 10},
                                   {1, 1020, 10},
                                   {0, 1030, 2},
                                   {1, 1030, 2},
                                   {0, 1132, 10},
                                   {1, 1132, 10}}));
}

TEST(DatagramWriter, FitsAnEthernetFrame) {
  for (const auto framing : {UdpFraming::raw, UdpFraming::vita49, UdpFraming::chdr}) {
    DatagramWriter writer({framing, 1, ethernet_iq_bytes, 0});
    const std::vector<cf32> samples(400);
    const auto datagrams = writer.write(View<const cf32, 2>(samples.data(), {1, 400}));
    ASSERT_EQ(datagrams.size(), 1u);
    EXPECT_LE(datagrams.front().bytes.size() + 40 + 8, 1500u);
  }
}

// tshark as referee

/// Ethernet, IPv4 and UDP headers around a datagram to port 4991, where tshark expects VITA-49.
Bytes frame_of(std::span<const std::byte> datagram) {
  const std::size_t udp = 8 + datagram.size(), ip = 20 + udp;
  char text[256];
  std::snprintf(text, sizeof(text),
                "02 00 00 00 00 01 02 00 00 00 00 02 08 00 "
                "45 00 %02zx %02zx 00 00 40 00 40 11 00 00 7f 00 00 01 7f 00 00 01 "
                "13 7e 13 7f %02zx %02zx 00 00",
                ip >> 8, ip & 255, udp >> 8, udp & 255);
  Bytes bytes = hex(text);
  bytes.insert(bytes.end(), datagram.begin(), datagram.end());
  return bytes;
}

void write_capture(const std::string& path, const std::vector<Bytes>& frames) {
  std::ofstream out(path, std::ios::binary);
  const auto put = [&out](std::uint32_t value) {
    out.write(reinterpret_cast<const char*>(&value), 4);
  };
  for (const std::uint32_t value : {0xa1b2c3d4u, 0x00040002u, 0u, 0u, 65535u, 1u})
    put(value);
  for (const Bytes& frame : frames) {
    put(0);
    put(0);
    put(static_cast<std::uint32_t>(frame.size()));
    put(static_cast<std::uint32_t>(frame.size()));
    out.write(reinterpret_cast<const char*>(frame.data()),
              static_cast<std::streamsize>(frame.size()));
  }
}

std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> piece{};
  for (std::size_t n = 0; pipe != nullptr && (n = std::fread(piece.data(), 1, 4096, pipe)) > 0;)
    text.append(piece.data(), n);
  if (pipe != nullptr)
    ::pclose(pipe);
  return text;
}

TEST(Datagram, AgreesWithTsharkAboutVita49) {
  if (std::system("command -v tshark >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "tshark is not installed";
  DatagramWriter writer({UdpFraming::vita49, 1, 12, 0x1'2345'6789});
  std::vector<cf32> samples(30);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = {static_cast<float>(i) / 64, -static_cast<float>(i) / 64};
  std::vector<Bytes> frames;
  std::string expected;
  const auto expect = [&](const Bytes& bytes) {
    frames.push_back(frame_of(bytes));
    const Parsed d = parsed(bytes, rules(UdpFraming::vita49, 1));
    char line[64];
    std::snprintf(line, sizeof(line), "%d\t%llu\t", d.sequence->number,
                  static_cast<unsigned long long>(*d.position));
    expected += line;
    for (const int b : payload(d)) {
      std::snprintf(line, sizeof(line), "%02x", b);
      expected += line;
    }
    expected += '\n';
  };
  for (const OutgoingDatagram& d : writer.write(View<const cf32, 2>(samples.data(), {1, 30})))
    expect(Bytes(d.bytes.begin(), d.bytes.end()));
  // One with every optional field, as another sender may write it.
  expect(hex("1c 1f 00 08  00 00 00 01  00 12 34 56 00 01 00 02"
             " 00 00 00 00 00 00 00 09  21 22 23 24  03 00 30 00"));
  const test::TemporaryFolder folder;
  const std::string path = folder.path("vrt.pcap");
  write_capture(path, frames);
  EXPECT_EQ(output_of("tshark -r " + path +
                      " -T fields -e vrt.seq -e vrt.ts_frac_sample -e vrt.data 2>/dev/null"),
            expected);
}

} // namespace
} // namespace airan::io
