// SPDX-License-Identifier: Apache-2.0
// Reading and checking captures.
#include "io/pcap/capture_file.hpp"

#include "io/files/regular_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <pcap/pcap.h>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace airan::io {
namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::size_t read_ahead_bytes = 256 * 1024;

struct Compression {
  std::string_view magic;
  std::string_view name;
  std::string_view command;
};
using namespace std::string_view_literals;
constexpr std::array<Compression, 5> compressions{{
    {"\x1f\x8b"sv, "gzip", "gunzip"},
    {"\x28\xb5\x2f\xfd"sv, "zstd", "unzstd"},
    {"\xfd\x37zXZ"sv, "xz", "unxz"},
    {"BZh"sv, "bzip2", "bunzip2"},
    {"\x04\x22\x4d\x18"sv, "lz4", "unlz4"},
}};

/// Everything that can be said without libpcap; it would call most of this an unknown format.
Result<void> check_file(const std::string& path) {
  auto file = RegularFile::open(path);
  if (!file)
    return tl::unexpected(file.error());
  if (file->size() == 0)
    return file_error(fmt::format("{} is empty: it is no capture", path));
  std::array<char, 8> head{};
  const std::size_t n = file->read_at(0, std::as_writable_bytes(std::span(head)));
  for (const Compression& c : compressions)
    if (std::string_view(head.data(), n).starts_with(c.magic))
      return file_error(fmt::format("{} is compressed with {}; captures are read uncompressed: "
                                    "unpack it with {} first",
                                    path, c.name, c.command));
  return {};
}

} // namespace

struct CaptureReader::State {
  std::string path;
  std::vector<char> read_ahead; ///< of the stream below, outlives it
  std::unique_ptr<pcap_t, decltype(&::pcap_close)> capture{nullptr, &::pcap_close};
  std::int64_t n_read = 0;
};

CaptureReader::CaptureReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
CaptureReader::~CaptureReader() = default;
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;

Result<CaptureReader> CaptureReader::open(const std::string& path) {
  if (auto sound = check_file(path); !sound)
    return tl::unexpected(sound.error());
  auto s = std::make_unique<State>();
  s->path = path;
  std::FILE* stream = std::fopen(path.c_str(), "rbe");
  if (stream == nullptr)
    return file_error(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  s->read_ahead.resize(read_ahead_bytes);
  std::setvbuf(stream, s->read_ahead.data(), _IOFBF, s->read_ahead.size());
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  s->capture.reset(
      ::pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, why.data()));
  if (!s->capture) {
    std::fclose(stream);
    return file_error(fmt::format("{} is not a capture (pcap or pcapng): {}", path, why.data()));
  }
  const int link_type = ::pcap_datalink(s->capture.get());
  if (link_type != DLT_EN10MB) {
    const char* name = ::pcap_datalink_val_to_name(link_type);
    return file_error(fmt::format("{} holds packets of link type {}; fronthaul packets are read "
                                  "from captures of Ethernet (link type EN10MB)",
                                  path, name != nullptr ? name : std::to_string(link_type)));
  }
  return CaptureReader(std::move(s));
}

Result<std::optional<CaptureRecord>> CaptureReader::next() {
  State& s = *state_;
  pcap_pkthdr* header = nullptr;
  const unsigned char* data = nullptr;
  const int status = ::pcap_next_ex(s.capture.get(), &header, &data);
  if (status == PCAP_ERROR_BREAK) // the end of the file
    return std::nullopt;
  if (status != 1)
    return file_error(
        fmt::format("{} cannot be read beyond packet {}: {} (editcap copies what is whole)", s.path,
                    s.n_read, ::pcap_geterr(s.capture.get())));
  ++s.n_read;
  if (header->caplen < header->len)
    return file_error(fmt::format("packet {} of {} was cut to {} of {} bytes when it was captured: "
                                  "capture whole packets (tcpdump -s 0)",
                                  s.n_read, s.path, header->caplen, header->len));
  // libpcap puts nanoseconds where the name says microseconds.
  const std::int64_t seconds = header->ts.tv_sec, ns = header->ts.tv_usec;
  if (seconds < 0 || seconds > UINT32_MAX || ns < 0 || ns >= ns_per_s)
    return file_error(fmt::format("packet {} of {} has a time that is impossible: {} s and {} ns",
                                  s.n_read, s.path, seconds, ns));
  return CaptureRecord{.bytes = std::as_bytes(std::span(data, header->caplen)),
                       .time_ns = seconds * ns_per_s + ns};
}

namespace {

/// Counts packets by frameId, subframeId and slotId, wherever eCPRI holds them.
class SlotCounter {
public:
  void note(const CaptureRecord& record) {
    const auto key = slot_key(record.bytes);
    if (!key)
      return;
    Slot& slot = slots_[*key];
    // frameId repeats after 2.56 s
    if (record.time_ns - slot.last_ns > ns_per_s)
      slot.n_packets = 0;
    slot.last_ns = record.time_ns;
    most_ = std::max(most_, ++slot.n_packets);
  }
  std::int64_t most() const { return most_; }

private:
  struct Slot {
    std::int64_t n_packets = 0;
    std::int64_t last_ns = 0;
  };

  /// frameId (8 bits), subframeId (4), slotId (6): 10 bytes after the EtherType of eCPRI.
  static std::optional<std::size_t> slot_key(std::span<const std::byte> frame) {
    const auto u8 = [&](std::size_t i) { return std::to_integer<std::size_t>(frame[i]); };
    const auto is_type = [&](std::size_t i, std::size_t type) {
      return frame.size() >= i + 2 && (u8(i) << 8 | u8(i + 1)) == type;
    };
    const std::size_t at = is_type(12, 0x8100) ? 16 : 12;
    if (!is_type(at, 0xAEFE) || frame.size() < at + 14)
      return std::nullopt;
    return u8(at + 11) << 10 | u8(at + 12) << 2 | u8(at + 13) >> 6;
  }

  std::unordered_map<std::size_t, Slot> slots_; ///< by slot_key: at most 2^18
  std::int64_t most_ = 0;
};

} // namespace

Result<CaptureFacts> examine_capture(const std::string& path) {
  auto reader = CaptureReader::open(path);
  if (!reader)
    return tl::unexpected(reader.error());
  CaptureFacts facts;
  SlotCounter slots;
  for (;;) {
    const auto record = reader->next();
    if (!record)
      return tl::unexpected(record.error());
    if (!*record)
      break;
    if (facts.n_packets++ == 0)
      facts.first_ns = (*record)->time_ns;
    facts.last_ns = (*record)->time_ns;
    facts.n_bytes += static_cast<std::int64_t>((*record)->bytes.size());
    facts.longest_frame =
        std::max(facts.longest_frame, static_cast<std::int32_t>((*record)->bytes.size()));
    slots.note(**record);
  }
  if (facts.n_packets == 0)
    return file_error(fmt::format("{} holds no packets", path));
  facts.max_slot_packets = slots.most();
  return facts;
}

} // namespace airan::io
