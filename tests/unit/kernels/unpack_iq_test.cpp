// SPDX-License-Identifier: Apache-2.0
// UnpackIq: known values in every wire format, what is missing, what is not finite; every row,
// on every SIMD target of this machine.
#include "kernels/unpack_iq.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "tests/support/row_on_target.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace airan {
namespace {

using Target = test::RowOnTarget<UnpackIq>;

constexpr OfdmTiming timing{1, CyclicPrefix::normal, 128};
constexpr std::int32_t slot_number = 1;
constexpr std::int32_t margin = 13;
const std::int32_t n_samples = timing.slot_samples(slot_number);

/// Appends the bytes of a value.
template <class T>
void append(std::vector<std::byte>& bytes, T value, ByteOrder order) {
  std::byte raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  if (order == ByteOrder::big)
    std::reverse(std::begin(raw), std::end(raw));
  bytes.insert(bytes.end(), std::begin(raw), std::end(raw));
}

/// Appends `value` in the number format and returns what it must be read as.
double append_component(std::vector<std::byte>& bytes, double value, const IqFormat& format) {
  const auto integer = [&]<class T>(T /*type*/, double full_scale) {
    const auto x = static_cast<T>(std::lround(value * (full_scale - 1)));
    append(bytes, x, format.byte_order);
    return x / full_scale;
  };
  switch (format.number) {
  case IqNumber::int8:
    return integer(std::int8_t{}, 128.0);
  case IqNumber::int16:
    return integer(std::int16_t{}, 32768.0);
  case IqNumber::int32:
    return integer(std::int32_t{}, 2147483648.0);
  case IqNumber::float32:
    append(bytes, static_cast<float>(value), format.byte_order);
    return static_cast<float>(value);
  default:
    append(bytes, value, format.byte_order);
    return value;
  }
}

/// A recording of n_ports channels, interleaved sample by sample, random in -1 .. 1.
struct Recording {
  Recording(const IqFormat& format, std::int32_t n_ports)
      : wanted({n_ports, n_samples + 2 * margin}) {
    std::mt19937 generator(7);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    bytes.push_back(std::byte{0x55}); // so that nothing is aligned
    for (std::int32_t i = 0; i < wanted.view().extent(1); ++i) {
      for (std::int32_t port = 0; port < n_ports; ++port) {
        // The full range is used.
        const double re = i == 3 ? -1.0 : uniform(generator);
        const double im = i == 3 ? 1.0 : uniform(generator);
        const auto a = static_cast<float>(append_component(bytes, re, format));
        const auto b = static_cast<float>(append_component(bytes, im, format));
        wanted.view()(port, i) = {a, b};
      }
    }
    iq.bytes = std::span<const std::byte>(bytes).subspan(1);
    iq.format = format;
    iq.n_ports = n_ports;
    iq.n_samples = n_samples;
    iq.margin = margin;
    iq.port_stride = 2 * component_bytes(format.number);
    iq.sample_stride = n_ports * iq.port_stride;
  }

  /// The bytes of a component (0: I, 1: Q) of sample n of the slot.
  std::byte* at(std::int32_t port, std::int64_t n, std::int32_t component = 0) {
    return bytes.data() + 1 + (n + margin) * iq.sample_stride + port * iq.port_stride +
           component * component_bytes(iq.format.number);
  }

  std::vector<std::byte> bytes;
  TimeDomainIq iq;
  HostTensor<cf32, 2> wanted; ///< [port, margin + sample + margin]
};

struct Samples {
  HostTensor<cf32, 2> samples;
  HostTensor<std::uint8_t, 2> missing;
  HostTensor<std::int64_t, 1> n_bad;
};

Samples unpack(const Target& row, const TimeDomainIq& iq) {
  Samples out{HostTensor<cf32, 2>({iq.n_ports, n_samples + 2 * margin}),
              HostTensor<std::uint8_t, 2>({iq.n_ports, timing.n_symbols()}),
              HostTensor<std::int64_t, 1>({1})};
  for (std::int64_t i = 0; i < out.missing.size(); ++i)
    out.missing.data()[i] = 77; // every flag must be written
  for (std::int64_t i = 0; i < out.samples.size(); ++i)
    out.samples.data()[i] = {1e9F, 1e9F};
  SlotIq slot_iq;
  slot_iq.id = slot_id_at(0, slot_number, timing.numerology);
  slot_iq.iq = iq;
  SampleBuffer buffer{slot_iq.id, out.samples.ref(), margin, out.missing.ref()};
  const UnpackIqSlot slot{&slot_iq, &buffer, nullptr, timing, out.n_bad.ref()};
  InlineQueue queue;
  const test::UseTarget use(row.target);
  row.row->make({})->run({std::span(&slot, 1)}, queue);
  return out;
}

class UnpackIqRow : public testing::TestWithParam<Target> {};

TEST_P(UnpackIqRow, ReadsEveryNumberFormatInBothByteOrdersAndAnyNumberOfChannels) {
  for (const IqNumber number :
       {IqNumber::int8, IqNumber::int16, IqNumber::int32, IqNumber::float32, IqNumber::float64}) {
    for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
      for (const std::int32_t n_ports : {1, 2, 3, 8}) {
        const Recording recording({number, order, 16}, n_ports);
        const Samples out = unpack(GetParam(), recording.iq);
        for (std::int32_t port = 0; port < n_ports; ++port) {
          for (std::int32_t i = 0; i < n_samples + 2 * margin; ++i)
            // A product with a power of two and the rounding of int32 and float64 are exact in
            // both ways of writing them.
            ASSERT_EQ(out.samples.view()(port, i), recording.wanted.view()(port, i))
                << "format " << static_cast<int>(number) << ", port " << port << ", " << i;
          for (std::int32_t l = 0; l < timing.n_symbols(); ++l)
            EXPECT_EQ(out.missing.view()(port, l), 0);
        }
        EXPECT_EQ(out.n_bad.view()(0), 0);
      }
    }
  }
}

TEST_P(UnpackIqRow, ZeroesMissingRangesAndFlagsTheSymbolsThatTheyTouch) {
  Recording recording({}, 2);
  const std::int32_t start4 = timing.symbol_start(slot_number, 4);
  const std::int32_t start7 = timing.symbol_start(slot_number, 7);
  // The margin before the slot, the last sample of symbol 3 and the first of 4, all of 7 and 8.
  const std::vector<SampleRange> missing{
      {-100, 95}, {start4 - 1, 2}, {start7, timing.symbol_start(slot_number, 9) - start7}};
  recording.iq.missing = missing;
  const Samples out = unpack(GetParam(), recording.iq);
  for (std::int32_t port = 0; port < 2; ++port) {
    for (std::int32_t l = 0; l < timing.n_symbols(); ++l)
      EXPECT_EQ(out.missing.view()(port, l), l == 3 || l == 4 || l == 7 || l == 8 ? 1 : 0) << l;
    for (std::int32_t i = 0; i < n_samples + 2 * margin; ++i) {
      const std::int32_t n = i - margin;
      bool is_missing = false;
      for (const SampleRange& r : missing)
        is_missing = is_missing || (n >= r.first && n < r.first + r.count);
      EXPECT_EQ(out.samples.view()(port, i),
                is_missing ? cf32{} : recording.wanted.view()(port, i));
    }
  }
}

TEST_P(UnpackIqRow, ZeroesTheMissingRangesOfEachPortWherePortsDiffer) {
  Recording recording({IqNumber::int16, ByteOrder::big, 16}, 3);
  const std::int32_t start5 = timing.symbol_start(slot_number, 5);
  const std::int32_t start9 = timing.symbol_start(slot_number, 9);
  // Port 0: the last sample of symbol 4 and the margin behind the slot. Port 1: nothing. Port 2:
  // three ranges, two of them in symbol 9.
  const std::vector<SampleRange> on_port_0{{start5 - 1, 1}, {n_samples, margin}};
  const std::vector<SampleRange> on_port_2{{-margin, 3}, {start9, 1}, {start9 + 40, 17}};
  const std::vector<std::span<const SampleRange>> on_port{on_port_0, {}, on_port_2};
  // What is missing on all ports is not looked at where ports differ.
  const std::vector<SampleRange> on_all{{0, n_samples}};
  recording.iq.missing = on_all;
  recording.iq.missing_on_port = on_port;
  const Samples out = unpack(GetParam(), recording.iq);
  for (std::int32_t port = 0; port < 3; ++port) {
    for (std::int32_t l = 0; l < timing.n_symbols(); ++l)
      EXPECT_EQ(out.missing.view()(port, l), (port == 0 && l == 4) || (port == 2 && l == 9) ? 1 : 0)
          << "port " << port << ", symbol " << l;
    for (std::int32_t i = 0; i < n_samples + 2 * margin; ++i) {
      const auto is_in = [n = i - margin](const SampleRange& r) {
        return n >= r.first && n < r.first + r.count;
      };
      const auto& ranges = on_port[static_cast<std::size_t>(port)];
      const bool is_missing = std::any_of(ranges.begin(), ranges.end(), is_in);
      EXPECT_EQ(out.samples.view()(port, i),
                is_missing ? cf32{} : recording.wanted.view()(port, i));
    }
  }
  EXPECT_EQ(out.n_bad.view()(0), 0);
}

TEST_P(UnpackIqRow, FlagsWhatLiesBeyondTheMarginsOrBeyondTheBytes) {
  Recording recording({}, 2);
  // One sample short of the end of symbol 12 on port 1: port 0 still has that one.
  const std::int64_t end = timing.symbol_start(slot_number, 13) + margin;
  recording.iq.bytes = recording.iq.bytes.first(
      static_cast<std::size_t>(end * recording.iq.sample_stride - recording.iq.port_stride));
  const Samples out = unpack(GetParam(), recording.iq);
  EXPECT_EQ(out.missing.view()(0, 12), 0);
  EXPECT_EQ(out.missing.view()(1, 12), 1);
  EXPECT_EQ(out.missing.view()(0, 13), 1);

  recording.iq.bytes = {};
  const Samples nothing = unpack(GetParam(), recording.iq);
  for (std::int32_t l = 0; l < timing.n_symbols(); ++l)
    EXPECT_EQ(nothing.missing.view()(0, l), 1);
  EXPECT_EQ(nothing.samples.view()(0, margin), cf32{});
}

TEST_P(UnpackIqRow, ErasesAndCountsSamplesThatAreNotFinite) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -1e20F}) {
    Recording recording({IqNumber::float32, ByteOrder::little, 16}, 3);
    const std::int32_t n = timing.symbol_start(slot_number, 6) + 2;
    std::memcpy(recording.at(1, n, 1), &bad, sizeof(bad));
    std::memcpy(recording.at(1, n + 1, 0), &bad, sizeof(bad));
    std::memcpy(recording.at(1, n + 1, 1), &bad, sizeof(bad));
    std::memcpy(recording.at(2, -2, 0), &bad, sizeof(bad)); // in the margin: erased, not counted
    const Samples out = unpack(GetParam(), recording.iq);
    EXPECT_EQ(out.n_bad.view()(0), 2);
    EXPECT_EQ(out.samples.view()(1, margin + n), cf32{});
    EXPECT_EQ(out.samples.view()(1, margin + n + 1), cf32{});
    EXPECT_EQ(out.samples.view()(2, margin - 2), cf32{});
    EXPECT_EQ(out.samples.view()(1, margin + n + 2), recording.wanted.view()(1, margin + n + 2));
    for (std::int32_t port = 0; port < 3; ++port)
      for (std::int32_t l = 0; l < timing.n_symbols(); ++l)
        EXPECT_EQ(out.missing.view()(port, l), port == 1 && l == 6 ? 1 : 0);
  }
}

TEST_P(UnpackIqRow, CountsADoubleThatFloatCannotHoldAsBad) {
  Recording recording({IqNumber::float64, ByteOrder::big, 16}, 1);
  recording.at(0, 0)[0] = std::byte{0x7F}; // an exponent of some 1000
  recording.at(0, 0)[1] = std::byte{0xD0};
  const Samples out = unpack(GetParam(), recording.iq);
  EXPECT_EQ(out.n_bad.view()(0), 1);
  EXPECT_EQ(out.missing.view()(0, 0), 1);
}

struct Prbs {
  HostTensor<cf32, 3> re;
  HostTensor<std::uint8_t, 3> valid;
  HostTensor<std::int64_t, 1> n_bad;
};

/// The runs of a list of addresses [port, symbol, prb]; null: missing.
std::vector<PrbRun> runs_of(View<const std::byte* const, 3> prbs, IqFormat format) {
  std::vector<PrbRun> runs;
  for (std::int32_t port = 0; port < prbs.extent(0); ++port)
    for (std::int32_t l = 0; l < prbs.extent(1); ++l)
      for (std::int32_t prb = 0; prb < prbs.extent(2); ++prb) {
        const std::byte* bytes = prbs(port, l, prb);
        if (bytes == nullptr)
          continue;
        if (prb > 0 && !runs.empty() && prbs(port, l, prb - 1) == bytes - prb_bytes(format))
          ++runs.back().n_prb;
        else
          runs.push_back({bytes, static_cast<std::uint16_t>(port), static_cast<std::uint16_t>(l),
                          static_cast<std::uint16_t>(prb), 1, format});
      }
  return runs;
}

Prbs unpack(const Target& row, View<const std::byte* const, 3> prbs, IqFormat format) {
  Prbs out{HostTensor<cf32, 3>({prbs.extent(0), prbs.extent(1), prbs.extent(2) * 12}),
           HostTensor<std::uint8_t, 3>(prbs.extents()), HostTensor<std::int64_t, 1>({1})};
  std::fill_n(out.re.data(), out.re.size(), cf32{1e9F, 1e9F}); // everything must be written
  std::fill_n(out.valid.data(), out.valid.size(), std::uint8_t{77});
  const std::vector<PrbRun> runs = runs_of(prbs, format);
  SlotIq slot_iq;
  slot_iq.iq = FrequencyDomainIq{runs};
  ResourceGrid grid{slot_iq.id, out.re.ref(), out.valid.ref()};
  const UnpackIqSlot slot{&slot_iq, nullptr, &grid, {}, out.n_bad.ref()};
  InlineQueue queue;
  const test::UseTarget use(row.target);
  row.row->make({})->run({std::span(&slot, 1)}, queue);
  return out;
}

TEST_P(UnpackIqRow, ReadsPrbsAndLeavesMissingAndBadOnesInvalid) {
  for (const IqNumber number :
       {IqNumber::int8, IqNumber::int16, IqNumber::float32, IqNumber::float64}) {
    const IqFormat format{number, ByteOrder::little, 16};
    std::vector<std::byte> bytes;
    std::vector<double> wanted;
    for (std::int32_t i = 0; i < 2 * 2 * 3 * 24; ++i)
      wanted.push_back(append_component(bytes, std::sin(i), format));
    std::vector<const std::byte*> addresses;
    for (std::size_t i = 0; i < 12; ++i)
      addresses.push_back(bytes.data() + i * bytes.size() / 12);
    addresses[4] = nullptr;
    const bool has_nan = number == IqNumber::float32;
    if (has_nan)
      std::memset(bytes.data() + 7 * bytes.size() / 12 + 8, 0xFF, 4); // the second RE's I
    const Prbs out = unpack(GetParam(), {addresses.data(), {2, 2, 3}}, format);
    EXPECT_EQ(out.n_bad.view()(0), has_nan ? 1 : 0);
    for (std::int32_t i = 0; i < 12; ++i) {
      const bool is_valid = i != 4 && !(has_nan && i == 7);
      EXPECT_EQ(out.valid.data()[i], is_valid ? 1 : 0);
      for (std::int32_t k = 0; k < 12; ++k) {
        const auto at = static_cast<std::size_t>(i * 12 + k);
        const cf32 re{static_cast<float>(wanted[2 * at]), static_cast<float>(wanted[2 * at + 1])};
        EXPECT_EQ(out.re.data()[at], is_valid ? re : cf32{});
      }
    }
  }
}

TEST_P(UnpackIqRow, ReadsPrbsThatLieSideBySideAndTheGapsBetweenThem) {
  const IqFormat format{IqNumber::float32, ByteOrder::little, 16};
  constexpr std::size_t n_prb = 101;
  constexpr std::size_t prb_bytes = 12 * 8;
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < n_prb * 24; ++i)
    append_component(bytes, std::cos(static_cast<double>(i)), format);
  std::vector<const std::byte*> addresses;
  for (std::size_t i = 0; i < n_prb; ++i)
    addresses.push_back(bytes.data() + i * prb_bytes);
  addresses[20] = nullptr;
  addresses[21] = nullptr;
  std::swap(addresses[40], addresses[60]);
  const std::vector<std::size_t> bad{0, 55, 100}; // first and last of a run, and in the midst
  for (const std::size_t i : bad)
    std::memset(bytes.data() + i * prb_bytes + 88, 0xFF, 8); // NaN in the last RE
  const Prbs out =
      unpack(GetParam(), {addresses.data(), {1, 1, static_cast<std::int32_t>(n_prb)}}, format);
  EXPECT_EQ(out.n_bad.view()(0), 3);
  for (std::size_t i = 0; i < n_prb; ++i) {
    const bool is_valid =
        addresses[i] != nullptr && std::find(bad.begin(), bad.end(), i) == bad.end();
    EXPECT_EQ(out.valid.data()[i], is_valid ? 1 : 0) << i;
    for (std::size_t k = 0; k < 12; ++k) {
      cf32 wanted;
      if (is_valid)
        std::memcpy(&wanted, addresses[i] + k * 8, sizeof(wanted));
      EXPECT_EQ(out.re.data()[i * 12 + k], wanted) << "PRB " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rows,
                         UnpackIqRow,
                         testing::ValuesIn(test::rows_on_targets(unpack_iq_rows())),
                         [](const auto& param_info) { return param_info.param.name(); });

} // namespace
} // namespace airan
