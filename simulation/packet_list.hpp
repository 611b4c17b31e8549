// SPDX-License-Identifier: Apache-2.0
// Packets and when they leave, back to back in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace airan::simulation {

struct ListedPacket {
  std::int64_t time_ns = 0; ///< from the start of slot number 0 on
  std::int64_t slot = 0;    ///< SlotId::count
  std::size_t first = 0;    ///< byte of the list
  std::uint32_t n_bytes = 0;
  std::int32_t stream = 0; ///< that its sequence id counts in
};

class PacketList {
public:
  /// `packet.first` and `packet.n_bytes` are filled in.
  void add(ListedPacket packet, std::span<const std::byte> bytes) {
    packet.first = bytes_.size();
    packet.n_bytes = static_cast<std::uint32_t>(bytes.size());
    packets_.push_back(packet);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void clear() {
    packets_.clear();
    bytes_.clear();
  }
  /// Puts the packets in order of time; those of equal time stay as they are.
  void sort() {
    std::stable_sort(packets_.begin(), packets_.end(),
                     [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; });
  }
  std::span<const ListedPacket> packets() const { return packets_; }
  std::span<const std::byte> bytes_of(const ListedPacket& packet) const {
    return std::span(bytes_).subspan(packet.first, packet.n_bytes);
  }
  std::size_t n_bytes() const { return bytes_.size(); }

private:
  std::vector<ListedPacket> packets_;
  std::vector<std::byte> bytes_;
};

} // namespace airan::simulation
