// SPDX-License-Identifier: Apache-2.0
// Making frames, and writing them as captures.
#include "tests/support/captures.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace airan::test {

std::vector<std::byte> make_frame(std::int32_t number, std::size_t n_bytes) {
  std::vector<std::byte> frame(n_bytes);
  for (std::size_t i = 0; i < n_bytes; ++i)
    frame[i] = static_cast<std::byte>((static_cast<std::size_t>(number) * 7 + i * 13) & 0xFF);
  frame[0] = std::byte{0x02}; // a unicast address, locally administered
  frame[6] = std::byte{0x02};
  frame[12] = std::byte{0xAE};
  frame[13] = std::byte{0xFE};
  return frame;
}

std::vector<TimedFrame> make_frames(std::int32_t n_frames) {
  constexpr std::int64_t start_ns = 1'700'000'000'123'456'789;
  std::vector<TimedFrame> frames;
  for (std::int32_t i = 0; i < n_frames; ++i)
    frames.push_back({make_frame(i, 60 + static_cast<std::size_t>(i) * 37 % 1441),
                      start_ns + std::int64_t{1001} * i});
  return frames;
}

void write_capture(const std::string& path,
                   const std::vector<TimedFrame>& frames,
                   io::LinkType link_type) {
  auto writer = io::CaptureWriter::create(path, link_type);
  ASSERT_TRUE(writer) << writer.error().message;
  for (const TimedFrame& f : frames)
    ASSERT_TRUE(writer->append(f.bytes, f.time_ns));
  ASSERT_TRUE(writer->finish());
}

namespace {

void put_u32(std::string& out, std::uint64_t value) {
  for (int i = 0; i < 4; ++i)
    out += static_cast<char>(value >> (8 * i) & 0xFF);
}

void put_block(std::string& out, std::uint32_t type, std::string body) {
  body.resize((body.size() + 3) / 4 * 4);
  put_u32(out, type);
  put_u32(out, body.size() + 12);
  out += body;
  put_u32(out, body.size() + 12);
}

} // namespace

void write_pcapng(const std::string& path, const std::vector<TimedFrame>& frames) {
  std::string out, section, interface;
  put_u32(section, 0x1A2B3C4D);
  put_u32(section, 1); // version 1.0
  put_u32(section, 0xFFFFFFFF);
  put_u32(section, 0xFFFFFFFF); // length of the section is not given
  put_block(out, 0x0A0D0D0A, section);
  put_u32(interface, 1);           // Ethernet
  put_u32(interface, 0);           // no snapshot length
  put_u32(interface, 9 | 1 << 16); // if_tsresol, one byte
  put_u32(interface, 9);           // 10^-9 s
  put_u32(interface, 0);           // end of the options
  put_block(out, 1, interface);
  for (const TimedFrame& f : frames) {
    std::string packet;
    put_u32(packet, 0);
    put_u32(packet, static_cast<std::uint64_t>(f.time_ns) >> 32);
    put_u32(packet, static_cast<std::uint64_t>(f.time_ns) & 0xFFFFFFFF);
    put_u32(packet, f.bytes.size());
    put_u32(packet, f.bytes.size());
    packet.append(reinterpret_cast<const char*>(f.bytes.data()), f.bytes.size());
    put_block(out, 6, packet);
  }
  std::ofstream(path, std::ios::binary) << out;
}

} // namespace airan::test
