// SPDX-License-Identifier: Apache-2.0
// DemodulateOfdm against the sum of TS 38.211 5.3.1, every row.
#include "kernels/demodulate_ofdm.hpp"
#include "runtime/buffer.hpp"
#include "runtime/cpu/inline_queue.hpp"
#include "tests/support/ofdm_oracle.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <string>

namespace airan {
namespace {

struct Case {
  std::int32_t numerology = 1;
  CyclicPrefix cyclic_prefix = CyclicPrefix::normal;
  std::int32_t fft_size = 512;
  std::int32_t n_prb = 24;
  std::int32_t slot = 0;
  std::int32_t window_advance = 0;
  double cfo_hz = 0;
  double f0_hz = 0;
  std::int32_t n_ports = 1;
};

using Grid = std::vector<std::vector<std::complex<double>>>;

/// A slot of random QPSK-like REs per port, and its samples with margins of noise.
struct Signal {
  Signal(const Case& c, std::uint32_t seed)
      : timing{c.numerology, c.cyclic_prefix, c.fft_size},
        buffer({c.n_ports, 2 * timing.max_cp_samples() + timing.slot_samples(c.slot)}),
        missing({c.n_ports, timing.n_symbols()}) {
    std::mt19937 generator(seed);
    std::normal_distribution<double> normal(0.0, std::sqrt(0.5));
    for (std::int32_t port = 0; port < c.n_ports; ++port) {
      Grid grid(static_cast<std::size_t>(timing.n_symbols()));
      for (auto& symbol : grid) {
        symbol.resize(static_cast<std::size_t>(c.n_prb * 12));
        for (auto& re : symbol)
          re = {normal(generator), normal(generator)};
      }
      const auto samples = oracle::ofdm_slot(
          {c.numerology, c.cyclic_prefix == CyclicPrefix::extended, c.fft_size, c.f0_hz},
          timing.slot_in_subframe(c.slot), grid);
      EXPECT_EQ(std::ssize(samples), timing.slot_samples(c.slot));
      const std::int32_t margin = timing.max_cp_samples();
      const auto out = buffer.view();
      for (std::int32_t i = 0; i < out.extent(1); ++i) {
        std::complex<double> x{normal(generator), normal(generator)};
        const std::int32_t n = i - margin;
        if (n >= 0 && n < timing.slot_samples(c.slot))
          x = samples[static_cast<std::size_t>(n)] *
              std::polar(1.0, 2.0 * std::numbers::pi * c.cfo_hz * n / timing.sample_rate_hz());
        out(port, i) = {static_cast<float>(x.real()), static_cast<float>(x.imag())};
      }
      grids.push_back(std::move(grid));
    }
  }

  OfdmTiming timing;
  HostTensor<cf32, 2> buffer;
  HostTensor<std::uint8_t, 2> missing;
  std::vector<Grid> grids;
};

struct Output {
  HostTensor<cf32, 3> re;
  HostTensor<std::uint8_t, 3> valid;
};

Output demodulate(const Row<DemodulateOfdm>& row, const Case& c, const Signal& signal) {
  PlanLimits limits;
  limits.n_ports = c.n_ports;
  limits.n_prb = c.n_prb;
  limits.fft_size = c.fft_size;
  const auto operation = row.make(limits);
  const std::int32_t n_symbols = signal.timing.n_symbols();
  Output out{HostTensor<cf32, 3>({c.n_ports, n_symbols, c.n_prb * 12}),
             HostTensor<std::uint8_t, 3>({c.n_ports, n_symbols, c.n_prb})};
  DemodulateOfdmSlot slot;
  slot.samples.id = slot_id_at(0, c.slot, c.numerology);
  slot.samples.samples = signal.buffer.ref();
  slot.samples.margin = signal.timing.max_cp_samples();
  slot.samples.symbol_missing = signal.missing.ref();
  slot.grid = {slot.samples.id, out.re.ref(), out.valid.ref()};
  slot.timing = signal.timing;
  slot.window_advance = c.window_advance;
  slot.cfo_hz = c.cfo_hz;
  slot.phase_compensation_hz = c.f0_hz;
  InlineQueue queue;
  operation->run({std::span(&slot, 1)}, queue);
  return out;
}

/// The largest error of an RE of the symbol, REs have unit power.
double symbol_error(const Output& out, const Signal& signal, std::int32_t port, std::int32_t l) {
  double worst = 0;
  const auto& wanted = signal.grids[static_cast<std::size_t>(port)][static_cast<std::size_t>(l)];
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    const cf32 got = out.re.view()(port, l, k);
    worst = std::max(worst, std::abs(std::complex<double>(got.re, got.im) - wanted[k]));
  }
  return worst;
}

class DemodulateOfdmRow : public testing::TestWithParam<const Row<DemodulateOfdm>*> {
protected:
  void SetUp() override {
    PlanLimits limits;
    limits.n_prb = 1;
    limits.fft_size = 128;
    if (const std::string why = GetParam()->reason_to_decline(limits); !why.empty())
      GTEST_SKIP() << why;
  }
  /// Samples are float32 (6e-8 relative to a sample, so to an RE too), the FFT adds about 3e-7 and
  /// the phasors 1e-7 rms; the largest of 10^5 complex errors is some 5 rms: 1e-5 is ample and
  /// still what the receiver asks for.
  static constexpr double tolerance = 1e-5;

  void expect_equals_oracle(const Case& c) const {
    const Signal signal(c, 11);
    const Output out = demodulate(*GetParam(), c, signal);
    for (std::int32_t port = 0; port < c.n_ports; ++port) {
      for (std::int32_t l = 0; l < signal.timing.n_symbols(); ++l) {
        EXPECT_LT(symbol_error(out, signal, port, l), tolerance)
            << "numerology " << c.numerology << ", FFT " << c.fft_size << ", slot " << c.slot
            << ", port " << port << ", symbol " << l;
        for (std::int32_t prb = 0; prb < c.n_prb; ++prb)
          EXPECT_EQ(out.valid.view()(port, l, prb), 1);
      }
    }
  }
};

TEST_P(DemodulateOfdmRow, RecoversTheGridForAllNumerologiesAndPrefixes) {
  for (std::int32_t numerology = 0; numerology <= max_numerology; ++numerology) {
    for (const CyclicPrefix prefix : {CyclicPrefix::normal, CyclicPrefix::extended}) {
      for (std::int32_t slot = 0; slot < n_slots_per_subframe(numerology); slot += 2)
        expect_equals_oracle({numerology, prefix, 128, 6, slot});
      expect_equals_oracle({numerology, prefix, 256, 20, n_slots_per_subframe(numerology) - 1});
    }
  }
}

TEST_P(DemodulateOfdmRow, RecoversTheGridForFftSizesThatAreNoPowersOfTwo) {
  expect_equals_oracle({1, CyclicPrefix::normal, 384, 25, 1});
  expect_equals_oracle({1, CyclicPrefix::normal, 640, 51, 1});
  expect_equals_oracle({1, CyclicPrefix::normal, 896, 1, 3});
  if (GetParam()->name != "cpu:ref") { // the DFT sum takes seconds
    expect_equals_oracle({1, CyclicPrefix::normal, 1536, 106, 1});
    expect_equals_oracle({0, CyclicPrefix::normal, 3072, 160, 1});
  }
}

TEST_P(DemodulateOfdmRow, TakesTheRampOfAnEarlyWindowOutAgain) {
  Case c{1, CyclicPrefix::normal, 512, 24, 1};
  for (const std::int32_t advance : {1, 7, 18, 36}) { // 36 is the shortest prefix
    c.window_advance = advance;
    expect_equals_oracle(c);
  }
}

TEST_P(DemodulateOfdmRow, TakesTheCarrierOffsetOutFromTheFirstSampleOn) {
  for (const double cfo_hz : {-950.0, 0.5, 1000.0, 15000.0}) {
    Case c{1, CyclicPrefix::normal, 512, 24, 1};
    c.cfo_hz = cfo_hz;
    c.window_advance = 9;
    c.n_ports = 2;
    expect_equals_oracle(c);
  }
}

TEST_P(DemodulateOfdmRow, UndoesThePhaseOfUpConversion) {
  for (std::int32_t slot = 0; slot < 4; ++slot) {
    Case c{2, CyclicPrefix::normal, 256, 11, slot};
    c.f0_hz = 3.6789e9;
    c.window_advance = 5;
    // 3.7 GHz times a time that double precision holds to 1e-19 s: no more error than without.
    expect_equals_oracle(c);
  }
}

TEST_P(DemodulateOfdmRow, RecoversOnePrbAndAllThatFit) {
  expect_equals_oracle({1, CyclicPrefix::normal, 128, 1, 0});
  expect_equals_oracle({1, CyclicPrefix::normal, 384, 32, 0});
}

TEST_P(DemodulateOfdmRow, ZeroesAndInvalidatesOnlyTheMissingSymbolsOfAPort) {
  Case c{1, CyclicPrefix::normal, 128, 10, 1};
  c.n_ports = 2;
  const Signal signal(c, 4);
  signal.missing.view()(1, 5) = 1;
  const Output out = demodulate(*GetParam(), c, signal);
  for (std::int32_t port = 0; port < 2; ++port) {
    for (std::int32_t l = 0; l < 14; ++l) {
      const bool missing = port == 1 && l == 5;
      for (std::int32_t prb = 0; prb < c.n_prb; ++prb)
        EXPECT_EQ(out.valid.view()(port, l, prb), missing ? 0 : 1);
      if (!missing) {
        EXPECT_LT(symbol_error(out, signal, port, l), tolerance);
      }
      for (std::int32_t k = 0; missing && k < c.n_prb * 12; ++k)
        EXPECT_EQ(out.re.view()(port, l, k), cf32{});
    }
  }
}

TEST_P(DemodulateOfdmRow, DeclinesPlansWithoutRoomForTheCarrier) {
  PlanLimits limits;
  limits.fft_size = 0;
  EXPECT_FALSE(GetParam()->reason_to_decline(limits).empty());
  limits.fft_size = 2048;
  limits.n_prb = 273;
  EXPECT_EQ(GetParam()->reason_to_decline(limits),
            "273 PRB need an FFT of at least 3276, not 2048");
}

std::vector<const Row<DemodulateOfdm>*> all_rows() {
  std::vector<const Row<DemodulateOfdm>*> rows;
  for (const auto& row : demodulate_ofdm_rows())
    rows.push_back(&row);
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Rows,
                         DemodulateOfdmRow,
                         testing::ValuesIn(all_rows()),
                         [](const auto& param_info) {
                           return std::string(param_info.param->name.substr(4));
                         });

} // namespace
} // namespace airan
