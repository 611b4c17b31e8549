// SPDX-License-Identifier: Apache-2.0
// UnpackIq of fronthaul PRBs: every width and exponent, wherever the runs lie; every row, on every
// SIMD target of this machine.
#include "core/numerology.hpp"
#include "kernels/unpack_iq.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "tests/support/guarded_memory.hpp"
#include "tests/support/prb_iq_oracle.hpp"
#include "tests/support/row_on_target.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>

namespace airan {
namespace {

using Target = test::RowOnTarget<UnpackIq>;

IqFormat format_of(IqNumber number, std::int32_t width) {
  return {number, ByteOrder::big, static_cast<std::uint8_t>(width)};
}

std::string name_of(const IqFormat& format) {
  return "number " + std::to_string(static_cast<int>(format.number)) + ", width " +
         std::to_string(format.width);
}

std::size_t run_bytes(const PrbRun& run) {
  return static_cast<std::size_t>(run.n_prb * prb_bytes(run.format));
}

/// Random bits are valid IQ in every format; half of the bytes are 0x80, 0x7F, 0 and 0xFF, for
/// extreme numbers.
void fill_random(std::span<std::byte> bytes, std::mt19937& generator) {
  constexpr std::uint32_t extremes[] = {0x80, 0x7F, 0x00, 0xFF};
  for (std::byte& b : bytes) {
    const auto random = static_cast<std::uint32_t>(generator());
    b = static_cast<std::byte>((random & 0x100) != 0 ? random & 0xFF : extremes[random & 3]);
  }
}

void unpack(const Target& row, std::span<const PrbRun> runs, ResourceGrid grid) {
  const test::UseTarget use(row.target);
  SlotIq iq;
  iq.iq = FrequencyDomainIq{runs};
  HostTensor<std::int64_t, 1> n_bad({1});
  n_bad.data()[0] = -1;
  const UnpackIqSlot slot{&iq, nullptr, &grid, {}, n_bad.ref()};
  InlineQueue queue;
  row.row->make({})->run({std::span(&slot, 1)}, queue);
  EXPECT_EQ(n_bad.data()[0], 0); // no integer is bad
}

/// A grid full of what must not stay.
struct Grid {
  explicit Grid(std::array<std::int32_t, 3> ports_symbols_prbs)
      : re({ports_symbols_prbs[0], ports_symbols_prbs[1],
            ports_symbols_prbs[2] * subcarriers_per_prb}),
        valid(ports_symbols_prbs) {
    std::fill_n(re.data(), re.size(), cf32{1e9F, 1e9F});
    std::fill_n(valid.data(), valid.size(), std::uint8_t{77});
  }
  ResourceGrid grid() const { return {{}, re.ref(), valid.ref()}; }

  HostTensor<cf32, 3> re;
  HostTensor<std::uint8_t, 3> valid;
};

/// How many components of a run differ from the oracle. Both are exact: at most 16 significant
/// bits, and powers of two far from the ends of float32.
std::int64_t count_wrong(const PrbRun& run, const ResourceGrid& grid) {
  std::int64_t n_wrong = 0;
  const auto size = static_cast<std::size_t>(prb_bytes(run.format));
  for (std::size_t prb = 0; prb < run.n_prb; ++prb) {
    const test::PrbIq wanted = test::prb_iq({run.bytes + prb * size, size}, run.format);
    const auto first = static_cast<std::int64_t>(run.first_prb + prb);
    n_wrong += grid.valid.on_host()(run.port, run.symbol, first) == 1 ? 0 : 1;
    for (std::size_t k = 0; k < subcarriers_per_prb; ++k) {
      const cf32 re = grid.re.on_host()(run.port, run.symbol,
                                        first * subcarriers_per_prb + static_cast<std::int64_t>(k));
      const auto is_right = [&](float component, std::int64_t number) {
        return std::ldexp(static_cast<double>(component), wanted.full_scale_log2) ==
                   static_cast<double>(number) &&
               !(number == 0 && std::signbit(component));
      };
      n_wrong += is_right(re.re, wanted.numbers[2 * k]) ? 0 : 1;
      n_wrong += is_right(re.im, wanted.numbers[2 * k + 1]) ? 0 : 1;
    }
  }
  return n_wrong;
}

class UnpackPrbs : public testing::TestWithParam<Target> {};

TEST_P(UnpackPrbs, ReadsEveryWidthAndExponentInRunsOfAnyLengthFromAnyAddress) {
  std::mt19937 generator(11);
  for (const IqNumber number : {IqNumber::bfp, IqNumber::packed})
    for (std::int32_t width = 1; width <= 16; ++width)
      for (const std::int32_t n_prb : {1, 2, 3, 7, 20, 273}) {
        const IqFormat format = format_of(number, width);
        const auto size = static_cast<std::size_t>(prb_bytes(format));
        // Exponents 0..15 come in turn; short runs see them all in as many passes.
        for (std::int32_t pass = 0; pass * n_prb < 16; ++pass) {
          const std::size_t start = generator() % 64;
          std::vector<std::byte> bytes(start + static_cast<std::size_t>(n_prb) * size);
          fill_random(bytes, generator);
          for (std::int32_t i = 0; number == IqNumber::bfp && i < n_prb; ++i) {
            std::byte& exponent = bytes[start + static_cast<std::size_t>(i) * size];
            exponent =
                (exponent & std::byte{0xF0}) | static_cast<std::byte>((pass * n_prb + i) % 16);
          }
          const PrbRun run{
              bytes.data() + start, 0, 0, 0, static_cast<std::uint16_t>(n_prb), format};
          const Grid out({1, 1, n_prb});
          unpack(GetParam(), {&run, 1}, out.grid());
          ASSERT_EQ(count_wrong(run, out.grid()), 0) << name_of(format) << ", PRBs " << n_prb;
        }
      }
}

TEST_P(UnpackPrbs, DoesNotSaturateTheMostNegativeMantissa) {
  for (std::int32_t width = 1; width <= 16; ++width) {
    // 100..0 in every place: the string of bits has a 1 wherever a mantissa begins.
    std::vector<std::byte> bytes(static_cast<std::size_t>(1 + 3 * width));
    bytes[0] = std::byte{15};
    for (std::int32_t i = 0; i < 24; ++i)
      bytes[static_cast<std::size_t>(1 + i * width / 8)] |= std::byte{0x80} >> (i * width % 8);
    const auto most_negative = static_cast<float>(-(1 << (width - 1)));
    const PrbRun bfp{bytes.data(), 0, 0, 0, 1, format_of(IqNumber::bfp, width)};
    const Grid out({1, 1, 1});
    unpack(GetParam(), {&bfp, 1}, out.grid());
    for (std::int64_t k = 0; k < subcarriers_per_prb; ++k) // 2^15 / 32768 = 1
      EXPECT_EQ(out.re.data()[k], (cf32{most_negative, most_negative})) << "width " << width;
    const PrbRun packed{bytes.data() + 1, 0, 0, 0, 1, format_of(IqNumber::packed, width)};
    unpack(GetParam(), {&packed, 1}, out.grid());
    for (std::int64_t k = 0; k < subcarriers_per_prb; ++k)
      EXPECT_EQ(out.re.data()[k], (cf32{-1, -1})) << "width " << width;
  }
}

TEST_P(UnpackPrbs, IgnoresTheReservedHalfOfTheExponentByte) {
  std::mt19937 generator(13);
  std::vector<std::byte> bytes(28);
  fill_random(bytes, generator);
  const PrbRun run{bytes.data(), 0, 0, 0, 1, format_of(IqNumber::bfp, 9)};
  const Grid plain({1, 1, 1});
  bytes[0] = std::byte{0x05};
  unpack(GetParam(), {&run, 1}, plain.grid());
  for (std::uint32_t reserved = 1; reserved < 16; ++reserved) {
    bytes[0] = static_cast<std::byte>(16 * reserved + 5);
    const Grid out({1, 1, 1});
    unpack(GetParam(), {&run, 1}, out.grid());
    EXPECT_EQ(std::memcmp(out.re.data(), plain.re.data(), 12 * sizeof(cf32)), 0) << reserved;
  }
}

/// The formats that fronthaul and recordings bring.
std::vector<IqFormat> all_formats() {
  std::vector<IqFormat> formats;
  for (std::int32_t width = 1; width <= 16; ++width) {
    formats.push_back(format_of(IqNumber::bfp, width));
    formats.push_back(format_of(IqNumber::packed, width));
  }
  for (const IqNumber number : {IqNumber::int8, IqNumber::int16, IqNumber::int32})
    formats.push_back(format_of(number, 16));
  return formats;
}

/// Every format, every PRB of a grid of [2, 14, 52] with probability 3/4, in runs of random length
/// and in random order.
struct MixedSlot {
  MixedSlot() {
    const std::vector<IqFormat> formats = all_formats();
    for (std::uint16_t port = 0; port < n_ports; ++port)
      for (std::uint16_t l = 0; l < n_symbols; ++l)
        for (std::uint16_t prb = 0; prb < n_prb;) {
          const auto length =
              static_cast<std::uint16_t>(std::min<std::uint32_t>(1 + generator() % 9, n_prb - prb));
          if (generator() % 4 != 0)
            runs.push_back({nullptr, port, l, prb, length, formats[generator() % formats.size()]});
          prb = static_cast<std::uint16_t>(prb + length);
        }
    for (PrbRun& run : runs) {
      auto& bytes = payloads.emplace_back(run_bytes(run)); // each on its own, as packets are
      fill_random(bytes, generator);
      // A whole int32 is rounded to float; a quarter of the range is enough and exact.
      for (std::size_t i = 0; run.format.number == IqNumber::int32 && i < bytes.size(); i += 4)
        bytes[i + 3] = std::byte{0};
      run.bytes = bytes.data();
    }
    std::shuffle(runs.begin(), runs.end(), generator);
  }

  static constexpr std::int32_t n_ports = 2;
  static constexpr std::int32_t n_symbols = 14;
  static constexpr std::int32_t n_prb = 52;
  std::mt19937 generator{17};
  std::vector<std::vector<std::byte>> payloads;
  std::vector<PrbRun> runs;
};

TEST_P(UnpackPrbs, MixesFormatsInASlotAndErasesWhatIsInNoRun) {
  const MixedSlot slot;
  const Grid out({slot.n_ports, slot.n_symbols, slot.n_prb});
  unpack(GetParam(), slot.runs, out.grid());
  std::vector<bool> there(static_cast<std::size_t>(out.valid.size()));
  for (const PrbRun& run : slot.runs) {
    EXPECT_EQ(count_wrong(run, out.grid()), 0) << name_of(run.format);
    for (std::int32_t i = 0; i < run.n_prb; ++i)
      there[static_cast<std::size_t>((run.port * slot.n_symbols + run.symbol) * slot.n_prb +
                                     run.first_prb + i)] = true;
  }
  std::int64_t n_missing = 0;
  for (std::size_t prb = 0; prb < there.size(); ++prb) {
    if (there[prb])
      continue;
    ++n_missing;
    EXPECT_EQ(out.valid.data()[prb], 0);
    for (std::size_t k = 0; k < subcarriers_per_prb; ++k)
      EXPECT_EQ(out.re.data()[prb * subcarriers_per_prb + k], cf32{});
  }
  EXPECT_GT(n_missing, 100);
}

TEST_P(UnpackPrbs, GivesTheSameGridWhateverTheOrderOfTheRuns) {
  MixedSlot slot;
  const Grid first({slot.n_ports, slot.n_symbols, slot.n_prb});
  unpack(GetParam(), slot.runs, first.grid());
  std::shuffle(slot.runs.begin(), slot.runs.end(), slot.generator);
  const Grid second({slot.n_ports, slot.n_symbols, slot.n_prb});
  unpack(GetParam(), slot.runs, second.grid());
  EXPECT_EQ(std::memcmp(first.re.data(), second.re.data(),
                        static_cast<std::size_t>(first.re.size()) * sizeof(cf32)),
            0);
  EXPECT_EQ(std::memcmp(first.valid.data(), second.valid.data(),
                        static_cast<std::size_t>(first.valid.size())),
            0);
}

TEST_P(UnpackPrbs, ErasesASlotWithoutAnyRun) {
  const Grid out({2, 14, 273});
  unpack(GetParam(), {}, out.grid());
  EXPECT_TRUE(std::all_of(out.valid.data(), out.valid.data() + out.valid.size(),
                          [](std::uint8_t flag) { return flag == 0; }));
  EXPECT_TRUE(std::all_of(out.re.data(), out.re.data() + out.re.size(),
                          [](const cf32& re) { return re == cf32{}; }));
}

TEST_P(UnpackPrbs, TouchesNothingBeforeOrBehindARunAndItsPlaceInTheGrid) {
  std::mt19937 generator(19);
  constexpr std::int32_t max_prb = 30;
  const test::GuardedMemory wire(max_prb * 24 * 4);
  const test::GuardedMemory res(max_prb * subcarriers_per_prb * sizeof(cf32));
  std::uint8_t flags[max_prb];
  for (const IqFormat& format : all_formats())
    for (const std::int32_t n_prb : {1, 2, 3, 4, 5, 6, 7, 8, 16, 29, 30})
      for (const bool at_end : {false, true}) {
        PrbRun run{nullptr, 0, 0, 0, static_cast<std::uint16_t>(n_prb), format};
        const auto n_re = n_prb * subcarriers_per_prb;
        std::byte* bytes = at_end ? wire.end() - run_bytes(run) : wire.begin();
        run.bytes = bytes;
        fill_random({bytes, run_bytes(run)}, generator);
        for (std::size_t i = 0; format.number == IqNumber::int32 && i < run_bytes(run); i += 4)
          bytes[i + 3] = std::byte{0};
        auto* out = reinterpret_cast<cf32*>(at_end ? res.end() : res.begin()) - (at_end ? n_re : 0);
        const ResourceGrid grid{{},
                                {View<cf32, 3>(out, {1, 1, n_re}), MemorySpace::host},
                                {View<std::uint8_t, 3>(flags, {1, 1, n_prb}), MemorySpace::host}};
        unpack(GetParam(), {&run, 1}, grid);
        ASSERT_EQ(count_wrong(run, grid), 0) << name_of(format) << ", PRBs " << n_prb;
      }
}

INSTANTIATE_TEST_SUITE_P(Rows,
                         UnpackPrbs,
                         testing::ValuesIn(test::rows_on_targets(unpack_iq_rows())),
                         [](const auto& param_info) { return param_info.param.name(); });

} // namespace
} // namespace airan
