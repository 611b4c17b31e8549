// SPDX-License-Identifier: Apache-2.0
// Repeating packets.
#include "simulation/packet_loop.hpp"

#include "core/numerology.hpp"
#include "io/oran/frame_layout.hpp"

#include <algorithm>

namespace airan::simulation {
namespace {

namespace layout = io::oran::layout;

/// Adds to a field of one whole byte, modulo 256.
template <layout::Field F>
void add_to_byte(std::span<std::byte> header, std::int64_t summand) {
  static_assert(F.bit % 8 == 0 && F.width == 8);
  std::byte& byte = header[F.first_byte()];
  byte = static_cast<std::byte>((std::to_integer<std::int64_t>(byte) + summand) & 0xFF);
}

bool is_tagged(std::span<const std::byte> frame) {
  constexpr std::size_t at = layout::ethernet::ethertype.first_byte();
  return frame[at] == std::byte{layout::ethernet::ethertype_vlan >> 8U} &&
         frame[at + 1] == std::byte{layout::ethernet::ethertype_vlan & 0xFFU};
}

} // namespace

std::int64_t LoopSlots::n_slots() const {
  return std::int64_t{n_frames} * n_slots_per_frame(numerology);
}
std::int64_t LoopSlots::period_ns() const {
  return n_slots() * slot_ns(numerology);
}

OranLoop::OranLoop(const PacketList& packets, const LoopSlots& slots, std::int32_t n_streams)
    : packets_(packets), slots_(slots), n_of_stream_(static_cast<std::size_t>(n_streams)) {
  for (const ListedPacket& packet : packets.packets())
    ++n_of_stream_[static_cast<std::size_t>(packet.stream)];
}

/// Where repetitions meet: the last packets of one leave after the first ones of the next.
std::int64_t OranLoop::max_disorder_ns() const {
  const auto packets = packets_.packets();
  if (packets.empty())
    return 0;
  return std::max<std::int64_t>(
      packets.back().time_ns - packets.front().time_ns - slots_.period_ns(), 0);
}

std::optional<OutgoingPacket> OranLoop::next() {
  const auto packets = packets_.packets();
  while (!packets.empty()) {
    if (position_ == packets.size()) {
      position_ = 0;
      ++repetition_;
    }
    const std::int64_t first = slots_.first + repetition_ * slots_.n_slots();
    if (slots_.end && first >= *slots_.end)
      break;
    const ListedPacket& packet = packets[position_++];
    if (slots_.end && packet.slot + repetition_ * slots_.n_slots() >= *slots_.end)
      continue;
    renumber(packet);
    return OutgoingPacket{packet.time_ns + repetition_ * slots_.period_ns(), 0, bytes_};
  }
  return std::nullopt;
}

void OranLoop::renumber(const ListedPacket& packet) {
  const auto bytes = packets_.bytes_of(packet);
  bytes_.assign(bytes.begin(), bytes.end());
  const std::size_t at = layout::ethernet::n_bytes +
                         (is_tagged(bytes) ? layout::vlan::n_bytes : 0) + layout::ecpri::n_bytes;
  const std::span<std::byte> message = std::span(bytes_).subspan(at);
  add_to_byte<layout::ecpri_message::sequence>(
      message, repetition_ * n_of_stream_[static_cast<std::size_t>(packet.stream)]);
  add_to_byte<layout::application::frame>(message.subspan(layout::ecpri_message::n_bytes),
                                          repetition_ * slots_.n_frames);
}

} // namespace airan::simulation
