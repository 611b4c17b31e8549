// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers: every stream is a pure function of its key, so that any slot or
// block of a run can be made again alone.
#pragma once

#include "core/complex.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>

namespace airan::simulation {

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). The key
/// is (seed, purpose), the counter holds the stream's index and the position in it.
class RandomStream {
public:
  /// Streams with different (seed, purpose, index) are independent.
  RandomStream(std::uint64_t seed, std::uint32_t purpose, std::uint64_t index)
      : key_{static_cast<std::uint32_t>(seed),
             static_cast<std::uint32_t>(seed >> 32) ^ (purpose * 0x9E3779B9U)},
        counter_{0, 0, static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32)} {
  }

  std::uint32_t bits32() {
    if (used_ == 4) {
      block_ = next_block();
      used_ = 0;
    }
    return block_[used_++];
  }
  /// Uniform in (0, 1].
  float uniform() { return (static_cast<float>(bits32() >> 8) + 1.0F) * 0x1p-24F; }
  double uniform_double() {
    const std::uint64_t high = bits32();
    return (static_cast<double>(((high << 32) | bits32()) >> 11) + 1.0) * 0x1p-53;
  }
  /// Circular complex Gaussian of the given variance E|x|^2 (Box-Muller).
  cf32 gaussian(float variance) {
    const float radius = std::sqrt(-variance * std::log(uniform()));
    const float angle = 2.0F * std::numbers::pi_v<float> * uniform();
    return {radius * std::cos(angle), radius * std::sin(angle)};
  }
  void fill_bytes(std::span<std::uint8_t> out) {
    for (std::uint8_t& b : out)
      b = static_cast<std::uint8_t>(bits32() >> 24);
  }

private:
  std::array<std::uint32_t, 4> next_block() {
    std::array<std::uint32_t, 4> c = counter_;
    std::array<std::uint32_t, 2> k = key_;
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * c[0];
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * c[2];
      c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
           static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
      k[0] += 0x9E3779B9U;
      k[1] += 0xBB67AE85U;
    }
    if (++counter_[0] == 0)
      ++counter_[1];
    return c;
  }

  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  std::uint32_t used_ = 4;
};

/// What a stream is for: streams of one seed never overlap.
enum RandomPurpose : std::uint32_t {
  random_payload = 1,
  random_fading = 2,
  random_noise = 3,
  random_phase = 4,
  random_loss = 5,
};

} // namespace airan::simulation
