// SPDX-License-Identifier: Apache-2.0
// Capture files: whatever the bytes, a sentence or packets, the same ones whoever reads them.
#include "io/pcap/capture_file.hpp"
#include "io/pcap/pcap_input.hpp"
#include "tests/fuzz/plain_sentence.hpp"

#include <cstdint>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace airan::io {
namespace {

/// A file in memory that has a path.
class MemoryFile {
public:
  MemoryFile() : descriptor_(::memfd_create("capture", MFD_CLOEXEC)) {
    AIRAN_ASSERT(descriptor_ >= 0, "memfd_create");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void replace(const std::uint8_t* data, std::size_t size) const {
    AIRAN_ASSERT(::ftruncate(descriptor_, 0) == 0, "ftruncate");
    AIRAN_ASSERT(::pwrite(descriptor_, data, size, 0) == static_cast<ssize_t>(size), "pwrite");
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

private:
  int descriptor_;
};

/// What PcapInput delivers of a sound capture.
void require_delivery(const std::string& path, const CaptureFacts& facts) {
  const PcapInput::Buffers buffers{.n_buffers = 8, .frame_bytes = facts.longest_frame};
  auto input = PcapInput::open(path, buffers, page_allocator());
  AIRAN_ASSERT(input, input.error().message);
  std::int64_t n_packets = 0;
  std::int64_t n_bytes = 0;
  while (!input->has_ended()) {
    for (const RxPacket& packet : input->burst()) {
      ++n_packets;
      n_bytes += static_cast<std::int64_t>(packet.bytes.size());
      input->release(std::span(&packet.handle, 1));
    }
  }
  AIRAN_ASSERT(n_packets == facts.n_packets && n_bytes == facts.n_bytes,
               std::to_string(n_packets) + " of " + std::to_string(facts.n_packets));
  AIRAN_ASSERT(input->trouble().empty() && input->counters().too_long == 0, input->trouble());
  AIRAN_ASSERT(input->n_free() == buffers.n_buffers, std::to_string(input->n_free()));
}

void check(const std::string& path, std::size_t file_bytes) {
  const auto facts = examine_capture(path);
  if (!facts) {
    fuzz::require_plain_sentence(facts.error().message);
    return;
  }
  AIRAN_ASSERT(facts->n_packets > 0 && facts->n_bytes <= static_cast<std::int64_t>(file_bytes),
               std::to_string(facts->n_bytes));
  AIRAN_ASSERT(facts->longest_frame >= 0 && facts->longest_frame <= facts->n_bytes,
               std::to_string(facts->longest_frame));
  AIRAN_ASSERT(facts->first_ns >= 0 && facts->last_ns >= 0, std::to_string(facts->first_ns));
  AIRAN_ASSERT(facts->max_slot_packets >= 0 && facts->max_slot_packets <= facts->n_packets,
               std::to_string(facts->max_slot_packets));
  require_delivery(path, *facts);
}

} // namespace
} // namespace airan::io

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const airan::io::MemoryFile file;
  file.replace(data, size);
  airan::io::check(file.path(), size);
  return 0;
}
