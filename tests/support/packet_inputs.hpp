// SPDX-License-Identifier: Apache-2.0
// Reading packet inputs in tests.
#pragma once

#include "io/packets/packet_input.hpp"
#include "tests/support/captures.hpp"

#include <cstdint>
#include <vector>

namespace airan::test {

/// All packets until the input ends, or `n_idle` bursts in a row are empty. Each is copied and
/// released at once.
inline std::vector<TimedFrame> read_all(io::PacketInput& input, std::int64_t n_idle = 1000) {
  std::vector<TimedFrame> frames;
  for (std::int64_t idle = 0; !input.has_ended() && idle < n_idle;) {
    const auto burst = input.burst();
    idle = burst.empty() ? idle + 1 : 0;
    std::vector<io::PacketHandle> handles;
    for (const io::RxPacket& p : burst) {
      frames.push_back({{p.bytes.begin(), p.bytes.end()}, p.time_ns});
      handles.push_back(p.handle);
    }
    input.release(handles);
  }
  return frames;
}

} // namespace airan::test
