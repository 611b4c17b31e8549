// SPDX-License-Identifier: Apache-2.0
// Compression of IQ against its definition, and back through UnpackIq.
#include "kernels/cpu/unpack_iq_ref.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "simulation/iq_compressor.hpp"
#include "tests/support/prb_iq_oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace airan::simulation {
namespace {

constexpr std::int32_t n_prb = 40;

IqFormat bfp(std::int32_t width) {
  return {IqNumber::bfp, ByteOrder::big, static_cast<std::uint8_t>(width)};
}
IqFormat packed(std::int32_t width) {
  return {IqNumber::packed, ByteOrder::big, static_cast<std::uint8_t>(width)};
}

/// PRBs of very different level, full scale among them.
std::vector<cf32> signal() {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<cf32> res(n_prb * subcarriers_per_prb);
  for (std::size_t i = 0; i < res.size(); ++i) {
    const float level = std::exp2(-static_cast<float>(i / subcarriers_per_prb % 17));
    res[i] = {level * normal(random), level * normal(random)};
  }
  return res;
}

/// The 16-bit number that a component becomes.
std::int64_t number_of(float x, double full_scale) {
  return static_cast<std::int64_t>(
      std::clamp(std::round(double{x} * full_scale), -full_scale, full_scale - 1));
}

std::vector<std::byte> compressed(const std::vector<cf32>& res, const IqFormat& format) {
  std::vector<std::byte> out(res.size() / subcarriers_per_prb *
                             static_cast<std::size_t>(prb_bytes(format)));
  IqCompressor(format).compress(res, 1, out);
  return out;
}

float component(const std::vector<cf32>& res, std::size_t prb, std::size_t i) {
  const cf32& re = res[prb * subcarriers_per_prb + i / 2];
  return i % 2 == 0 ? re.re : re.im;
}

TEST(IqCompressor, TakesTheSmallestExponentWhoseFloorsFitTheWidth) {
  const std::vector<cf32> res = signal();
  for (std::int32_t width = 8; width <= 16; ++width) {
    const IqFormat format = bfp(width);
    const auto bytes = compressed(res, format);
    const auto n_bytes = static_cast<std::size_t>(prb_bytes(format));
    for (std::size_t prb = 0; prb < n_prb; ++prb) {
      // The definition, exponent by exponent.
      std::int64_t exponent = 0;
      const auto fits = [&](std::int64_t e) {
        for (std::size_t i = 0; i < 24; ++i) {
          const std::int64_t x = number_of(component(res, prb, i), 32768);
          const auto floored =
              static_cast<std::int64_t>(std::floor(std::ldexp(double(x), -int(e))));
          if (floored < -(1 << (width - 1)) || floored >= 1 << (width - 1))
            return false;
        }
        return true;
      };
      while (!fits(exponent))
        ++exponent;
      ASSERT_EQ(std::to_integer<std::int64_t>(bytes[prb * n_bytes]), exponent) << width;
      const test::PrbIq decoded =
          test::prb_iq(std::span(bytes).subspan(prb * n_bytes, n_bytes), format);
      for (std::size_t i = 0; i < 24; ++i) {
        const std::int64_t error = number_of(component(res, prb, i), 32768) - decoded.numbers[i];
        EXPECT_GE(error, 0);
        EXPECT_LT(error, std::int64_t{1} << exponent);
      }
    }
  }
}

TEST(IqCompressor, PacksTheNearestNumbersOfEveryWidth) {
  const std::vector<cf32> res = signal();
  for (std::int32_t width = 8; width <= 16; ++width) {
    const IqFormat format = packed(width);
    const auto bytes = compressed(res, format);
    const auto n_bytes = static_cast<std::size_t>(prb_bytes(format));
    for (std::size_t prb = 0; prb < n_prb; ++prb) {
      const test::PrbIq decoded =
          test::prb_iq(std::span(bytes).subspan(prb * n_bytes, n_bytes), format);
      for (std::size_t i = 0; i < 24; ++i)
        ASSERT_EQ(decoded.numbers[i], number_of(component(res, prb, i), std::exp2(width - 1)));
    }
  }
}

TEST(IqCompressor, ComesBackThroughUnpackIq) {
  const std::vector<cf32> res = signal();
  for (const IqFormat& format : {bfp(9), bfp(14), bfp(16), packed(16), packed(12)}) {
    const auto bytes = compressed(res, format);
    const PrbRun run{bytes.data(), 0, 0, 0, n_prb, format};
    const SlotIq iq{{}, 0, FrequencyDomainIq{{&run, 1}}};
    HostTensor<cf32, 3> re({1, 1, n_prb * subcarriers_per_prb});
    HostTensor<std::uint8_t, 3> valid({1, 1, n_prb});
    ResourceGrid grid{{}, re.ref(), valid.ref()};
    UnpackIqSlot slot;
    slot.iq = &iq;
    slot.grid = &grid;
    InlineQueue queue;
    cpu::make_unpack_iq_ref({})->run({{&slot, 1}}, queue);
    for (std::size_t i = 0; i < res.size(); ++i) {
      const std::size_t prb = i / subcarriers_per_prb;
      // One step of the PRB, of 16-bit numbers or of the width.
      const float step =
          format.number == IqNumber::packed
              ? std::exp2(1.0F - static_cast<float>(format.width))
              : std::exp2(static_cast<float>(std::to_integer<int>(
                              bytes[prb * static_cast<std::size_t>(prb_bytes(format))])) -
                          15);
      const float limited = std::clamp(res[i].re, -1.0F, 1.0F);
      EXPECT_NEAR(re.data()[i].re, limited, 1.5F * step);
    }
  }
}

TEST(IqCompressor, NeedsNoLargerExponentForTheMostNegativeNumber) {
  // |-32768| overflows 16 bits; as -(x + 1) it needs as many bits as 32767.
  for (std::int32_t width = 8; width <= 16; ++width) {
    for (const float x : {-1.0F, 32767.0F / 32768.0F}) {
      std::vector<cf32> res(subcarriers_per_prb);
      res[5].im = x;
      const auto bytes = compressed(res, bfp(width));
      EXPECT_EQ(std::to_integer<int>(bytes[0]), 16 - width);
      const auto decoded = test::prb_iq(bytes, bfp(width));
      const std::int64_t number = std::lround(x * 32768.0F);
      EXPECT_EQ(decoded.numbers[11], number >> (16 - width) << (16 - width));
    }
  }
  std::vector<cf32> res(subcarriers_per_prb);
  res[0].re = -256.0F / 32768.0F; // -2^8 fits nine bits, +2^8 does not
  EXPECT_EQ(std::to_integer<int>(compressed(res, bfp(9))[0]), 0);
  res[0].re = 256.0F / 32768.0F;
  EXPECT_EQ(std::to_integer<int>(compressed(res, bfp(9))[0]), 1);
}

TEST(IqCompressor, SaturatesAndCounts) {
  std::vector<cf32> res(subcarriers_per_prb);
  res[0] = {1.0F, -1.0F}; // -1 fits
  res[1] = {std::numeric_limits<float>::infinity(), -7.0F};
  res[2] = {std::numeric_limits<float>::quiet_NaN(), 0.5F};
  for (const IqFormat& format : {bfp(16), packed(16), packed(8)}) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(prb_bytes(format)));
    EXPECT_EQ(IqCompressor(format).compress(res, 1, bytes), 3);
    const auto decoded = test::prb_iq(bytes, format);
    const std::int64_t full_scale = format.width == 8 ? 128 : 32768;
    EXPECT_EQ(decoded.numbers[0], full_scale - 1);
    EXPECT_EQ(decoded.numbers[1], -full_scale);
    EXPECT_EQ(decoded.numbers[2], full_scale - 1);
    EXPECT_EQ(decoded.numbers[3], -full_scale);
    EXPECT_EQ(decoded.numbers[4], 0);
    EXPECT_EQ(decoded.numbers[5], full_scale / 2);
    EXPECT_EQ(IqCompressor(format).compress(res, 0.25F, bytes), 2);
  }
}

TEST(IqCompressor, IsNamedByTheSettings) {
  EXPECT_EQ(compressed_format({CompressionMethod::bfp, 9}, Bfp16::plain), bfp(9));
  EXPECT_EQ(compressed_format({CompressionMethod::bfp, 16}, Bfp16::with_exponent), bfp(16));
  EXPECT_EQ(compressed_format({CompressionMethod::bfp, 16}, Bfp16::plain), packed(16));
  EXPECT_EQ(compressed_format({CompressionMethod::none, 12}, Bfp16::with_exponent), packed(12));
}

} // namespace
} // namespace airan::simulation
